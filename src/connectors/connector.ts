import type { Answer, Queue, RunPage, Worker } from '../model/answer';
import type { RunsQuery, TaskFilter, TimeRange, View, ViewRequest } from '../model/task-query';
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

/** Opens an answer that does not end and yields its complete lines as they come. Ends when aborted. */
export type HttpLines = (path: string, init: { signal: AbortSignal }) => AsyncIterable<string>;

export interface Ports {
  http: Http;
  /** Absent where streaming is not possible; callers then poll. */
  lines?: HttpLines;
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

export interface Connector {
  /** The registry's name of the source system, used in front of every error. */
  readonly id: string;
  readonly reports: Reports;
  /** Backs "Save & test". */
  check(signal: AbortSignal): Promise<SourceVersion>;
  runs(query: RunsQuery, signal: AbortSignal): Promise<RunPage>;
  workers?(filter: TaskFilter, range: TimeRange, signal: AbortSignal): Promise<Worker[]>;
  queues?(filter: TaskFilter, range: TimeRange, signal: AbortSignal): Promise<Queue[]>;
  /** Known values of a field, for variables and filters, most frequent first. */
  values?(field: string, filter: TaskFilter, range: TimeRange, signal: AbortSignal): Promise<string[]>;
  /** Runs as they change, from a cursor on (or from now). Heartbeats yield no runs. */
  changes?(cursor: string | undefined, signal: AbortSignal): AsyncIterable<Changes>;
  /** Views that the source answers itself; for the others `analysis/` computes the answer from `runs`. */
  readonly answers?: readonly View[];
  aggregate?(request: ViewRequest, signal: AbortSignal): Promise<Answer>;
}

/** What the user set for a source system; each system takes what concerns it. */
export interface ConnectorOptions {
  /** Id of a profile, or `auto`: which exporter's metrics to read, for Prometheus. */
  profile?: string;
  /** The user's own profile as decoded JSON, in place of a known one. */
  customProfile?: unknown;
  /** Labels that tell worlds apart, in place of the profile's, as text: `cluster, site`. For Prometheus. */
  worldLabels?: string;
}

export type CreateConnector = (ports: Ports, options?: ConnectorOptions) => Connector;
