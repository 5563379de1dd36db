import type { FailureGroup, FailuresAnswer } from '../model/answer';
import type { TaskRun } from '../model/task-run';
import { idOf } from '../model/run-table';
import { STATE_NUMBER } from '../model/word-numbers';
import type { Causes } from './causes';
import { byKey } from './order';
import type { Question } from './question';

/** Tasks named per cause; one that strikes more is named by its count. */
const MOST_TASKS = 50;
/** Runs that ended last at the same instant, among which the last by key is looked for. */
const MOST_LATEST = 100;

/** What is held of a cause, and of each of its buckets. */
const CAUSE_BYTES = 500;
const BUCKET_BYTES = 12;

interface Failures {
  fingerprint: string;
  title: string;
  tasks: Set<number>;
  count: number;
  firstAt: number;
  lastAt: number;
  values: Int32Array;
  /** Runs that ended last, all at the same instant. */
  latest: Array<{ id: number; cause: number }>;
}

/** Failed runs with the same cause, together: the most frequent cause first; of equals, the one seen last. */
export function failuresOf(question: Question, limit: number, causes: Causes): FailuresAnswer {
  const { buckets } = question;
  const ordered = [...gather(question, causes).values()].sort(byCount);
  const shown = ordered.slice(0, limit).map((failures): FailureGroup => {
    const { fingerprint, title, count, firstAt, lastAt, values } = failures;
    const { run, cause } = latestOf(question, failures);
    const tasks = [...failures.tasks].map((number) => question.name(number)).sort();
    return {
      fingerprint,
      category: causes.cause(cause).category,
      title,
      count,
      firstAt,
      lastAt,
      values: [...values],
      latest: run,
      tasks: tasks.slice(0, MOST_TASKS),
    };
  });
  return {
    view: 'failures',
    step: buckets.step,
    buckets: buckets.starts,
    groups: shown,
    ...(ordered.length > shown.length && { groupsOmitted: ordered.length - shown.length }),
  };
}

function gather(question: Question, causes: Causes): Map<string, Failures> {
  const { buckets, budget } = question;
  const width = buckets.starts.length;
  const found = new Map<string, Failures>();
  // Runs that are summed have not failed.
  for (const { table, rows } of question.each()) {
    const { state, retried, end, task } = table;
    for (const i of rows) {
      const at = end[i]!;
      const bucket = state[i] === STATE_NUMBER.failed && retried[i] === 0 ? buckets.of(at) : -1;
      if (bucket < 0) {
        continue;
      }
      const cause = causes.of(table, i);
      const { fingerprint, title } = causes.cause(cause);
      let failures = found.get(fingerprint);
      if (failures === undefined) {
        budget.hold(CAUSE_BYTES + BUCKET_BYTES * width, () => `${found.size + 1} causes in ${width} buckets`);
        failures = {
          fingerprint,
          title,
          tasks: new Set(),
          count: 0,
          firstAt: Infinity,
          lastAt: -Infinity,
          values: new Int32Array(width),
          latest: [],
        };
        found.set(fingerprint, failures);
      }
      failures.count++;
      failures.tasks.add(task[i]!);
      failures.firstAt = Math.min(failures.firstAt, at);
      if (at > failures.lastAt) {
        failures.lastAt = at;
        failures.latest.length = 0;
      }
      if (at === failures.lastAt && failures.latest.length < MOST_LATEST) {
        failures.latest.push({ id: idOf(table, i), cause });
      }
      failures.values[bucket]!++;
    }
  }
  return found;
}

export function byCount(
  a: { count: number; lastAt: number; fingerprint: string },
  b: { count: number; lastAt: number; fingerprint: string }
): number {
  return b.count - a.count || b.lastAt - a.lastAt || (a.fingerprint < b.fingerprint ? -1 : 1);
}

/** Of runs that ended at the same instant, the last by key. */
function latestOf({ tables, budget }: Question, { latest }: Failures): { run: TaskRun; cause: number } {
  const candidates = latest.flatMap(({ id, cause }) => {
    const run = tables.rows.run(id);
    return run === undefined ? [] : [{ run, cause }];
  });
  const last = candidates.reduce((a, b) => (byKey(b.run, a.run) > 0 ? b : a));
  budget.hold(JSON.stringify(last.run).length, () => 'the texts of the runs');
  return last;
}
