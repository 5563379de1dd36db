import { elapsedMs } from '../model/elapsed';
import type { DurationMs } from '../model/units';
import { STATE_NUMBER } from '../model/word-numbers';
import { Buckets } from './buckets';
import { eachLength } from './durations';
import { groupColumn, groupOfClass } from './grouper';
import { LogHistogram } from './log-histogram';
import { selectStretches, summedPart } from './question';
import type { Question } from './question';
import { RowFilter } from './row-filter';

/** How far before a range usual durations are looked for, and at about how many runs. */
const LOOK_BACK_MS: DurationMs = 7 * 86_400_000;
const MOST_RUNS = 1_000_000;
const HISTOGRAM_BYTES = 1_500;

/**
 * What was usual before the range of a question: durations of completed runs that ended in the seven days before it (the
 * newest million of them, or some more), per group.
 */
export function usualDurations({ tables, asked, groupBy, budget }: Question): ReadonlyMap<string, LogHistogram> {
  const before = asked.range.from;
  const range = { from: before - LOOK_BACK_MS, to: before };
  const buckets = new Buckets(range, LOOK_BACK_MS, before);
  const histograms = new Map<string, LogHistogram>();
  const histogramOf = (group: string) => {
    let histogram = histograms.get(group);
    if (histogram === undefined) {
      budget.hold(HISTOGRAM_BYTES, () => `the usual durations of ${histograms.size} groups`);
      histogram = new LogHistogram();
      histograms.set(group, histogram);
    }
    return histogram;
  };
  const filter = new RowFilter(tables, asked.filter);
  let left = MOST_RUNS;
  // What ended before the range was alive before it; what was still alive in it is told apart by its end.
  for (const selected of selectStretches(tables, filter, buckets, { groupBy, grain: 'range' })) {
    const { table, rows, summed } = selected;
    if (summed !== undefined) {
      const { classes } = summed.summary;
      const part = summedPart(selected.stretch, summed, Int32Array.from(summed.classes), buckets);
      eachLength(part, (own, what, _bucket, lengths) => {
        if (what === 0) {
          histogramOf(groupOfClass(tables, classes, groupBy, own)).merge(lengths);
          left -= lengths.count;
        }
      });
    }
    const { state, end, started, finished } = table;
    const { column, nameOf } = groupColumn(tables, table, groupBy);
    for (let k = rows.length - 1; k >= 0 && left > 0; k--) {
      const i = rows[k]!;
      const took = elapsedMs(started[i]!, finished[i]!);
      if (state[i] === STATE_NUMBER.completed && end[i]! < before && took === took) {
        left--;
        histogramOf(nameOf(column[i]!)).add(took);
      }
    }
    if (left <= 0) {
      break;
    }
  }
  return histograms;
}
