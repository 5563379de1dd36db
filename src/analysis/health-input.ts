import type { HealthInput, Quantiles } from '../health/score';
import type { HealthSpec } from '../health/spec';
import type { DeductionReason } from '../model/answer';
import { runKey } from '../model/task-run';
import type { Causes } from './causes';
import { expectedOf } from './expected';
import { byCount } from './failures';
import type { GroupSums, HealthSums } from './group-sums';
import { partsOfName } from './name-in-source';
import type { Question } from './question';
import type { KnownWorker } from './worker-signs';

/** Which facts the source can know; `undefined` is taken as yes. The `Reports` of a connector fit. */
export interface ReportedFacts {
  readonly attempts?: boolean;
  readonly waits?: boolean;
  readonly exits?: boolean;
  readonly pending?: boolean;
}

/** What the scores of a question rest on beside its runs. */
export interface HealthSources {
  spec: HealthSpec;
  reports?: ReportedFacts;
  /** What was usual for a group before the range. */
  usual: (question: Question) => (group: string) => Quantiles | undefined;
  /** Workers as far as they are known at an instant. Runs alone do not tell an idle one from a silent one. */
  workers: (at: number) => readonly KnownWorker[] | undefined;
}

/** The same, as far as it is known of the groups of one question. */
export interface GroupSources extends Pick<HealthSources, 'spec' | 'reports'> {
  usual: (group: string) => Quantiles | undefined;
  serving: (group: string, sums: GroupSums) => { workers?: readonly KnownWorker[] };
}

export function sourcesFor(question: Question, { spec, reports, usual, workers }: HealthSources): GroupSources {
  const known = workers(question.buckets.cap);
  return {
    spec,
    ...(reports !== undefined && { reports }),
    usual: usual(question),
    serving: servingWorkers(question, known),
  };
}

/** What the score of one group rests on over the whole range. */
export function healthInputOf(
  question: Question,
  group: string,
  sums: GroupSums,
  { spec, reports, usual, serving }: GroupSources
): HealthInput {
  const baseline = usual(group);
  return {
    group,
    at: question.buckets.cap,
    completed: sums.completed,
    failed: sums.failed,
    lost: sums.lost,
    ...(reports?.exits !== false && { abnormal: sums.abnormal }),
    started: sums.started,
    ...(reports?.attempts !== false && { retries: sums.retries }),
    durations: sums.durations,
    ...(baseline !== undefined && { baseline }),
    ...(reports?.waits !== false && { waits: sums.waits }),
    ...(reports?.pending !== false && {
      pending: sums.pending,
      ...(sums.oldestPendingAt < Infinity && { oldestPendingAt: sums.oldestPendingAt }),
    }),
    ...serving(group, sums),
    ...sums.limits.pressure,
    ...expectedOf(question, group, sums, spec),
  };
}

/** What explains a score: keys of the runs behind each possible deduction, and the most frequent failure. */
export function explanationOf(
  { tables }: Question,
  { examples, causes: counted }: HealthSums,
  causes: Causes
): Pick<HealthInput, 'examples' | 'mostly'> {
  const keys: Partial<Record<DeductionReason, readonly string[]>> = {};
  for (const [reason, ids] of examples) {
    keys[reason] = ids.flatMap((id) => {
      const run = tables.rows.run(id);
      return run === undefined ? [] : [runKey(run)];
    });
  }
  // Causes differ by category too; a title is one cause to the reader.
  const byTitle = new Map<string, { title: string; fingerprint: string; count: number; lastAt: number }>();
  for (const [number, { count, lastAt }] of counted) {
    const { fingerprint, title } = causes.cause(number);
    const held = byTitle.get(fingerprint);
    byTitle.set(fingerprint, {
      title,
      fingerprint,
      count: count + (held?.count ?? 0),
      lastAt: Math.max(lastAt, held?.lastAt ?? -Infinity),
    });
  }
  const [first] = [...byTitle.values()].sort(byCount);
  return { examples: keys, ...(first !== undefined && { mostly: first.title }) };
}

/** Finds the workers that serve a group: those that ran its runs, or are told to serve its queue. */
function servingWorkers(question: Question, workers: readonly KnownWorker[] | undefined): GroupSources['serving'] {
  if (workers === undefined) {
    return () => ({});
  }
  switch (question.groupBy) {
    case 'worker':
      return (group) => ({ workers: workers.filter(({ name }) => name === group) });
    case 'source':
      return (group) => ({ workers: workers.filter(({ source }) => source === group) });
    default: {
      const known = new Map(workers.map((worker) => [workerKey(worker.source, worker.name), worker]));
      const told = question.groupBy === 'queue' ? workers.filter(({ queues = [] }) => queues.length > 0) : [];
      return (group, { servedBy }) => {
        const serving = new Set(told.filter(({ queues }) => queues?.includes(group)));
        for (const key of servedBy) {
          const { source, name } = partsOfName(key);
          const worker = known.get(workerKey(question.name(source), question.name(name)));
          if (worker !== undefined) {
            serving.add(worker);
          }
        }
        return { workers: [...serving] };
      };
    }
  }
}

/** A worker of a source as one text. */
export function workerKey(source: string, name: string): string {
  return `${source}\n${name}`;
}
