import type { TaskRun } from '../../../src/model/task-run';
import type { Alert } from './alert';
import { AlertBoard } from './alert-board';
import { DEFAULT_ALERTS, DEFAULT_RULE } from './alerts-config';
import type { AlertRule, AlertsConfig } from './alerts-config';

const T0 = 1_750_000_000_000;
const MINUTE = 60_000;

function rule(more: Partial<AlertRule> = {}): AlertRule {
  return { ...DEFAULT_RULE, name: 'abnormal-exit', receivers: ['hook'], ...more };
}

function config(...rules: AlertRule[]): AlertsConfig {
  return { ...DEFAULT_ALERTS, rules };
}

function failed(more: Partial<TaskRun> = {}): TaskRun {
  return {
    source: 'shop',
    runId: 'r1',
    attempt: 1,
    state: 'failed',
    task: 'mail',
    signal: 'SIGKILL',
    observedAt: T0,
    finishedAt: T0,
    ...more,
  };
}

function firing(board: AlertBoard): Alert[] {
  return [...board.all()].filter(({ state }) => state === 'firing');
}

test('one alert per task and cause, however many runs fail', () => {
  const board = new AlertBoard(config(rule()));
  board.turned(failed(), T0);
  board.turned(failed({ runId: 'r2', finishedAt: T0 + 5 }), T0 + 5);
  board.turned(failed({ runId: 'r2', finishedAt: T0 + 5 }), T0 + 5);
  board.turned(failed({ runId: 'r3', task: 'report' }), T0 + 6);
  board.turned(failed({ runId: 'r4', signal: 'SIGSEGV' }), T0 + 7);
  expect(firing(board).map(({ labels, count, runs }) => [labels['task'], labels['cause'], count, runs])).toEqual([
    ['mail', 'SIGKILL', 2, ['r2', 'r1']],
    ['report', 'SIGKILL', 1, ['r3']],
    ['mail', 'SIGSEGV', 1, ['r4']],
  ]);
  expect(firing(board)[0]).toMatchObject({
    labels: { alertname: 'abnormal-exit', severity: 'warning', tier: 'notify', source: 'shop' },
    annotations: { summary: 'mail: SIGKILL (2 times)', count: '2', runs: 'r2, r1' },
    startsAt: T0,
    lastAt: T0 + 5,
  });
});

test('the first rule that matches decides, unless it lets others go on', () => {
  const lost = rule({ name: 'lost', on: ['lost'] });
  const others = rule({ name: 'any', on: ['failure'] });
  const board = new AlertBoard(config(lost, others));
  board.turned(failed({ signal: undefined, substate: 'lost' }), T0);
  board.turned(failed({ runId: 'r2' }), T0);
  expect(firing(board).map(({ labels }) => labels['alertname'])).toEqual(['lost', 'any']);
  const both = new AlertBoard(config({ ...lost, goOn: true }, others));
  both.turned(failed({ substate: 'lost' }), T0);
  expect(firing(both)).toHaveLength(2);
});

test.each<[AlertRule['on'][number], Partial<TaskRun>, boolean]>([
  ['abnormal_exit', { signal: 'SIGKILL' }, true],
  ['abnormal_exit', { signal: undefined, exitCode: 3 }, true],
  ['abnormal_exit', { signal: undefined, substate: 'lost' }, false],
  ['abnormal_exit', { signal: undefined, error: { message: 'boom' } }, false],
  ['lost', { substate: 'lost' }, true],
  ['failure', { signal: undefined }, true],
  ['final_failure', { attempt: 1, maxAttempts: 3 }, false],
  ['final_failure', { attempt: 3, maxAttempts: 3 }, true],
  ['final_failure', { maxAttempts: undefined }, true],
])('%s: %j → %s', (trigger, more, fires) => {
  const board = new AlertBoard(config(rule({ on: [trigger] })));
  board.turned(failed(more), T0);
  expect(firing(board)).toHaveLength(Number(fires));
});

test('a rule matches by task, queue, source and label', () => {
  const matches = [
    { field: 'task', operator: '=~', values: ['pay\\..*'] },
    { field: 'label:team', operator: '=', values: ['core'] },
  ] as const;
  const board = new AlertBoard(config(rule({ match: { matches } })));
  board.turned(failed({ task: 'pay.charge' }), T0);
  board.turned(failed({ task: 'mail', labels: { team: 'core' } }), T0);
  expect(firing(board)).toEqual([]);
  board.turned(failed({ task: 'pay.charge', labels: { team: 'core', owner: 'ann' } }), T0);
  expect(firing(board)).toMatchObject([{ owner: 'ann', annotations: { owner: 'ann' } }]);
});

test('a later success ends it, but not before it was told; a new failure goes on', () => {
  const board = new AlertBoard(config(rule()));
  board.turned(failed(), T0);
  board.completed('shop\nmail', T0 - 1);
  board.completed('shop\nother', T0 + 10);
  board.tick(T0 + 2 * MINUTE);
  expect(firing(board)).toHaveLength(1);
  board.completed('shop\nmail', T0 + 10);
  board.tick(T0 + MINUTE - 1);
  expect(firing(board)).toHaveLength(1);
  board.turned(failed({ runId: 'r2', finishedAt: T0 + 20 }), T0 + 20);
  board.tick(T0 + 10 * MINUTE);
  expect(firing(board)).toHaveLength(1);
  board.completed('shop\nmail', T0 + 30);
  board.tick(T0 + 20 + MINUTE);
  expect([...board.all()]).toMatchObject([{ state: 'resolved', startsAt: T0, endsAt: T0 + 30 }]);
  board.turned(failed({ runId: 'r3', finishedAt: T0 + 40 }), T0 + 3 * MINUTE);
  expect(firing(board)).toMatchObject([{ startsAt: T0 + 40, count: 1 }]);
});

test('silence ends it too, and so does the end of its rule', () => {
  const board = new AlertBoard(config(rule({ resolveAfterMs: 5 * MINUTE, resolveOnSuccess: false })));
  board.turned(failed(), T0);
  board.completed('shop\nmail', T0 + 10);
  board.tick(T0 + 4 * MINUTE);
  expect(firing(board)).toHaveLength(1);
  board.tick(T0 + 5 * MINUTE);
  expect([...board.all()]).toMatchObject([{ state: 'resolved', endsAt: T0 + 5 * MINUTE }]);
  board.turned(failed({ runId: 'r2', finishedAt: T0 + 1 }), T0 + 6 * MINUTE);
  board.configure(config());
  board.tick(T0 + 6 * MINUTE);
  expect(firing(board)).toEqual([]);
});

test('repeated failure: so many in the time, and no success between', () => {
  const board = new AlertBoard(config(rule({ on: ['failure'], failures: 3, withinMs: MINUTE })));
  const fail = (runId: string, at: number) => board.turned(failed({ runId, finishedAt: at }), at);
  fail('a', T0);
  fail('b', T0 + 10);
  board.completed('shop\nmail', T0 + 15);
  fail('c', T0 + 20);
  fail('d', T0 + 30);
  expect(firing(board)).toEqual([]);
  fail('e', T0 + 40);
  expect(firing(board)).toMatchObject([{ count: 3, startsAt: T0 + 20, runs: ['e', 'd', 'c'] }]);
  const slow = new AlertBoard(config(rule({ failures: 2, withinMs: MINUTE })));
  slow.turned(failed(), T0);
  slow.turned(failed({ runId: 'b', finishedAt: T0 + 2 * MINUTE }), T0 + 2 * MINUTE);
  expect(firing(slow)).toEqual([]);
});

test('a run that counted as lost and lives takes its alert back', () => {
  const board = new AlertBoard(config(rule()));
  board.turned(failed({ signal: undefined, substate: 'lost' }), T0);
  board.turned(failed({ signal: undefined, substate: 'lost', runId: 'r2' }), T0 + 1);
  board.turned(failed({ state: 'running', observedAt: T0 + 5 }), T0 + 5);
  expect(firing(board)).toMatchObject([{ count: 1, runs: ['r2'] }]);
  board.turned(failed({ state: 'running', runId: 'r2', observedAt: T0 + 6 }), T0 + 6);
  board.tick(T0 + 2 * MINUTE);
  expect([...board.all()]).toMatchObject([{ state: 'resolved' }]);
});

test('a failure that is tried again takes its alert back; each keeps the name of its runbook', () => {
  const board = new AlertBoard(config(rule()));
  board.turned(failed(), T0);
  expect(firing(board)[0]?.annotations['runbook']).toBe('abnormal-exit');
  board.turned(failed({ retried: true }), T0 + 5);
  board.tick(T0 + DEFAULT_ALERTS.keepFiringMs + 10);
  expect(firing(board)).toEqual([]);
});

test('each alert names its runbook and its place on the timeline', () => {
  const places = { runbooksUrl: 'https://docs/runbooks/', grafanaUrl: 'https://grafana/' };
  const noted = (one: AlertRule, run: TaskRun, language: 'en' | 'zh-Hans' = 'en') => {
    const board = new AlertBoard({ ...config(one), ...places, language });
    board.turned(run, T0);
    return [...board.all()][0];
  };
  const pageOf = (alert: Alert | undefined) => alert?.annotations['runbook_url'];
  expect(pageOf(noted(rule(), failed()))).toBe('https://docs/runbooks/abnormal-exit.md');
  expect(pageOf(noted(rule(), failed({ substate: 'lost' }), 'zh-Hans'))).toBe(
    'https://docs/runbooks/zh-Hans/worker-lost.md'
  );
  expect(pageOf(noted(rule({ on: ['failure'] }), failed({ signal: undefined })))).toBe(
    'https://docs/runbooks/task-failing.md'
  );
  expect(pageOf(noted(rule({ failures: 2 }), failed()))).toBe('https://docs/runbooks/repeated-failure.md');
  expect(pageOf(noted(rule({ runbookUrl: 'https://wiki/x' }), failed()))).toBe('https://wiki/x');
  const link = new URL(noted(rule(), failed({ task: 'a&b=<c>' }))?.link ?? '');
  expect([link.pathname, link.searchParams.get('var-task')]).toEqual(['/d/runlane-timeline/timeline', 'a&b=<c>']);
});

test('each alert leads to its newest run: chosen in the timeline, and in the dashboard of one run', () => {
  const board = new AlertBoard({ ...config(rule()), grafanaUrl: 'https://grafana/sub/' });
  board.turned(failed(), T0);
  board.turned(failed({ runId: 'r/2 & <b>', attempt: 3, finishedAt: T0 + 1 }), T0 + 1);
  const [alert] = firing(board);
  const timeline = new URL(alert?.link ?? '').searchParams;
  expect([timeline.get('var-source'), timeline.get('var-task'), timeline.get('var-run')]).toEqual([
    'shop',
    'mail',
    'r/2 & <b> #3',
  ]);
  const run = new URL(alert?.annotations['run_url'] ?? '');
  expect([run.pathname, run.searchParams.get('var-source'), run.searchParams.get('var-runId')]).toEqual([
    '/sub/d/runlane-task-run/task-run',
    'shop',
    'r/2 & <b>',
  ]);
  expect(Number(run.searchParams.get('from'))).toBeLessThan(Number(run.searchParams.get('to')));
  const nowhere = new AlertBoard(config(rule()));
  nowhere.turned(failed(), T0);
  expect([firing(nowhere)[0]?.link, firing(nowhere)[0]?.annotations['run_url']]).toEqual([undefined, undefined]);
});

test('what is forgotten is told as gone, and a task list without end is cut and counted', () => {
  const board = new AlertBoard(config(rule()));
  board.turned(failed(), T0);
  const [[id, alert] = ['', undefined]] = board.takeChanged();
  expect(alert?.state).toBe('firing');
  expect(board.takeChanged()).toEqual([]);
  board.forget(id);
  expect(board.takeChanged()).toEqual([[id, undefined]]);
  for (let i = 0; i < 10_005; i++) {
    board.turned(failed({ task: `task-${i}` }), T0);
  }
  expect([firing(board).length, board.dropped]).toEqual([10_000, 5]);
});

test('names of 10 kB, quotes, HTML and line feeds stay what they are', () => {
  const nasty = `<b>"'\n&${'x'.repeat(10_000)}`;
  const board = new AlertBoard(config(rule({ on: ['failure'] })));
  board.turned(failed({ task: nasty, signal: undefined, error: { type: nasty, message: nasty } }), T0);
  expect(firing(board)[0]?.labels['task']).toBe(nasty);
  expect(firing(board)[0]?.labels['cause']?.length).toBeLessThanOrEqual(160);
});
