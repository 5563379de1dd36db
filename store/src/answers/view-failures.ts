import type { FailureGroup } from '../../../src/model/answer';
import type { TaskRun } from '../../../src/model/task-run';
import type { Causes } from './causes';
import type { Question } from './question';
import { STATE_NUMBER } from '../archive/word-numbers';

/** Tasks named per group, as in `groupFailures` of `diagnosis/`. */
const MOST_TASKS = 50;

/** What is held of a cause, and of each of its buckets. */
const GROUP_BYTES = 500;
const BUCKET_BYTES = 12;

interface Group {
  fingerprint: string;
  title: string;
  tasks: Set<number>;
  count: number;
  firstAt: number;
  lastAt: number;
  values: Int32Array;
  /** Rows that ended last, all at the same instant. */
  latest: Array<{ id: number; cause: number }>;
}

/** JSON text of the same answer as `groupFailures` of `diagnosis/`, from columns. */
export function failuresAnswerText(question: Question, causes: Causes): string {
  const { buckets, columns, query } = question;
  const { from, to } = buckets.range;
  const { step } = buckets;
  const first = buckets.starts[0]!;
  const groups = new Map<string, Group>();
  for (const { segment, rows } of question.each()) {
    const { state, retried, end, finished, observed, task, firstId } = segment;
    for (const i of rows) {
      if (state[i] !== STATE_NUMBER.failed || retried[i] === 1 || !(end[i]! >= from && end[i]! < to)) {
        continue;
      }
      const cause = causes.of(segment, i);
      const { fingerprint, title } = causes.cause(cause);
      let group = groups.get(fingerprint);
      if (group === undefined) {
        question.budget.hold(
          GROUP_BYTES + BUCKET_BYTES * buckets.starts.length,
          () => `${groups.size + 1} causes in ${buckets.starts.length} buckets`
        );
        group = {
          fingerprint,
          title,
          tasks: new Set(),
          count: 0,
          firstAt: Infinity,
          lastAt: -Infinity,
          values: new Int32Array(buckets.starts.length),
          latest: [],
        };
        groups.set(fingerprint, group);
      }
      const at = finished[i]! === finished[i]! ? finished[i]! : observed[i]!;
      group.count++;
      group.tasks.add(task[i]!);
      group.firstAt = Math.min(group.firstAt, at);
      if (at > group.lastAt) {
        group.lastAt = at;
        group.latest.length = 0;
      }
      if (at === group.lastAt) {
        group.latest.push({ id: firstId + i, cause });
      }
      const bucket = Math.floor((at - first) / step);
      if (bucket >= 0 && bucket < group.values.length) {
        group.values[bucket]!++;
      }
    }
  }
  const ordered = [...groups.values()].sort(
    (a, b) => b.count - a.count || b.lastAt - a.lastAt || (a.fingerprint < b.fingerprint ? -1 : 1)
  );
  const shown = ordered.slice(0, query.limit).map((group): FailureGroup => {
    const { fingerprint, title, count, firstAt, lastAt } = group;
    const { run, cause } = latestOf(question, group);
    const tasks = [...group.tasks]
      .map((number) => columns.names[number] ?? '')
      .sort()
      .slice(0, MOST_TASKS);
    return {
      fingerprint,
      category: causes.cause(cause).category,
      title,
      count,
      firstAt,
      lastAt,
      values: [...group.values],
      latest: run,
      tasks,
    };
  });
  return JSON.stringify({
    view: 'failures',
    step,
    buckets: buckets.starts,
    groups: shown,
    ...(ordered.length > shown.length && { groupsOmitted: ordered.length - shown.length }),
  });
}

/** Of runs that ended at the same instant, the last by key. */
function latestOf(question: Question, group: Group): { run: TaskRun; cause: number } {
  const candidates = group.latest.slice(0, 100).flatMap(({ id, cause }) => {
    const text = question.runText(id);
    return text === undefined ? [] : [{ run: JSON.parse(text) as TaskRun, cause }];
  });
  return candidates.reduce((last, candidate) => (isAfter(candidate.run, last.run) ? candidate : last));
}

function isAfter(a: TaskRun, b: TaskRun): boolean {
  return a.source !== b.source ? a.source > b.source : a.runId !== b.runId ? a.runId > b.runId : a.attempt > b.attempt;
}
