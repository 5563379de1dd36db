import { LIFECYCLE_STATES } from '../model/lifecycle';
import type { LifecycleState } from '../model/lifecycle';
import { STATE_NUMBER } from '../model/word-numbers';

/** Counts by state, told; states that nothing is in are left out. */
export function toldCounts(counts: ArrayLike<number>): Partial<Record<LifecycleState, number>> {
  const told: Partial<Record<LifecycleState, number>> = {};
  for (const state of LIFECYCLE_STATES) {
    const count = counts[STATE_NUMBER[state]]!;
    if (count > 0) {
      told[state] = count;
    }
  }
  return told;
}
