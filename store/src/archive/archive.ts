import { VIEWS } from '../../../src/model/task-query';
import type { GroupBy, Match, RunSort, TaskFilter, TimeRange, View } from '../../../src/model/task-query';
import type { TaskRun } from '../../../src/model/task-run';
import type { TaskEvent } from '../../../src/model/task-event';
import type { DurationMs, EpochMs } from '../../../src/model/units';
import type { HealthSpec } from '../../../src/health/spec';

/** What became of one batch of events. */
export interface IngestResult {
  accepted: number;
  /** Accepted events that told nothing new: seen before. */
  duplicates: number;
  /** The first rejected lines, at most `MAX_REJECTS_TOLD`. */
  rejected: Reject[];
  rejectedTotal: number;
  /** Of these the ones that are only too far ahead of the store's clock: they may be sent again once the clocks agree. */
  ahead: number;
  /** Events of which a field was cut to its limit. */
  cut: number;
  /** Fields that this version does not know. */
  unknownFields: number;
}

export interface Reject {
  /** Counted from 1. */
  line: number;
  error: string;
}

export const MAX_REJECTS_TOLD = 20;

/** Of two the runs are put together by who shows them; alerts are kept by `alerts`, assets by single sources. */
const OTHER_VIEWS = ['lineage', 'trace', 'alerts', 'assets'] as const;

/** Views that the archive answers itself. */
export type ArchiveView = Exclude<View, (typeof OTHER_VIEWS)[number]>;
export const ARCHIVE_VIEWS = VIEWS.filter((view): view is ArchiveView =>
  OTHER_VIEWS.every((other: View) => other !== view)
);

export interface ArchiveQuery {
  view: ArchiveView;
  filter: TaskFilter;
  range: TimeRange;
  step: DurationMs;
  groupBy?: GroupBy;
  limit: number;
  /** Of the view `runs`. */
  sort?: RunSort;
  cursor?: string;
  /** The store's clock: how long what has not ended lasts. */
  now: EpochMs;
}

export interface ValuesQuery {
  field: string;
  filter: TaskFilter;
  range: TimeRange;
  limit: number;
  now: EpochMs;
}

/** What a match is asked about: which of the words it lets pass. */
export interface SiftQuery {
  match: Match;
  words: readonly string[];
}

/** What one question may cost. */
export interface QuestionLimits {
  /** Memory of what is gathered for the answer. */
  maxBytes: number;
  /** Time that it is worked on, waiting not included. */
  maxMs: number;
}

export const DEFAULT_QUESTION_LIMITS: QuestionLimits = { maxBytes: 128 * 1024 ** 2, maxMs: 30_000 };

/** Most memory for the columns that questions are answered from: about two million runs. Older ones are read in passing. */
export const DEFAULT_CACHE_BYTES = 192 * 1024 ** 2;

/** How a question is asked: for how much, and until when. */
export interface Asking extends Partial<QuestionLimits> {
  /** Aborted when nobody waits for the answer any more; then the work on it ends. */
  signal?: AbortSignal;
}

/** A stretch of changes: the runs as they are now, JSON texts of `TaskRun`. */
export interface ChangePage {
  /** Number of the last change in the page. */
  cursor: number;
  runs: string[];
  /** Whether there are changes after it. */
  more: boolean;
}

/** What a commit wrote, for those who follow. */
export interface Commit {
  /** Changes after `from` up to and including `to`. */
  from: number;
  to: number;
  /** JSON texts of the changed runs; absent while nobody follows. */
  runs?: string[];
}

/** How runs ended in a commit, for those who tell of failures. */
export interface Outcomes {
  /** Number of the last change of the commit. */
  to: number;
  /** JSON texts of runs that failed now, or that counted as failed and no longer do. */
  turned: string[];
  /** When tasks completed last in this commit: `taskKey` and epoch ms. */
  completed: Array<[string, EpochMs]>;
}

/** A task of a source as one text. */
export function taskKey({ source, task }: Pick<TaskRun, 'source' | 'task'>): string {
  return `${source}\n${task}`;
}

export interface ArchiveSize {
  attempts: number;
  bytes: number;
  /** Number of the newest change. */
  cursor: number;
}

export interface ArchiveSummary extends ArchiveSize {
  tasks: number;
  sources: number;
  oldestAt?: EpochMs;
}

export interface RetentionConfig {
  /** Runs that nobody has seen for longer are deleted. */
  maxAgeMs: DurationMs;
  /** When the file is larger, the oldest runs are deleted. */
  maxBytes: number;
}

/** When a run that used to give signs of life counts as lost. */
export interface LostConfig {
  afterMs: DurationMs;
}

/** How sealing goes: what has grown old is packed, so that it takes less room. */
export interface Sealing {
  /** In a row, since it worked last. */
  failures: number;
  /** What is wrong and what to do, while there are failures. */
  problem?: string;
}

/** Senders that could not reach the store try again within this time after it has started. */
export const SENDERS_RETURN_MS: DurationMs = 45_000;

/** What may change while the archive is open. */
export interface ArchiveSettings {
  retention: RetentionConfig;
  lost: LostConfig;
  /** Thresholds of the score, and when runs are expected. */
  health: HealthSpec;
  /** Most memory for columns, `DEFAULT_CACHE_BYTES` when left out; taken when the archive opens. */
  maxCacheBytes?: number;
}

export type ArchiveErrorKind =
  | 'locked'
  | 'corrupt'
  | 'read-only'
  | 'newer-format'
  | 'full'
  | 'unreachable'
  | 'bad-query'
  /** The question asks for more than one question may. */
  | 'too-costly'
  /** Too many questions wait. */
  | 'busy'
  /** Whoever asked has left. */
  | 'cancelled';

/** The one error that leaves the archive. Reads *[archive] what happened: the fact found. What to do.* */
export class ArchiveError extends Error {
  constructor(
    readonly kind: ArchiveErrorKind,
    message: string,
    options?: { cause?: unknown }
  ) {
    super(`[archive] ${message}`, options);
    this.name = 'ArchiveError';
  }
}

/**
 * Where the store keeps runs. Everything is asynchronous, so that an engine may live in another thread or on another
 * machine. All methods reject with an `ArchiveError`.
 */
export interface Archive {
  /**
   * Takes NDJSON. Resolves once everything that was accepted is on disk.
   *
   * @param clockAheadMs how far the clock of its sender is ahead of ours (negative: behind), where that is known
   */
  ingest(ndjson: Uint8Array, clockAheadMs?: DurationMs): Promise<IngestResult>;
  /** The same for events that are decoded already. */
  append(events: readonly TaskEvent[]): Promise<IngestResult>;
  /** The answer to a view, as JSON text of the view's type in `model/answer.ts`. */
  query(query: ArchiveQuery, asking?: Asking): Promise<string>;
  /** JSON text of a `RunDetail`, or `undefined` when there is no such run. */
  run(key: string): Promise<string | undefined>;
  /** Known values of a field, most frequent first. */
  values(query: ValuesQuery, asking?: Asking): Promise<string[]>;
  /**
   * The words that a match lets pass, in their order. Not about runs at all: it is here because patterns of strangers
   * belong where questions are worked on, and nowhere else.
   */
  sift(query: SiftQuery, asking?: Asking): Promise<string[]>;
  /** What changed after `cursor`, oldest first. */
  changes(cursor: number, limit: number): Promise<ChangePage>;
  /** Calls back after each commit, with the changed runs in it. Returns how to stop. */
  follow(listener: (commit: Commit) => void): () => void;
  /** Calls back after each commit in which a run ended. Returns how to stop. */
  attend(listener: (outcomes: Outcomes) => void): () => void;
  /** The task metrics in Prometheus' text format. */
  metrics(): Promise<string>;
  /** How much there is; cheap, whatever it is. */
  size(): Promise<ArchiveSize>;
  /** What there is. Looks at all runs. */
  summary(asking?: Asking): Promise<ArchiveSummary>;
  configure(settings: ArchiveSettings): Promise<void>;
  /** Why the archive cannot take events now; `undefined` while it can. */
  trouble(): string | undefined;
  /** How sealing goes; events are taken and questions answered while it fails. */
  sealing(): Sealing;
  /** Finishes what is under way and closes the file. */
  close(): Promise<void>;
}
