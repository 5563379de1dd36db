import type { Reports } from '../../../../src/connectors/connector';
import type { Lack } from '../../../../src/model/source-status';
import type { TaskRun } from '../../../../src/model/task-run';
import type { EpochMs } from '../../../../src/model/units';
import type { Mapping, Read } from './mapping';

/** Times that lie further ahead are of another zone than the mapping says. */
const AHEAD_MS = 60_000;

/** What rows became. */
export interface Converted {
  /** Attempts of one row each. */
  groups: TaskRun[][];
  skipped: number;
}

/** Which facts a table can tell at all: those that its mapping names. */
export function reportsOf({ columns, events }: Mapping): Reports {
  return {
    attempts: columns.attempts !== undefined || columns.history !== undefined,
    queues: columns.queue !== undefined,
    workers: columns.worker !== undefined,
    resources: false,
    waits: columns.startedAt !== undefined || events.size > 0,
    exits: columns.exitCode !== undefined,
    errors: columns.errorMessage !== undefined || columns.errorType !== undefined || columns.attempts !== undefined,
    parents: columns.parentId !== undefined,
    traces: columns.traceId !== undefined,
    pending: true,
    running: true,
  };
}

/** What is to be known about runs that were read. */
export function noticesOf({ groups, skipped }: Converted, { name, timeZone }: Mapping, now: EpochMs): string[] {
  const last = groups.flatMap((runs) => runs.slice(-1));
  const unknown = [...new Set(last.filter(({ state }) => state === 'unknown').map(({ nativeState }) => nativeState))];
  const ahead = last.filter(({ startedAt = 0, finishedAt = 0 }) => Math.max(startedAt, finishedAt) > now + AHEAD_MS);
  return [
    ...(skipped === 0
      ? []
      : [`${skipped} rows of ${name} have no id, task or state, or hold what cannot be read: they are left out.`]),
    ...(unknown.length === 0
      ? []
      : [
          `The mapping of ${name} has no word for the states ${unknown.join(', ')}: runs in them are shown as unknown.`,
        ]),
    ...(ahead.length === 0
      ? []
      : [
          `${ahead.length} runs of ${name} started or ended in the future. If its times have no zone, they were read as ${timeZone}: set timeZone to the one they are written in.`,
        ]),
  ];
}

/** That a table is read whole, and the index that would spare it. */
export function sayLack(table: string, rows: number, index: number, { since, key }: Read): Lack {
  const columns = since === undefined ? key : [since, ...key];
  return {
    what: `what changed in ${table}, without reading all of it`,
    setting: `create index concurrently on ${table} (${columns.join(', ')})`,
    message: `Each poll reads all ${Math.round(rows).toLocaleString('en')} rows of ${table}: no index fits reads.${index} of the mapping. Create one on what it is ordered by, or have old rows deleted.`,
  };
}
