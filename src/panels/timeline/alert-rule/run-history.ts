import { ENOUGH_RUNS, type History } from '../../../alerting/suggest-rule';
import { groupKeys } from '../../../frames/group-keys';
import { hasMerged, type Reading, type RunColumns } from '../../../frames/run-columns';
import { LIFECYCLE_STATES } from '../../../model/lifecycle';
import type { DurationMs, EpochMs } from '../../../model/units';
import type { AlertSubject } from './alert-subject';

const COMPLETED = LIFECYCLE_STATES.indexOf('completed');
const FAILED = LIFECYCLE_STATES.indexOf('failed');

/**
 * What the panel's runs say about a task, queue or worker between two instants. Runs that were cancelled count neither
 * as ended nor as failed, as in the rules. Percentiles are left out where there are too few runs to know.
 *
 * @param to not later than now
 * @returns `undefined` where the data holds merged stretches instead of runs
 */
export function historyOf(
  { columns, truncated }: Pick<Reading, 'columns' | 'truncated'>,
  subject: AlertSubject,
  from: EpochMs,
  to: EpochMs
): History | undefined {
  if (hasMerged(columns)) {
    return undefined;
  }
  const { start, end, began, state } = columns;
  const isOfSubject = rowsOf(columns, subject);
  const waitKnown = rowsWithWait(columns);
  const inRange = (at: number): boolean => at >= from && at <= to;
  const durations: DurationMs[] = [];
  const waits: DurationMs[] = [];
  let ended = 0;
  let failed = 0;
  let first = to;
  for (let row = 0; row < columns.length; row++) {
    if (!isOfSubject(row)) {
      continue;
    }
    const startedAt = start[row]!;
    const endedAt = end[row]!;
    const kind = state[row]!;
    if (inRange(endedAt) && (kind === COMPLETED || kind === FAILED)) {
      ended += 1;
      failed += kind === FAILED ? 1 : 0;
      first = Math.min(first, endedAt);
      if (kind === COMPLETED && startedAt <= endedAt) {
        durations.push(endedAt - startedAt);
      }
    }
    if (inRange(startedAt) && waitKnown(row)) {
      waits.push(startedAt - began[row]!);
    }
  }
  const p99DurationMs = p99(durations);
  const p99WaitMs = p99(waits);
  return {
    // Of more runs than were sent, those of the end of the range are here: they tell the pace of their own stretch.
    spanMs: Math.max(0, to - (truncated ? first : from)),
    ended,
    failed,
    ...(p99DurationMs === undefined ? {} : { p99DurationMs }),
    ...(p99WaitMs === undefined ? {} : { p99WaitMs }),
  };
}

function rowsOf(columns: RunColumns, { fact, name, source }: AlertSubject): (row: number) => boolean {
  const keys = groupKeys(columns, fact);
  const wanted = keys.names.indexOf(name);
  const sources = source === undefined ? undefined : groupKeys(columns, 'source');
  const wantedSource = source === undefined ? -1 : (sources?.names.indexOf(source) ?? -1);
  // Without the fact `source` in any row, a source that the lane names is that of all.
  const anySource = wantedSource < 0;
  return (row) => keys.index[row] === wanted && (anySource || sources?.index[row] === wantedSource);
}

/** A run that says when it was queued or created has a wait, be it none; one that does not has no known wait. */
function rowsWithWait({ parts, began, start }: RunColumns): (row: number) => boolean {
  const fields = parts.map(({ first, frame, fields: { queued, created } }) => ({
    first,
    until: first + frame.length,
    values: [queued, created].flatMap((field) => (field === undefined ? [] : [field.values as ArrayLike<unknown>])),
  }));
  return (row) => {
    const part = fields.find(({ first, until }) => row >= first && row < until);
    const isKnown = (value: unknown): boolean => value !== null && value !== undefined && value === value;
    return (
      part !== undefined && began[row]! <= start[row]! && part.values.some((all) => isKnown(all[row - part.first]))
    );
  };
}

/** Nearest rank. */
function p99(values: DurationMs[]): DurationMs | undefined {
  if (values.length < ENOUGH_RUNS) {
    return undefined;
  }
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.ceil(0.99 * sorted.length) - 1];
}
