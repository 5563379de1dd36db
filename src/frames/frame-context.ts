import type { DataLink } from '@grafana/data';
import type { DeductionReason, Freshness } from '../model/answer';
import type { TimeRange } from '../model/task-query';
import type { EpochMs } from '../model/units';
import type { Limits } from './limits';
import type { DurationUnits } from './say-duration';
import type { ColoredState, Shade } from './state-colors';

/** What a user reads in frames. English by default; the data source gives the user's language. */
export interface FrameWords {
  states: Readonly<Record<ColoredState, string>>;
  /** Display names of fields by field name; a field without an entry shows its own name. */
  fields: Readonly<Record<string, string>>;
  reasons: Readonly<Record<DeductionReason, string>>;
  freshness: Readonly<Record<Freshness, string>>;
  units: DurationUnits;
  created: string;
  duration: string;
  wait: string;
  alive: string;
  silent: string;
  nothingWaits: string;
  /** Beside runs that wait: nobody tells since when. */
  ageUnknown: string;
  noFailures: string;
  notReported: string;
  noAnswer: string;
  notEnough: string;
  oldest: (age: string) => string;
  ofSlots: (slots: number) => string;
  onWorkers: (workers: number) => string;
  clockAhead: (length: string) => string;
  clockBehind: (length: string) => string;
  completedShare: (percent: string) => string;
  /** Beside a value: what it should stay below or above, and where that comes from. */
  ceiling: (limit: string, is: Limits['is']) => string;
  floor: (limit: string, is: Limits['is']) => string;
  noLimit: string;
  /** Beside what is left of an error budget: the objective, and how often over it was used up where it is. */
  budget: (objective: string, usedTimes: string | undefined) => string;
  truncated: (shown: string, total: string | undefined) => string;
  skipped: (count: number) => string;
  omitted: (count: number) => string;
}

export interface FrameContext {
  refId?: string;
  range: TimeRange;
  now: EpochMs;
  shade: Shade;
  words: FrameWords;
  /** The connector's id, and which facts it can report. */
  source?: string;
  reports?: Readonly<Record<string, boolean>>;
  /** Links by field name, put into `field.config.links`. */
  links?: Readonly<Record<string, DataLink[]>>;
  /** Share of ended runs that should complete (0–1), for what is left of the error budget. */
  objective?: number;
  /** Limits that durations or rates are held to. */
  limits?: Limits;
  /** Worker slots in all, where known: the "of 22" beside the running ones. */
  slots?: number;
  /** Workers that are working on something, where known. */
  busyWorkers?: number;
}

export const ENGLISH: FrameWords = {
  states: {
    pending: 'pending',
    running: 'running',
    completed: 'completed',
    failed: 'failed',
    cancelled: 'cancelled',
    unknown: 'unknown',
    lost: 'lost',
    retried: 'retried',
  },
  fields: {
    abnormal: 'Abnormal exits',
    age: 'Age',
    alert: 'Alert',
    alertState: 'State',
    alive: 'Alive',
    args: 'Arguments',
    asset: 'Asset',
    attempt: 'Attempt',
    budgetLeft: 'Error budget left',
    budgetUsed: 'Budget used',
    burnRate: 'Burn rate',
    cancelled: 'Cancelled',
    category: 'Category',
    cause: 'Cause',
    checksFailed: 'Checks failed',
    checksPassed: 'Checks passed',
    clockAhead: 'Clock of its worker',
    completed: 'Completed',
    completedAttempts: 'Completed attempts',
    conflicts: 'Contradictions',
    context: 'Context',
    count: 'Count',
    cpuCores: 'CPU',
    cpuLimitCores: 'CPU limit',
    cpuMean: 'CPU, mean',
    cpuNow: 'CPU, now',
    cpuPeak: 'CPU, peak',
    cpuSeconds: 'CPU time',
    created: 'Created',
    duration: 'Duration',
    ended: 'Ended',
    error: 'Error',
    errorType: 'Error type',
    evidence: 'Evidence',
    exitCode: 'Exit code',
    fact: 'Fact',
    failed: 'Failed',
    failedAttempts: 'Failed attempts',
    failedOf: 'Failed',
    failedShare: 'Failed share',
    fine: 'Nothing deducted for',
    fingerprint: 'Fingerprint',
    finished: 'Finished',
    firstAt: 'First',
    freshness: 'Freshness',
    gap: 'After',
    group: 'Name',
    health: 'Health',
    host: 'Host',
    kind: 'Kind',
    labels: 'Labels',
    lane: 'Lane',
    lastAt: 'Last',
    lastSeen: 'Last seen',
    location: 'Code location',
    lost: 'Lost',
    madeAt: 'Last made',
    maxAttempts: 'Attempts allowed',
    maxRssBytes: 'Peak memory',
    memoryLimitBytes: 'Memory limit',
    memoryNow: 'Memory, now',
    memoryPeak: 'Memory, peak',
    mostly: 'Why, mostly',
    nativeState: 'Source state',
    observed: 'Last observed',
    oldestPending: 'Oldest waiting since',
    oldestAge: 'Oldest waiting',
    parentId: 'Parent',
    pending: 'Waiting',
    perSecond: 'Per second',
    queue: 'Queue',
    queued: 'Queued',
    queues: 'Queues',
    result: 'Result',
    rootId: 'Root',
    rssBytes: 'Memory',
    runId: 'Run',
    runbook: 'Runbook',
    runbookUrl: 'Runbook page',
    running: 'Running',
    runs: 'Runs',
    score: 'Health',
    severity: 'Severity',
    signal: 'Signal',
    since: 'Since',
    slots: 'Slots',
    source: 'Source',
    spanId: 'Span',
    stack: 'Stack',
    started: 'Started',
    state: 'State',
    substate: 'Detail',
    summary: 'Summary',
    task: 'Task',
    tasks: 'Tasks',
    tier: 'Told to',
    time: 'Time',
    from: 'From',
    to: 'Until',
    title: 'Cause',
    traceId: 'Trace',
    unchecked: 'Not checked',
    unknown: 'Unknown',
    upstream: 'Made from',
    value: 'Value',
    wait: 'Wait',
    waitP95: 'Wait, p95',
    worker: 'Worker',
    retried: 'Tried again',
  },
  reasons: {
    failures: 'failures',
    abnormal_exits: 'abnormal exits',
    lost_runs: 'lost runs',
    retries: 'retries',
    too_slow: 'slower than usual',
    too_fast: 'faster than usual',
    wait: 'waiting too long',
    oldest_pending: 'oldest waiting run',
    silent_workers: 'silent workers',
    resource_pressure: 'CPU or memory pressure',
    missed_runs: 'expected runs that did not come',
  },
  freshness: { overdue: 'overdue', late: 'late', unknown: 'not judged yet', fresh: 'fresh' },
  units: { ms: 'ms', s: 's', min: 'min', h: 'h', d: 'd' },
  created: 'created',
  duration: 'duration',
  wait: 'wait',
  alive: 'alive',
  silent: 'silent',
  nothingWaits: 'nothing waits',
  ageUnknown: 'age not reported',
  noFailures: 'none',
  notReported: 'not reported',
  noAnswer: 'no answer',
  notEnough: 'not enough data',
  oldest: (age) => `oldest ${age}`,
  ofSlots: (slots) => `of ${slots} worker slots`,
  onWorkers: (workers) => `workers busy: ${workers}`,
  clockAhead: (length) => `${length} ahead; times are corrected`,
  clockBehind: (length) => `${length} behind; times are corrected`,
  completedShare: (percent) => `${percent} % completed`,
  ceiling: (limit, is) => (is === 'fixed' ? `ceiling ${limit}` : `ceiling ${limit}, by its last day`),
  floor: (limit, is) => (is === 'fixed' ? `floor ${limit}/s` : `floor ${limit}/s, by its last day`),
  noLimit: 'no limit: too little history',
  budget: (objective, usedTimes) =>
    usedTimes === undefined ? `objective ${objective} %` : `objective ${objective} %, used up ${usedTimes} times over`,
  truncated: (shown, total) =>
    total === undefined
      ? `${shown} runs shown, there are more: narrow the range or the filters to see all.`
      : `${shown} of ${total} runs: narrow the range to see all.`,
  skipped: (count) => `${count} records could not be read and are left out.`,
  omitted: (count) => `${count} more groups are left out: raise the limit or narrow the filters.`,
};
