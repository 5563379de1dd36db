import { withRetriedMarked } from './attempts';
import { isRetried, verdictOf } from './task-run';
import type { TaskRun } from './task-run';

const run = (runId: string, attempt: number, more: Partial<TaskRun> = {}): TaskRun => ({
  source: 's',
  runId,
  attempt,
  state: 'failed',
  task: 't',
  observedAt: attempt,
  ...more,
});

test('an attempt that a later one of the same run follows did not end the run, whatever order they come in', () => {
  const marked = withRetriedMarked([run('a', 3, { state: 'completed' }), run('a', 1), run('b', 1), run('a', 2)]);
  expect(marked.map(({ runId, attempt, retried }) => [runId, attempt, retried])).toEqual([
    ['a', 3, undefined],
    ['a', 1, true],
    ['b', 1, undefined],
    ['a', 2, true],
  ]);
  expect(marked.map(verdictOf)).toEqual(['completed', undefined, 'failed', undefined]);
});

test('the same id in another source is another run', () => {
  expect(withRetriedMarked([run('a', 1), run('a', 2, { source: 'other' })]).some(isRetried)).toBe(false);
});
