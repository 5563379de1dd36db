import type { GroupKeys } from '../../../frames/group-keys';
import type { LaneSummary } from '../../../frames/lane-summary';
import { mergedCounts, type MergedCounts } from '../../../frames/merged-rows';
import type { RunColumns } from '../../../frames/run-columns';
import { CLASS_OF_STATE, countsByClass, FAILED, LOST, RETRIED, RUN_CLASSES } from '../run-class';

/** The rows of merged lanes: how many runs each holds, and a bit for each class of which it holds any. */
export interface Stretches {
  counts: MergedCounts;
  bits: Uint8Array;
}

/** Reads what merged rows hold and gives each the class of its worst run; `undefined` where all rows are runs. */
export function stretchesOf(columns: RunColumns, classes: Uint8Array): Stretches | undefined {
  const counts = mergedCounts(columns);
  if (counts === undefined) {
    return undefined;
  }
  const { runs, states, lost, retried } = counts;
  const bits = new Uint8Array(columns.length);
  const mark = (kind: number, count: (row: number) => number): void => {
    for (let row = 0; row < bits.length; row++) {
      bits[row]! |= count(row) > 0 ? 1 << kind : 0;
    }
  };
  states.forEach((ofState, place) => {
    const kind = CLASS_OF_STATE[place]!;
    mark(kind, kind === FAILED ? (row) => ofState[row]! - lost[row]! : (row) => ofState[row]!);
  });
  mark(LOST, (row) => lost[row]!);
  mark(RETRIED, (row) => retried[row]!);
  for (let row = 0; row < bits.length; row++) {
    // A stretch in which runs only wait holds none: it looks as its state says, and so does what is a run.
    bits[row]! ||= 1 << classes[row]!;
    if (runs[row]! > 0) {
      classes[row] = 31 - Math.clz32(bits[row]!);
    }
  }
  return { counts, bits };
}

/** Runs by class in a stretch. */
export function stretchCounts({ counts }: Stretches, row: number): number[] {
  const byState = counts.states.map((ofState) => ofState[row]!);
  const byClass = countsByClass(byState, counts.lost[row]!);
  byClass[RETRIED] = counts.retried[row]!;
  return byClass;
}

/**
 * Runs by class in a merged lane: as the source counted them; where it did not, what the stretches hold together, which
 * counts a run that reaches over several of them more than once.
 */
export function mergedLaneCounts(
  fact: LaneSummary | undefined,
  stretches: Stretches,
  { index }: GroupKeys,
  lane: number
): number[] {
  if (fact && fact.counts.some((count) => count > 0)) {
    return countsByClass(fact.counts, fact.lost);
  }
  const sum = RUN_CLASSES.map(() => 0);
  for (let row = 0; row < index.length; row++) {
    if (index[row] === lane && stretches.counts.runs[row]! > 0) {
      stretchCounts(stretches, row).forEach((count, kind) => (sum[kind]! += count));
    }
  }
  return sum;
}
