import type { LifecycleState, Substate } from '../model/lifecycle';
import type { RunKind } from '../model/task-run';

/** Id of the source system, and who speaks in its errors. */
export const PROMETHEUS = 'prometheus';

/**
 * What an exporter's metrics mean, as data: which metric, which label matchers and which scale give each fact. No PromQL
 * here; `build-query.ts` writes it. The alert rules are made from the same profiles.
 */
export interface Profile {
  /** Stored in the data source's settings: never renamed. */
  id: string;
  /** As the user knows it: `Celery (celery-exporter)`. */
  name: string;
  /** The profile is there when Prometheus knows any of these metric names. */
  detect: readonly string[];
  labels: LabelNames;
  /** Attributes of OpenTelemetry, by their own names: labels are called so where Prometheus keeps the dots. */
  attributes?: readonly string[];
  /** The task of every series, where no label names one: `queries`. */
  task?: string;
  /** What its series tell of, `mixed` where that is not told. Default: what `states` and `runs` say, else tasks. */
  kind?: RunKind | 'mixed';
  /**
   * Labels that tell worlds apart (`worlds.ts`), in the order in which their values stand before a name. Default: those of
   * the platforms (`cluster`, `namespace` …).
   */
  worlds?: readonly string[];
  /** Where another series tells which task a thing belongs to: the CronJob that made a job. */
  owner?: Owner;
  counters: Partial<Record<CounterFact, readonly Series[]>>;
  gauges: Partial<Record<GaugeFact, readonly Series[]>>;
  histograms: Partial<Record<HistogramFact, Series>>;
  timestamps: Partial<Record<TimestampFact, readonly Series[]>>;
  /** 1 = the worker is alive, 0 = it is not. */
  workers?: Series;
  /**
   * Where `workers` stays 1 of a worker that was killed, and 0 says that it was stopped: what grows while one lives and
   * works. `forgets` is the flag with which the exporter forgets the dead.
   */
  signsOfLife?: Series & { forgets: string };
  /** Regular expression of names in the worker's label that are none: of programs that only send tasks. */
  notWorkers?: string;
  /** CPU time used, a counter in seconds. */
  cpuSeconds?: Series;
  /** Cores in use now, where the exporter gives no counter of CPU time. */
  cpuCores?: Series;
  /** Resident memory now, in bytes. */
  rssBytes?: Series;
  /** `worker share`: the figures are the worker's, shared by all that it runs. Default: the task's own. */
  resourcesAre?: 'task' | 'worker share';
  /** Workers tell of themselves only with a run: the last sign of one that is idle may be old, and it lives. */
  idleWorkersAreQuiet?: boolean;
  /** The label of the failed runs' counter that names the error: `exception`. */
  errorLabel?: string;
  /** The label of `counters.abnormal` that says how a run ended: `exit 1`, `SIGKILL`, `oom`. */
  reasonLabel?: string;
  /** Series that say by a label or by their value in which state something is: they draw intervals. */
  states?: readonly StateSeries[];
  /** Series that hold the instants of single runs: they draw runs. */
  runs?: RunSeries;
  /** Score and deductions, where the exporter itself gives them. */
  health?: { score: Series; deduction: Series };
  /** What only alert rules ask for (`src/alerting`). */
  alerting?: AlertingFacts;
}

/** Facts of alert rules, beyond those that the views show. */
export interface AlertingFacts {
  /** Runs that were expected, and those of them that did not come: counters by task. */
  expected?: Series;
  missed?: Series;
  /** When the run that is expected or running now must be complete, in seconds since 1970; absent when it is complete. */
  deadline?: Series;
  /** The task's usual duration in seconds; the label `quantile` says `0.5`, `0.95`, `0.99`. */
  usualDuration?: Series;
  /** 1, by task and a label `owner`. */
  owner?: Series;
  /** Since when the longest waiting run of a task waits, where `timestamps.oldestPending` tells it by queue only. */
  oldestPending?: Series;
  /** Largest share of its limit that a run uses, 0–1. */
  memoryShare?: Series;
  cpuShare?: Series;
  /** Workers by the task that they run: those that can be judged, and those of them that are silent. */
  taskWorkers?: Series;
  silentTaskWorkers?: Series;
  /** When a source was heard of last, in seconds since 1970. */
  sourceSeen?: Series;
  /** How far what is reported lies behind, in seconds. */
  lag?: Series;
  /** A metric that is there whenever the exporter runs, whatever it has seen. Default: any of `detect`. */
  always?: string;
}

/** Facts that are counted: runs per bucket. `abnormal` are failed runs by how they ended; `lost` are among `failed`. */
export const COUNTER_FACTS = [
  'created',
  'started',
  'completed',
  'failed',
  'cancelled',
  'retried',
  'lost',
  'abnormal',
] as const;
export type CounterFact = (typeof COUNTER_FACTS)[number];

/** Facts that hold now: runs, slots, bytes, cores. */
export const GAUGE_FACTS = ['pending', 'running', 'slots', 'limitMemory', 'limitCpu'] as const;
export type GaugeFact = (typeof GAUGE_FACTS)[number];

/** Distributions in seconds. */
export const HISTOGRAM_FACTS = ['duration', 'wait'] as const;
export type HistogramFact = (typeof HISTOGRAM_FACTS)[number];

/** Instants, in seconds since 1970. */
export const TIMESTAMP_FACTS = [
  'lastSuccess',
  'lastFailure',
  'oldestPending',
  'oldestRunning',
  'workerSeen',
  'started',
  'finished',
] as const;
export type TimestampFact = (typeof TIMESTAMP_FACTS)[number];

/** One metric as a source of one fact. Several series of one fact are added up. */
export interface Series {
  /** Of a histogram the base name: `x_seconds` for `x_seconds_bucket` (classic) and `x_seconds` (native). */
  metric: string;
  /** PromQL in the metric's place. Only in a user's own profile. */
  expr?: string;
  /** Label → anchored regular expression. */
  match?: Readonly<Record<string, string>>;
  /** To the base unit (seconds, bytes, cores): 0.001 for milliseconds. */
  scale?: number;
  /** Where they differ from the profile's. */
  labels?: LabelNames;
  /** Only series of this value say something: 20 is RUNNING in `node_supervisord_state`. They then count as 1 each. */
  equals?: number;
  /** Taken off: `sidekiq_failed_jobs_total` from `sidekiq_processed_jobs_total`, which counts both. Has the same labels. */
  minus?: string;
  /**
   * What it counts, for facts that are counted: the growth of a counter (default), the series whose value is an instant
   * of the bucket, or how often a thing became 1 (or `equals`) in the bucket, whoever told it.
   */
  counts?: 'growth' | 'instants' | 'appearances';
  /**
   * A metric that a thing has from its beginning, which is its value: what was born in the bucket, or was there before
   * without this metric, had not appeared yet.
   */
  bornAt?: string;
  /** The value is an age in seconds, not an instant: `sidekiq_queue_latency_seconds`. For timestamps. */
  age?: boolean;
  /** What switches the metric on, as the user types it: `--collector.systemd`. */
  needs?: string;
}

/** Prometheus label that holds each of the model's words; absent = the exporter does not tell. */
export interface LabelNames {
  /** Default `job`. */
  source?: string;
  task?: string;
  queue?: string;
  worker?: string;
  host?: string;
}

/** A series whose label names the task of what the profile's task label names; without one, that is its own task. */
export interface Owner extends Series {
  /** The label that names the task: `owner_name`. */
  label: string;
}

/** What a native word or code means in the model. */
export interface NativeState {
  state: LifecycleState;
  substate?: Substate;
  /** The source's own word, where the key is a code: `RUNNING`. Default: the key. */
  word?: string;
}

/** A series that is 1 while the label says the state, or (without `stateLabel`) whose value is the state's code. */
export interface StateSeries extends Series {
  stateLabel?: string;
  /** The series of a state is there only while the state holds, and its value says something else. */
  anyValue?: true;
  /** Label value or code → state. A word that is missing here is `unknown`. `'idle'` draws nothing. */
  states: Readonly<Record<string, NativeState | 'idle'>>;
  kind: RunKind;
  /** The label, or the series, that holds the exit code of what has ended: one other than 0 makes `completed` `failed`. */
  exitLabel?: string;
  exitStatus?: Series;
}

/** Instants of single runs, each in a series of its own. */
export interface RunSeries {
  kind: RunKind;
  /** The label that names the run: `job_name`. */
  id: string;
  created?: Series;
  started: Series;
  finished?: Series;
  /** Above 0 when the run failed. */
  failed?: Series;
  /** Above 0 where its label says why a run failed: `kube_job_status_failed` → `reason`. */
  reason?: Series & { label: string };
}

/** Id of a profile that the user wrote. */
export const CUSTOM_PROFILE = 'custom';
