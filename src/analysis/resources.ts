import type { ResourceSample, ResourcesAnswer } from '../model/answer';
import { endedAt, liveStateAt } from '../model/lifetime';
import type { GroupBy } from '../model/task-query';
import { beganAt } from '../model/task-run';
import type { TaskRun } from '../model/task-run';
import type { EpochMs } from '../model/units';
import type { Buckets } from './buckets';
import type { Grouped } from './grouping';
import { usageBy } from './samples';
import type { Use } from './samples';

/** Resource samples of a run, oldest first. */
export type SamplesOf = (run: TaskRun) => readonly ResourceSample[];

/**
 * CPU and memory per group. Sampled runs count by their samples: CPU time between two is spread evenly over the time
 * between, memory is the largest sample of each bucket. Of runs without samples, CPU time is spread evenly over the running
 * time, and the largest memory stands for all of it: an upper bound, and short peaks of CPU are flattened. `null` where no
 * run of the bucket reports the figure.
 */
export function resourcesOf(
  grouped: Grouped,
  groupBy: GroupBy,
  buckets: Buckets,
  samplesOf: SamplesOf = () => []
): ResourcesAnswer {
  const series: ResourcesAnswer['series'] = [];
  for (const [group, runs] of grouped.groups) {
    const cpuCores = buckets.starts.map((): number | null => null);
    const rssBytes = buckets.starts.map((): number | null => null);
    let any = false;
    const now = new UseNow();
    for (const run of runs) {
      const samples = samplesOf(run);
      const isSampled = samples.length > 0;
      any =
        (isSampled
          ? spreadSamples(run, samples, buckets, cpuCores, rssBytes)
          : spread(run, buckets, cpuCores, rssBytes)) || any;
      if (liveStateAt(run, buckets.cap) === 'running') {
        const used = usageBy(samples.filter(({ at }) => at <= buckets.cap));
        now.add(used ?? { cpuCores: coresOf(run), rssBytes: run.maxRssBytes });
      }
    }
    if (any) {
      series.push({ group, cpuCores, rssBytes, ...now.answer });
    }
  }
  return {
    view: 'resources',
    groupBy,
    step: buckets.step,
    buckets: buckets.starts,
    series,
    ...(grouped.omitted === undefined ? {} : { groupsOmitted: grouped.omitted }),
  };
}

type UsedNow = NonNullable<ResourcesAnswer['series'][number]['now']>;

/** Adds up what running runs use; what none of them reports stays unknown. */
export class UseNow {
  private readonly sum: UsedNow = {};

  add({ cpuCores, rssBytes }: Use): void {
    if (cpuCores !== undefined) {
      this.sum.cpuCores = (this.sum.cpuCores ?? 0) + cpuCores;
    }
    if (rssBytes !== undefined) {
      this.sum.rssBytes = (this.sum.rssBytes ?? 0) + rssBytes;
    }
  }

  get answer(): { now?: UsedNow } {
    return Object.keys(this.sum).length === 0 ? {} : { now: this.sum };
  }
}

/** The part of its life that a run's totals stand for. What was measured reaches to the last look at it, not to now. */
function measuredLife(run: TaskRun): { from: EpochMs; to: EpochMs } {
  const from = run.startedAt ?? beganAt(run);
  return { from, to: Math.max(from + 1, endedAt(run) ?? run.observedAt) };
}

/** Cores in use on average over the run's life. */
function coresOf(run: TaskRun): number | undefined {
  const { from, to } = measuredLife(run);
  return run.cpuSeconds === undefined ? undefined : (run.cpuSeconds * 1000) / (to - from);
}

function spread(
  run: TaskRun,
  buckets: Buckets,
  cpuCores: Array<number | null>,
  rssBytes: Array<number | null>
): boolean {
  if (run.cpuSeconds === undefined && run.maxRssBytes === undefined) {
    return false;
  }
  const { from, to } = measuredLife(run);
  const cores = coresOf(run);
  let any = false;
  for (const { bucket, share } of shares(buckets, from, to)) {
    any = true;
    if (cores !== undefined) {
      cpuCores[bucket] = (cpuCores[bucket] ?? 0) + cores * share;
    }
    if (run.maxRssBytes !== undefined) {
      rssBytes[bucket] = (rssBytes[bucket] ?? 0) + run.maxRssBytes;
    }
  }
  return any;
}

/** The same by samples. Returns whether anything lies in the buckets. */
function spreadSamples(
  run: TaskRun,
  samples: readonly ResourceSample[],
  buckets: Buckets,
  cpuCores: Array<number | null>,
  rssBytes: Array<number | null>
): boolean {
  let any = false;
  const spend = (from: EpochMs, to: EpochMs, cpuSeconds: number) => {
    for (const { bucket, share } of shares(buckets, from, to)) {
      any = true;
      cpuCores[bucket] = (cpuCores[bucket] ?? 0) + ((Math.max(0, cpuSeconds) * 1000) / (to - from)) * share;
    }
  };
  let before = { at: run.startedAt ?? beganAt(run), cpuSeconds: 0 };
  const peaks = new Map<number, number>();
  for (const { at, cpuSeconds, rssBytes: bytes } of samples) {
    if (cpuSeconds !== undefined) {
      spend(before.at, at, cpuSeconds - before.cpuSeconds);
      before = { at, cpuSeconds };
    }
    const bucket = buckets.of(at);
    if (bytes !== undefined && bucket >= 0 && bucket < buckets.live) {
      peaks.set(bucket, Math.max(peaks.get(bucket) ?? 0, bytes));
    }
  }
  // What the run used after its last sample.
  const rest = (run.cpuSeconds ?? 0) - before.cpuSeconds;
  if (rest > 0) {
    spend(before.at, endedAt(run) ?? run.observedAt, rest);
  }
  for (const [bucket, peak] of peaks) {
    any = true;
    rssBytes[bucket] = (rssBytes[bucket] ?? 0) + peak;
  }
  return any;
}

/** The buckets that `[from, to)` reaches into, and the share of each that it covers. */
function* shares(
  { starts, step, live }: Buckets,
  from: EpochMs,
  to: EpochMs
): Generator<{ bucket: number; share: number }> {
  const first = Math.max(0, Math.floor((from - (starts[0] ?? 0)) / step));
  for (let bucket = first; bucket < live && (starts[bucket] ?? Infinity) < to; bucket++) {
    const start = starts[bucket] ?? 0;
    const share = (Math.min(to, start + step) - Math.max(from, start)) / step;
    if (share > 0) {
      yield { bucket, share };
    }
  }
}
