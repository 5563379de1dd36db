import type { TaskEvent } from '../../../src/model/task-event';
import type { SealedParts, SumsOfSealed } from '../archive/sqlite/seal';
import type {
  ArchiveErrorKind,
  ArchiveQuery,
  ArchiveSettings,
  ArchiveSize,
  ArchiveSummary,
  ChangePage,
  Commit,
  IngestResult,
  Outcomes,
  QuestionLimits,
  SiftQuery,
  ValuesQuery,
} from '../archive/archive';

/** What a worker is started with. */
export interface WorkerStart {
  role: 'writer' | 'reader' | 'lookups' | 'sealer';
  file: string;
  settings: ArchiveSettings;
  /** Where a thread that answers looks, in the middle of a question, what it is told: one whole number. */
  told?: SharedArrayBuffer;
  /** Most memory for columns. */
  cacheBytes?: number;
  /** Whether columns are loaded before anybody asks. */
  warms?: boolean;
  /** Since when the store listens; ms since 1970. */
  listeningSince?: number;
}

export interface SentError {
  kind?: ArchiveErrorKind;
  message: string;
}

export type ToWriter =
  | { what: 'ingest'; id: number; ndjson: Uint8Array; clockAheadMs: number | undefined }
  | { what: 'append'; id: number; events: readonly TaskEvent[] }
  /** Comes with the events, from who takes them: what came before it has been taken, and who takes them lives. */
  | { what: 'tend'; id: number }
  | { what: 'metrics'; id: number }
  /** A segment that was sealed. The answer says which one is next. */
  | { what: 'sealed'; id: number; parts: SealedParts }
  /** Sums of one that was sealed without. The answer says which one is next. */
  | { what: 'summed'; id: number; sums: SumsOfSealed }
  | { what: 'follow'; on: boolean }
  | { what: 'attend'; on: boolean }
  | { what: 'configure'; settings: ArchiveSettings }
  | { what: 'close' };

export type ToReader =
  | { what: 'query'; id: number; query: ArchiveQuery; limits: QuestionLimits }
  | { what: 'values'; id: number; query: ValuesQuery; limits: QuestionLimits }
  | { what: 'sift'; id: number; query: SiftQuery; limits: QuestionLimits }
  | { what: 'summary'; id: number; limits: QuestionLimits }
  | { what: 'metrics'; id: number; now: number }
  | { what: 'configure'; settings: ArchiveSettings }
  | { what: 'returned'; at: number }
  | { what: 'committed' }
  | { what: 'close' };

export type ToLookups =
  { what: 'changes'; id: number; cursor: number; limit: number } | { what: 'size'; id: number } | { what: 'close' };

export type ToSealer =
  { what: 'seal'; id: number; segment: number } | { what: 'sum'; id: number; segment: number } | { what: 'close' };

/** What looking after the archive came to. */
export interface Tended {
  /** Runs that were concluded to be lost. */
  lost: number;
  /** A segment that should be sealed, if any. */
  sealable: number | undefined;
  /** One that was sealed without sums, if any. */
  unsummed: number | undefined;
}

export type Answered =
  | string
  | undefined
  | string[]
  | ChangePage
  | ArchiveSize
  | ArchiveSummary
  | IngestResult
  | Tended
  | SealedParts
  | SumsOfSealed
  | number;

export type FromWorker =
  | { what: 'ready' }
  | { what: 'broken'; error: SentError }
  | { what: 'answer'; id: number; value: Answered }
  | { what: 'taken'; batches: ReadonlyArray<{ id: number; result: IngestResult }> }
  | { what: 'failure'; id: number; error: SentError }
  | { what: 'made-way'; id: number }
  | { what: 'commit'; commit: Commit }
  | { what: 'outcomes'; outcomes: Outcomes }
  /** The store had been away, and listens again. */
  | { what: 'returned'; at: number }
  | { what: 'trouble'; message: string | undefined };
