import type { DurationMs } from '../model/units';
import type { Series } from '../prometheus/profile';
import type { AlertSpec } from './alert-spec';
import type { Canonical } from './canonical-series';
import type { ProfileMetrics } from './profile-metrics';
import { secondsOf } from './growth';
import { PLACES } from './places';
import type { RuleDraft } from './rule';
import { percent, say, TASK } from './say';

/** Ended runs in a window: those that completed and those that failed. The profile must count both. */
export function endedIn(
  metrics: ProfileMetrics,
  windowMs: DurationMs,
  by: readonly Canonical[] = ['source', 'task']
): string | undefined {
  const { completed, failed } = metrics.profile.counters;
  return completed === undefined || failed === undefined
    ? metrics.grownOf('completed and failed', undefined, windowMs, by)
    : metrics.grownOf('completed and failed', oneWhereAlike([...completed, ...failed]), windowMs, by);
}

/** Series of one metric that differ in the value of one label only are asked for as one. */
function oneWhereAlike(series: readonly Series[]): readonly Series[] {
  const [first, second, ...rest] = series;
  const match = Object.entries(first?.match ?? {});
  const other = Object.entries(second?.match ?? {});
  const [[label, value] = ['', '']] = match;
  const [[otherLabel, otherValue] = ['', '']] = other;
  const isAlike =
    first?.expr === undefined &&
    rest.length + match.length + other.length === 2 &&
    label === otherLabel &&
    JSON.stringify({ ...first, match: {} }) === JSON.stringify({ ...second, match: {} });
  return first !== undefined && isAlike ? [{ ...first, match: { [label]: `${value}|${otherValue}` } }] : series;
}

/** When a run completed or failed last: what the exporter says, else when its counter grew last. */
function lastEnd(metrics: ProfileMetrics, how: 'completed' | 'failed', windowMs: DurationMs): string | undefined {
  const fact = how === 'completed' ? 'lastSuccess' : 'lastFailure';
  return metrics.profile.timestamps[fact] === undefined
    ? metrics.lastGrowth(how, windowMs)
    : metrics.instant('max', fact);
}

export function taskFailing(metrics: ProfileMetrics, spec: AlertSpec): RuleDraft | undefined {
  const { windowMs, ratio, leastEnded, leastFailed, quietMs, forMs } = spec.taskFailing;
  const failed = metrics.grown('failed', windowMs);
  const ended = endedIn(metrics, windowMs);
  const success = lastEnd(metrics, 'completed', windowMs);
  const failure = lastEnd(metrics, 'failed', windowMs);
  if (failed === undefined || ended === undefined || success === undefined || failure === undefined) {
    return undefined;
  }
  return {
    // Half a run below the least counts: `increase` extrapolates, and three runs may come out as 2.9.
    expr:
      `(${failed} >= ${leastFailed - 0.5}) / (${ended} >= ${leastEnded - 0.5}) ` +
      `unless (${success} > ${failure} and ${failure} < time() - ${secondsOf(quietMs)})`,
    condition: { is: 'above', threshold: ratio },
    forMs,
    severity: 'critical',
    tier: 'page',
    cause: 'failures',
    labels: ['source', 'task'],
    message: {
      summary: [...TASK, ' is failing'],
      description: [
        { value: 'percent' },
        ` of the runs that ended in the last ${say(windowMs)} failed; allowed ${percent(ratio)}.`,
      ],
    },
    place: PLACES.failures,
  };
}

export function abnormalExit(metrics: ProfileMetrics, spec: AlertSpec): RuleDraft | undefined {
  const { windowMs, above, forMs } = spec.abnormalExit;
  const byCause = metrics.profile.reasonLabel !== undefined;
  const exits = metrics.abnormalByCause(windowMs);
  if (exits === undefined) {
    return undefined;
  }
  return {
    expr: `${exits} > 0`,
    condition: { is: 'above', threshold: above },
    forMs,
    intervalMs: 10_000,
    severity: 'warning',
    tier: 'notify',
    ...(byCause ? {} : { cause: 'abnormal exit' }),
    labels: ['source', 'task', ...(byCause ? ['cause'] : [])],
    message: {
      counts: true,
      summary: [...TASK, ' ended abnormally', ...(byCause ? [': ', { label: 'cause' }] : [])],
      description: [
        'Abnormal exits (signal, out of memory, non-zero exit code, lost process) in the last ',
        `${say(windowMs)}: `,
        { value: 'number' },
        '.',
      ],
    },
    place: PLACES.timeline,
  };
}

export function repeatedFailure(metrics: ProfileMetrics, spec: AlertSpec): RuleDraft | undefined {
  const { windowMs, failures, forMs } = spec.repeatedFailure;
  const failed = metrics.grown('failed', windowMs);
  const completed = metrics.grown('completed', windowMs);
  const success = lastEnd(metrics, 'completed', windowMs);
  const failure = lastEnd(metrics, 'failed', windowMs);
  if (failed === undefined || completed === undefined || success === undefined || failure === undefined) {
    return undefined;
  }
  return {
    expr: metrics.withOwner(
      `(${failed} > 0) unless ${success} > ${failure} unless ${completed} > ${failed}`,
      'failed',
      windowMs
    ),
    condition: { is: 'above', threshold: failures - 0.5 },
    forMs,
    severity: 'warning',
    tier: 'ticket',
    cause: 'repeated failure',
    labels: ['source', 'task', ...(metrics.profile.alerting?.owner === undefined ? [] : ['owner'])],
    message: {
      counts: true,
      summary: [...TASK, ' fails again and again'],
      description: [
        { value: 'number' },
        ` runs failed in the last ${say(windowMs)}, no fewer than completed, and none has completed since.`,
      ],
    },
    place: PLACES.failures,
  };
}

export function retryStorm(metrics: ProfileMetrics, spec: AlertSpec): RuleDraft | undefined {
  const { windowMs, ratio, leastRetries, forMs } = spec.retryStorm;
  const retried = metrics.grown('retried', windowMs);
  const started =
    metrics.profile.counters.started === undefined ? endedIn(metrics, windowMs) : metrics.grown('started', windowMs);
  if (retried === undefined || started === undefined) {
    return undefined;
  }
  return {
    expr: `(${retried} >= ${leastRetries - 0.5}) / (${started} > 0)`,
    condition: { is: 'above', threshold: ratio },
    forMs,
    severity: 'warning',
    tier: 'notify',
    cause: 'retries',
    labels: ['source', 'task'],
    message: {
      summary: [...TASK, ' is retried over and over'],
      description: [
        'Retries are ',
        { value: 'percent' },
        ` of the runs that started in the last ${say(windowMs)}; allowed ${percent(ratio)}.`,
      ],
    },
    place: PLACES.timeline,
  };
}
