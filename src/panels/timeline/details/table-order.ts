import { compareKeys, orderOf, type OrderKey } from '../../../analysis/run-order';
import { groupKeys, type LaneKey } from '../../../frames/group-keys';
import type { RunColumns } from '../../../frames/run-columns';
import { RUN_ORDERS, type RunOrder, type RunSort } from '../../../model/task-query';
import type { EpochMs } from '../../../model/units';
import type { LaneRows } from '../lanes/lane-rows';
import { timesOfRun } from './run-lines';

/** Rows that are runs in the classes shown, in an order; equal ones by when they began, the last first. */
export function rowsInOrder(rows: LaneRows, visible: number, sort: RunSort, now: EpochMs): Uint32Array {
  const { columns, classes, stretches } = rows;
  const { began } = columns;
  const { by, descending } = orderOf(sort);
  const keyOf = keyReader(rows, by, now);
  const keys: OrderKey[] = [];
  const shown = rows.order.filter((row) => (visible & (1 << classes[row]!)) !== 0 && !stretches?.counts.runs[row]);
  for (const row of shown) {
    keys[row] = keyOf(row);
  }
  return shown.sort((a, b) => compareKeys(keys[a], keys[b], descending) || began[b]! - began[a]! || a - b);
}

/** What a source sorts by, of what this table shows. */
function keyReader({ columns, classes }: LaneRows, by: RunOrder, now: EpochMs): (row: number) => OrderKey {
  switch (by) {
    case 'started':
      return (row) => timesOfRun(columns, row, now).start ?? columns.began[row]!;
    case 'wait':
      return (row) => timesOfRun(columns, row, now).waitMs;
    case 'duration':
      return (row) => timesOfRun(columns, row, now).ranMs;
    case 'state':
      return (row) => classes[row]!;
    default:
      return namesOf(columns, by);
  }
}

function namesOf(columns: RunColumns, by: LaneKey): (row: number) => OrderKey {
  const { names, index } = groupKeys(columns, by);
  return (row) => names[index[row]!] || undefined;
}

/** The order by the fact that lanes are made of; there is none by labels. */
export function orderOfLanes(laneBy: LaneKey): RunOrder | undefined {
  return RUN_ORDERS.find((order) => order === laneBy);
}

/** What a click on a column's head makes of the order: the other way round, or this column, the largest (of names the first) first. */
export function sortAfterClick(sort: RunSort, clicked: RunOrder): RunSort {
  const { by, descending } = orderOf(sort);
  if (by === clicked) {
    return descending ? clicked : `-${clicked}`;
  }
  return clicked === 'started' || clicked === 'wait' || clicked === 'duration' || clicked === 'state'
    ? `-${clicked}`
    : clicked;
}
