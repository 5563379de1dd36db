import { LIFECYCLE_STATES } from '../../src/model/lifecycle';
import { random } from '../workload.mjs';

/** Runs as columns, sorted by begin within each lane; lanes follow each other. Times in epoch ms. */
export interface Columns {
  lanes: number;
  from: number;
  to: number;
  lane: Uint16Array;
  begin: Float64Array;
  end: Float64Array;
  /** Index into `LIFECYCLE_STATES`. */
  state: Uint8Array;
}

const COMPLETED = LIFECYCLE_STATES.indexOf('completed');
const FAILED = LIFECYCLE_STATES.indexOf('failed');
const CANCELLED = LIFECYCLE_STATES.indexOf('cancelled');

/**
 * `count` runs on `lanes` lanes over 24 h, each lane about 70 % busy; 2 % failed, 1 % cancelled. With `overlap` > 1 the
 * runs of a lane are that many times longer than their slot, so that they lie over each other.
 */
export function makeColumns(count: number, lanes: number, overlap = 0.7, seed = 42): Columns {
  const next = random(seed);
  const to = Date.UTC(2026, 0, 2);
  const from = to - 86_400_000;
  const perLane = Math.floor(count / lanes);
  const slot = (to - from) / perLane;
  const columns: Columns = {
    lanes,
    from,
    to,
    lane: new Uint16Array(perLane * lanes),
    begin: new Float64Array(perLane * lanes),
    end: new Float64Array(perLane * lanes),
    state: new Uint8Array(perLane * lanes),
  };
  for (let lane = 0, i = 0; lane < lanes; lane++) {
    for (let k = 0; k < perLane; k++, i++) {
      const begin = from + k * slot + next() * slot * 0.25;
      const dice = next();
      columns.lane[i] = lane;
      columns.begin[i] = begin;
      columns.end[i] = Math.min(to, begin + slot * overlap * (0.5 + next()));
      columns.state[i] = dice < 0.02 ? FAILED : dice < 0.03 ? CANCELLED : COMPLETED;
    }
  }
  return columns;
}

export const STATE_COLORS = ['#7b8087', '#5794f2', '#3f6f5a', '#f2495c', '#4a4e57', '#8e8e8e'];

export const laneName = (lane: number) => `task.${String(lane).padStart(3, '0')}`;
