import type { TaskRun } from '../../../src/model/task-run';
import { OutcomeGatherer } from './outcomes';

function run(more: Partial<TaskRun>): TaskRun {
  return { source: 'shop', runId: 'r1', attempt: 1, state: 'running', task: 'mail', observedAt: 1_000, ...more };
}

test('failures are told whole, successes as the newest instant per task, and only when something ended', () => {
  const gatherer = new OutcomeGatherer();
  gatherer.note(undefined, run({}));
  expect(gatherer.take(1)).toBeUndefined();
  const failed = run({ state: 'failed', signal: 'SIGKILL' });
  gatherer.note(run({}), failed);
  gatherer.note(undefined, run({ state: 'completed', finishedAt: 5_000 }));
  gatherer.note(undefined, run({ state: 'completed', finishedAt: 4_000 }));
  gatherer.note(undefined, run({ state: 'completed', task: 'report' }));
  gatherer.note(undefined, run({ state: 'cancelled' }));
  expect(gatherer.take(7)).toEqual({
    to: 7,
    turned: [JSON.stringify(failed)],
    completed: [
      ['shop\nmail', 5_000],
      ['shop\nreport', 1_000],
    ],
  });
  expect(gatherer.take(8)).toBeUndefined();
});

test('what stays as it was is no news; a run that no longer counts as failed is', () => {
  const gatherer = new OutcomeGatherer();
  const failed = run({ state: 'failed', substate: 'lost' });
  gatherer.note(failed, { ...failed, observedAt: 2_000 });
  gatherer.note(run({ state: 'completed' }), run({ state: 'completed', observedAt: 2_000 }));
  expect(gatherer.take(1)).toBeUndefined();
  gatherer.note(failed, { ...failed, retried: true });
  expect(gatherer.take(2)?.turned).toEqual([JSON.stringify({ ...failed, retried: true })]);
  gatherer.note(failed, run({}));
  expect(gatherer.take(2)?.turned).toEqual([JSON.stringify(run({}))]);
});
