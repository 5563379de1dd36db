import type { LaneRows } from '../lanes/lane-rows';
import { RETRIED } from '../run-class';

/** Rows of the newest runs of a lane, the newest last: an attempt that was tried again is no run of its own. */
export function newestRuns(rows: LaneRows, lane: number, most: number, visible: number): number[] {
  const found: number[] = [];
  const first = rows.first[lane]!;
  for (let place = rows.first[lane + 1]! - 1; place >= first && found.length < most; place--) {
    const row = rows.order[place]!;
    const kind = rows.classes[row]!;
    if (kind !== RETRIED && (visible & (1 << kind)) !== 0) {
      found.push(row);
    }
  }
  return found.reverse();
}
