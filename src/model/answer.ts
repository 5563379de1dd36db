import type { LifecycleState, Substate } from './lifecycle';
import type { TaskRun } from './task-run';
import type { GroupBy, TimeRange } from './task-query';
import type { Bytes, CpuSeconds, DurationMs, EpochMs } from './units';

/**
 * What the views answer. The task store sends exactly these as JSON, `analysis/` computes them from runs where a source
 * cannot, and `frames/` turns them into data frames.
 *
 * Series are columns: `values[i]` belongs to the bucket that begins at `buckets[i]` and is `step` wide. `null` stands
 * for "nothing to say about this bucket" (JSON has no `undefined` in arrays); it is never a zero.
 */
export type Answer = Noticed &
  (
    | RunsAnswer
    | TimelineAnswer
    | StatesAnswer
    | ThroughputAnswer
    | DurationsAnswer
    | HealthAnswer
    | FailuresAnswer
    | WorkersAnswer
    | QueuesAnswer
    | ResourcesAnswer
    | AssetsAnswer
    | AlertsAnswer
    | TransitionsAnswer
    | RunAnswer
    | LineageAnswer
    | TraceAnswer
  );

/** What the reader of an answer must know about it. */
export interface Noticed {
  /** Whole sentences: "Prometheus warns: …", "Sidekiq does not report queues." */
  notices?: string[];
}

export interface RunPage extends Noticed {
  runs: TaskRun[];
  /** How many attempts match in all, where the source can tell. */
  total?: number;
  truncated: boolean;
  /** Records left out because they could not be read. */
  skipped: number;
  next?: string;
  /** The source could not apply the filter: whoever asked does. */
  unfiltered?: true;
}

export interface RunsAnswer extends RunPage {
  view: 'runs';
}

/** One lane's summary, beside the runs drawn in it. */
export interface Lane extends RunCounts {
  name: string;
  /** One line: source, workers, pool. */
  context?: string;
  source?: string;
  /** Its runs are in `columns`, merged, and not in `page`. */
  merged?: boolean;
  /** 0–100, absent where there is too little data. */
  health?: number;
  usualWaitMs?: DurationMs;
  usualDurationMs?: DurationMs;
  /** 5th and 95th percentile of the duration of completed runs. */
  usualDurationLowMs?: DurationMs;
  usualDurationHighMs?: DurationMs;
  /** When the newest run of the lane began, also outside the range. */
  lastBeganAt?: EpochMs;
  /** Instants in the range at which a run was expected and none came. */
  missedAt?: EpochMs[];
}

/** CPU and memory over the life of one run, thinned to at most 32 points. Column arrays of equal length. */
export interface RunStrip {
  /** Index into the page's `runs`. */
  run: number;
  at: EpochMs[];
  cpuCores: Array<number | null>;
  rssBytes: Array<Bytes | null>;
}

/**
 * Pixel columns of lanes with too many runs to send one by one: neighbours that hold the same states, merged into
 * stretches. Column arrays; row `i` covers `[start[i], end[i])` of lane `lanes[lane[i]]`. They are for drawing: a run
 * that reaches over several stretches is in each of them, so how many runs a lane has is in its `counts` alone.
 */
export interface ColumnStretches {
  lane: number[];
  start: EpochMs[];
  end: EpochMs[];
  /** The worst state in it, as an index into `LIFECYCLE_STATES`; pending where runs only wait to start later. */
  state: number[];
  /** Attempts that were tried again, which are in no state's count; absent where there are none. */
  retried?: number[];
  /** Runs that touch the stretch. */
  count: number[];
  /** How many of them are in which state, without those that only wait here; states that no stretch holds are left out. */
  counts: Partial<Record<LifecycleState, number[]>>;
  /** The lost ones among the failed. */
  lost: number[];
}

/** Runs by state, as the view `states` counts them: pending and running at the end of what is known, ends in the range. */
export interface RunCounts {
  counts: Partial<Record<LifecycleState, number>>;
  /** The lost ones among the failed. */
  lost?: number;
}

export interface TimelineAnswer extends RunCounts {
  view: 'timeline';
  groupBy: GroupBy;
  lanes: Lane[];
  /** The runs of the lanes that are not merged … */
  page?: RunPage;
  /** … and the columns of those that are: the fullest ones, where there are too many runs in all. At least one is present. */
  columns?: ColumnStretches;
  /** Lanes left out by the limit; their runs are in `counts` and `total`. */
  lanesOmitted?: number;
  /** Resource strips for runs of `page`, where the source has samples. */
  strips?: RunStrip[];
  total: number;
}

export interface StateSeries {
  group: string;
  state: LifecycleState;
  values: Array<number | null>;
}

export interface StatesAnswer {
  view: 'states';
  groupBy: GroupBy;
  step: DurationMs;
  buckets: EpochMs[];
  /** For pending and running: how many were in that state at the end of the bucket. For ends: how many ended in it. */
  series: StateSeries[];
  /** Over the whole range, per group: now pending and running, ended by state, and the abnormal ones among the failed. */
  totals: StateTotals[];
  /** Groups left out by the limit. */
  groupsOmitted?: number;
}

export interface StateTotals {
  group: string;
  counts: Partial<Record<LifecycleState, number>>;
  /** Failed runs by how they ended: `exit 1`, `SIGKILL`, `oom`, `lost`. */
  abnormal: Record<string, number>;
  oldestPendingAt?: EpochMs;
}

export interface ThroughputAnswer {
  view: 'throughput';
  groupBy: GroupBy;
  step: DurationMs;
  buckets: EpochMs[];
  series: Array<{
    group: string;
    /** `created` and `started` count beginnings; the others count ends. */
    what: 'created' | 'started' | 'completed' | 'failed' | 'cancelled';
    /** Runs in the bucket, not per second. */
    values: Array<number | null>;
  }>;
  groupsOmitted?: number;
}

export interface DurationsAnswer {
  view: 'durations';
  groupBy: GroupBy;
  step: DurationMs;
  buckets: EpochMs[];
  series: Array<{
    group: string;
    what: 'duration' | 'wait';
    count: number[];
    p50: Array<DurationMs | null>;
    p95: Array<DurationMs | null>;
    p99: Array<DurationMs | null>;
    max: Array<DurationMs | null>;
  }>;
  groupsOmitted?: number;
}

export const DEDUCTION_REASONS = [
  'failures',
  'abnormal_exits',
  'lost_runs',
  'retries',
  'too_slow',
  'too_fast',
  'wait',
  'oldest_pending',
  'silent_workers',
  'resource_pressure',
  'missed_runs',
] as const;
export type DeductionReason = (typeof DEDUCTION_REASONS)[number];

export interface Deduction {
  reason: DeductionReason;
  /** Points taken off, > 0. */
  points: number;
  /** What was found and what is allowed, in the unit of the reason (ratio, count, ms); absent where only the points are known. */
  found?: number;
  allowed?: number;
  /** What `found` was measured over: 186 runs, 3 workers. */
  of?: number;
  /** Up to 20 keys of the runs (or names of the workers) behind it, worst first. */
  runKeys: string[];
}

/**
 * `not_reported`: the source cannot tell. `too_few`: there are fewer runs than the spec asks for. `not_configured`:
 * nobody said what is expected (no schedule for the task).
 */
export const UNCHECKED_WHYS = ['not_reported', 'too_few', 'not_configured'] as const;
export type UncheckedWhy = (typeof UNCHECKED_WHYS)[number];

export interface HealthScore {
  group: string;
  /** 0–100, absent when `notEnoughData`. */
  score?: number;
  notEnoughData: boolean;
  /** Runs that the score rests on. */
  runs: number;
  failed: number;
  deductions: Deduction[];
  /** Checked and nothing deducted. */
  fine: DeductionReason[];
  /** Could not be checked, because the source does not report what it needs. */
  unchecked: DeductionReason[];
  /** Why not, per entry of `unchecked`. */
  uncheckedWhy?: Partial<Record<DeductionReason, UncheckedWhy>>;
  /** Since when the score is below 90, where the history shows it. */
  since?: EpochMs;
  /** The most frequent failure in the range, in a few words. */
  mostly?: string;
}

export interface HealthAnswer {
  view: 'health';
  groupBy: GroupBy;
  step: DurationMs;
  groups: HealthScore[];
  buckets: EpochMs[];
  history: Array<{ group: string; values: Array<number | null> }>;
  groupsOmitted?: number;
}

export const FAILURE_CATEGORIES = [
  'network',
  'timeout',
  'resources',
  'dependency',
  'data',
  'code',
  'configuration',
  'infrastructure',
  'unknown',
] as const;
export type FailureCategory = (typeof FAILURE_CATEGORIES)[number];

/** Failed runs with the same cause. */
export interface FailureGroup {
  fingerprint: string;
  category: FailureCategory;
  /** `SMTPServerDisconnected: Connection unexpectedly closed`, numbers and ids taken out. */
  title: string;
  tasks: string[];
  count: number;
  firstAt: EpochMs;
  lastAt: EpochMs;
  /** Ends per bucket of the answer. */
  values: number[];
  /** The newest run of the group. */
  latest: TaskRun;
}

export interface FailuresAnswer {
  view: 'failures';
  step: DurationMs;
  buckets: EpochMs[];
  groups: FailureGroup[];
  groupsOmitted?: number;
}

export interface Worker {
  source: string;
  name: string;
  host?: string;
  queues?: string[];
  /** Runs it is working on now. Counts are absent where the source does not tell them by worker. */
  running?: number;
  /** How many it can work on at once. */
  slots?: number;
  lastSeenAt?: EpochMs;
  alive?: boolean;
  completed?: number;
  failed?: number;
  lost?: number;
  cpuCores?: number;
  rssBytes?: Bytes;
}

export interface WorkersAnswer {
  view: 'workers';
  workers: Worker[];
  truncated: boolean;
}

export interface Queue {
  source: string;
  name: string;
  /** Counts are absent where the source does not tell them by queue. */
  pending?: number;
  running?: number;
  oldestPendingAt?: EpochMs;
  waitP95Ms?: DurationMs;
  completed?: number;
  failed?: number;
}

export interface QueuesAnswer {
  view: 'queues';
  queues: Queue[];
  truncated: boolean;
}

export interface ResourcesAnswer {
  view: 'resources';
  groupBy: GroupBy | 'run';
  step: DurationMs;
  buckets: EpochMs[];
  series: Array<{
    group: string;
    /** Cores in use, mean over the bucket, summed over the group's runs. */
    cpuCores: Array<number | null>;
    /** Resident memory, largest in the bucket, summed over the group's runs. */
    rssBytes: Array<Bytes | null>;
    /** What the group's runs use that run at the end of the range, or now if that is earlier; absent where none does. */
    now?: { cpuCores?: number; rssBytes?: Bytes };
  }>;
  /** True where the figures are the worker's, shared by all that it runs. */
  workerShare?: boolean;
  groupsOmitted?: number;
}

/** `late`: older than it should be. `overdue`: older than it may be. `unknown`: held to a limit, and not judged yet. */
export const FRESHNESS = ['overdue', 'late', 'unknown', 'fresh'] as const;
export type Freshness = (typeof FRESHNESS)[number];

/** A thing made of data that runs make again and again: a table, a file, a model. */
export interface Asset {
  source: string;
  /** With what tells worlds apart before it, where there are several: `shop/sales/orders`. */
  name: string;
  group?: string;
  location?: string;
  /** When it was last made, and by which run. */
  madeAt?: EpochMs;
  runId?: string;
  /** Absent where nobody said how fresh it must be. */
  freshness?: Freshness;
  /** Checks of it by their latest result; those that have none yet are in neither. */
  checksPassed: number;
  checksFailed: number;
  /** Names of the assets that it is made from. */
  upstream: string[];
}

export interface AssetList extends Noticed {
  assets: Asset[];
  /** Those left out because they could not be read. */
  skipped: number;
}

/** A sentence about one of several sources. */
export interface SourceNotice {
  source: string;
  text: string;
}

/** Assets as the task store passes them on of the systems that it reads. */
export interface AssetsNow extends Omit<AssetList, 'notices'> {
  /** How many of its sources keep track of assets, and how many of these answered. */
  asked: number;
  answered: number;
  notices: SourceNotice[];
}

/** What must live for runs to begin, as it is now: schedulers, daemons. */
export interface PartsNow {
  workers: Worker[];
  /** What sources say of themselves: files that cannot be imported, a scheduler that is not heard. */
  notices: SourceNotice[];
}

export interface AssetsAnswer extends AssetList {
  view: 'assets';
  /** Left out by the limit. */
  assetsOmitted?: number;
}

/** Something that a person is told of: a rule of Prometheus that fires, or an alert that the task store made of events. */
export interface FiringAlert {
  name: string;
  /** `pending`: it will fire if it goes on. */
  state: 'pending' | 'firing' | 'resolved';
  /** `critical`, `warning`, `info`. */
  severity?: string;
  /** `page`, `notify`, `digest`, `ticket`. */
  tier?: string;
  source?: string;
  task?: string;
  cause?: string;
  summary?: string;
  /** The page that says what to do: its address, or the name of one of ours (`abnormal-exit`). */
  runbook?: string;
  since: EpochMs;
  endedAt?: EpochMs;
  /** Failures behind it. */
  count?: number;
}

export interface AlertsAnswer {
  view: 'alerts';
  alerts: FiringAlert[];
  /** How many rules may fire, where the source has rules of its own. */
  rules?: number;
  truncated: boolean;
}

/** One state change of one attempt, in the order in which it happened. */
export interface Transition {
  at: EpochMs;
  state: LifecycleState;
  substate?: string;
  nativeState?: string;
  worker?: string;
  derived?: boolean;
  evidence?: string;
}

export interface ResourceSample {
  at: EpochMs;
  cpuSeconds?: CpuSeconds;
  rssBytes?: Bytes;
}

export interface RunDetail {
  run: TaskRun;
  transitions: Transition[];
  /** Evidence that does not fit together: running after an end, two different ends. Kept, counted, shown. */
  conflicts: number;
  samples: ResourceSample[];
}

export interface TransitionsAnswer {
  view: 'transitions';
  range: TimeRange;
  runs: RunDetail[];
  truncated: boolean;
}

/** What a figure of a task's runs usually is. */
export const USUAL_FIGURES = ['wait', 'duration', 'cpuSeconds', 'maxRssBytes', 'attempt'] as const;
export type UsualFigure = (typeof USUAL_FIGURES)[number];

/** 5th, 50th and 95th percentile over completed runs of the task that began before the run, in the figure's own unit. */
export interface UsualValues {
  figure: UsualFigure;
  low: number;
  middle: number;
  high: number;
  /** How many runs tell it. */
  runs: number;
}

/** A fact in which a run is not as the last good run of its task was; absent on the side that does not report it. */
export interface RunDifference {
  /** As fields of frames are named: `worker`, `maxRssBytes`, `label:version`. */
  fact: string;
  own?: string | number;
  good?: string | number;
  /** Of the newest good runs before it, `of` in all, how many were as this one is (or further out, of a number). */
  seen: number;
  of: number;
}

/** Another run of the same task, by what it is to the one that was asked for. */
export const RUN_ROLES = ['lastGood', 'previous', 'next', 'firstFailure', 'nextSuccess'] as const;
export type RunRole = (typeof RUN_ROLES)[number];

/** A run (its newest attempt) in the family of another, with what a tree with bars shows. */
export interface FamilyMember {
  source: string;
  runId: string;
  task: string;
  /** Place of its parent in the list, always before its own; absent for the eldest. */
  parent?: number;
  state: LifecycleState;
  substate?: Substate;
  attempts: number;
  beganAt: EpochMs;
  startedAt?: EpochMs;
  endedAt?: EpochMs;
  worker?: string;
  /** On the chain of runs that decides when the family ends. */
  critical?: boolean;
}

/** One run, found by its id whatever the range, and what is around it. */
export interface RunAnswer {
  view: 'run';
  /** The id that was asked for; absent where none was. */
  asked?: string;
  /** The first attempt first; none where no such run is known. */
  attempts: RunDetail[];
  /** Of the newest attempt's stack: the innermost place that is no library's. */
  ownFrame?: string;
  usual: UsualValues[];
  /** The most telling first. */
  differences: RunDifference[];
  /** Runs of the same task, as far as there are any. */
  others: Partial<Record<RunRole, TaskRun>>;
  /**
   * How many runs of the task failed in a row, up to this one, where it failed; `open`: no good run before them is known, so
   * there may have been more.
   */
  streak?: { failures: number; open: boolean };
  /** Failures of the task around the run, by cause. */
  failures: FailureGroup[];
  /** Depth first, the eldest first. Nobody but the run itself: it has neither parent nor child. */
  family: FamilyMember[];
  /** Members left out by the limit. */
  familyOmitted?: number;
  /** To choose from, where no run was found: failed runs, the newest first. */
  newestFailures?: TaskRun[];
}

/** A run (its newest attempt) in a family of runs: what asked for what. */
export interface LineageNode {
  /** `source` and run id; unique in the answer. */
  id: string;
  run: TaskRun;
  attempts: number;
}

/** `parent` asked for `child`; both are ids of nodes. */
export interface LineageEdge {
  parent: string;
  child: string;
  /** On the critical path: the chain of runs that decides when the family ends. */
  critical: boolean;
}

export interface LineageAnswer {
  view: 'lineage';
  nodes: LineageNode[];
  edges: LineageEdge[];
  /** Parents that are named by a run but were not found in the range. */
  missingParents: number;
  truncated: boolean;
}

/** One attempt as a span: wait and work of a run, in the words of OpenTelemetry. */
export interface TraceSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  operation: string;
  service: string;
  startAt: EpochMs;
  durationMs: DurationMs;
  error: boolean;
  tags: Array<{ key: string; value: string | number }>;
}

export interface TraceAnswer {
  view: 'trace';
  spans: TraceSpan[];
  /** Trace ids seen; one trace per answer can be drawn, the caller narrows by filter. */
  traceIds: string[];
  truncated: boolean;
}
