import type { LifecycleState, Substate } from '../../../../src/model/lifecycle';

/** What a row can tell, by the kind of value that its expression gives. */
export const FACTS = {
  runId: 'text',
  task: 'text',
  state: 'text',
  /** The engine's own word, where `state` is more than that. */
  nativeState: 'text',
  queue: 'text',
  worker: 'text',
  host: 'text',
  /** How many attempts have begun: 0 while the first one waits. */
  attempt: 'number',
  maxAttempts: 'number',
  exitCode: 'number',
  createdAt: 'instant',
  /** When it may run first, which may lie ahead. */
  queuedAt: 'instant',
  startedAt: 'instant',
  finishedAt: 'instant',
  /** When its worker was heard of last. */
  lastSeenAt: 'instant',
  /** The error of the attempt that began last. */
  errorType: 'text',
  errorMessage: 'text',
  errorStack: 'text',
  args: 'text',
  result: 'text',
  parentId: 'text',
  rootId: 'text',
  traceId: 'text',
  evidence: 'text',
  /** Attempts that failed: a JSON list of `{attempt, startedAt, finishedAt, worker, errorType, errorMessage, errorStack}`. */
  attempts: 'json',
  /** What happened to the run, in order: a JSON list of `{event, at}`, its words in `events`. */
  history: 'json',
} as const;

export type Fact = keyof typeof FACTS;
export type FactKind = (typeof FACTS)[Fact] | 'label';

export interface Standing {
  state: LifecycleState;
  substate?: Substate;
}

/** What an event of a run's history means: an end is a standing. */
export type EventMeaning = 'created' | 'due' | 'started' | 'retry' | 'ignored' | Standing;

/** Columns whose values are asked for one after the other, because the fitting index begins with them. */
export interface Parts {
  columns: readonly string[];
  /** A query that gives the values, one column for each. */
  values: string;
}

/** One way to read rows page by page, along an index. */
export interface Read {
  /** As the mapping's own `from`, where it is another. */
  from?: string;
  /** Condition of SQL. */
  where?: string;
  parts?: Parts;
  /** A time that the range is compared with, and by which rows come. Without it, and without `bound`, all are read. */
  since?: string;
  /** What rows are ordered by (after `since`); together unique, never null. */
  key: readonly string[];
  /** The range as a range of `key`, a whole number that grows with time: searched by halves in this table. */
  bound?: { from: string; at: string; where?: string };
}

/**
 * How a table of jobs is read and what its words mean: plain data, from a YAML file or the settings of a source. Every text of
 * SQL may hold `{schema}`. Only `readMapping` makes one.
 */
export interface Mapping {
  /** As people call it: `pg-boss`, `app.jobs`. */
  name: string;
  /** Where its tables are, when the settings do not say. */
  schema: string;
  /** What must be readable, for the GRANT that an error names. */
  tables: readonly string[];
  version?: { query: string; from: number; to: number };
  /** A table, or several joined: what follows `from`. */
  from: string;
  columns: Readonly<Partial<Record<Fact, string>>>;
  labels: Readonly<Record<string, string>>;
  states: ReadonlyMap<string, Standing>;
  events: ReadonlyMap<string, EventMeaning>;
  reads: readonly Read[];
  /** How a run is found by its id. */
  find: Pick<Read, 'parts'> & { key: string };
  /** What it means that a row is gone that had not ended; absent: nobody knows. */
  deleted?: Standing;
  /** Of times without a zone. */
  timeZone: string;
}
