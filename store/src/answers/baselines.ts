import { usualDurations } from '../../../src/analysis/baseline';
import type { LogHistogram } from '../../../src/analysis/log-histogram';
import type { Question } from '../../../src/analysis/question';

const FRESH_MS = 5 * 60_000;
/** Questions whose baselines are kept, and groups in all of them together. */
const MOST_KEPT = 64;
const MOST_GROUPS = 20_000;

type Baseline = ReadonlyMap<string, LogHistogram>;

/** What was usual before the ranges of questions. Ranges that move with the clock share one for five minutes. */
export class Baselines {
  private readonly kept = new Map<string, { from: number; baseline: Baseline }>();

  of(question: Question): Baseline {
    const { filter, range } = question.asked;
    const { from, to } = range;
    const key = JSON.stringify([filter, question.groupBy]);
    const kept = this.kept.get(key);
    if (kept !== undefined && Math.abs(kept.from - from) < Math.min(FRESH_MS, (to - from) / 20)) {
      return kept.baseline;
    }
    const baseline = usualDurations(question);
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
