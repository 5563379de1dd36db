import type Database from 'better-sqlite3';

/** Rows of 2^16 consecutive ids make a segment. */
export const SEGMENT_BITS = 16;
export const SEGMENT_SIZE = 2 ** SEGMENT_BITS;

/** What a segment takes in memory. */
export const SEGMENT_BYTES = SEGMENT_SIZE * (9 * 8 + 7 * 4 + 3 + 2);

/** "No such word": ids of names begin at 1. */
export const NO_NAME = 0;
/** A row that is not there (deleted, or not yet written). */
export const ABSENT = 255;

/** A row of `runs` without its texts, in the order of `SEGMENT_COLUMNS`. */
export type NarrowRow = [
  id: number,
  change: number,
  state: number,
  substate: number | null,
  kind: number | null,
  source: number,
  task: number,
  worker: number | null,
  host: number | null,
  queue: number | null,
  ending: number | null,
  attempt: number,
  created: number | null,
  queued: number | null,
  started: number | null,
  finished: number | null,
  observed: number,
  cpu: number | null,
  rss: number | null,
];

export const SEGMENT_COLUMNS =
  'id, change, state, substate, kind, source, task, worker, host, queue, ending, attempt, created, queued, started, finished, observed, cpu, rss';

/**
 * A stretch of runs as columns: what filters, counts and percentiles need, about 100 bytes a run. Texts stay in the
 * file. Times that are not reported are NaN, so that every comparison with them is false.
 */
export class Segment {
  /** Rows `0 … length - 1` may be present. */
  length = 0;
  readonly firstId: number;
  readonly state = new Uint8Array(SEGMENT_SIZE).fill(ABSENT);
  /** `SUBSTATE_NUMBER` + 1; 0 for none. */
  readonly substate = new Uint8Array(SEGMENT_SIZE);
  /** `KIND_NUMBER` + 1; 0 for none. */
  readonly kind = new Uint8Array(SEGMENT_SIZE);
  readonly attempt = new Uint16Array(SEGMENT_SIZE);
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
  /** Label sets, read when a question needs them; a list of distinct sets and the number of each row's. */
  labels: { sets: Array<Readonly<Record<string, string>>>; of: Uint32Array } | undefined;

  constructor(readonly segment: number) {
    this.firstId = segment * SEGMENT_SIZE;
  }

  set(row: NarrowRow): void {
    const [id, , state, substate, kind, source, task, worker, host, queue, ending, attempt, created, queued, started, finished, observed, cpu, rss] =
      row;
    const i = id - this.firstId;
    this.length = Math.max(this.length, i + 1);
    this.state[i] = state;
    this.substate[i] = substate === null ? 0 : substate + 1;
    this.kind[i] = kind === null ? 0 : kind + 1;
    this.attempt[i] = attempt;
    this.source[i] = source;
    this.task[i] = task;
    this.worker[i] = worker ?? NO_NAME;
    this.host[i] = host ?? NO_NAME;
    this.queue[i] = queue ?? NO_NAME;
    this.ending[i] = ending ?? NO_NAME;
    this.cause[i] = 0;
    this.created[i] = created ?? NaN;
    this.queued[i] = queued ?? NaN;
    this.started[i] = started ?? NaN;
    this.finished[i] = finished ?? NaN;
    this.observed[i] = observed;
    this.cpu[i] = cpu ?? NaN;
    this.rss[i] = rss ?? NaN;
    this.begin[i] = created ?? queued ?? started ?? finished ?? observed;
    this.end[i] = state <= 1 ? Infinity : Math.max(finished ?? observed, this.begin[i]!);
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
