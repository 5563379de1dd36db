import { wholeOf } from '../model/schema.kit';
import type { TaskRun } from '../model/task-run';
import { ENGLISH } from './frame-context';
import { runsFrames } from './run-frame';

const CONTEXT = {
  words: ENGLISH,
  shade: 'dark' as const,
  now: 0,
  range: { from: 0, to: 1 },
};

/** Kept for who judges silence, not for who reads a table; a retried run is one by its state. */
const NOT_SHOWN = ['heartbeatMs', 'retried'];

test('every fact that a run can have stands in the table of runs', () => {
  const run = { ...wholeOf<TaskRun>('TaskRun'), attempt: 70_000 };
  const [frame] = runsFrames({ view: 'runs', runs: [run], truncated: false, skipped: 0 }, CONTEXT as never);
  const shown = new Set(frame?.fields.map(({ values }) => JSON.stringify(values[0])));
  const { error, ...rest } = run;
  const facts = Object.entries({ ...rest, ...error, state: 'pending' });
  expect(
    facts
      .filter(([, value]) => !shown.has(JSON.stringify(value)))
      .map(([name]) => name)
      .sort()
  ).toEqual(NOT_SHOWN);
});
