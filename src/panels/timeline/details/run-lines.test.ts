import { ENGLISH } from '../../../frames/frame-context';
import { readRuns } from '../../../frames/run-columns';
import type { RunColumns } from '../../../frames/run-columns';
import { timelineFrames } from '../../../frames/run-frame';
import type { TaskRun } from '../../../model/task-run';
import { allFacts, briefFacts } from './run-lines';

const NOW = Date.UTC(2026, 10, 23, 9);

function columnsOf(...runs: TaskRun[]): RunColumns {
  const lanes = [{ name: 'mail', counts: { completed: runs.length }, lost: 0 }];
  const page = { runs, truncated: false, skipped: 0 };
  const range = { from: NOW - 3_600_000, to: NOW };
  const frames = timelineFrames(
    { view: 'timeline', groupBy: 'task', lanes, lanesOmitted: 0, counts: {}, page, total: runs.length },
    { range, now: NOW, shade: 'dark', words: ENGLISH }
  );
  const read = readRuns(frames, {});
  if (!read.ok) {
    throw new Error(`missing ${read.missing}`);
  }
  return read.reading.columns;
}

const run: TaskRun = {
  source: 'shop',
  runId: '1',
  attempt: 1,
  state: 'completed',
  task: 'mail',
  worker: 'worker-3',
  startedAt: NOW - 5_000,
  finishedAt: NOW,
  observedAt: NOW,
};

test.each([
  [3_600_000, '1 h ahead; times are corrected'],
  [-5_400_000, '1 h 30 min behind; times are corrected'],
])('the clock of a worker that is off by %d ms is said with its runs', (clockAheadMs, said) => {
  const columns = columnsOf({ ...run, clockAheadMs });
  for (const lines of [briefFacts(columns, 0, undefined, NOW, 'utc'), allFacts(columns, 0, undefined, NOW, 'utc')]) {
    expect(lines.find(({ label }) => label === 'Clock of worker-3')?.value).toBe(said);
  }
});

test('a clock that is right is not worth a word', () => {
  const labels = allFacts(columnsOf(run), 0, undefined, NOW, 'utc').map(({ label }) => label);
  expect(labels.filter((label) => /clock/i.test(label))).toEqual([]);
});
