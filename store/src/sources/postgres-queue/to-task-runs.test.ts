import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeEvent } from '../../../../src/model/decode-event';
import { eventsOf } from '../../../../src/model/events-of-run';
import { runKey } from '../../../../src/model/task-run';
import type { TaskRun } from '../../../../src/model/task-run';
import { readEngine } from './engines';
import type { Row } from './question';
import { readMapping } from './read-mapping';
import { toTaskRuns } from './to-task-runs';

/** Rows of the real engines, each as often as it changed while it was looked at (scripts/recordings/postgres-queues.ts). */
interface Recorded {
  now: number;
  row: Row;
}

const ENGINES = ['graphile-worker', 'pg-boss', 'procrastinate', 'river'] as const;

function recorded(engine: string): Recorded[] {
  return JSON.parse(readFileSync(join(__dirname, 'fixtures', `${engine}.json`), 'utf8')) as Recorded[];
}

function runsOf(engine: string, { now, row }: Recorded): TaskRun[] {
  return toTaskRuns(row, readEngine(engine), { source: engine, now }) ?? [];
}

/** The run's attempts, as the row in that state tells them. */
function runsIn(engine: string, state: string, how: string): TaskRun[] {
  const found = recorded(engine).filter(({ row }) => row['state'] === state);
  const one = found.find(({ row }) => row['args'] === undefined || row['args']?.includes(`"${how}"`) === true);
  expect(one).toBeDefined();
  return one === undefined ? [] : runsOf(engine, one);
}

describe.each(ENGINES)('%s', (engine) => {
  test('each recorded row is runs that the archive takes, none of an unknown state, no secret in them', () => {
    for (const one of recorded(engine)) {
      const runs = runsOf(engine, one);
      expect(runs.length).toBeGreaterThan(0);
      expect(new Set(runs.map(runKey)).size).toBe(runs.length);
      for (const run of runs) {
        expect(run.state).not.toBe('unknown');
        const refused = eventsOf(run).filter((event) => !('event' in decodeEvent(event, one.now)));
        expect(refused).toEqual([]);
        expect(run.finishedAt ?? Infinity).toBeGreaterThanOrEqual(run.startedAt ?? 0);
      }
      expect(JSON.stringify(runs)).not.toMatch(/hunter22|abcdef123456/);
    }
  });

  test('what the recorded rows tell', () => {
    const told = recorded(engine).map((one) =>
      runsOf(engine, one).map(({ attempt, state, substate, nativeState, worker, error, ...run }) => ({
        is: `${run.task} ${attempt}: ${state}/${substate ?? ''} (${nativeState ?? ''})`,
        by: worker?.replace(/[\da-f]{6,}/, '…'),
        error: error?.message,
        has: Object.keys(run).filter((fact) => fact.endsWith('At')),
      }))
    );
    expect(told).toMatchSnapshot();
  });
});

test('a row that waits for its next attempt is the failed one with its error, and one that waits', () => {
  const [failed, waiting, ...others] = runsIn('pg-boss', 'retry', 'retried');
  expect(failed).toMatchObject({
    attempt: 1,
    state: 'failed',
    substate: 'error',
    error: { type: 'TypeError', message: 'no retried: token=***' },
  });
  expect(waiting).toMatchObject({ attempt: 2, state: 'pending', substate: 'retrying', createdAt: failed?.finishedAt });
  expect(waiting).not.toHaveProperty('error');
  expect(waiting).not.toHaveProperty('startedAt');
  expect(others).toEqual([]);
});

test('a retry of River that is due is an attempt that waits, though its row has the number of the failed one', () => {
  const runs = runsIn('river', 'available', 'retried').slice(-2);
  expect(runs.map(({ attempt, state }) => [attempt, state])).toContainEqual([1, 'pending']);
  const due = recorded('river').find(({ row }) => row['state'] === 'available' && row['attempt'] === '1');
  expect(due === undefined ? [] : runsOf('river', due)).toMatchObject([
    { attempt: 1, state: 'failed', worker: 'letter-box', error: { message: 'no retried: token=***' } },
    { attempt: 2, state: 'pending', substate: 'queued' },
  ]);
});

test('events of Procrastinate count in the order of their ids: the time of "scheduled" lies ahead', () => {
  const ended = recorded('procrastinate').find(
    ({ row }) => row['state'] === 'succeeded' && row['args']?.includes('retried')
  );
  const history = JSON.parse(ended?.row['history'] ?? '[]') as Array<{ event: string; at: number }>;
  expect(history.map(({ event }) => event)).toEqual([
    'deferred',
    'started',
    'scheduled',
    'deferred_for_retry',
    'scheduled',
    'started',
    'succeeded',
  ]);
  const times = history.map(({ at }) => at);
  expect(times).not.toEqual([...times].sort((a, b) => a - b));
  const [first, second] = ended === undefined ? [] : runsOf('procrastinate', ended);
  expect(first).toMatchObject({ attempt: 1, state: 'failed', finishedAt: Math.floor(times[3] ?? 0) });
  expect(second).toMatchObject({ attempt: 2, state: 'completed', startedAt: Math.floor(times[5] ?? 0) });
  expect(first).not.toHaveProperty('queuedAt');
  expect(second?.queuedAt).toBe(Math.floor(times[2] ?? 0));
});

const OWN = readMapping(
  {
    table: 'app.jobs',
    columns: {
      runId: 'id',
      task: 'kind',
      state: 'status',
      attempt: 'tries',
      createdAt: 'created_at',
      startedAt: 'started_at',
      finishedAt: 'done_at',
      attempts: 'failures',
    },
    states: { new: 'pending', done: 'completed' },
    changed: 'updated_at',
  },
  [],
  []
);
const own = (row: Row, aheadMs?: number) =>
  OWN && toTaskRuns(row, OWN, { source: 'own', now: 1_750_000_000_000, ...(aheadMs !== undefined && { aheadMs }) });

test.each([
  ['an id', { runId: null, task: 'mail', state: 'done' }],
  ['a task', { runId: '1', task: '', state: 'done' }],
  ['a state', { runId: '1', task: 'mail', state: null }],
])('a row without %s is none', (_, row) => {
  expect(own(row)).toBeUndefined();
});

test('a list of attempts that is none is refused, one that is NULL is empty', () => {
  const row = { runId: '1', task: 'mail', state: 'done' };
  expect(() => own({ ...row, attempts: '{"attempt":1}' })).toThrow('attempts is {"attempt":1}, wanted an array');
  expect(() => own({ ...row, attempts: 'oops' })).toThrow('attempts is "oops", wanted JSON');
  expect(own({ ...row, attempts: null })).toMatchObject([{ attempt: 1, state: 'completed' }]);
});

test('a state that the mapping does not name is unknown, and its word is kept', () => {
  expect(own({ runId: '1', task: 'mail', state: 'odd' })).toMatchObject([{ state: 'unknown', nativeState: 'odd' }]);
});

test('never, infinity and NULL are no times', () => {
  const row = { runId: '1', task: 'mail', state: 'done' };
  const runs = own({ ...row, createdAt: 'Infinity', startedAt: '0', finishedAt: null });
  expect(runs).toEqual([
    {
      source: 'own',
      runId: '1',
      task: 'mail',
      kind: 'task',
      nativeState: 'done',
      attempt: 1,
      state: 'completed',
      observedAt: 1_750_000_000_000,
    },
  ]);
});

test('times by a clock that is two hours ahead are corrected, and it is said', () => {
  const row = { runId: '1', task: 'mail', state: 'done', finishedAt: '1750007190000.25' };
  expect(own(row, 7_200_000)).toMatchObject([{ finishedAt: 1_749_999_990_000, clockAheadMs: 7_200_000 }]);
});
