import type { RuleCase } from './cases';
import { withTarget } from './cases';

const TARGET = 'job="runlane-store",instance="store:7331"';

/** A series of the task `mail` of `shop`. */
function mail(metric: string, more = ''): string {
  return `runlane_task_${metric}{${TARGET},source="shop",task="mail",queue="q"${more}}`;
}
/** A series by source and task only. */
function ofTask(metric: string, more = ''): string {
  return `runlane_task_${metric}{${TARGET},source="shop",task="mail"${more}}`;
}
function store(metric: string, more: string): string {
  return `runlane_${metric}{${TARGET}${more}}`;
}

const FAILED = mail('runs_finished_total', ',outcome="failed"');
const COMPLETED = mail('runs_finished_total', ',outcome="completed"');
const LAST_FAILURE = mail('last_failure_timestamp_seconds');
const LAST_SUCCESS = mail('last_success_timestamp_seconds');
const OOM = mail('abnormal_exits_total', ',reason="oom"');
const OLDEST_RUNNING = mail('oldest_running_timestamp_seconds');
const PENDING = mail('runs', ',state="pending"');
const STARTED = mail('runs_started_total');
const usual = (quantile: string) => ofTask('usual_duration_seconds', `,quantile="${quantile}"`);
const duration = (le: string) => mail('run_duration_seconds_bucket', `,le="${le}"`);
const DURATIONS = mail('run_duration_seconds_count');
const WORKER = store('worker_last_seen_timestamp_seconds', ',source="shop",worker="w1"');
const RUNNING = mail('runs', ',state="running"');
const SEEN = store('source_last_seen_timestamp_seconds', ',source="shop"');
const OLDEST_PENDING = store('queue_oldest_pending_timestamp_seconds', ',source="shop",queue="q"');

/** A failed and a completed run a minute; the last of both in the same second. */
const HALF_FAIL = { [FAILED]: '0+1x40', [COMPLETED]: '0+1x40', [LAST_FAILURE]: '0+60x40', [LAST_SUCCESS]: '0+60x40' };

const CASES: readonly RuleCase[] = [
  // task-failing: above 25 % of at least four, three failed, for 1 min
  {
    rule: 'task-failing',
    it: 'fires when half of the runs fail',
    series: HALF_FAIL,
    firing: { 20: 1 },
    labels: { source: 'shop', task: 'mail', cause: 'failures', severity: 'critical', tier: 'page' },
  },
  {
    rule: 'task-failing',
    it: 'does not fire at one failure in ten',
    series: { ...HALF_FAIL, [COMPLETED]: '0+9x40' },
    firing: { 20: 0, 35: 0 },
  },
  {
    rule: 'task-failing',
    it: 'does not fire for two failures, whatever their share',
    series: { [FAILED]: '0x5 1 2 2x30', [LAST_FAILURE]: '0x5 360 420 420x30' },
    firing: { 10: 0, 18: 0 },
  },
  {
    rule: 'task-failing',
    it: 'clears when a success follows and five minutes pass without a failure',
    series: {
      [FAILED]: '0+1x10 10x40',
      [LAST_FAILURE]: '0+60x10 600x40',
      [COMPLETED]: '0x10 1+1x40',
      [LAST_SUCCESS]: '0x10 660+60x40',
    },
    firing: { 9: 1, 13: 1, 17: 0, 30: 0 },
  },
  {
    rule: 'task-failing',
    it: 'keeps firing when nothing runs after the failures, until they leave the window',
    series: { [FAILED]: '0+1x10 10x60', [LAST_FAILURE]: '0+60x10 600x60', [COMPLETED]: '0x70' },
    firing: { 20: 1, 30: 0 },
  },
  {
    rule: 'task-failing',
    it: 'sees a task whose first runs ever fail',
    series: { [FAILED]: '_x20 5x20', [LAST_FAILURE]: '_x20 1200x20' },
    firing: { 19: 0, 24: 1 },
  },
  {
    rule: 'task-failing',
    it: 'counts on over a restart of the store, and does not take the reset for runs',
    series: { ...HALF_FAIL, [FAILED]: '1000+0x20 _x3 0x20', [COMPLETED]: '5000+1x20 _x3 0+1x20' },
    firing: { 20: 0, 26: 0, 38: 0 },
  },
  {
    rule: 'task-failing',
    it: 'fires over a counter reset while the task fails',
    series: { [FAILED]: '100+1x20 0+1x20', [COMPLETED]: '50x40', [LAST_FAILURE]: '0+60x40' },
    firing: { 18: 1, 22: 1, 30: 1 },
  },
  {
    rule: 'task-failing',
    it: 'does not take old counts for new ones when Prometheus itself begins',
    series: {
      'up{job="runlane-store",instance="store:7331"}': '_x30 1x40',
      [FAILED]: '_x30 900x40',
      [COMPLETED]: '_x30 10x40',
      [LAST_FAILURE]: '_x30 1000x40',
    },
    firing: { 32: 0, 44: 0, 60: 0 },
  },

  // abnormal-exit: any within 10 min, one alert per cause
  {
    rule: 'abnormal-exit',
    it: 'fires for the first exit ever, and clears after ten minutes',
    series: { [OOM]: '_x20 1x40' },
    firing: { 19: 0, 21: 1, 28: 1, 33: 0 },
    labels: { source: 'shop', task: 'mail', cause: 'oom', severity: 'warning', tier: 'notify' },
  },
  {
    rule: 'abnormal-exit',
    it: 'is one alert per cause, not one per run or queue',
    series: {
      [OOM]: '0x20 3x20',
      [OOM.replace('queue="q"', 'queue="r"')]: '0x20 2x20',
      [mail('abnormal_exits_total', ',reason="SIGKILL"')]: '0x20 1x20',
    },
    firing: { 22: 2 },
  },
  { rule: 'abnormal-exit', it: 'does not fire for old exits', series: { [OOM]: '7x60' }, firing: { 30: 0 } },
  {
    rule: 'abnormal-exit',
    it: 'takes no restart for an exit',
    series: { [OOM]: '7x20 _x2 0x30' },
    firing: { 21: 0, 25: 0, 40: 0 },
  },

  // repeated-failure: three in 6 h, no fewer than successes, none since
  {
    rule: 'repeated-failure',
    it: 'fires at the third failure in a row and is cleared by a success',
    series: {
      [FAILED]: '0x10 1x10 2x10 3x60',
      [LAST_FAILURE]: '0x10 600x10 1200x10 1800x60',
      [COMPLETED]: '1x50 2x40',
      [LAST_SUCCESS]: '1x50 3000x40',
      [ofTask('owner_info', ',owner="ann"')]: '1x90',
    },
    firing: { 25: 0, 35: 1, 48: 1, 52: 0, 80: 0 },
    labels: { source: 'shop', task: 'mail', cause: 'repeated failure', owner: 'ann', tier: 'ticket' },
  },
  {
    rule: 'repeated-failure',
    it: 'fires without an owner too, and does not fire again while nothing runs after the success',
    series: {
      [FAILED]: '0x10 3x400',
      [LAST_FAILURE]: '0x10 600x400',
      [COMPLETED]: '1x20 2x400',
      [LAST_SUCCESS]: '1x20 1200x400',
    },
    firing: { 15: 1, 25: 0, 60: 0, 300: 0 },
    labels: { source: 'shop', task: 'mail', tier: 'ticket' },
  },
  {
    rule: 'repeated-failure',
    it: 'does not fire for a few failures among many successes',
    series: { ...HALF_FAIL, [COMPLETED]: '0+10x40', [LAST_SUCCESS]: '0x40' },
    firing: { 30: 0 },
  },
  {
    rule: 'repeated-failure',
    it: 'counts on over a reset',
    series: { [FAILED]: '100x10 102x10 _x2 1x20', [LAST_FAILURE]: '0x10 600x10 _x2 1320x20' },
    firing: { 18: 0, 24: 1 },
  },

  // task-stuck: while it runs, longer than three times its p99
  {
    rule: 'task-stuck',
    it: 'fires while the run is running, and clears when it ends',
    series: { [OLDEST_RUNNING]: '_x10 600x20 _x20', [usual('0.99')]: '120x60' },
    firing: { 15: 0, 18: 1, 29: 1, 37: 0 },
    labels: { source: 'shop', task: 'mail', cause: 'stuck' },
  },
  {
    rule: 'task-stuck',
    it: 'does not fire for a task that is not known yet, or within a minute',
    series: {
      [OLDEST_RUNNING]: '0x30',
      [OLDEST_RUNNING.replaceAll('mail', 'quick')]: '0+60x30',
      [usual('0.99').replaceAll('mail', 'quick')]: '1x30',
    },
    firing: { 20: 0 },
  },
  {
    rule: 'task-stuck',
    it: 'goes on firing over a restart of the store',
    series: { [OLDEST_RUNNING]: '0x20 _x2 0x20', [usual('0.99')]: '120x20 _x2 120x20' },
    firing: { 19: 1, 24: 1 },
  },

  // task-too-fast: median under a tenth of the usual, for 5 min
  {
    rule: 'task-too-fast',
    it: 'fires when most runs take no time, and clears when they work again',
    series: {
      [duration('0.05')]: '0+2x30 60x60',
      [duration('60')]: '0+2x90',
      [duration('+Inf')]: '0+2x90',
      [DURATIONS]: '0+2x90',
      [usual('0.5')]: '30x90',
    },
    firing: { 25: 1, 50: 0 },
    labels: { source: 'shop', task: 'mail', cause: 'too fast', tier: 'digest' },
  },
  {
    rule: 'task-too-fast',
    it: 'does not fire for few runs, or where nothing is usual',
    series: {
      [duration('0.05')]: '0x10 5x30',
      [duration('+Inf')]: '0x10 5x30',
      [DURATIONS]: '0x10 5x30',
      [usual('0.5')]: '30x90',
      [duration('0.05').replaceAll('mail', 'new')]: '0+2x40',
      [duration('+Inf').replaceAll('mail', 'new')]: '0+2x40',
      [DURATIONS.replaceAll('mail', 'new')]: '0+2x40',
    },
    firing: { 20: 0, 35: 0 },
  },
  {
    rule: 'task-too-fast',
    it: 'does not take a reset for fast runs',
    series: {
      [duration('0.05')]: '500x20 0x20',
      [duration('60')]: '500+2x20 0+2x20',
      [duration('+Inf')]: '500+2x20 0+2x20',
      [DURATIONS]: '500+2x20 0+2x20',
      [usual('0.5')]: '30x90',
    },
    firing: { 25: 0, 38: 0 },
  },

  // run-missed: an expected run did not come, no success since
  {
    rule: 'run-missed',
    it: 'fires, stays, and is cleared by the next success for good',
    series: {
      [ofTask('missed_runs_total')]: '0x20 1x200',
      [LAST_SUCCESS]: '60x60 3600x200',
    },
    firing: { 19: 0, 22: 1, 58: 1, 62: 0, 90: 0, 200: 0 },
    labels: { source: 'shop', task: 'mail', cause: 'missed', tier: 'page' },
  },
  {
    rule: 'run-missed',
    it: 'fires for a task that has never succeeded',
    series: { [ofTask('missed_runs_total')]: '0x20 1x40' },
    firing: { 22: 1 },
  },
  {
    rule: 'run-missed',
    it: 'does not fire for what was missed before, nor after a restart',
    series: { [ofTask('missed_runs_total')]: '4x30 _x2 0x30', [LAST_SUCCESS]: '60x100' },
    firing: { 20: 0, 40: 0 },
  },

  // deadline-at-risk: usual p95 against the time that is left
  {
    rule: 'deadline-at-risk',
    it: 'fires when the run that has not begun can no longer make it, and clears when it is complete',
    series: { [ofTask('deadline_timestamp_seconds')]: '3600x70 _x30', [usual('0.95')]: '1200x100' },
    firing: { 35: 0, 43: 1, 68: 1, 77: 0 },
    labels: { source: 'shop', task: 'mail', cause: 'deadline', tier: 'page' },
  },
  {
    rule: 'deadline-at-risk',
    it: 'does not fire for a run that began in time, until it takes too long',
    series: {
      [ofTask('deadline_timestamp_seconds')]: '3600x100',
      [usual('0.95')]: '1200x100',
      [OLDEST_RUNNING]: '_x30 1800x70',
    },
    firing: { 45: 0, 58: 0, 63: 1 },
  },
  {
    rule: 'deadline-at-risk',
    it: 'knows a deadline that has passed, without knowing what is usual',
    series: { [ofTask('deadline_timestamp_seconds')]: '600x30' },
    firing: { 8: 0, 13: 1 },
  },

  // queue-backlog: grows, and needs more than 10 min to drain
  {
    rule: 'queue-backlog',
    it: 'fires when more comes than goes, and clears when it shrinks',
    series: { [PENDING]: '0+10x30 300-10x30', [STARTED]: '0+5x60' },
    firing: { 25: 1, 45: 0, 55: 0 },
    labels: { source: 'shop', queue: 'q', cause: 'backlog' },
  },
  {
    rule: 'queue-backlog',
    it: 'does not fire for a queue that is emptied fast enough, or a short one',
    series: {
      [PENDING]: '20+1x30',
      [STARTED]: '0+100x30',
      [PENDING.replaceAll('"q"', '"r"')]: '0x20 10+0.1x10',
    },
    firing: { 25: 0 },
  },
  {
    rule: 'queue-backlog',
    it: 'fires when nothing leaves the queue at all',
    series: { [PENDING]: '0+10x30' },
    firing: { 20: 1 },
  },
  {
    rule: 'queue-backlog',
    it: 'bears a restart',
    series: { [PENDING]: '30x20 _x2 30x20', [STARTED]: '900+9x20 _x2 0+9x20' },
    firing: { 21: 0, 30: 0 },
  },

  // oldest-pending: 10 min
  {
    rule: 'oldest-pending',
    it: 'fires when the oldest waits for more than ten minutes, and clears when it starts',
    series: { [OLDEST_PENDING]: '_x5 300x20 1500x20' },
    firing: { 14: 0, 18: 1, 26: 0 },
    labels: { source: 'shop', queue: 'q', cause: 'waiting' },
  },

  // worker-lost: silent for 5 min while there is work
  {
    rule: 'worker-lost',
    it: 'fires for a silent worker while there is work, and clears when it is back',
    series: { [WORKER]: '0+60x10 600x20 1860+60x20', [RUNNING]: '1x60' },
    firing: { 13: 0, 18: 1, 29: 1, 33: 0 },
    labels: { source: 'shop', worker: 'w1', tier: 'page' },
  },
  {
    rule: 'worker-lost',
    it: 'does not fire for an idle worker, and forgets one after an hour',
    series: {
      [WORKER]: '0x90',
      [RUNNING]: '0x90',
      [PENDING]: '0x90',
      [WORKER.replace('shop', 'works')]: '0x90',
      [RUNNING.replace('shop', 'works')]: '1x90',
    },
    firing: { 20: 1, 65: 0 },
    labels: { source: 'works' },
  },

  // retry-storm: half as many retries as starts, at least ten
  {
    rule: 'retry-storm',
    it: 'fires when most starts are retries, and clears',
    series: { [mail('retries_total')]: '0+3x20 60x40', [STARTED]: '0+4x20 80+4x40' },
    firing: { 18: 1, 45: 0 },
    labels: { source: 'shop', task: 'mail', cause: 'retries' },
  },
  {
    rule: 'retry-storm',
    it: 'does not fire for few retries or a reset',
    series: {
      [mail('retries_total')]: '0x5 9x30',
      [STARTED]: '0x5 9x30',
      [mail('retries_total').replaceAll('mail', 'pdf')]: '400x15 0x20',
      [STARTED.replaceAll('mail', 'pdf')]: '400+1x15 0+1x20',
    },
    firing: { 12: 0, 18: 0, 25: 0 },
  },

  // memory-near-limit, cpu-near-limit: 90 % for 2 min, for 15 min
  {
    rule: 'memory-near-limit',
    it: 'fires above 90 % and clears below',
    series: { [mail('memory_limit_used_ratio')]: '0.5x5 0.95x10 0.6x10' },
    firing: { 4: 0, 10: 1, 17: 0 },
    labels: { source: 'shop', task: 'mail', cause: 'memory' },
  },
  {
    rule: 'memory-near-limit',
    it: 'does not fire for a moment, and clears when the run is gone',
    series: {
      [mail('memory_limit_used_ratio')]: '0.5x5 0.95 0.5x10',
      [mail('memory_limit_used_ratio').replaceAll('mail', 'pdf')]: '0.95x5 _x20',
    },
    firing: { 4: 1, 7: 1, 15: 0 },
  },
  {
    rule: 'cpu-near-limit',
    it: 'fires after a quarter of an hour above 90 %, and clears below',
    series: { [mail('cpu_limit_used_ratio')]: '0.99x30 0.2x20' },
    firing: { 10: 0, 20: 1, 35: 0 },
    labels: { source: 'shop', task: 'mail', cause: 'cpu' },
  },

  // p99-latency: above twice the task's own usual and 100 ms, at least 20 runs in 5 min
  {
    rule: 'p99-latency',
    it: 'fires far above the usual and clears below',
    series: {
      [duration('0.5')]: '0x20 0+10x30',
      [duration('1')]: '0+10x50',
      [duration('+Inf')]: '0+10x50',
      [DURATIONS]: '0+10x50',
      [usual('0.99')]: '0.3x60',
    },
    firing: { 15: 1, 35: 0 },
    labels: { source: 'shop', task: 'mail', cause: 'p99 latency' },
  },
  {
    rule: 'p99-latency',
    it: 'holds a task that takes seconds to seconds, not to milliseconds, and leaves alone one with few runs',
    series: {
      [duration('1')]: '0x30',
      [duration('60')]: '0+10x30',
      [duration('+Inf')]: '0+10x30',
      [DURATIONS]: '0+10x30',
      [usual('0.99')]: '40x60',
      [duration('1').replaceAll('mail', 'rare')]: '0+2x30',
      [duration('0.5').replaceAll('mail', 'rare')]: '0x30',
      [duration('+Inf').replaceAll('mail', 'rare')]: '0+2x30',
      [DURATIONS.replaceAll('mail', 'rare')]: '0+2x30',
    },
    firing: { 25: 0 },
  },
  {
    rule: 'p99-latency',
    it: 'fires for a task that takes seconds when it takes three times its usual',
    series: {
      [duration('10')]: '0+10x20 200x30',
      [duration('60')]: '0+10x50',
      [duration('+Inf')]: '0+10x50',
      [DURATIONS]: '0+10x50',
      [usual('0.99')]: '10x60',
    },
    firing: { 15: 0, 35: 1 },
    labels: { source: 'shop', task: 'mail', cause: 'p99 latency' },
  },
  {
    rule: 'p99-latency',
    it: 'says nothing of a task whose usual nobody knows yet',
    series: { [duration('10')]: '0+10x50', [duration('+Inf')]: '0+10x50', [DURATIONS]: '0+10x50' },
    firing: { 35: 0 },
  },
  {
    rule: 'p99-latency',
    it: 'bears missing buckets, a reset and a restart',
    series: {
      [duration('0.5')]: '900+10x15 _x2 0+10x20',
      [duration('+Inf')]: '900+10x15 _x2 0+10x20',
      [DURATIONS]: '900+10x15 _x2 0+10x20',
      [DURATIONS.replaceAll('mail', 'bare')]: '0+10x40',
    },
    firing: { 14: 0, 18: 0, 25: 0 },
  },
  {
    rule: 'p99-latency',
    it: 'is not rung by the day on which bounds of buckets are spelt "1.0" that were "1"',
    series: {
      [duration('0.25')]: '100000+10x60',
      [duration('0.5')]: '100000+10x60',
      [duration('1')]: '100000+10x30 stale',
      [duration('1.0')]: '_x31 100310+10x28',
      [duration('5')]: '100000+10x30 stale',
      [duration('5.0')]: '_x31 100310+10x28',
      [duration('+Inf')]: '100000+10x60',
      [DURATIONS]: '100000+10x60',
      [usual('0.99')]: '0.3x60',
    },
    firing: { 30: 0, 36: 0, 40: 0, 50: 0 },
  },

  // qps-low: below 1000 where it was above within a day
  {
    rule: 'qps-low',
    it: 'fires when the throughput falls below 1000 per second, and clears when it is back',
    series: { [COMPLETED]: '0+90000x30 2700000+6000x30 2880000+90000x30' },
    firing: { 25: 0, 45: 1, 80: 0 },
    labels: { source: 'shop', cause: 'throughput' },
  },
  { rule: 'qps-low', it: 'leaves a small system alone', series: { [COMPLETED]: '0+60x60' }, firing: { 30: 0, 55: 0 } },
  {
    rule: 'qps-low',
    it: 'does not take a reset for silence',
    series: { [COMPLETED]: '9000000+90000x30 0+90000x30' },
    firing: { 32: 0, 45: 0 },
  },

  // source-unreachable: silent for 15 min
  {
    rule: 'source-unreachable',
    it: 'fires for a source that went silent, clears when it is back, and forgets it after a day',
    series: { [SEEN]: '0x20 1200+60x20', [SEEN.replace('shop', 'gone')]: '0x1500' },
    firing: { 10: 0, 19: 2, 25: 1, 1450: 0 },
  },

  // collector-lagging: 30 s
  {
    rule: 'collector-lagging',
    it: 'fires when events wait for half a minute, and clears when they are written',
    series: { [store('store_ingest_lag_seconds', '')]: '0x5 45x10 0x10' },
    firing: { 4: 0, 10: 1, 17: 0 },
    labels: { cause: 'lag' },
  },

  // monitor-silent: nothing of the store
  {
    rule: 'monitor-silent',
    it: 'fires when the store is gone, and clears when it is back',
    series: { [store('store_task_series_folded', '')]: '0x10 _x20 0x20' },
    firing: { 9: 0, 20: 1, 32: 0 },
    labels: { cause: 'monitor silent', severity: 'critical', tier: 'page' },
  },
  { rule: 'monitor-silent', it: 'fires on an empty Prometheus', series: {}, firing: { 5: 1 } },
  { rule: 'watchdog', it: 'fires always', series: {}, firing: { 0: 1, 30: 1 } },

  // health-low: below 60 for 5 min, recovers above 75
  {
    rule: 'health-low',
    it: 'fires below 60, keeps firing up to 75, and clears above',
    series: { 'runlane:health_score{source="shop",task="mail"}': '90x5 50x10 70x20 80x20' },
    firing: { 4: 0, 12: 1, 30: 1, 45: 0 },
    labels: { source: 'shop', task: 'mail', cause: 'health' },
  },
  {
    rule: 'health-low',
    it: 'does not fire at 70 by itself, nor for a short dip, nor without a score',
    series: { 'runlane:health_score{source="shop",task="mail"}': '70x10 40x3 70x10 _x20' },
    firing: { 9: 0, 12: 0, 20: 0, 40: 0 },
  },
];

export const STORE_CASES: readonly RuleCase[] = CASES.map((one) => ({
  ...one,
  series: withTarget(TARGET, one.series),
}));
