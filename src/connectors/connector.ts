import type { CollectedSources, Lack } from '../model/source-status';
import type { Answer, AssetList, PartsNow, Queue, RunPage, Worker } from '../model/answer';
import type { RunsQuery, TaskFilter, TimeRange, View, ViewRequest } from '../model/task-query';
import type { LifecycleState, Substate } from '../model/lifecycle';
import type { TaskRun } from '../model/task-run';

/** What came back. The body is text: decoding it is the connector's first step. */
export interface HttpResponse {
  status: number;
  body: string;
}

export interface HttpInit {
  signal?: AbortSignal;
  method?: 'GET' | 'POST';
  body?: string;
}

/**
 * The one port of a connector. In Grafana it goes through the data source proxy, in Node through `fetch`, in tests it
 * replays recorded answers. It resolves for every status code and rejects with a `ConnectorError` of kind
 * `unreachable` or `timeout` when there is no answer at all; an aborted signal rejects with the signal's reason.
 * `path` begins with `/` and its parts are already encoded.
 */
export type Http = (path: string, init?: HttpInit) => Promise<HttpResponse>;

/** A port that can also say who asks. Only programs have one: Grafana's server adds what its routes are to send. */
export type HttpWithHeaders = (
  path: string,
  init?: HttpInit & { headers?: Readonly<Record<string, string>> }
) => Promise<HttpResponse>;

export interface Ports {
  http: Http;
}

/** Which facts a source can know at all. Panels say "not reported by …" for the others. */
export interface Reports {
  attempts: boolean;
  queues: boolean;
  workers: boolean;
  /** Per run, not per worker. */
  resources: boolean;
  waits: boolean;
  exits: boolean;
  errors: boolean;
  parents: boolean;
  traces: boolean;
  /** Whether pending runs are listed before they start. */
  pending: boolean;
  /** Whether it tells what runs now. */
  running: boolean;
}

export interface SourceVersion {
  /** `Runlane task store`. */
  product: string;
  version: string;
  /** One line about what is there: "12,480 runs of 6 tasks from 3 sources". */
  summary?: string;
}

/** Something changed: runs as they are now. `cursor` resumes after this change. */
export interface Changes {
  cursor: string;
  runs: TaskRun[];
}

/** What it means that a run is gone. */
export interface GoneRun {
  state: LifecycleState;
  substate?: Substate;
  /** A whole sentence. */
  evidence: string;
}

export interface Connector {
  /** The registry's name of the source system, used in front of every error. */
  readonly id: string;
  readonly reports: Reports;
  /** Backs "Save & test". */
  check(signal: AbortSignal): Promise<SourceVersion>;
  runs(query: RunsQuery, signal: AbortSignal): Promise<RunPage>;
  workers?(filter: TaskFilter, range: TimeRange, signal: AbortSignal): Promise<Worker[]>;
  /** What of the system itself must live for runs to begin, beside the workers that its runs name: a scheduler. */
  parts?(signal: AbortSignal): Promise<PartsNow>;
  queues?(filter: TaskFilter, range: TimeRange, signal: AbortSignal): Promise<Queue[]>;
  /** What runs make, as it is now. */
  assets?(signal: AbortSignal): Promise<AssetList>;
  /** Known values of a field, for variables and filters, most frequent first. */
  values?(field: string, filter: TaskFilter, range: TimeRange, signal: AbortSignal): Promise<string[]>;
  /**
   * What changed since a cursor, page by page; without a cursor, where things are now. With `held` the source holds its
   * answer until something changes, for ten seconds at most: then it yields no runs, which is a sign of life.
   */
  changes?(cursor: string | undefined, signal: AbortSignal, held?: boolean): AsyncIterable<Changes>;
  /** What is not told only because of how the source is set up, as far as what it tells now shows it. */
  lacks?(signal: AbortSignal): Promise<Lack[]>;
  /**
   * How a run ended that had not when it was told of last, and that the source does not know any more. Only of sources that
   * delete what has ended; it is a conclusion, dated by whoever finds it gone.
   */
  concludeGone?(): GoneRun;
  /** Whose metrics are read, where the source holds those of many. */
  profile?(signal: AbortSignal): Promise<{ id: string; name: string }>;
  /** How systems fare that the source itself reads, and the lists in which it finds them. */
  sources?(signal: AbortSignal): Promise<CollectedSources>;
  /** Views that the source answers itself; for the others `analysis/` computes the answer from `runs`. */
  readonly answers?: readonly View[];
  aggregate?(request: ViewRequest, signal: AbortSignal): Promise<Answer>;
}
