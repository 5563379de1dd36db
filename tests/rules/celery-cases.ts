import type { RuleCase } from './cases';
import { withTarget } from './cases';

const TARGET = 'job="celery",instance="exporter:9808"';

function task(metric: string, name = 'shop.mail', more = ''): string {
  return `celery_task_${metric}{${TARGET},name="${name}",hostname="w1",queue_name="q"${more}}`;
}

const FAILED = task('failed_total', 'shop.mail', ',exception="ValueError"');
const SUCCEEDED = task('succeeded_total');
const RETRIED = task('retried_total');
const STARTED = task('started_total');
const QUEUE = `celery_queue_length{${TARGET},queue_name="q"}`;
const WORKER = `celery_worker_up{${TARGET},hostname="w1"}`;
/** A failure an hour, from minute 32 on; its counter lives for twelve minutes. */
function hourly(workerOf: (run: number) => string): Record<string, string> {
  const series: Record<string, string> = {};
  for (let run = 0, end = 0; run < 6; run++) {
    const name = FAILED.replace('w1', workerOf(run));
    const before = series[name];
    const born = 32 + run * 60;
    series[name] = `${before === undefined ? `_x${born}` : `${before} _x${born - end - 1}`} 1x11 stale`;
    end = born + 12;
  }
  return series;
}
const runtime = (le: string) => task('runtime_bucket', 'shop.mail', `,le="${le}"`);

/** With celery-exporter alone: no timestamps, labels of its own, and counters that are born with their first event. */
const CASES: readonly RuleCase[] = [
  {
    rule: 'task-failing',
    it: 'fires on raw counters, labelled canonically',
    series: { [FAILED]: '0+1x40', [SUCCEEDED]: '0+1x40' },
    firing: { 20: 1 },
    labels: { source: 'celery', task: 'shop.mail', cause: 'failures' },
  },
  {
    rule: 'task-failing',
    it: 'sees failures whose exception was never seen before',
    series: {
      [FAILED]: '_x20 3x30',
      [FAILED.replace('ValueError', 'KeyError')]: '_x20 2x30',
      [SUCCEEDED]: '50x60',
    },
    firing: { 19: 0, 24: 1 },
  },
  {
    rule: 'task-failing',
    it: 'clears when a success follows and five minutes pass without a failure, and stays so',
    series: { [FAILED]: '0+1x10 10x60', [SUCCEEDED]: '0x12 1x60' },
    firing: { 10: 1, 14: 1, 20: 0, 26: 0, 40: 0 },
  },
  {
    rule: 'repeated-failure',
    it: 'fires at the third failure in a row, is cleared by a success, and does not come back without a failure',
    series: { [FAILED]: '0x10 1x9 2x9 3x300', [SUCCEEDED]: '5x49 6x300' },
    firing: { 25: 0, 35: 1, 48: 1, 53: 0, 120: 0, 300: 0 },
    labels: { source: 'celery', task: 'shop.mail', tier: 'ticket' },
  },
  {
    rule: 'repeated-failure',
    it: 'fires for an hourly task that fails each time in a worker of its own, whose counter is gone minutes later',
    series: hourly((run) => `pod-${run}`),
    firing: { 150: 0, 170: 1, 330: 1 },
  },
  {
    rule: 'repeated-failure',
    it: 'fires as well where each of these workers has the same name',
    series: hourly(() => 'pod'),
    firing: { 150: 0, 170: 1, 330: 1 },
  },
  {
    rule: 'task-failing',
    it: 'fires for a task that fails each time in a worker of its own, whose counter is gone three minutes later',
    series: Object.fromEntries(
      Array.from({ length: 40 }, (_, run) => [FAILED.replace('w1', `pod-${run}`), `_x${30 + 2 * run} 1x2 stale`])
    ),
    firing: { 29: 0, 60: 1, 90: 1 },
  },
  {
    rule: 'queue-backlog',
    it: 'fires when more comes than goes',
    series: { [QUEUE]: '0+10x40', [STARTED]: '0+5x40' },
    firing: { 5: 0, 25: 1 },
    labels: { source: 'celery', queue: 'q' },
  },
  {
    rule: 'worker-lost',
    it: 'fires when the exporter says that the worker is gone, and clears when it is back',
    series: { [WORKER]: '1x10 0x10 1x10' },
    firing: { 9: 0, 15: 1, 23: 0 },
    labels: { source: 'celery', worker: 'w1', tier: 'page' },
  },
  {
    rule: 'retry-storm',
    it: 'fires when most starts are retries',
    series: { [RETRIED]: '0+3x40', [STARTED]: '0+4x40' },
    firing: { 20: 1 },
  },
  {
    rule: 'task-too-fast',
    it: 'knows what is usual from the day before',
    series: {
      [runtime('0.05')]: '0x400 0+3x60',
      [runtime('60')]: '0+1x400 401+3x60',
      [runtime('+Inf')]: '0+1x400 401+3x60',
      [task('runtime_count')]: '0+1x400 401+3x60',
    },
    firing: { 395: 0, 416: 1 },
  },
  {
    rule: 'p99-latency',
    it: 'fires far above what is usual for the task',
    series: {
      [runtime('0.25')]: '0+10x200 2000x60',
      [runtime('1')]: '0+10x260',
      [runtime('+Inf')]: '0+10x260',
      [task('runtime_count')]: '0+10x260',
    },
    firing: { 190: 0, 212: 1 },
  },
  {
    rule: 'source-unreachable',
    it: 'fires when the exporter cannot be scraped, and not for other targets',
    series: {
      [`up{${TARGET}}`]: '1x10 0x10 1x10',
      'up{job="other",instance="x"}': '0x40',
      [SUCCEEDED]: '5x10 _x10 5x10',
    },
    firing: { 9: 0, 15: 1, 25: 0 },
    labels: { source: 'celery', cause: 'scrape failed' },
  },
  { rule: 'monitor-silent', it: 'fires on an empty Prometheus', series: {}, firing: { 5: 1 } },
  {
    rule: 'monitor-silent',
    it: 'is quiet while the exporter is there',
    series: { [SUCCEEDED]: '5x30' },
    firing: { 20: 0 },
  },
];

export const CELERY_CASES: readonly RuleCase[] = CASES.map((one) => ({
  ...one,
  series: withTarget(TARGET, one.series),
}));
