import { ALERT_SPEC } from '../../../alerting/alert-spec';
import type { LaneSummary } from '../../../frames/lane-summary';
import type { DurationMs, EpochMs } from '../../../model/units';
import { RUNNING } from '../run-class';
import type { LaneRows } from './lane-rows';

const { factor, leastAgeMs } = ALERT_SPEC.taskStuck;

/**
 * Whether a run that has been running so long seems stuck, as the alert rule has it: far beyond what is usual in its lane.
 * Where nobody knows what is usual, nobody can say so.
 */
export function isStuck(age: DurationMs, usualHigh: DurationMs | undefined): boolean {
  return usualHigh !== undefined && age > Math.max(factor * usualHigh, leastAgeMs);
}

/** 1 for each row that seems stuck at an instant; `undefined` where none does. */
export function stuckRows(
  rows: LaneRows,
  facts: ReadonlyMap<string, LaneSummary>,
  now: EpochMs
): { rows: Uint8Array; count: number } | undefined {
  const { start, end } = rows.columns;
  let found: Uint8Array | undefined;
  let count = 0;
  rows.names.forEach((name, lane) => {
    const usual = facts.get(name)?.usualDurationHigh;
    // Whoever began last is the youngest: where the eldest is not stuck, nobody is.
    if (rows.merged[lane] || !isStuck(now - rows.runningSince[lane]!, usual)) {
      return;
    }
    for (let place = rows.first[lane]!; place < rows.first[lane + 1]!; place++) {
      const row = rows.order[place]!;
      if (rows.classes[row] === RUNNING && end[row] !== end[row] && isStuck(now - start[row]!, usual)) {
        found ??= new Uint8Array(rows.columns.length);
        found[row] = 1;
        count++;
      }
    }
  });
  return found && { rows: found, count };
}
