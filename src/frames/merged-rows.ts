import { LIFECYCLE_STATES } from '../model/lifecycle';
import { COLUMN_FIELD } from './field-names';
import type { RunColumns } from './run-columns';
import type { RunPart } from './run-fields';

/** How many runs the stretches of merged lanes hold. Arrays by row of the columns; rows that are runs hold zeros. */
export interface MergedCounts {
  /** Runs that touch the stretch. */
  runs: Float64Array;
  /** Runs in a state, in the order of `LIFECYCLE_STATES`; a stretch that tells no states has all its runs in its own. */
  states: Float64Array[];
  /** The lost ones among the failed. */
  lost: Float64Array;
  /** Attempts that were tried again, beside the runs. */
  retried: Float64Array;
}

/** `undefined` where all rows are runs. */
export function mergedCounts(columns: RunColumns): MergedCounts | undefined {
  if (!columns.parts.some((part) => part.merged)) {
    return undefined;
  }
  const { length } = columns;
  const counts: MergedCounts = {
    runs: new Float64Array(length),
    states: LIFECYCLE_STATES.map(() => new Float64Array(length)),
    lost: new Float64Array(length),
    retried: new Float64Array(length),
  };
  for (const part of columns.parts) {
    if (part.merged) {
      readCounts(columns, part, counts);
    }
  }
  return counts;
}

function readCounts(columns: RunColumns, part: RunPart, { runs, states, lost, retried }: MergedCounts): void {
  const valuesOf = (name: string): ArrayLike<unknown> | undefined =>
    part.frame.fields.find((field) => field.name === name)?.values;
  const all = valuesOf(COLUMN_FIELD.count);
  const inState = LIFECYCLE_STATES.map((state) => valuesOf(COLUMN_FIELD[state]));
  const ofLost = valuesOf(COLUMN_FIELD.lost);
  const ofRetried = valuesOf(COLUMN_FIELD.retried);
  const tellsStates = inState.some((values) => values !== undefined);
  for (let at = 0; at < part.frame.length; at++) {
    const row = part.first + at;
    runs[row] = numberAt(all, at) || 1;
    if (tellsStates) {
      states.forEach((counts, place) => (counts[row] = numberAt(inState[place], at)));
      lost[row] = numberAt(ofLost, at);
      retried[row] = numberAt(ofRetried, at);
    } else {
      states[columns.state[row]!]![row] = runs[row]!;
      lost[row] = columns.lost[row] ? runs[row]! : 0;
    }
  }
}

function numberAt(values: ArrayLike<unknown> | undefined, at: number): number {
  const value = Number(values?.[at]);
  return Number.isFinite(value) ? value : 0;
}
