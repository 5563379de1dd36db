import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { startAlertmanager } from '../systems/alertmanager';
import { eventually } from '../systems/eventually';
import { startMailbox } from '../systems/mailbox';
import type { Mailbox } from '../systems/mailbox';
import { stopAll, temporaryFolder } from '../systems/system';
import type { System } from '../systems/system';
import { startWebhook } from '../systems/webhook';
import type { Webhook } from '../systems/webhook';

/**
 * The Alertmanager config and the message templates that ship, in a real Alertmanager: who is told of what, and that names
 * of tasks do nothing in a message but stand there.
 */
const SHIPPED = join(__dirname, '../../provisioning/prometheus');
const NASTY = 'pay"\'<b>x</b>\n# h1\r\n[evil](http://e) @all <@here> `x` *b* & \\ {{ .X }} \u202e end';

/** A text with the shipped addresses is turned into the test's own; nothing waits for company. */
function forTest(value: unknown, key: string, webhookUrl: string, mailPort: number): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => forTest(item, key, webhookUrl, mailPort));
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, forTest(inner, name, webhookUrl, mailPort)])
    );
  }
  switch (key) {
    case 'templates':
      return join(SHIPPED, String(value));
    case 'smtp_smarthost':
      return `127.0.0.1:${mailPort}`;
    case 'smtp_require_tls':
      return false;
    case 'group_wait':
      return '0s';
    default:
      return typeof value === 'string' && /^https?:\/\//.test(value)
        ? value.replace(/^https?:\/\/([\w-]+)[^/]*/, `${webhookUrl}/$1`)
        : value;
  }
}

interface Posted {
  alerts: Array<{ labels: Record<string, string> }>;
}

let webhook: Webhook;
let mailbox: Mailbox;
let alertmanager: System;

beforeAll(async () => {
  webhook = await startWebhook((request, response) =>
    response.end(JSON.stringify(request.path.includes('gettoken') ? { access_token: 'token' } : { errcode: 0 }))
  );
  mailbox = await startMailbox();
  const config: unknown = parse(readFileSync(join(SHIPPED, 'alertmanager.yml'), 'utf8'));
  alertmanager = await startAlertmanager({
    config: forTest(config, '', webhook.url, mailbox.port) as object,
  });
}, 300_000);

afterAll(() => stopAll([alertmanager, mailbox, webhook]), 60_000);

async function tell(...alerts: Array<{ labels: Record<string, string>; annotations?: Record<string, string> }>) {
  const answer = await fetch(`${alertmanager.url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alerts),
  });
  expect([answer.status, answer.ok ? '' : await answer.text()]).toEqual([200, '']);
}

const arrived = (path: string, alertname: string) =>
  eventually(
    `${alertname} at ${path}`,
    () =>
      webhook.received.find(
        (one) =>
          one.path.startsWith(path) &&
          (one.body as Partial<Posted>).alerts?.some(({ labels }) => labels['alertname'] === alertname)
      ),
    { lastSeen: () => JSON.stringify(webhook.received).slice(0, 2_000) }
  );

const mailed = (text: string) =>
  eventually(`mail with ${text}`, () => mailbox.received.find(({ subject = '' }) => subject.includes(text)), {
    lastSeen: () => JSON.stringify(mailbox.received.map(({ subject }) => subject)),
  });

test('each tier reaches its receiver', async () => {
  await tell(
    { labels: { alertname: 'task-failing', tier: 'page', source: 'a', task: 't' } },
    { labels: { alertname: 'repeated-failure', tier: 'ticket', source: 'b', task: 't', owner: 'team' } },
    { labels: { alertname: 'retry-storm', tier: 'notify', source: 'c', task: 't' } },
    { labels: { alertname: 'task-too-fast', tier: 'digest', source: 'd', task: 't' } },
    { labels: { alertname: 'p99-latency', tier: 'page', source: 'e', task: 't' } },
    { labels: { alertname: 'of-somebody-else' } }
  );
  await arrived('/page/', 'task-failing');
  await arrived('/sms/', 'task-failing');
  await arrived('/store/api/v1/tickets', 'repeated-failure');
  await arrived('/sms/', 'p99-latency');
  const mails = await Promise.all(['retry-storm', 'task-too-fast', 'p99-latency', 'of-somebody-else'].map(mailed));
  expect(mails.map(({ to }) => to)).toEqual([
    ['oncall@runlane.invalid'],
    ['team@runlane.invalid'],
    ['oncall@runlane.invalid'],
    ['oncall@runlane.invalid'],
  ]);
  expect(webhook.received.filter(({ path }) => path.startsWith('/page/'))).toHaveLength(1);
}, 120_000);

test('throughput goes to WeCom, in Chinese', async () => {
  await tell({ labels: { alertname: 'qps-low', tier: 'page', severity: 'critical', source: NASTY } });
  const { body } = await eventually('a message to WeCom', () =>
    webhook.received.find(({ path }) => path.includes('/message/send'))
  );
  const { msgtype, markdown } = body as { msgtype: string; markdown: { content: string } };
  expect(msgtype).toBe('markdown');
  expect(markdown.content).toMatch(/^\*\*\[告警\] 严重 · 吞吐量过低 · pay.* end\*\*\n来源：pay/);
  expect(markdown.content).not.toMatch(/<|\[evil\]|@all|`/);
}, 120_000);

test('a name in a mail is a name: no second header, no markup', async () => {
  await tell({
    labels: { alertname: 'abnormal-exit', tier: 'notify', severity: 'warning', source: 'nasty', task: NASTY },
    annotations: {
      summary: NASTY,
      error: `\n${NASTY}\nsecond line`,
      timeline_url: 'https://grafana/d/x?var-task=a(b)',
    },
  });
  const { subject, text, html } = await mailed('abnormal-exit');
  expect(subject).toMatch(/^\[FIRING\] warning · abnormal-exit · pay.* end \(nasty\)$/);
  expect(text).toContain('Error: pay');
  expect(text).not.toContain('second line');
  expect(text).toContain('Timeline: https://grafana/d/x?var-task=a%28b%29');
  expect(html).not.toMatch(/<b>|<@/);
}, 120_000);

test('the cause speaks: what waits because its worker is gone is silent', async () => {
  await tell(
    { labels: { alertname: 'worker-lost', tier: 'page', source: 'inhibit', worker: 'w1' } },
    { labels: { alertname: 'oldest-pending', tier: 'notify', source: 'inhibit', queue: 'q' } },
    { labels: { alertname: 'oldest-pending', tier: 'notify', source: 'another', queue: 'q' } }
  );
  await arrived('/page/', 'worker-lost');
  const states = await eventually('the states of both', async () => {
    const found = (await (
      await fetch(`${alertmanager.url}/api/v2/alerts?filter=alertname="oldest-pending"`)
    ).json()) as Array<{
      labels: { source: string };
      status: { state: string };
    }>;
    return found.length === 2 && found.every(({ status }) => status.state !== 'unprocessed') ? found : undefined;
  });
  expect(Object.fromEntries(states.map(({ labels, status }) => [labels.source, status.state]))).toEqual({
    inhibit: 'suppressed',
    another: 'active',
  });
}, 120_000);

describe.each(['en', 'zh'])('every template in %s', (language) => {
  const folder = temporaryFolder('templates');
  afterAll(() => rmSync(folder, { recursive: true }));

  /** What amtool makes of a template and alerts. */
  function render(name: string, alerts: Array<{ task: string; url?: string }>): string {
    const data = join(folder, 'data.json');
    const labels = (task: string) => ({
      alertname: 'task-failing',
      severity: 'critical',
      source: 'prod',
      task,
      owner: task,
    });
    const [first] = alerts;
    writeFileSync(
      data,
      JSON.stringify({
        status: 'firing',
        commonLabels:
          alerts.length === 1 ? labels(first?.task ?? '') : { alertname: 'task-failing', severity: 'critical' },
        alerts: alerts.map(({ task, url = '' }) => ({
          status: 'firing',
          labels: labels(task),
          annotations: {
            summary: task,
            description: task,
            error: task,
            count: '3',
            timeline_url: url,
            runbook_url: `${url}r`,
          },
          startsAt: '2026-11-24T03:04:05Z',
        })),
      })
    );
    return execFileSync(
      'amtool',
      [
        'template',
        'render',
        `--template.glob=${join(SHIPPED, 'templates/*.tmpl')}`,
        `--template.text={{ template "runlane.${language}.${name}" . }}`,
        `--template.data=${data}`,
      ],
      { encoding: 'utf8', env: { ...process.env, TZ: 'UTC' } }
    ).trimEnd();
  }

  test.each(['title', 'sms', 'text', 'wecom', 'dingding', 'slack'])(
    '%s: a name does nothing but stand there',
    (name) => {
      const text = render(name, [{ task: NASTY, url: 'https://grafana/d/x?a=(1)' }]);
      expect(text).toContain('task' in {} ? '' : 'pay"');
      expect(text).not.toMatch(/<b>|<@|\[evil\]|@all|`x`|\u202e|\r|\n# h1/);
      expect(text.includes('\n')).toBe(!['title', 'sms'].includes(name));
    }
  );

  test('three long names in Chinese fit into a message of WeCom', () => {
    const task = '订单结算'.repeat(60);
    const url = `https://grafana.example.com/d/runlane-timeline?var-task=${'%E8%AE%A2'.repeat(20)}`;
    const text = render(
      'wecom',
      Array.from({ length: 9 }, () => ({ task, url }))
    );
    expect(Buffer.byteLength(text)).toBeLessThan(8_000);
    expect(text).toMatch(/9/);
  });
});
