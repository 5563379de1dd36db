import { groupOf } from '../model/group-of';
import { endedAt } from '../model/lifetime';
import type { GroupBy } from '../model/task-query';
import { verdictOf } from '../model/task-run';
import type { TaskRun } from '../model/task-run';
import type { Buckets } from './buckets';

export interface Grouped {
  /** Runs per group, trouble first: most failed, then most runs, then by name. Cut to the limit. */
  groups: Map<string, TaskRun[]>;
  /** Groups that the limit left out; absent when none. */
  omitted?: number;
}

/** Sorts runs into groups and keeps the `limit` most troubled ones. */
export function groupRuns(runs: readonly TaskRun[], groupBy: GroupBy, limit: number, buckets: Buckets): Grouped {
  const all = new Map<string, TaskRun[]>();
  for (const run of runs) {
    const name = groupOf(run, groupBy);
    const group = all.get(name);
    if (group === undefined) {
      all.set(name, [run]);
    } else {
      group.push(run);
    }
  }
  const ranked = [...all].map(([name, members]) => ({
    name,
    members,
    failed: members.reduce((sum, run) => sum + (failedIn(run, buckets) ? 1 : 0), 0),
  }));
  ranked.sort((a, b) => b.failed - a.failed || b.members.length - a.members.length || byText(a.name, b.name));
  const kept = ranked.slice(0, Math.max(0, limit));
  return {
    groups: new Map(kept.map(({ name, members }) => [name, members])),
    ...(ranked.length > kept.length ? { omitted: ranked.length - kept.length } : {}),
  };
}

function failedIn(run: TaskRun, buckets: Buckets): boolean {
  return verdictOf(run) === 'failed' && buckets.of(endedAt(run) ?? NaN) >= 0;
}

/** The same order on every machine: by UTF-16 code units, as SQLite's BINARY orders all but astral characters. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A fixed order of attempts, whatever order they came in. */
export function byKey(a: TaskRun, b: TaskRun): number {
  return byText(a.source, b.source) || byText(a.runId, b.runId) || a.attempt - b.attempt;
}
