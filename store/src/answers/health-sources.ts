import { expectedFrom } from '../../../src/analysis/health-input';
import type { KnownWorker } from '../../../src/analysis/health-input';
import type { HealthInput } from '../../../src/health/score';
import type { HealthSpec } from '../../../src/health/spec';
import type { DeductionReason } from '../../../src/model/answer';
import type { LogHistogram } from '../../../src/analysis/log-histogram';
import type { TaskRun } from '../../../src/model/task-run';
import { runKey } from '../../../src/model/task-run';
import type { EpochMs } from '../../../src/model/units';
import type { Baselines } from './baselines';
import type { Causes } from './causes';
import type { GroupFacts } from './group-facts';
import type { Question } from './question';
import type { Judging } from '../metrics/metrics-source';
import type { WorkerSigns } from './worker-signs';

/** What the scores of a question rest on beside its runs. */
export interface ScoreSources extends Judging {
  baselines: Baselines;
  causes: Causes;
}

/** What the score of one group rests on, as `healthInputOf` of `analysis/` makes it of runs. */
export function healthInputFrom(
  question: Question,
  group: string,
  facts: GroupFacts,
  spec: HealthSpec,
  baseline: LogHistogram | undefined,
  workers: WorkerSigns,
  causes?: Causes
): HealthInput {
  const cause = causes === undefined ? undefined : mostFrequent(facts, causes);
  return {
    group,
    at: question.buckets.cap,
    completed: facts.completed,
    failed: facts.failed,
    lost: facts.lost,
    abnormal: facts.abnormal,
    started: facts.started,
    retries: facts.retries,
    durations: facts.durations,
    ...(baseline !== undefined && { baseline }),
    waits: facts.waits,
    pending: facts.pending,
    ...(facts.oldestPendingAt < Infinity && { oldestPendingAt: facts.oldestPendingAt }),
    ...servingWorkers(question, group, facts, workers),
    ...facts.limits.pressure,
    ...expectedOf(question, group, facts, spec),
    ...(causes !== undefined && { examples: examplesOf(question, facts) }),
    ...(cause !== undefined && { mostly: cause }),
  };
}

/** `servingWorkers` of `analysis/`, on what the columns told. */
export function servingWorkers(
  { groupBy }: Question,
  group: string,
  facts: GroupFacts,
  workers: WorkerSigns
): { workers?: readonly KnownWorker[] } {
  if (workers.size === 0) {
    return {};
  }
  if (groupBy === 'worker' || groupBy === 'source') {
    const field = groupBy === 'worker' ? 'name' : 'source';
    return { workers: [...workers.values()].filter((worker) => worker[field] === group) };
  }
  return { workers: [...facts.servedBy].flatMap((key) => workers.get(key) ?? []) };
}

export function expectedOf(
  question: Question,
  group: string,
  facts: GroupFacts,
  spec: HealthSpec
): ReturnType<typeof expectedFrom> {
  const { buckets, groupBy, columns } = question;
  return expectedFrom(group, groupBy, buckets, spec, (source) => {
    const number = source === undefined ? undefined : columns.names.indexOf(source);
    return facts.arrivals.filter((arrival) => number === undefined || arrival.source === number).map(({ at }) => at);
  });
}

/** Keys of the runs behind each possible deduction. */
function examplesOf(question: Question, facts: GroupFacts): Partial<Record<DeductionReason, readonly string[]>> {
  const examples: Partial<Record<DeductionReason, readonly string[]>> = {};
  for (const [reason, rows] of facts.examples) {
    examples[reason] = rows.ids.flatMap((id) => {
      const text = question.runText(id);
      return text === undefined ? [] : [runKey(JSON.parse(text) as TaskRun)];
    });
  }
  return examples;
}

function mostFrequent(facts: GroupFacts, causes: Causes): string | undefined {
  // Causes differ by category too; a title is one cause to the reader.
  const titles = new Map<string, { title: string; fingerprint: string; count: number; lastAt: number }>();
  for (const [number, { count, lastAt }] of facts.causes) {
    const { fingerprint, title } = causes.cause(number);
    const held = titles.get(fingerprint);
    titles.set(fingerprint, {
      title,
      fingerprint,
      count: count + (held?.count ?? 0),
      lastAt: Math.max(lastAt, held?.lastAt ?? 0),
    });
  }
  const [first] = [...titles.values()].sort(
    (a, b) => b.count - a.count || b.lastAt - a.lastAt || (a.fingerprint < b.fingerprint ? -1 : 1)
  );
  return first?.title;
}
