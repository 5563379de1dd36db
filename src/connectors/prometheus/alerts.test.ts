import { NO_FILTER } from '../../model/task-query';
import type { TaskFilter } from '../../model/task-query';
import { createPrometheus } from './connector';

const MINUTE = 60_000;
const NOW = 1_750_000_000_000;
const RANGE = { from: NOW - 10 * MINUTE, to: NOW };
const signal = new AbortController().signal;

/** Minutes before now at which a rule was seen firing, per series. */
async function alertsOf(
  seen: Array<{ labels: Record<string, string>; minutes: number[] }>,
  filter: TaskFilter = NO_FILTER
) {
  const asked: string[] = [];
  const connector = createPrometheus(
    {
      http: async (path) => {
        asked.push(decodeURIComponent(path.replace(/\+/g, ' ')));
        const data = path.includes('/label/')
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
  const answer = await connector.aggregate?.({ query: { view: 'alerts', filter }, range: RANGE, step: MINUTE }, signal);
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
