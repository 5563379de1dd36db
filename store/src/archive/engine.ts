import type { ResourceSample } from '../../../src/model/answer';
import type { RunRecord } from '../../../src/model/run-record';
import type { TaskRun } from '../../../src/model/task-run';
import type { TimeRange } from '../../../src/model/task-query';
import type { EpochMs } from '../../../src/model/units';
import type { ArchiveSize, ChangePage, RetentionConfig } from './archive';
import type { Budget } from './budget';
import type { Columns } from './columns';

/** Resource samples kept per run; a longer run keeps its whole life in ever coarser steps. */
export const MOST_SAMPLES = 1_000;

export interface Clock {
  /** Wall clock, epoch ms. */
  now(): EpochMs;
  /** Never jumps; ms since some moment. */
  steady(): number;
}

/** A run as it is kept. */
export interface KeptRun {
  /** The engine's number of it. */
  id: number;
  record: RunRecord;
  /** Whether its silence means something: signs of life come in between the states, or were promised. */
  beats: boolean;
}

/** CPU time so far and memory of a run at an instant; `null` for what was not measured. */
export interface Sample {
  at: EpochMs;
  cpu: number | null;
  rss: number | null;
}

/** A run that is to be written. The engine fills in what only it knows. */
export interface ChangedRun extends KeptRun {
  /** As the engine has it; `undefined` for a run that is new, whose `id` holds once it is written. */
  written: RunRecord | undefined;
  /** How many samples the engine keeps of it, once it has counted them. */
  samples?: number;
}

/** A run that was there when the archive was opened. */
export interface RecalledRun {
  id: number;
  run: TaskRun;
  beats: boolean;
  /** Of one that runs, the last two, oldest first: they make a rate. */
  samples: readonly Sample[];
}

/** Told of what retention does, as soon as it is done. */
export interface RetentionListener {
  deleted(id: number, run: TaskRun): void;
  /** The run has another number now. */
  moved(from: number, to: number, run: TaskRun): void;
}

/**
 * What an engine does for the intake: the one writer of the archive. Synchronous: who calls decides the thread. What
 * throws throws an `ArchiveError`, and then the engine has what it had before.
 */
export interface WritePort {
  /** Number of the newest change, which grows by one with each run that a commit writes. */
  readonly cursor: number;
  /** The run of a key (`runKey`); `undefined` when there is none. */
  load(key: string): KeptRun | undefined;
  /** Numbers of the attempts of a run that are kept. */
  attempts(source: string, runId: string): number[];
  /**
   * Writes all of it or nothing, on disk when it returns.
   *
   * @returns JSON texts of the runs, in their order
   */
  commit(changed: readonly ChangedRun[], samples: ReadonlyArray<Sample & { of: ChangedRun }>): string[];
  /**
   * Deletes a little of what retention no longer allows.
   *
   * @param age the time by which runs grow old
   * @returns whether there is more to do at once
   */
  prune(retention: RetentionConfig, age: EpochMs, listener: RetentionListener): boolean;
  /** What metrics must not forget over a restart: some of what ended last, by task, end and worker; then all that has not ended. */
  recall(): Iterable<RecalledRun>;
  /** The time by which runs grow old, as noted last; else when anything was last seen. */
  age(): EpochMs | undefined;
  noteAge(age: EpochMs): void;
  /** When each schedule was learned of, by its key. */
  schedules(): ReadonlyMap<string, EpochMs>;
  /** Forgets some and notes others, as of `since`. */
  noteSchedules(gone: readonly string[], fresh: readonly string[], since: EpochMs): void;
  /** Called now and then, when there is little to do. */
  tidy(): void;
  close(): void;
}

/** A run with what is known of it beside. */
export interface ScannedRun {
  record: RunRecord;
  beats: boolean;
  /** Oldest first. */
  samples: readonly ResourceSample[];
}

/** How an engine gives the runs that questions are about: as tables, or one by one. */
export type Scan = { columns: Columns } | RunScan;

export interface RunScan {
  /** Runs that were alive at any moment of the range. */
  alive(range: TimeRange): Iterable<ScannedRun>;
}

/** What an engine does for who asks. Synchronous; each thread that asks has one of its own. What throws throws an `ArchiveError`. */
export interface ReadPort {
  readonly scan: Scan;
  /** What is left of the limits of the question under way. */
  readonly budget: Budget;
  /** Runs `work` on one state of what is kept, whatever is written meanwhile. */
  snapshot<T>(work: () => T): T;
  /** JSON text of a `RunDetail` by the key of the run (`runKey`). */
  run(key: string): string | undefined;
  /** What changed after `cursor`, oldest first. */
  changes(cursor: number, limit: number): ChangePage;
  size(): ArchiveSize;
  /** When the oldest run began. */
  oldestAt(): EpochMs | undefined;
  /** When each schedule was learned of, by its key. */
  schedules(): ReadonlyMap<string, EpochMs>;
  close(): void;
}

/** An archive as an engine keeps it. */
export interface Engine {
  writes: WritePort;
  reads: ReadPort;
}
