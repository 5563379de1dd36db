import type { Connector, Http, Reports } from '../../../src/connectors/connector';
import type { SourceSettings } from '../../../src/connectors/system';
import type { TaskEvent } from '../../../src/model/task-event';
import type { TaskRun } from '../../../src/model/task-run';
import type { Lack } from '../../../src/model/source-status';
import type { DurationMs } from '../../../src/model/units';
import type { Endpoint } from '../alerts/alerts-config';

/** How one source is reached, as the config says it. */
export interface SourceAccess {
  /** Absent where the system is read on this machine and takes no address. */
  endpoint?: Endpoint;
  /** Sent with each question beside what the endpoint asks for, for systems that take their token elsewhere. */
  headers: Readonly<Record<string, string>>;
  /** For one answer. */
  timeoutMs: DurationMs;
  /** Between two looks, where a feed has to look by itself. Always there in a config; a feed has its own for tables and tests. */
  everyMs?: DurationMs;
  /** What the system itself is to know. */
  settings: SourceSettings;
}

export interface SourcePorts {
  /** The source asked for patience. */
  onPatience(ms: DurationMs): void;
  /** How systems that speak HTTP are asked; by `fetch` where nothing else is given. */
  http?: Http;
}

/** All that the collector knows of a system it can read. */
export interface CollectedSystem {
  /** Stored in configs: never renamed. */
  id: string;
  name: string;
  /** How its addresses may begin, as `URL.protocol` has it: `['redis:', 'rediss:']`. None: it takes no address. */
  protocols: readonly string[];
  /** An address of such a system, shown as an example; of a system of this machine, an empty text. */
  exampleAddress: string;
  /** Settings without which there is nothing to read, as an example. */
  exampleSettings?: SourceSettings;
  /** Addresses may have a query part, as those of PostgreSQL do. */
  takesParameters?: true;
  /**
   * Checks the settings and opens nothing yet: connections are made when the source is first read.
   *
   * @throws ConnectorError when the settings hold what cannot be used
   */
  open(access: SourceAccess, ports: SourcePorts): CollectedSource;
}

/** A source is asked, or it tells by itself. */
export type CollectedSource = AskedSource | TellingSource;

/** It is polled: what it knows is still there when it is asked. */
export interface AskedSource {
  connector: Connector;
  /** Ends connections and child processes; called once, when the source is read no more. */
  close?(): Promise<void>;
}

/** It is listened to: what it says is said once. */
export interface TellingSource {
  feed: EventFeed;
  close?(): Promise<void>;
}

/** An event without the name of its source, which the operator gave and a feed does not know. */
export type FeedEvent = Omit<TaskEvent, 'source'>;

/** Where a feed puts what it hears. */
export interface Hearing {
  /** Where the last listening ended, as it was given to `keep`: kept over restarts. Absent at the first. */
  place?: string;
  /**
   * Resolves when the events are on disk; only then may the source be told that they were taken.
   * The next call waits for it: that is how a feed is slowed down.
   */
  keep(events: readonly FeedEvent[], place?: string): Promise<void>;
  /**
   * What is kept of this source's runs: those that have not ended, and those that were alive shortly before its last listening
   * ended. For feeds whose words make sense only with what was said before.
   *
   * @throws ConnectorError when a store on another machine is away
   */
  recall(): Promise<readonly TaskRun[]>;
  /** The source is there, although it may have nothing to tell. To be called at least every half minute. */
  alive(): void;
  /** Records that could not be read. */
  skip(count: number): void;
  /** A sentence about what is heard, shown until the connection is made anew. */
  notice(sentence: string): void;
}

export interface EventFeed {
  /** Id of the system, in front of every error. */
  readonly id: string;
  readonly reports: Reports;
  /** What is not told only because of how the source is set up. */
  lacks?(signal: AbortSignal): Promise<Lack[]>;
  /**
   * Connects and hands on what it hears, until the signal (then it resolves).
   *
   * @throws ConnectorError when there is no connection, or no more; it is then tried again after a while
   */
  listen(hearing: Hearing, signal: AbortSignal): Promise<void>;
}
