import type { TaskRun } from '../model/task-run';
import { answerFromRuns } from './answer-from-runs';
import type { AnswerOptions } from './answer-from-runs';

const NOW = 1_750_000_000_000;
const MINUTE = 60_000;

let made = 0;

function run(more: Partial<TaskRun>): TaskRun {
  const at = NOW - 5 * MINUTE;
  const times = { startedAt: at, finishedAt: at + 1_000, observedAt: at + 1_000 };
  return {
    source: 's',
    runId: `r${made++}`,
    attempt: 1,
    task: 't',
    state: 'completed',
    worker: 'w',
    ...times,
    ...more,
  };
}

function workers(runs: readonly TaskRun[], options: Partial<AnswerOptions> = {}) {
  // The range ends after now, as one does that a user has chosen ahead.
  const range = { from: NOW - 10 * MINUTE, to: NOW + MINUTE };
  const query = { view: 'workers' as const, filter: { matches: [] } };
  const answer = answerFromRuns({ query, range, step: MINUTE }, runs, { now: NOW, ...options });
  return answer.view === 'workers' ? answer.workers : [];
}

it('tells of each worker its attempts by how they ended, those that run on it, its queues and where it is', () => {
  const busy = { state: 'running' as const, finishedAt: undefined, observedAt: NOW };
  const answer = workers([
    run({ queue: 'slow', host: 'a' }),
    run({ queue: 'fast', state: 'failed', retried: true }),
    run({ ...busy, host: 'b' }),
    run({ ...busy, worker: 'other', source: 'z' }),
    run({ worker: undefined }),
  ]);
  const quiet = { completed: 0, failed: 0, lost: 0, lastSeenAt: NOW, alive: true };
  expect(answer).toEqual([
    { source: 's', name: 'w', running: 1, ...quiet, completed: 1, failed: 1, host: 'b', queues: ['fast', 'slow'] },
    { source: 'z', name: 'other', running: 1, ...quiet },
  ]);
});

it('puts a worker where the newest run says that tells where, in whatever order runs come', () => {
  const older = run({ host: 'old', observedAt: NOW - 4 * MINUTE });
  const newer = run({ host: 'new', observedAt: NOW - 3 * MINUTE });
  const silent = run({ observedAt: NOW - MINUTE });
  const vanished = run({ host: 'lost', state: 'failed', substate: 'lost', observedAt: NOW - 2 * MINUTE });
  for (const runs of [
    [older, newer, silent],
    [silent, newer, older],
  ]) {
    expect(workers(runs)).toMatchObject([{ host: 'new', lastSeenAt: NOW - MINUTE }]);
  }
  expect(workers([older, vanished])).toMatchObject([{ host: 'lost', lastSeenAt: NOW - 4 * MINUTE, lost: 1 }]);
});

it('counts no end that lies ahead of now: a clock that runs fast has seen nothing yet', () => {
  const ahead = { finishedAt: NOW + 1_000, observedAt: NOW + 1_000 };
  expect(workers([run(ahead), run({ ...ahead, state: 'failed', substate: 'lost' })])).toMatchObject([
    { completed: 0, failed: 0, lost: 0, running: 2 },
  ]);
});

it('is alive, silent or unknown by its signs of life, or by what it has lost', () => {
  const long = { observedAt: NOW - 5 * MINUTE };
  const sign = { source: 's', name: 'w', lastSeenAt: NOW - 4 * MINUTE };
  const alive = (more: Partial<TaskRun>, known?: AnswerOptions['workers']) =>
    workers([run({ ...long, ...more })], known === undefined ? {} : { workers: known })[0]?.alive;
  expect(alive({})).toBeUndefined();
  expect(alive({}, [sign])).toBe(false);
  expect(alive({}, [{ ...sign, idle: true }])).toBeUndefined();
  expect(alive({}, [{ ...sign, lastSeenAt: NOW }])).toBe(true);
  expect(alive({ state: 'failed', substate: 'lost' })).toBe(false);
});

it('says how many there are not: the busiest are told first', () => {
  const range = { from: NOW - 10 * MINUTE, to: NOW };
  const query = { view: 'workers' as const, filter: { matches: [] }, limit: 1 };
  const busy = run({ worker: 'busy', state: 'running', finishedAt: undefined, observedAt: NOW });
  const answer = answerFromRuns({ query, range, step: MINUTE }, [run({}), busy], { now: NOW });
  expect(answer).toMatchObject({ truncated: true, workers: [{ name: 'busy' }] });
});
