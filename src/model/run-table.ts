import type { FailureCategory, ResourceSample } from './answer';
import type { Meter } from './pattern';
import type { TimeRange } from './task-query';
import type { TaskRun } from './task-run';
import type { EpochMs } from './units';

/** "Not reported" among the numbers of names, which begin at 1. */
export const NO_NAME = 0;
/** The state of a row that is not there (deleted, or not yet written). */
export const ABSENT = 255;

/**
 * Runs as columns: what filters, counts and percentiles need. Row `i` of each array is a run whose id is `firstId + i`, or
 * `ids[i]` where there are only some of these (`idOf`).
 * Names are numbers (`RunTables.names`, `NO_NAME` for none); instants that are not reported are NaN, so that every
 * comparison with them is false. A column may be made or read when it is first asked for: take it once, not per row.
 */
export interface RunTable {
  readonly firstId: number;
  readonly ids?: Float64Array | undefined;
  /** Rows `first … length - 1` may be there; of those, the ones whose state is `ABSENT` are not. */
  readonly first: number;
  readonly length: number;
  /** `STATE_NUMBER`, or `ABSENT`. */
  readonly state: Uint8Array;
  /** `SUBSTATE_NUMBER` + 1; 0 for none. */
  readonly substate: Uint8Array;
  /** `KIND_NUMBER` + 1; 0 for none. */
  readonly kind: Uint8Array;
  /** 1 where signs of life come in between the states, so that silence means something. */
  readonly beats: Uint8Array;
  /** 1 where a later attempt of the same run is known: its end is not the run's. */
  readonly retried: Uint8Array;
  readonly attempt: Uint32Array;
  readonly source: Uint32Array;
  readonly task: Uint32Array;
  readonly worker: Uint32Array;
  readonly host: Uint32Array;
  readonly queue: Uint32Array;
  /** How an abnormal end ended (`abnormalEnding`). */
  readonly ending: Uint32Array;
  /** Number of the failure's cause, found when it is asked for; 0 for not looked at. */
  readonly cause: Uint32Array;
  /** Causes that were found before: some, and the place of each row's among them + 1, 0 for not known. */
  readonly told?: { readonly causes: readonly KnownCause[]; readonly of: Uint16Array } | undefined;
  readonly created: Float64Array;
  readonly queued: Float64Array;
  readonly started: Float64Array;
  readonly finished: Float64Array;
  readonly observed: Float64Array;
  /** CPU seconds so far or in total, largest resident memory in bytes. */
  readonly cpu: Float64Array;
  readonly rss: Float64Array;
  /** Earliest known instant, and when the run ended (Infinity while it has not). */
  readonly begin: Float64Array;
  readonly end: Float64Array;
  /** Limits of memory in bytes and of CPU in cores; absent where no run has one. */
  readonly limits: { readonly memory: Float64Array; readonly cpu: Float64Array } | undefined;
}

export function idOf({ firstId, ids }: Pick<RunTable, 'firstId' | 'ids'>, i: number): number {
  return ids === undefined ? firstId + i : ids[i]!;
}

/** What a run failed of, as the diagnosis has it. */
export interface KnownCause {
  fingerprint: string;
  category: FailureCategory;
  title: string;
}

/** Columns that hold numbers of names. */
export type NameColumn = 'source' | 'task' | 'worker' | 'host' | 'queue';

/** The label sets of a table: distinct ones, and the number of each row's. */
export interface Labels {
  sets: ReadonlyArray<Readonly<Record<string, string>>>;
  of: Uint32Array;
}

/** A sample of a run, by its id. */
export type SampleRow = [run: number, at: EpochMs, cpu: number | null, rss: number | null];

/** Runs that questions are asked about, as tables that come one after the other, and what stands beside them. */
export interface RunTables {
  /** Names by their numbers; grows while columns are made. The first is that of "not reported". */
  readonly names: readonly string[];
  /** Of the question under way: all that works for it spends here, and is ended by what it throws. */
  readonly budget: Meter;
  /** Tables that can hold runs alive in the range, newest first. */
  overlapping(range: TimeRange): Iterable<RunTable>;
  /** The table that holds the run `id`, and the row in it. */
  rowOf(id: number): { table: RunTable; row: number };
  readonly rows: RunReads;
}

/** What is read of single runs: it takes longer. */
export interface RunReads {
  /** The run; `undefined` when it has gone, or when `text` (lower case) stands nowhere in it. */
  run(id: number, text?: string): TaskRun | undefined;
  /** A fixed order of runs, for those that are equal in all that was asked: below zero when `a` comes first. */
  order(a: number, b: number): number;
  labels(table: RunTable): Labels;
  /** Ids that an index gives for a value, of which some may turn out to be those of others; `undefined` without one. */
  idsBy(field: 'runId' | 'rootId' | 'traceId', value: string): readonly number[] | undefined;
  /** The earliest attempt of the same run that is kept, maybe the row itself: the run came with that one. */
  firstAttempt(id: number): number;
  /** Resource samples of all runs of a table, by run and instant. */
  samplesIn(table: RunTable): Iterable<SampleRow>;
  /** Those of one run, oldest first. */
  samplesOf(id: number): readonly ResourceSample[];
  /** The last two of one run up to an instant, oldest first. */
  lastSamples(id: number, until: EpochMs): readonly ResourceSample[];
}
