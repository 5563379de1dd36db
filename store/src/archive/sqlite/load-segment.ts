import type Database from 'better-sqlite3';
import { Segment, SEGMENT_SIZE } from '../columns';
import { BEATS, RETRIED, RowPacker } from './packed-row';

/** A row of `runs` without its texts, in the order of `SEGMENT_COLUMNS`. */
export type NarrowRow = [id: number, change: number, cols: Buffer];

export const SEGMENT_COLUMNS = 'id, change, cols';

const packer = new RowPacker();

export function setRow(segment: Segment, row: NarrowRow): void {
  const [id, , cols] = row;
  packer.unpack(cols);
  const { floats, words, small, limits } = packer;
  const i = id - segment.firstId;
  if (i >= segment.length) {
    segment.length = i + 1;
  }
  segment.first = Math.min(segment.first, i);
  const state = small[0]!;
  const created = floats[0]!;
  const queued = floats[1]!;
  const started = floats[2]!;
  const finished = floats[3]!;
  const observed = floats[4]!;
  segment.state[i] = state;
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
  segment.created[i] = created;
  segment.queued[i] = queued;
  segment.started[i] = started;
  segment.finished[i] = finished;
  segment.observed[i] = observed;
  segment.cpu[i] = floats[5]!;
  segment.rss[i] = floats[6]!;
  segment.setLimits(i, limits[0]!, limits[1]!);
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
  segment.end[i] = state <= 1 ? Infinity : Math.max(finished === finished ? finished : observed, begin);
}

export function loadSegment(db: Database.Database, segment: number): Segment {
  const loaded = new Segment(segment);
  const rows = db
    .prepare<[number, number], NarrowRow>(`SELECT ${SEGMENT_COLUMNS} FROM runs WHERE id >= ? AND id < ?`)
    .raw()
    .iterate(loaded.firstId, loaded.firstId + SEGMENT_SIZE);
  for (const row of rows) {
    setRow(loaded, row);
  }
  return loaded;
}
