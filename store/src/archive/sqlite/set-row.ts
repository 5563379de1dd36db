import type { Segment } from '../columns';
import { BEATS, RETRIED, RowPacker } from './packed-row';

/** A row of `runs` without its texts, in the order of `SEGMENT_COLUMNS`. */
export type NarrowRow = [id: number, change: number, cols: Buffer];

export const SEGMENT_COLUMNS = 'id, change, cols';

const packer = new RowPacker();

/** @param i where it is put */
export function setRow(segment: Segment, row: NarrowRow, i = row[0] - segment.firstId): void {
  const [, , cols] = row;
  packer.unpack(cols);
  const { floats, words, small, limits } = packer;
  if (i >= segment.length) {
    segment.length = i + 1;
  }
  segment.first = Math.min(segment.first, i);
  segment.state[i] = small[0]!;
  segment.substate[i] = small[1]!;
  segment.kind[i] = small[2]!;
  segment.beats[i] = small[3]! & BEATS;
  segment.retried[i] = (small[3]! & RETRIED) >> 1;
  segment.source[i] = words[0]!;
  segment.task[i] = words[1]!;
  segment.worker[i] = words[2]!;
  segment.host[i] = words[3]!;
  segment.queue[i] = words[4]!;
  segment.ending[i] = words[5]!;
  segment.attempt[i] = words[6]!;
  segment.cause[i] = 0;
  segment.created[i] = floats[0]!;
  segment.queued[i] = floats[1]!;
  segment.started[i] = floats[2]!;
  segment.finished[i] = floats[3]!;
  segment.observed[i] = floats[4]!;
  segment.cpu[i] = floats[5]!;
  segment.rss[i] = floats[6]!;
  segment.setLimits(i, limits[0]!, limits[1]!);
  setLife(segment, i);
}

/** When the run of a row begins and ends, from its other times. */
export function setLife(segment: Segment, i: number): void {
  const created = segment.created[i]!;
  const queued = segment.queued[i]!;
  const started = segment.started[i]!;
  const finished = segment.finished[i]!;
  const observed = segment.observed[i]!;
  // NaN differs from itself: the first instant that is known.
  const begin =
    created === created
      ? created
      : queued === queued
        ? queued
        : started === started
          ? started
          : finished === finished
            ? finished
            : observed;
  segment.begin[i] = begin;
  segment.end[i] = segment.state[i]! <= 1 ? Infinity : Math.max(finished === finished ? finished : observed, begin);
}
