import { labelsText } from './prometheus-text';

/** Upper bounds of the histograms of durations and waits, in seconds. 0.5 is there for "P99 above 500 ms". */
export const SECONDS_BOUNDS = [
  0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 14_400,
];

/** Ends that are remembered, so that the newest can be told although some were taken back. */
const ENDS_KEPT = 16;

/** Ways to end that are there with 0 from the start: what counts from nothing to 1 is no increase to Prometheus. */
const USUAL_OUTCOMES = ['completed', 'failed', 'cancelled'];
const USUAL_REASONS = ['exit 1', 'SIGKILL', 'oom', 'lost'];

export class SecondsHistogram {
  /** Per bound, and one for what is above all of them. Not cumulated. */
  readonly counts = new Float64Array(SECONDS_BOUNDS.length + 1);
  sum = 0;

  add(ms: number): void {
    const seconds = ms / 1000;
    let place = 0;
    while (place < SECONDS_BOUNDS.length && seconds > SECONDS_BOUNDS[place]!) {
      place++;
    }
    this.counts[place]!++;
    this.sum += seconds;
  }
}

/** When the newest of many ends was, where an end may later turn out to have been another. */
export class NewestEnd {
  private readonly ids = new Float64Array(ENDS_KEPT).fill(NaN);
  private readonly ats = new Float64Array(ENDS_KEPT).fill(-Infinity);

  /** The oldest gives way, not the one that came first: ends may come late. */
  add(id: number, at: number): void {
    let oldest = 0;
    for (let i = 1; i < ENDS_KEPT; i++) {
      if (this.ats[i]! < this.ats[oldest]!) {
        oldest = i;
      }
    }
    if (at > this.ats[oldest]!) {
      this.ids[oldest] = id;
      this.ats[oldest] = at;
    }
  }

  takeBack(id: number): void {
    const place = this.ids.indexOf(id);
    if (place >= 0) {
      this.ats[place] = -Infinity;
      this.ids[place] = NaN;
    }
  }

  get at(): number | undefined {
    const newest = Math.max(...this.ats);
    return newest > -Infinity ? newest : undefined;
  }
}

/** Everything that is counted of one task in one queue of one source. */
export class TaskSeries {
  created = 0;
  started = 0;
  retries = 0;
  readonly finished = new Map<string, number>(USUAL_OUTCOMES.map((outcome) => [outcome, 0]));
  readonly abnormal = new Map<string, number>(USUAL_REASONS.map((reason) => [reason, 0]));
  /** Ends among `finished` and `abnormal` that turned out not to be the run's. */
  readonly takenBack = new Map<string, number>(USUAL_OUTCOMES.map((outcome) => [outcome, 0]));
  readonly abnormalTakenBack = new Map<string, number>(USUAL_REASONS.map((reason) => [reason, 0]));
  readonly failures = new Map<string, number>();
  readonly duration = new SecondsHistogram();
  readonly wait = new SecondsHistogram();
  cpuSeconds = 0;
  readonly lastSuccess = new NewestEnd();
  readonly lastFailure = new NewestEnd();
  /** The label `owner` of the newest run that has one. */
  owner: { name: string; at: number } | undefined;
  /** As they stand between the braces of a sample. */
  readonly labels: string;

  constructor(
    readonly source: string,
    readonly task: string,
    readonly queue: string
  ) {
    this.labels = labelsText({ source, task, queue });
  }
}

/** What is going on now in a series. */
export class LiveRuns {
  pending = 0;
  running = 0;
  unknown = 0;
  /** Since when the longest waiting run waits; Infinity when none does. */
  oldestPendingAt = Infinity;
}

/** What a running run is known to use and to be allowed. */
export interface RunningRun {
  startedAt: number;
  memoryLimitBytes: number | undefined;
  cpuLimitCores: number | undefined;
  rssBytes: number | undefined;
  /** Between the last two samples, or from the start to the first. */
  cpuCores: number | undefined;
  sampledAt: number;
  /** Its last sample of CPU time. */
  cpuSeconds: number;
  cpuAt: number;
}

/** The running runs of a series together. */
export class RunningSums {
  oldestStartedAt = Infinity;
  memoryLimitBytes = Infinity;
  cpuLimitCores = Infinity;
  rssBytes: number | undefined;
  cpuCores: number | undefined;
  memoryShare: number | undefined;
  cpuShare: number | undefined;

  add(run: RunningRun): void {
    const { startedAt, memoryLimitBytes, cpuLimitCores, rssBytes, cpuCores } = run;
    this.oldestStartedAt = Math.min(this.oldestStartedAt, startedAt);
    this.memoryLimitBytes = Math.min(this.memoryLimitBytes, memoryLimitBytes ?? Infinity);
    this.cpuLimitCores = Math.min(this.cpuLimitCores, cpuLimitCores ?? Infinity);
    if (rssBytes !== undefined) {
      this.rssBytes = (this.rssBytes ?? 0) + rssBytes;
      if (memoryLimitBytes !== undefined) {
        this.memoryShare = Math.max(this.memoryShare ?? 0, rssBytes / memoryLimitBytes);
      }
    }
    if (cpuCores !== undefined) {
      this.cpuCores = (this.cpuCores ?? 0) + cpuCores;
      if (cpuLimitCores !== undefined) {
        this.cpuShare = Math.max(this.cpuShare ?? 0, cpuCores / cpuLimitCores);
      }
    }
  }
}
