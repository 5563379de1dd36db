import { LogHistogram } from '../../../src/analysis/log-histogram';
import { groupRowsByName } from './question';
import type { Question } from './question';
import { STATE_NUMBER } from '../archive/word-numbers';

const DAY_MS = 86_400_000;
/** How far before the range a task's usual durations are looked for, and how many runs are looked at. */
const LOOK_BACK_MS = 7 * DAY_MS;
const MOST_ROWS = 1_000_000;
const FRESH_MS = 5 * 60_000;
/** Questions whose baselines are kept, and groups in all of them together. */
const MOST_KEPT = 64;
const MOST_GROUPS = 20_000;
const HISTOGRAM_BYTES = 1_500;

type Baseline = ReadonlyMap<string, LogHistogram>;

/**
 * What was usual before a range: durations of completed runs that ended in the seven days before it (the newest million
 * of them), per group. Ranges that move with the clock share one for five minutes.
 */
export class Baselines {
  private readonly kept = new Map<string, { from: number; baseline: Baseline }>();

  of(question: Question): Baseline {
    const { query } = question;
    const { from } = query.range;
    const key = JSON.stringify([query.filter, question.groupBy]);
    const kept = this.kept.get(key);
    if (kept !== undefined && Math.abs(kept.from - from) < Math.min(FRESH_MS, (query.range.to - from) / 20)) {
      return kept.baseline;
    }
    const baseline = gather(question, from);
    this.kept.delete(key);
    this.kept.set(key, { from, baseline });
    let groups = [...this.kept.values()].reduce((sum, { baseline: { size } }) => sum + size, 0);
    for (const [oldest, { baseline: given }] of this.kept) {
      if (this.kept.size <= MOST_KEPT && groups <= MOST_GROUPS) {
        break;
      }
      groups -= given.size;
      this.kept.delete(oldest);
    }
    return baseline;
  }
}

function gather(question: Question, before: number): Baseline {
  const histograms = new Map<string, LogHistogram>();
  let rowsLeft = MOST_ROWS;
  // What ended before the range was alive before it; what was still alive in it is told apart by its end.
  for (const { segment, rows, name } of groupRowsByName(question, { from: before - LOOK_BACK_MS, to: before })) {
    const { state, end, started, finished } = segment;
    for (let k = rows.length - 1; k >= 0 && rowsLeft > 0; k--) {
      const i = rows[k]!;
      const took = finished[i]! - started[i]!;
      if (state[i] !== STATE_NUMBER.completed || !(end[i]! < before) || took !== took) {
        continue;
      }
      rowsLeft--;
      const group = name(i);
      let histogram = histograms.get(group);
      if (histogram === undefined) {
        question.budget.hold(HISTOGRAM_BYTES, () => `the usual durations of ${histograms.size} groups`);
        histogram = new LogHistogram();
        histograms.set(group, histogram);
      }
      histogram.add(Math.max(0, took));
    }
    if (rowsLeft === 0) {
      break;
    }
  }
  return histograms;
}
