import type { FailureGroup } from '../model/answer';
import { beganAt } from '../model/task-run';
import type { TaskRun } from '../model/task-run';
import type { DurationMs, EpochMs } from '../model/units';
import { diagnose } from './diagnose';

/** Tasks named per group; a cause that strikes more is named by its count. */
const MOST_TASKS = 50;

/**
 * Failed runs with the same cause, together. The most frequent cause first; of equals, the one seen last.
 *
 * A failure belongs to the bucket that holds its end (`finishedAt`, else `observedAt`, never before it began). `buckets` ascend and are `step`
 * wide; a failure outside all of them is counted, but has no bucket. Runs that did not fail are passed over.
 */
export function groupFailures(runs: Iterable<TaskRun>, buckets: readonly EpochMs[], step: DurationMs): FailureGroup[] {
  const groups = new Map<string, FailureGroup & { taskSet: Set<string> }>();
  const first = buckets[0] ?? 0;
  for (const run of runs) {
    if (run.state !== 'failed') {
      continue;
    }
    const at = Math.max(run.finishedAt ?? run.observedAt, beganAt(run));
    const { fingerprint, category, title } = diagnose(run);
    let group = groups.get(fingerprint);
    if (group === undefined) {
      group = {
        fingerprint,
        category,
        title,
        tasks: [],
        taskSet: new Set(),
        count: 0,
        firstAt: at,
        lastAt: at,
        values: buckets.map(() => 0),
        latest: run,
      };
      groups.set(fingerprint, group);
    }
    group.count += 1;
    group.taskSet.add(run.task);
    group.firstAt = Math.min(group.firstAt, at);
    if (at > group.lastAt || (at === group.lastAt && isAfter(run, group.latest))) {
      group.lastAt = at;
      group.latest = run;
      group.category = category;
    }
    const bucket = Math.floor((at - first) / step);
    if (bucket >= 0 && bucket < group.values.length) {
      group.values[bucket] = (group.values[bucket] ?? 0) + 1;
    }
  }
  return [...groups.values()]
    .map(({ taskSet, ...group }) => ({ ...group, tasks: [...taskSet].sort().slice(0, MOST_TASKS) }))
    .sort((a, b) => b.count - a.count || b.lastAt - a.lastAt || (a.fingerprint < b.fingerprint ? -1 : 1));
}

/** A fixed order of runs that ended at the same instant, so that the answer does not depend on the order of the input. */
function isAfter(a: TaskRun, b: TaskRun): boolean {
  return a.source !== b.source ? a.source > b.source : a.runId !== b.runId ? a.runId > b.runId : a.attempt > b.attempt;
}
