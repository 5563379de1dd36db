import type Database from 'better-sqlite3';
import { BEATS, RETRIED, RowPacker } from './sqlite/packed-row';

/** Rows of 2^16 consecutive ids make a segment. */
export const SEGMENT_BITS = 16;
export const SEGMENT_SIZE = 2 ** SEGMENT_BITS;

/** What a segment takes in memory. */
export const SEGMENT_BYTES = SEGMENT_SIZE * (9 * 8 + 8 * 4 + 5);

/** A set of labels in memory, more or less. */
const LABEL_SET_BYTES = 500;

/** "No such word": ids of names begin at 1. */
export const NO_NAME = 0;
/** A row that is not there (deleted, or not yet written). */
export const ABSENT = 255;

/** A row of `runs` without its texts, in the order of `SEGMENT_COLUMNS`. */
export type NarrowRow = [id: number, change: number, cols: Buffer];

export const SEGMENT_COLUMNS = 'id, change, cols';

const packer = new RowPacker();

/**
 * A stretch of runs as columns: what filters, counts and percentiles need, about 100 bytes a run. Texts stay in the
 * file. Times that are not reported are NaN, so that every comparison with them is false.
 */
export class Segment {
  /** Rows `0 … length - 1` may be present. */
  length = 0;
  /** The first row that is present. */
  first = SEGMENT_SIZE;
  /** How many of its rows had gone when it was loaded. */
  gone = 0;
  readonly firstId: number;
  readonly state = new Uint8Array(SEGMENT_SIZE).fill(ABSENT);
  /** `SUBSTATE_NUMBER` + 1; 0 for none. */
  readonly substate = new Uint8Array(SEGMENT_SIZE);
  /** `KIND_NUMBER` + 1; 0 for none. */
  readonly kind = new Uint8Array(SEGMENT_SIZE);
  /** 1 where signs of life come in between the states, so that silence means something. */
  readonly beats = new Uint8Array(SEGMENT_SIZE);
  /** 1 where a later attempt of the same run is known: its end is not the run's. */
  readonly retried = new Uint8Array(SEGMENT_SIZE);
  readonly attempt = new Uint32Array(SEGMENT_SIZE);
  readonly source = new Uint32Array(SEGMENT_SIZE);
  readonly task = new Uint32Array(SEGMENT_SIZE);
  readonly worker = new Uint32Array(SEGMENT_SIZE);
  readonly host = new Uint32Array(SEGMENT_SIZE);
  readonly queue = new Uint32Array(SEGMENT_SIZE);
  readonly ending = new Uint32Array(SEGMENT_SIZE);
  /** Number of the failure's cause, found when it is asked for; 0 for not looked at. */
  readonly cause = new Uint32Array(SEGMENT_SIZE);
  readonly created = new Float64Array(SEGMENT_SIZE);
  readonly queued = new Float64Array(SEGMENT_SIZE);
  readonly started = new Float64Array(SEGMENT_SIZE);
  readonly finished = new Float64Array(SEGMENT_SIZE);
  readonly observed = new Float64Array(SEGMENT_SIZE);
  readonly cpu = new Float64Array(SEGMENT_SIZE);
  readonly rss = new Float64Array(SEGMENT_SIZE);
  /** Earliest known instant, and when the run ended (Infinity while it has not). */
  readonly begin = new Float64Array(SEGMENT_SIZE);
  readonly end = new Float64Array(SEGMENT_SIZE);
  /** Limits of memory and CPU, NaN where none is reported; there once a run of the segment has one. */
  limits: { memory: Float64Array; cpu: Float64Array } | undefined;
  /** Label sets, read when a question needs them; a list of distinct sets and the number of each row's. */
  labels: { sets: Array<Readonly<Record<string, string>>>; of: Uint32Array } | undefined;

  /** What it takes in memory now. */
  get bytes(): number {
    const limits = this.limits === undefined ? 0 : 2 * 8 * SEGMENT_SIZE;
    const labels = this.labels === undefined ? 0 : 4 * SEGMENT_SIZE + this.labels.sets.length * LABEL_SET_BYTES;
    return SEGMENT_BYTES + limits + labels;
  }

  constructor(readonly segment: number) {
    this.firstId = segment * SEGMENT_SIZE;
  }

  set(row: NarrowRow): void {
    const [id, , cols] = row;
    packer.unpack(cols);
    const { floats, words, small, limits } = packer;
    const i = id - this.firstId;
    if (i >= this.length) {
      this.length = i + 1;
    }
    this.first = Math.min(this.first, i);
    const state = small[0]!;
    const created = floats[0]!;
    const queued = floats[1]!;
    const started = floats[2]!;
    const finished = floats[3]!;
    const observed = floats[4]!;
    this.state[i] = state;
    this.substate[i] = small[1]!;
    this.kind[i] = small[2]!;
    this.beats[i] = small[3]! & BEATS;
    this.retried[i] = (small[3]! & RETRIED) >> 1;
    this.source[i] = words[0]!;
    this.task[i] = words[1]!;
    this.worker[i] = words[2]!;
    this.host[i] = words[3]!;
    this.queue[i] = words[4]!;
    this.ending[i] = words[5]!;
    this.attempt[i] = words[6]!;
    this.cause[i] = 0;
    this.created[i] = created;
    this.queued[i] = queued;
    this.started[i] = started;
    this.finished[i] = finished;
    this.observed[i] = observed;
    this.cpu[i] = floats[5]!;
    this.rss[i] = floats[6]!;
    this.setLimits(i, limits[0]!, limits[1]!);
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
    this.begin[i] = begin;
    this.end[i] = state <= 1 ? Infinity : Math.max(finished === finished ? finished : observed, begin);
  }

  private setLimits(i: number, memory: number, cpu: number): void {
    if (this.limits === undefined) {
      if (memory !== memory && cpu !== cpu) {
        return;
      }
      this.limits = {
        memory: new Float64Array(SEGMENT_SIZE).fill(NaN),
        cpu: new Float64Array(SEGMENT_SIZE).fill(NaN),
      };
    }
    this.limits.memory[i] = memory;
    this.limits.cpu[i] = cpu;
  }

  static load(db: Database.Database, segment: number): Segment {
    const loaded = new Segment(segment);
    const rows = db
      .prepare<[number, number], NarrowRow>(`SELECT ${SEGMENT_COLUMNS} FROM runs WHERE id >= ? AND id < ?`)
      .raw()
      .iterate(loaded.firstId, loaded.firstId + SEGMENT_SIZE);
    for (const row of rows) {
      loaded.set(row);
    }
    return loaded;
  }
}
