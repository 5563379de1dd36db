import type {
  Answer,
  DurationsAnswer,
  FailureGroup,
  FailuresAnswer,
  HealthAnswer,
  QueuesAnswer,
  StatesAnswer,
} from '../../../src/model/answer';
import type { TimeRange } from '../../../src/model/task-query';
import type { DurationMs } from '../../../src/model/units';
import type { CauseLine, Digest, Totals } from './digest';

/** Asks one view of all runs. `step`: width of a bucket. */
export type AskView = (
  view: 'states' | 'failures' | 'health' | 'durations' | 'queues',
  range: TimeRange,
  step: DurationMs,
  limit: number
) => Promise<Answer>;

const MOST_TASKS = 1_000;
const MOST_CAUSES = 500;
const SHOWN = 10;
/** Wider than any range: everything falls into one bucket. */
const ONE_BUCKET_MS = 10 ** 14;
const PERIODS_LOOKED_BACK = 4;
const TREND_STEPS = 7;
/** What counts as much slower: by this factor and by this time, of so many runs at least. */
const SLOWER = { factor: 1.25, byMs: 500, runs: 20 };
const LONG_WAIT_MS = 60_000;

/** Summarises a period. Rejects with what `ask` rejects with. */
export async function collectDigest(ask: AskView, range: TimeRange): Promise<Digest> {
  const span = range.to - range.from;
  const previous = { from: range.from - span, to: range.from };
  const long = { from: range.from - PERIODS_LOOKED_BACK * span, to: range.from };
  const view = async <V extends Answer['view']>(
    name: V & Parameters<AskView>[0],
    over: TimeRange,
    step: number,
    limit: number
  ) => {
    const answer = await ask(name, over, step, limit);
    if (answer.view !== name) {
      throw new Error(`[digest] Asked for ${name}, got ${answer.view}. Is the store of the same version?`);
    }
    return answer as Extract<Answer, { view: V }>;
  };
  const states = await view('states', range, ONE_BUCKET_MS, MOST_TASKS);
  const statesBefore = await view('states', previous, ONE_BUCKET_MS, MOST_TASKS);
  const failures = await view('failures', range, ONE_BUCKET_MS, MOST_CAUSES);
  const failuresBefore = await view('failures', previous, ONE_BUCKET_MS, MOST_CAUSES);
  const failuresLong = await view('failures', long, ONE_BUCKET_MS, MOST_CAUSES);
  const health = await view('health', range, Math.ceil(span / TREND_STEPS), MOST_TASKS);
  const healthBefore = await view('health', previous, ONE_BUCKET_MS, MOST_TASKS);
  const durations = await view('durations', range, ONE_BUCKET_MS, MOST_TASKS);
  const durationsBefore = await view('durations', previous, ONE_BUCKET_MS, MOST_TASKS);
  const queues = await view('queues', range, ONE_BUCKET_MS, MOST_TASKS);
  return {
    range,
    totals: totalsOf(states),
    before: totalsOf(statesBefore),
    failing: failingOf(states, statesBefore),
    ...causesOf(failures, failuresBefore, failuresLong),
    health: healthOf(health, healthBefore),
    abnormal: abnormalOf(states, statesBefore),
    slower: slowerOf(durations, durationsBefore),
    waiting: waitingOf(queues),
  };
}

function totalsOf({ totals }: StatesAnswer): Totals {
  const all = { tasks: 0, ended: 0, failed: 0, abnormal: 0 };
  for (const { counts, abnormal } of totals) {
    const ended = endedOf(counts);
    all.tasks += Number(ended > 0);
    all.ended += ended;
    all.failed += counts.failed ?? 0;
    all.abnormal += Object.values(abnormal).reduce((sum, count) => sum + count, 0);
  }
  return all;
}

function endedOf({ completed = 0, failed = 0, cancelled = 0 }: StatesAnswer['totals'][number]['counts']): number {
  return completed + failed + cancelled;
}

function failingOf(now: StatesAnswer, before: StatesAnswer): Digest['failing'] {
  const failedBefore = new Map(before.totals.map(({ group, counts }) => [group, counts.failed ?? 0]));
  return now.totals
    .map(({ group, counts }) => ({
      task: group,
      failed: counts.failed ?? 0,
      ended: endedOf(counts),
      failedBefore: failedBefore.get(group) ?? 0,
    }))
    .filter(({ failed }) => failed > 0)
    .sort((a, b) => b.failed - a.failed || (a.task < b.task ? -1 : 1))
    .slice(0, SHOWN);
}

function causesOf(
  now: FailuresAnswer,
  before: FailuresAnswer,
  long: FailuresAnswer
): Pick<Digest, 'fresh' | 'resolved' | 'lasting'> {
  const known = new Set(long.groups.map(({ fingerprint }) => fingerprint));
  const current = new Set(now.groups.map(({ fingerprint }) => fingerprint));
  const fresh = now.groups.filter(({ fingerprint }) => !known.has(fingerprint));
  return {
    fresh: fresh.slice(0, SHOWN).map(toLine),
    resolved: before.groups
      .filter(({ fingerprint }) => !current.has(fingerprint))
      .slice(0, SHOWN)
      .map(toLine),
    lasting: now.groups.length - fresh.length,
  };
}

function toLine({ title, category, tasks, count, firstAt, lastAt }: FailureGroup): CauseLine {
  return { title, category, tasks, count, firstAt, lastAt };
}

function healthOf(now: HealthAnswer, before: HealthAnswer): Digest['health'] {
  const scoresBefore = new Map(before.groups.map(({ group, score }) => [group, score]));
  const trends = new Map(now.history.map(({ group, values }) => [group, values]));
  return now.groups
    .flatMap(({ group, score, mostly }) => {
      const scoreBefore = scoresBefore.get(group);
      return score === undefined || (score >= 99.5 && (scoreBefore ?? 100) >= 99.5)
        ? []
        : [
            {
              task: group,
              score,
              trend: trends.get(group) ?? [],
              ...(scoreBefore !== undefined && { scoreBefore }),
              ...(mostly !== undefined && { mostly }),
            },
          ];
    })
    .sort((a, b) => a.score - b.score)
    .slice(0, SHOWN);
}

function abnormalOf(now: StatesAnswer, before: StatesAnswer): Digest['abnormal'] {
  const sum = ({ totals }: StatesAnswer) => {
    const kinds = new Map<string, number>();
    for (const { abnormal } of totals) {
      for (const [kind, count] of Object.entries(abnormal)) {
        kinds.set(kind, (kinds.get(kind) ?? 0) + count);
      }
    }
    return kinds;
  };
  const countsBefore = sum(before);
  return [...sum(now)]
    .map(([kind, count]) => ({ kind, count, countBefore: countsBefore.get(kind) ?? 0 }))
    .sort((a, b) => b.count - a.count)
    .slice(0, SHOWN);
}

function slowerOf(now: DurationsAnswer, before: DurationsAnswer): Digest['slower'] {
  const figures = ({ series }: DurationsAnswer) =>
    new Map(
      series
        .filter(({ what }) => what === 'duration')
        .map(({ group, count, p95 }) => [group, { runs: count[0] ?? 0, p95Ms: p95[0] ?? undefined }])
    );
  const figuresBefore = figures(before);
  return [...figures(now)]
    .flatMap(([task, { runs, p95Ms }]) => {
      const past = figuresBefore.get(task);
      return p95Ms !== undefined &&
        past?.p95Ms !== undefined &&
        Math.min(runs, past.runs) >= SLOWER.runs &&
        p95Ms > past.p95Ms * SLOWER.factor &&
        p95Ms - past.p95Ms > SLOWER.byMs
        ? [{ task, p95Ms, p95BeforeMs: past.p95Ms, runs }]
        : [];
    })
    .sort((a, b) => b.p95Ms / b.p95BeforeMs - a.p95Ms / a.p95BeforeMs)
    .slice(0, SHOWN);
}

function waitingOf({ queues }: QueuesAnswer): Digest['waiting'] {
  return queues
    .filter(({ pending = 0, waitP95Ms }) => pending > 0 || (waitP95Ms ?? 0) > LONG_WAIT_MS)
    .sort((a, b) => (b.waitP95Ms ?? 0) - (a.waitP95Ms ?? 0) || (b.pending ?? 0) - (a.pending ?? 0))
    .slice(0, SHOWN)
    .map(({ source, name, pending = 0, waitP95Ms, oldestPendingAt }) => ({
      source,
      queue: name,
      pending,
      ...(waitP95Ms !== undefined && { waitP95Ms }),
      ...(oldestPendingAt !== undefined && { oldestPendingAt }),
    }));
}
