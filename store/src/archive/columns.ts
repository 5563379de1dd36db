import type { SummedTables } from '../../../src/analysis/summary';
import { ABSENT } from '../../../src/model/run-table';
import type { Labels, RunReads, RunTable, RunTables } from '../../../src/model/run-table';
import type { Budget } from './budget';

/** Rows of 2^16 consecutive ids make a segment. */
export const SEGMENT_BITS = 16;
export const SEGMENT_SIZE = 2 ** SEGMENT_BITS;

/** What a segment takes in memory. */
export const SEGMENT_BYTES = SEGMENT_SIZE * (9 * 8 + 8 * 4 + 5);

/** A set of labels in memory, more or less. */
const LABEL_SET_BYTES = 500;

/** A run that is read whole takes as long as so many steps of other work. */
export const READ_STEPS = 500;

/** A stretch of an archive as a table in memory, about 100 bytes a run. Texts stay in the engine. */
export class Segment implements RunTable {
  length = 0;
  first = SEGMENT_SIZE;
  /** How many of its rows had gone when it was loaded. */
  gone = 0;
  firstId: number;
  readonly state = new Uint8Array(SEGMENT_SIZE).fill(ABSENT);
  readonly substate = new Uint8Array(SEGMENT_SIZE);
  readonly kind = new Uint8Array(SEGMENT_SIZE);
  readonly beats = new Uint8Array(SEGMENT_SIZE);
  readonly retried = new Uint8Array(SEGMENT_SIZE);
  readonly attempt = new Uint32Array(SEGMENT_SIZE);
  readonly source = new Uint32Array(SEGMENT_SIZE);
  readonly task = new Uint32Array(SEGMENT_SIZE);
  readonly worker = new Uint32Array(SEGMENT_SIZE);
  readonly host = new Uint32Array(SEGMENT_SIZE);
  readonly queue = new Uint32Array(SEGMENT_SIZE);
  readonly ending = new Uint32Array(SEGMENT_SIZE);
  readonly cause = new Uint32Array(SEGMENT_SIZE);
  readonly created = new Float64Array(SEGMENT_SIZE);
  readonly queued = new Float64Array(SEGMENT_SIZE);
  readonly started = new Float64Array(SEGMENT_SIZE);
  readonly finished = new Float64Array(SEGMENT_SIZE);
  readonly observed = new Float64Array(SEGMENT_SIZE);
  readonly cpu = new Float64Array(SEGMENT_SIZE);
  readonly rss = new Float64Array(SEGMENT_SIZE);
  readonly begin = new Float64Array(SEGMENT_SIZE);
  readonly end = new Float64Array(SEGMENT_SIZE);
  /** There once a run of the segment has one. */
  limits: { memory: Float64Array; cpu: Float64Array } | undefined;
  /** Read when a question needs them. */
  labels: Labels | undefined;
  told: RunTable['told'];
  ids: Float64Array | undefined;

  /** What it takes in memory now. */
  get bytes(): number {
    const limits = this.limits === undefined ? 0 : 2 * 8 * SEGMENT_SIZE;
    const labels = this.labels === undefined ? 0 : 4 * SEGMENT_SIZE + this.labels.sets.length * LABEL_SET_BYTES;
    return SEGMENT_BYTES + limits + labels;
  }

  constructor(public segment: number) {
    this.firstId = segment * SEGMENT_SIZE;
  }

  /** Makes it an empty one of another number. */
  reuse(segment: number): void {
    this.segment = segment;
    this.firstId = segment * SEGMENT_SIZE;
    this.length = 0;
    this.first = SEGMENT_SIZE;
    this.state.fill(ABSENT);
    this.cause.fill(0);
    this.limits = undefined;
    this.labels = undefined;
    this.told = undefined;
    this.ids = undefined;
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

/** The runs of an engine as tables, up to date with the snapshot that is read. */
export interface Columns extends RunTables, Partial<Pick<SummedTables, 'stretches'>> {
  readonly budget: Budget;
  readonly rows: Rows;
  /** How many different tasks or sources have runs. */
  distinct(column: 'task' | 'source'): number;
  /** Prepares for questions to come while nobody asks. Returns whether there is more to prepare. */
  warm(): boolean;
  /** Numbers of causes mean nothing any more. */
  forgetCauses(): void;
}

export interface Rows extends RunReads {
  /** JSON text of the run. */
  text(id: number): string | undefined;
  /** JSON text of its `RunDetail`. */
  detailText(id: number): string | undefined;
}
