import type { TaskRun } from '../model/task-run';
import { answerFromRuns } from './answer-from-runs';

const NOW = 1_750_000_000_000;
const MINUTE = 60_000;

let made = 0;

function run(more: Partial<TaskRun>): TaskRun {
  const base = { source: 's', runId: `r${made++}`, attempt: 1, task: 't', queue: 'q', observedAt: NOW - MINUTE };
  return { ...base, state: 'pending', queuedAt: NOW - 2 * MINUTE, ...more };
}

function queues(...runs: TaskRun[]) {
  const range = { from: NOW - 10 * MINUTE, to: NOW + MINUTE };
  const query = { view: 'queues' as const, filter: { matches: [] } };
  const answer = answerFromRuns({ query, range, step: MINUTE }, runs, { now: NOW });
  return answer.view === 'queues' ? answer.queues : [];
}

it('tells who waits and since when, who runs, and how runs ended, by their last attempt', () => {
  const ended = { startedAt: NOW - MINUTE, finishedAt: NOW - 1_000 };
  expect(
    queues(
      run({}),
      run({ queuedAt: NOW - 5 * MINUTE }),
      run({ state: 'running', startedAt: NOW - MINUTE }),
      run({ state: 'completed', ...ended }),
      run({ state: 'failed', ...ended }),
      run({ state: 'failed', retried: true, ...ended }),
      run({ queue: undefined })
    )
  ).toMatchObject([
    { source: 's', name: 'q', pending: 2, running: 1, completed: 1, failed: 1, oldestPendingAt: NOW - 5 * MINUTE },
  ]);
});

it('measures the waits of runs that started in the range', () => {
  const [queue] = queues(
    run({ state: 'running', startedAt: NOW - MINUTE }),
    run({ state: 'running', queuedAt: NOW - 30 * MINUTE, startedAt: NOW - 20 * MINUTE })
  );
  expect(queue?.waitP95Ms).toBe(MINUTE);
  expect(queues(run({}))[0]?.waitP95Ms).toBeUndefined();
});

it('is not called waiting what waits on purpose, but it is pending', () => {
  expect(queues(run({ substate: 'scheduled' }))).toMatchObject([{ pending: 1 }]);
  expect(queues(run({ substate: 'scheduled' }))[0]?.oldestPendingAt).toBeUndefined();
});

it('takes a run for pending that had started and waits for its next try', () => {
  expect(queues(run({ substate: 'retrying', startedAt: NOW - MINUTE }))).toMatchObject([{ pending: 1, running: 0 }]);
});

it('puts the queue first in which one waits longest', () => {
  const names = queues(
    run({ queue: 'none', state: 'running', startedAt: NOW - MINUTE }),
    run({ queue: 'young' }),
    run({ queue: 'old', queuedAt: NOW - 9 * MINUTE })
  ).map(({ name }) => name);
  expect(names).toEqual(['old', 'young', 'none']);
});
