import { NO_FILTER } from '../../model/task-query';
import type { TaskFilter } from '../../model/task-query';
import type { Http, HttpResponse } from '../connector';
import { AlertWords } from './alert-words';
import { createPrometheus } from './connector';

const MINUTE = 60_000;
const NOW = 1_750_000_000_000;
const RANGE = { from: NOW - 10 * MINUTE, to: NOW };
const signal = new AbortController().signal;

/** Minutes before now at which a rule was seen firing, per series; what Prometheus says in words of those that are active. */
async function alertsOf(
  seen: Array<{ labels: Record<string, string>; minutes: number[] }>,
  filter: TaskFilter = NO_FILTER,
  words: HttpResponse = { status: 404, body: '' }
) {
  const asked: string[] = [];
  const connector = createPrometheus(
    {
      http: async (path) => {
        asked.push(decodeURIComponent(path.replace(/\+/g, ' ')));
        if (path === '/api/v1/alerts') {
          return words;
        }
        const data = /\/labels?\b/.test(path)
          ? ['runlane_task_runs', 'ALERTS']
          : {
              resultType: 'matrix',
              result: seen.map(({ labels, minutes }) => ({
                metric: labels,
                values: minutes.map((ago) => [(NOW - ago * MINUTE) / 1000, '1']),
              })),
            };
        return { status: 200, body: JSON.stringify({ status: 'success', data }) };
      },
    },
    { profile: 'runlane-store' }
  );
  const ask = () => connector.aggregate?.({ query: { view: 'alerts', filter }, range: RANGE, step: MINUTE }, signal);
  const answer = await ask();
  await ask();
  return { alerts: answer?.view === 'alerts' ? answer.alerts : [], asked };
}

const EXIT = {
  alertname: 'abnormal-exit',
  alertstate: 'firing',
  tier: 'page',
  severity: 'critical',
  source: 'a',
  task: 't',
};

test('a rule that still fires and one that stopped are told apart, each time on its own', async () => {
  const { alerts } = await alertsOf([{ labels: EXIT, minutes: [9, 8, 7, 2, 1, 0] }]);
  expect(alerts).toEqual([
    expect.objectContaining({
      name: 'abnormal-exit',
      state: 'firing',
      since: NOW - 2 * MINUTE,
      tier: 'page',
      task: 't',
    }),
    expect.objectContaining({ state: 'resolved', since: NOW - 9 * MINUTE, endedAt: NOW - 6 * MINUTE }),
  ]);
});

test('what was only pending is news while it lasts, and the dead man’s switch never is', async () => {
  const { alerts } = await alertsOf([
    { labels: { ...EXIT, alertstate: 'pending' }, minutes: [9, 8] },
    { labels: { ...EXIT, alertname: 'task-stuck', alertstate: 'pending' }, minutes: [1, 0] },
    { labels: { alertname: 'watchdog', alertstate: 'firing', tier: 'notify' }, minutes: [1, 0] },
  ]);
  expect(alerts.map(({ name, state }) => [name, state])).toEqual([['task-stuck', 'pending']]);
});

test('the filter of the query narrows by the labels of alerts', async () => {
  const filter: TaskFilter = { matches: [{ field: 'task', operator: '=', values: ['mail "x"'] }] };
  const { asked } = await alertsOf([], filter);
  expect(asked.at(-1)).toContain('ALERTS{tier=~".+",task="mail \\"x\\""}');
});

/** What Prometheus 2.42 answers, with the moment since which the alert is active put in. */
function activeSince(at: number): HttpResponse {
  const labels =
    '{"alertname":"task-failing","cause":"failures","severity":"critical","source":"shop","task":"mail \\"x\\"","tier":"page"}';
  const annotations =
    '{"runbook_url":"https://docs/runbooks/task-failing.md","summary":"mail \\"x\\": 40% failed","timeline_url":"http://g/d/x"}';
  return {
    status: 200,
    body: `{"status":"success","data":{"alerts":[{"labels":${labels},"annotations":${annotations},"state":"firing","activeAt":"${new Date(at).toISOString()}","value":"4e-01"}]}}`,
  };
}

const FAILING = {
  alertname: 'task-failing',
  alertstate: 'firing',
  cause: 'failures',
  severity: 'critical',
  source: 'shop',
  task: 'mail "x"',
  tier: 'page',
};

test('an alert that fires has words and its real begin, asked once; one that is over has none', async () => {
  const minutes = [10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0];
  const seen = [
    // A system of several stores adds a label.
    { labels: { ...FAILING, cluster: 'a' }, minutes },
    { labels: { ...FAILING, task: 'other' }, minutes: [9, 8, 1, 0] },
  ];
  const { alerts, asked } = await alertsOf(seen, NO_FILTER, activeSince(NOW - 60 * MINUTE));
  expect(alerts.map(({ task, state, since, summary }) => [task, state, (NOW - since) / MINUTE, summary])).toEqual([
    ['other', 'firing', 1, undefined],
    ['other', 'resolved', 9, undefined],
    ['mail "x"', 'firing', 60, 'mail "x": 40% failed'],
  ]);
  expect(alerts[2]?.runbook).toBe('https://docs/runbooks/task-failing.md');
  expect(asked.filter((path) => path === '/api/v1/alerts')).toHaveLength(1);
});

test('words are not asked for where nothing is active, nor taken of another time', async () => {
  const over = await alertsOf([{ labels: FAILING, minutes: [9, 8] }], NO_FILTER, activeSince(NOW));
  expect(over.asked).not.toContain('/api/v1/alerts');
  const later = await alertsOf([{ labels: FAILING, minutes: [1, 0] }], NO_FILTER, activeSince(NOW + MINUTE));
  expect(later.alerts).toEqual([expect.objectContaining({ since: NOW - MINUTE })]);
  expect(later.alerts[0]).not.toHaveProperty('summary');
});

test.each<[string, HttpResponse]>([
  ['has no such route', { status: 404, body: 'page not found' }],
  ['is refused it by a proxy', { status: 502, body: '' }],
  ['answers with a web page', { status: 200, body: '<html>' }],
  [
    'answers something else',
    { status: 200, body: '{"status":"success","data":{"alerts":[{"labels":{"alertname":7}}]}}' },
  ],
])('who %s shows alerts without words, and asks no more for a while', async (_, response) => {
  const { alerts, asked } = await alertsOf([{ labels: FAILING, minutes: [1, 0] }], NO_FILTER, response);
  expect(alerts).toEqual([expect.objectContaining({ state: 'firing', task: 'mail "x"' })]);
  expect(asked.filter((path) => path === '/api/v1/alerts')).toHaveLength(1);
});

test('a route that hangs is not waited for, and one who leaves hears so', async () => {
  let aborted = 0;
  const hangs: Http = (_, init) =>
    new Promise((_resolve, reject) => {
      init?.signal?.addEventListener('abort', () => {
        aborted++;
        reject(init.signal?.reason);
      });
    });
  expect((await new AlertWords(hangs, () => NOW, 0).byName(signal)).size).toBe(0);
  expect(aborted).toBe(1);
  const leaving = new AbortController();
  const left = new AlertWords(hangs).byName(leaving.signal);
  leaving.abort(new Error('gone'));
  await expect(left).rejects.toThrow('gone');
});
