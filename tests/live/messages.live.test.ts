import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installDebian } from '../systems/install';
import { temporaryFolder } from '../systems/system';

/** The message templates that ship, filled in by Alertmanager's own tool: whatever a task is called, it is only a name. */
const TEMPLATES = join(__dirname, '../../provisioning/prometheus/templates/*.tmpl');
const NASTY = 'pay"\'<b>x</b>\n# h1\r\n[evil](http://e) @all <@here> `x` *b* & \\ {{ .X }} \u202e end';
const WECOM_BYTES = 4_096;

interface Told {
  task: string;
  error?: string;
  url?: string;
  found?: string;
  book?: string;
}

let folder = '';
beforeAll(async () => {
  await installDebian({ '/usr/bin/amtool': 'prometheus-alertmanager' });
  folder = temporaryFolder('messages');
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function render(template: string, ...alerts: readonly Told[]): string {
  const data = join(folder, 'data.json');
  const shared = { alertname: 'task-failing', severity: 'critical', source: 'prod' };
  const [first] = alerts;
  writeFileSync(
    data,
    JSON.stringify({
      status: 'firing',
      commonLabels: alerts.length === 1 ? { ...shared, task: first?.task } : shared,
      alerts: alerts.map(({ task, error, url = '', found, book = 'page.md' }) => ({
        status: 'firing',
        labels: { ...shared, task, owner: task },
        annotations: {
          summary: task,
          description: task,
          count: '3',
          timeline_url: url,
          runbook_url: book,
          error: error ?? task,
          ...(found !== undefined && { description_zh: found }),
        },
        startsAt: '2026-11-24T03:04:05Z',
      })),
    })
  );
  const text = `{{ template "runlane.${template}" . }}`;
  const args = [
    'template',
    'render',
    `--template.glob=${TEMPLATES}`,
    `--template.text=${text}`,
    `--template.data=${data}`,
  ];
  return execFileSync('/usr/bin/amtool', args, { encoding: 'utf8', env: { ...process.env, TZ: 'UTC' } }).trimEnd();
}

test('a message for a phone: task, count, since when, first line of the error, owner, link', () => {
  const alert = { task: 'mail.send', error: '\nrefused by 10.0.0.1\n  at send', url: 'https://grafana/d/x?a=(1)' };
  expect(render('en.wecom', alert)).toBe(
    [
      'Task: mail.send (prod)',
      'Failures: 3',
      'Since: 2026-11-24 03:04 UTC',
      'Error: refused by 10.0.0.1',
      'Owner: mail.send',
      '[Open the timeline](https://grafana/d/x?a=%281%29)',
    ].join('\n')
  );
  expect(render('zh.wecom', { ...alert, error: '', found: '最近异常退出 3 次。' })).toContain(
    '\n情况：最近异常退出 3 次。\n'
  );
  const book = 'https://git/docs/runbooks/task-failing.md';
  expect(render('en.text', { ...alert, book })).toContain('\nRunbook: https://git/docs/runbooks/task-failing.md');
  expect(render('zh.text', { ...alert, book })).toContain(
    '\n处理手册：https://git/docs/runbooks/zh-Hans/task-failing.md'
  );
  expect(render('zh.title', alert)).toBe('[告警] 严重 · 任务持续失败 · mail.send (prod)');
});

describe.each(['en', 'zh'])('in %s', (language) => {
  test.each(['title', 'sms', 'text', 'wecom', 'dingding', 'slack'])(
    '%s: a name does nothing but stand there',
    (name) => {
      const text = render(`${language}.${name}`, { task: NASTY, url: 'https://grafana/d/x' });
      expect(text).toContain('pay"\'＜b＞x＜/b＞ ＃ h1 ［evil］');
      expect(text).not.toMatch(/<b>|<@|\[evil\]|@all|`x`|\u202e|\r|\n# h1/);
      expect(text.includes('\n')).toBe(!['title', 'sms'].includes(name));
    }
  );

  test('what WeCom gets fits into its message, and says what is left out', () => {
    const url = `https://grafana.example.com/d/runlane-timeline?var-task=${'%E8%AE%A2'.repeat(25)}`;
    const alerts = Array.from({ length: 9 }, () => ({ task: '订单结算'.repeat(10), error: '超时'.repeat(200), url }));
    const text = render(`${language}.wecom`, ...alerts);
    expect(Buffer.byteLength(text)).toBeLessThan(WECOM_BYTES);
    expect(text.split('\n').at(-1)).toMatch(/3.*9|9.*3/);
  });
});
