import { elapsedMs } from '../model/elapsed';
import type { DurationMs } from '../model/units';
import { STATE_NUMBER } from '../model/word-numbers';
import { groupColumn } from './grouper';
import { LogHistogram } from './log-histogram';
import { selectRows } from './question';
import type { Question } from './question';

/** How far before a range usual durations are looked for, and at how many runs. */
const LOOK_BACK_MS: DurationMs = 7 * 86_400_000;
const MOST_ROWS = 1_000_000;
const HISTOGRAM_BYTES = 1_500;

/**
 * What was usual before the range of a question: durations of completed runs that ended in the seven days before it (the
 * newest million of them), per group.
 */
export function usualDurations({ tables, asked, groupBy, budget }: Question): ReadonlyMap<string, LogHistogram> {
  const before = asked.range.from;
  const histograms = new Map<string, LogHistogram>();
  let rowsLeft = MOST_ROWS;
  // What ended before the range was alive before it; what was still alive in it is told apart by its end.
  for (const { table, rows } of selectRows(tables, asked.filter, { from: before - LOOK_BACK_MS, to: before })) {
    const { state, end, started, finished } = table;
    const { column, nameOf } = groupColumn(tables, table, groupBy);
    for (let k = rows.length - 1; k >= 0 && rowsLeft > 0; k--) {
      const i = rows[k]!;
      const took = elapsedMs(started[i]!, finished[i]!);
      if (state[i] !== STATE_NUMBER.completed || !(end[i]! < before) || took !== took) {
        continue;
      }
      rowsLeft--;
      const group = nameOf(column[i]!);
      let histogram = histograms.get(group);
      if (histogram === undefined) {
        budget.hold(HISTOGRAM_BYTES, () => `the usual durations of ${histograms.size} groups`);
        histogram = new LogHistogram();
        histograms.set(group, histogram);
      }
      histogram.add(took);
    }
    if (rowsLeft === 0) {
      break;
    }
  }
  return histograms;
}
