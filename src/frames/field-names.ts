import type { RunAnswer } from '../model/answer';

/**
 * The names of frame fields: the contract between any data source and the panels. `README.md` of this room documents
 * the schemas; no other room spells a field name.
 */
export const RUN_FIELD = {
  lane: 'lane',
  created: 'created',
  queued: 'queued',
  started: 'started',
  finished: 'finished',
  observed: 'observed',
  state: 'state',
  substate: 'substate',
  nativeState: 'nativeState',
  task: 'task',
  kind: 'kind',
  source: 'source',
  runId: 'runId',
  attempt: 'attempt',
  maxAttempts: 'maxAttempts',
  worker: 'worker',
  host: 'host',
  queue: 'queue',
  wait: 'wait',
  duration: 'duration',
  exitCode: 'exitCode',
  signal: 'signal',
  errorType: 'errorType',
  error: 'error',
  stack: 'stack',
  parentId: 'parentId',
  rootId: 'rootId',
  traceId: 'traceId',
  spanId: 'spanId',
  parentSpanId: 'parentSpanId',
  cpuSeconds: 'cpuSeconds',
  maxRssBytes: 'maxRssBytes',
  memoryLimitBytes: 'memoryLimitBytes',
  cpuLimitCores: 'cpuLimitCores',
  clockAhead: 'clockAhead',
  labels: 'labels',
  args: 'args',
  result: 'result',
  evidence: 'evidence',
  retried: 'retried',
  /** The run's own time with a margin, as text, for links. */
  ownFrom: 'ownFrom',
  ownTo: 'ownTo',
} as const;

/** Of the frame named `columns`: merged stretches of lanes that hold too many runs to send one by one. */
export const COLUMN_FIELD = {
  lane: 'lane',
  started: 'started',
  finished: 'finished',
  state: 'state',
  retried: 'retried',
  count: 'count',
  /** How many of them are in which state. */
  pending: 'pending',
  running: 'running',
  completed: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
  unknown: 'unknown',
  lost: 'lost',
} as const;

/** Of the frame named `lanes`: one row per lane, beside the runs or columns. */
export const LANE_FIELD = {
  lane: 'lane',
  source: 'source',
  context: 'context',
  health: 'health',
  usualWait: 'usualWait',
  usualDuration: 'usualDuration',
  usualDurationLow: 'usualDurationLow',
  usualDurationHigh: 'usualDurationHigh',
  pending: 'pending',
  running: 'running',
  completed: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
  unknown: 'unknown',
  lost: 'lost',
  lastBegan: 'lastBegan',
  /** `other` field: an array of instants per row. */
  missed: 'missed',
} as const;

/** Of the frame named `strips`: CPU and memory samples of runs, row by row, `run` is the row in the `runs` frame. */
export const STRIP_FIELD = { run: 'run', time: 'time', cpuCores: 'cpuCores', rssBytes: 'rssBytes' } as const;

/** Of the frame named `health` (one row per group) and `deductions` (one row per group and reason). */
export const HEALTH_FIELD = {
  group: 'group',
  score: 'score',
  notEnoughData: 'notEnoughData',
  runs: 'runs',
  failed: 'failed',
  mostly: 'mostly',
  since: 'since',
  fine: 'fine',
  unchecked: 'unchecked',
  uncheckedWhy: 'uncheckedWhy',
} as const;

export const DEDUCTION_FIELD = {
  group: 'group',
  reason: 'reason',
  points: 'points',
  found: 'found',
  allowed: 'allowed',
  of: 'of',
  runKeys: 'runKeys',
} as const;

/** Of the frames of the view `run`: `runs` has a role, `usual` and `differences` a row per fact. */
export const ONE_RUN_FIELD = {
  /** `attempt`, a `RunRole`, or `newestFailure`. */
  role: 'role',
  fact: 'fact',
  low: 'low',
  middle: 'middle',
  high: 'high',
  own: 'own',
  good: 'good',
  seen: 'seen',
  of: 'of',
} as const;

/** Of the frame `family`, beside fields of runs. */
export const FAMILY_FIELD = {
  /** The row of its parent. */
  parent: 'parent',
  attempts: 'attempts',
  began: 'began',
  critical: 'critical',
} as const;

/** Names of frames (`frame.name`), by which a panel finds what it needs in `data.series`. */
export const FRAME = {
  runs: 'runs',
  columns: 'columns',
  lanes: 'lanes',
  strips: 'strips',
  health: 'health',
  deductions: 'deductions',
  /** One row per run behind a deduction: `group`, `reason`, `source`, `runId`, `attempt`. */
  deductionRuns: 'deduction runs',
  healthHistory: 'health history',
  trouble: 'trouble',
  failing: 'failing',
  cpu: 'cpu',
  memory: 'memory',
  usual: 'usual',
  differences: 'differences',
  family: 'family',
} as const;

/** `frame.meta.custom.runlane`: what the fields cannot say. */
export interface RunlaneMeta {
  /** Version of the frame schemas. */
  v: 1;
  view: string;
  groupBy?: string;
  /** Runs that match, of which the frame may hold fewer. */
  total?: number;
  truncated?: boolean;
  skipped?: number;
  /** Of a page of runs: the cursor of the next one. */
  next?: string;
  /** Of the frame `lanes`: all runs that match by state, those of lanes left out too; `lost` are among the failed. */
  counts?: Readonly<Record<string, number>>;
  /** Of the frame `lanes`: lanes that the limit left out. */
  lanesOmitted?: number;
  /** The connector's id and what it reports, so that a panel can say "not reported by …". */
  source?: string;
  reports?: Readonly<Record<string, boolean>>;
  /** The range that was asked for. */
  from?: number;
  to?: number;
  /** Of the view `run`: the id that was asked for and what is known beside the rows, as in `RunAnswer`. */
  run?: Pick<RunAnswer, 'asked' | 'ownFrame' | 'streak' | 'familyOmitted'>;
  /** The source does not answer: the data are known to be right up to `asOf`. `why` is what came instead of an answer. */
  stale?: { asOf: number; why?: string };
  /** The frame holds no data but one row that says why there are none. */
  instead?: 'failed' | 'not reported';
}

/** Of every frame of series: `time` and, in frames that hold one number over time, `value`. */
export const SERIES_FIELD = { time: 'time', value: 'value' } as const;

/** Label of a number that holds what a link from it narrows a dashboard to: `var-task=a&var-task=b`. */
export const LINK_FILTER_LABEL = 'filter';
