import type { TaskRun } from '../model/task-run';

/** The same order on every machine: by UTF-16 code units, as SQLite's BINARY orders all but astral characters. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A fixed order of attempts, whatever order they came in. */
export function byKey(a: TaskRun, b: TaskRun): number {
  return byText(a.source, b.source) || byText(a.runId, b.runId) || a.attempt - b.attempt;
}
