import type { ResourceSample } from '../../../src/model/answer';
import type { TimeRange } from '../../../src/model/task-query';
import type { EpochMs } from '../../../src/model/units';
import type { Budget } from './budget';

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

/** A run that is read whole takes as long as so many steps of other work. */
export const READ_STEPS = 500;

/** The label sets of a segment: distinct ones, and the number of each row's. */
export interface Labels {
  sets: ReadonlyArray<Readonly<Record<string, string>>>;
  of: Uint32Array;
}

/**
 * A stretch of runs as columns: what filters, counts and percentiles need, about 100 bytes a run. Texts stay in the
 * engine. Times that are not reported are NaN, so that every comparison with them is false.
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
  /** Read when a question needs them. */
  labels: Labels | undefined;

  /** What it takes in memory now. */
  get bytes(): number {
    const limits = this.limits === undefined ? 0 : 2 * 8 * SEGMENT_SIZE;
    const labels = this.labels === undefined ? 0 : 4 * SEGMENT_SIZE + this.labels.sets.length * LABEL_SET_BYTES;
    return SEGMENT_BYTES + limits + labels;
  }

  constructor(readonly segment: number) {
    this.firstId = segment * SEGMENT_SIZE;
  }

  /** NaN for none. */
  setLimits(i: number, memory: number, cpu: number): void {
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
}

/**
 * The runs of an engine as columns, up to date with the snapshot that is read, and what stands beside them. A run's id is
 * its segment's first and its row.
 */
export interface Columns {
  /** Words by their numbers; the first is that of "not reported". */
  readonly names: readonly string[];
  /** Of the question under way; all that works for it spends here. */
  readonly budget: Budget;
  /** Segments that can hold runs alive in the range, newest first. */
  overlapping(range: TimeRange): Iterable<Segment>;
  /** The segment that holds the run `id`, and the row in it. */
  rowOf(id: number): { segment: Segment; row: number };
  /** How many different tasks or sources have runs. */
  distinct(column: 'task' | 'source'): number;
  readonly rows: Rows;
  /** Prepares for questions to come while nobody asks. Returns whether there is more to prepare. */
  warm(): boolean;
  /** Numbers of causes mean nothing any more. */
  forgetCauses(): void;
}

/** What is read of single runs: it takes longer. */
export interface Rows {
  labels(segment: Segment): Labels;
  /** Ids that an index gives for a value; some may turn out to be those of others. */
  idsBy(field: 'runId' | 'rootId' | 'traceId', value: string): number[];
  /** The earliest attempt of the same run that is kept, maybe the row itself: the run came with that one. */
  firstAttempt(id: number): number;
  /** JSON text of the run. */
  text(id: number): string | undefined;
  /** JSON text of its `RunDetail`. */
  detailText(id: number): string | undefined;
  /** Resource samples of all runs of a segment, by run and instant. */
  samplesIn(segment: Segment): Iterable<SampleRow>;
  /** Those of one run, oldest first. */
  samplesOf(id: number): ResourceSample[];
  /** The last two of one run up to an instant, oldest first. */
  lastSamples(id: number, until: EpochMs): ResourceSample[];
}

/** A sample of a run. */
export type SampleRow = [run: number, at: EpochMs, cpu: number | null, rss: number | null];

/** Index of the first row of the segment that is there; others after it may be absent. */
export function firstRow(segment: Segment): number {
  return Math.min(segment.first, segment.length);
}
