import type { Series } from '../prometheus/profile';
import type { AlertSpec } from './alert-spec';
import type { Canonical } from './canonical-series';
import type { ProfileMetrics } from './profile-metrics';
import { endedIn } from './failure-rules';
import { secondsOf, windowOf } from './growth';
import { PLACES } from './places';
import type { RuleDraft } from './rule';
import { percent, say, SOURCE, TASK } from './say';

const QUEUE = ['source', 'queue'] as const satisfies readonly Canonical[];
const BY_TASK = ['source', 'task'] as const satisfies readonly Canonical[];

/**
 * The queue grows, and at the pace of the window it takes too long to empty: `waiting / ended per second`. Where no
 * counter names the queue: what will be waiting some time ahead, as a multiple of what waits now.
 */
export function queueBacklog(metrics: ProfileMetrics, spec: AlertSpec): RuleDraft | undefined {
  const { windowMs, drainMs, growth, aheadMs, leastPending, forMs } = spec.queueBacklog;
  const by = metrics.level('pending', QUEUE) === undefined ? BY_TASK : QUEUE;
  const pending = metrics.level('pending', by);
  const slope = metrics.slope('pending', windowMs, by);
  if (pending === undefined || slope === undefined) {
    return undefined;
  }
  const growing = `(${pending} >= ${leastPending} and ${slope} > 0)`;
  const fact = metrics.profile.counters.started === undefined ? 'completed' : 'started';
  const left = metrics.grown(fact, windowMs, by);
  const named = by === QUEUE ? 'queue' : 'task';
  const shared = { forMs, severity: 'warning', tier: 'notify', cause: 'backlog', labels: ['source', named] } as const;
  const summary = [by === QUEUE ? 'Queue ' : 'The queue of ', { label: named }, ' (', ...SOURCE, ') grows'];
  const place = PLACES.queues;
  if (left === undefined) {
    return {
      ...shared,
      expr: `(${growing} + ${secondsOf(aheadMs)} * ${slope}) / ${pending}`,
      condition: { is: 'above', threshold: growth },
      message: {
        summary,
        description: [`In ${say(aheadMs)} it will be `, { value: 'times' }, ' times as long as now.'],
      },
      place,
    };
  }
  return {
    ...shared,
    // Nothing left the queue at all: the drain takes for ever, which a division by zero says.
    expr: `${growing} / ((${left} or 0 * ${pending}) / ${secondsOf(windowMs)})`,
    condition: { is: 'above', threshold: Number(secondsOf(drainMs)) },
    message: {
      summary,
      description: [
        `At the pace of the last ${say(windowMs)} it takes `,
        { value: 'duration' },
        ` to empty it; allowed ${say(drainMs)}.`,
      ],
    },
    place,
  };
}

export function oldestPending(metrics: ProfileMetrics, spec: AlertSpec): RuleDraft | undefined {
  const { ageMs, forMs } = spec.oldestPending;
  const by = metrics.instant('min', 'oldestPending', QUEUE) === undefined ? BY_TASK : QUEUE;
  const since = metrics.instant('min', 'oldestPending', by);
  if (since === undefined) {
    return undefined;
  }
  const named = by === QUEUE ? 'queue' : 'task';
  return {
    expr: `time() - ${since}`,
    condition: { is: 'above', threshold: Number(secondsOf(ageMs)) },
    forMs,
    severity: 'warning',
    tier: 'notify',
    cause: 'waiting',
    labels: ['source', named],
    message: {
      summary: ['Runs wait too long in ', { label: named }, ' (', ...SOURCE, ')'],
      description: ['The oldest has been waiting for ', { value: 'duration' }, `; allowed ${say(ageMs)}.`],
    },
    place: PLACES.waits,
  };
}

export function qpsLow(metrics: ProfileMetrics, spec: AlertSpec): RuleDraft | undefined {
  const { windowMs, below, onlyUsuallyAbove, usualMs, forMs } = spec.qpsLow;
  const bySource = ['source'] as const;
  const ended =
    metrics.profile.counters.failed === undefined
      ? metrics.grown('completed', windowMs, bySource)
      : endedIn(metrics, windowMs, bySource);
  if (ended === undefined) {
    return undefined;
  }
  const qps = `${ended} / ${secondsOf(windowMs)}`;
  const usual = `max_over_time((${qps})[${windowOf(usualMs)}:5m]) >= ${below}`;
  return {
    expr: onlyUsuallyAbove ? `${qps} and ${usual}` : qps,
    condition: { is: 'below', threshold: below },
    forMs,
    severity: 'critical',
    tier: 'page',
    receiver: 'runlane-wecom',
    cause: 'throughput',
    labels: ['source'],
    message: {
      summary: ['Throughput of ', ...SOURCE, ` is below ${below} per second`],
      description: [{ value: 'number' }, ` runs per second ended in the last ${say(windowMs)}.`],
    },
    place: PLACES.tasks,
  };
}

export function memoryNearLimit(metrics: ProfileMetrics, spec: AlertSpec): RuleDraft | undefined {
  const { alerting, rssBytes, gauges } = metrics.profile;
  const share =
    alerting?.memoryShare === undefined
      ? shareOf(metrics, metrics.extreme('max', 'rssBytes', rssBytes), 'limitMemory', gauges.limitMemory)
      : metrics.extreme('max', 'memoryShare', alerting.memoryShare);
  return share === undefined ? undefined : nearLimit(share, 'memory', spec.memoryNearLimit);
}

export function cpuNearLimit(metrics: ProfileMetrics, spec: AlertSpec): RuleDraft | undefined {
  const { alerting, cpuSeconds, cpuCores, gauges } = metrics.profile;
  if (alerting?.cpuShare !== undefined) {
    const share = metrics.extreme('max', 'cpuShare', alerting.cpuShare);
    return share === undefined ? undefined : nearLimit(share, 'CPU', spec.cpuNearLimit);
  }
  const cores =
    cpuCores === undefined
      ? metrics.rateOf('cpuSeconds', cpuSeconds, 5 * 60_000)
      : metrics.extreme('max', 'cpuCores', cpuCores);
  const share = shareOf(metrics, cores, 'limitCpu', gauges.limitCpu);
  return share === undefined ? undefined : nearLimit(share, 'CPU', spec.cpuNearLimit);
}

function shareOf(
  metrics: ProfileMetrics,
  used: string | undefined,
  fact: string,
  limit: readonly Series[] | undefined
): string | undefined {
  const most = metrics.extreme('min', fact, limit);
  return used === undefined || most === undefined ? undefined : `${used} / (${most} > 0)`;
}

function nearLimit(
  expr: string,
  what: 'memory' | 'CPU',
  { ratio, forMs }: { ratio: number; forMs: number }
): RuleDraft {
  const isMemory = what === 'memory';
  return {
    expr,
    condition: { is: 'above', threshold: ratio },
    forMs,
    severity: 'warning',
    tier: isMemory ? 'notify' : 'digest',
    cause: isMemory ? 'memory' : 'cpu',
    labels: ['source', 'task'],
    message: {
      summary: [...TASK, ` is near its ${what} limit`],
      description: [
        'It uses ',
        { value: 'percent' },
        ` of its ${what} limit; allowed ${percent(ratio)}. `,
        isMemory ? 'Above the limit it is killed.' : 'At the limit it is slowed down.',
      ],
    },
    place: isMemory ? PLACES.memory : PLACES.cpu,
  };
}
