import type { TaskRun } from './task-run';

/**
 * Marks the attempts that another attempt of the same run follows (`retried`), for runs that come from a source that
 * does not know. An attempt counts as followed when any later one is among `runs`, whatever order they come in.
 */
export function withRetriedMarked(runs: Iterable<TaskRun>): TaskRun[] {
  const all = [...runs];
  if (all.every(({ attempt }) => attempt <= 1)) {
    return all;
  }
  const last = new Map<string, number>();
  for (const run of all) {
    const key = `${run.source}\n${run.runId}`;
    last.set(key, Math.max(run.attempt, last.get(key) ?? 0));
  }
  return all.map((run) =>
    run.retried !== true && run.attempt < (last.get(`${run.source}\n${run.runId}`) ?? 0)
      ? { ...run, retried: true }
      : run
  );
}
