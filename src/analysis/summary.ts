import type { RunTable, RunTables } from '../model/run-table';
import type { TimeRange } from '../model/task-query';
import type { DurationMs, EpochMs } from '../model/units';

/** Which sums are kept and how they are laid out: raise it when any of that changes, or what a cause of a failure is. */
export const SUMMARY_VERSION = 1;

/** Counts in as few bytes as the largest needs. None is below zero. */
export type Counts = Uint8Array | Uint16Array | Uint32Array;

/** Rows of counts, those left out in which nothing was counted. */
export interface PackedRows {
  width: number;
  /** Number of each row that is there, ascending. */
  rows: Counts;
  /** The rows, one after the other. */
  values: Counts;
}

/** Histograms, one after the other. Those in which nothing was counted have `count` 0. */
export interface PackedHistograms {
  count: Counts;
  zero: Counts;
  sum: Float64Array;
  smallest: Float64Array;
  largest: Float64Array;
  offset: Int16Array;
  /** Where the bins of each end in `bins`. */
  end: Uint32Array;
  bins: Counts;
}

/** `StateSums` of runs that all ended, as usual. */
export interface PackedStates {
  changes: PackedRows;
  /** Where changes are less than none. */
  losses: PackedRows;
  ends: PackedRows;
}

/** Sums of groups as they are kept: all but their lengths, which are kept by bucket, and when their runs came. */
export interface PackedGroups {
  counts: PackedRows;
  figures: PackedRows;
  lastBeganAt: Float64Array;
  oldestPendingAt: Float64Array;
  /** Per group: memory, cpu, runs. */
  limits: Float64Array;
  /** Where the pairs of sources and workers of each group end, and these. */
  servedEnd: Uint32Array;
  servedSource: Counts;
  servedWorker: Counts;
}

/** What explains scores and makes their history, as it is kept: all but lengths and causes. */
export interface PackedHealth {
  /** Per group, a row for each figure of a tally. */
  tallies: PackedRows;
  /** Per group and bucket. */
  oldest: Float64Array;
  /** Examples: their groups, reasons (numbers), values, and rows of the table. */
  topGroup: Counts;
  topReason: Uint8Array;
  topValue: Float64Array;
  topRow: Counts;
}

/** Columns that all runs of a class have in common. */
export type ClassColumn = 'source' | 'task' | 'queue';

/** Classes of runs: what filters and groups look at. */
export interface Classes extends Readonly<Record<ClassColumn, Counts>> {
  length: number;
  /** Runs of each. */
  count: Counts;
  state: Uint8Array;
  substate: Uint8Array;
  kind: Uint8Array;
}

/** When the runs of a summary lived, and how fine it is. */
export interface SummaryBounds {
  /** No instant of any of its runs lies before or after. */
  from: EpochMs;
  to: EpochMs;
  /** Width of the buckets of counts, and of those of histograms. They begin at multiples of it since 1970. */
  step: DurationMs;
  lengthsStep: DurationMs;
}

/**
 * The sums of a stretch of runs, for ranges that hold all of it: of the runs that went as they should (they completed, at
 * the first attempt, and it was the last), by what filters and groups look at most. These are nearly all, and nobody asks
 * for one of them. What stands out, and what there are few of, is told run by run beside it.
 *
 * Each part is what its view had summed up when it had seen these runs with their classes as groups, packed; the view
 * merges it into its own sums.
 */
export interface Summary extends SummaryBounds {
  classes: Classes;
  states: PackedStates;
  events: PackedRows;
  lengths: PackedHistograms;
  groups: PackedGroups;
  health: PackedHealth;
  /** By class. */
  columns: PackedRows[];
}

/** A stretch of runs, before any of them is read. */
export interface Stretch {
  readonly firstId: number;
  /** All its runs. */
  table(): RunTable;
  /** How far a summary of it goes, if there is one. */
  readonly bounds: SummaryBounds | undefined;
  /** The summary, and the runs that are not in it; `undefined` where it does not hold (any more). */
  summed(): Summed | undefined;
}

export interface Summed {
  summary: Summary;
  others: RunTable;
}

/** Tables of runs of which some are known as a whole. */
export interface SummedTables extends RunTables {
  /** Stretches that can hold runs alive in the range, newest first. Each is read when it is asked, for as long as no other is. */
  stretches(range: TimeRange): Iterable<Stretch>;
}
