import fc from 'fast-check';
import type { RunColumns } from '../../../frames/run-columns';
import { laneRows, type LaneRows } from './lane-rows';

/** Any runs of a few lanes within `span` ms, in any order: long, short, overlapping, open, never started, without times. */
export interface AnyRun {
  lane: number;
  began: number;
  wait: number;
  ran: number;
  state: number;
  lost: boolean;
  started: boolean;
}

export const anyRuns = (span: number, most = 60): fc.Arbitrary<AnyRun[]> =>
  fc.array(
    fc.record({
      lane: fc.integer({ min: 0, max: 2 }),
      began: fc.integer({ min: -span, max: span }),
      wait: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: span / 4 })),
      ran: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: span })),
      state: fc.integer({ min: 0, max: 5 }),
      lost: fc.boolean(),
      started: fc.boolean(),
    }),
    { maxLength: most }
  );

const PENDING_STATE = 0;
const RUNNING_STATE = 1;
const FAILED_STATE = 3;

export function columnsOf(runs: readonly AnyRun[]): RunColumns {
  const length = runs.length;
  const began = Float64Array.from(runs, (run) => run.began);
  const start = Float64Array.from(runs, (run) =>
    run.state === PENDING_STATE || (!run.started && run.state !== RUNNING_STATE) ? NaN : run.began + run.wait
  );
  const end = Float64Array.from(runs, (run) =>
    run.state === PENDING_STATE || run.state === RUNNING_STATE ? NaN : run.began + run.wait + run.ran
  );
  const state = Uint8Array.from(runs, (run) => run.state);
  const lost = Uint8Array.from(runs, (run) => (run.lost && run.state === FAILED_STATE ? 1 : 0));
  return {
    length,
    began,
    start,
    end,
    state,
    lost,
    retried: new Uint8Array(length),
    attempt: undefined,
    parts: [],
    undated: 0,
  };
}

export function rowsOf(runs: readonly AnyRun[]): LaneRows {
  const index = Uint8Array.from(runs, (run) => run.lane);
  return laneRows(columnsOf(runs), { names: ['a', 'b', 'c'], index });
}
