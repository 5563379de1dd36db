import { escapeRegex, quote } from '../prometheus/promql';
import type { AlertSpec } from './alert-spec';
import type { Canonical } from './canonical-series';
import type { ProfileMetrics } from './profile-metrics';
import { secondsOf } from './growth';
import { HEALTH_SCORE } from './health-series';
import { PLACES } from './places';
import type { RuleDraft } from './rule';
import { say, SOURCE, TASK } from './say';

const WORKER = ['source', 'worker'] as const satisfies readonly Canonical[];

/**
 * A worker that the source itself calls gone (for some time: it may have been taken away on purpose), or one that has been silent while its source has work: runs alone cannot
 * tell a worker that idles from one that is lost, so silence counts only when there is something to do.
 */
export function workerLost(metrics: ProfileMetrics, spec: AlertSpec): RuleDraft | undefined {
  const { silentMs, forgottenMs, forMs } = spec.workerLost;
  const shared = {
    forMs,
    severity: 'critical',
    tier: 'page',
    cause: 'worker lost',
    labels: ['source', 'worker'],
    place: PLACES.workers,
  } as const;
  const summary = ['Worker ', { label: 'worker' }, ' (', ...SOURCE, ') is lost'];
  if (metrics.profile.signsOfLife !== undefined) {
    // 0 is a worker that was stopped, and one that is killed stays 1: neither is one to be woken for.
    metrics.wanted.push({ fact: 'lost workers' });
    return undefined;
  }
  if (metrics.profile.workers !== undefined) {
    const alive = metrics.extreme('max', 'workers', metrics.profile.workers, WORKER);
    const before = metrics.most('workers', metrics.profile.workers, forgottenMs, WORKER);
    return alive === undefined || before === undefined
      ? undefined
      : {
          ...shared,
          expr: `${alive} and ${before} > 0`,
          condition: { is: 'below', threshold: 1 },
          message: { summary, description: ['The source says that it no longer answers.'] },
        };
  }
  const seen = metrics.instant('max', 'workerSeen', WORKER);
  if (seen === undefined) {
    return undefined;
  }
  const bySource = ['source'] as const;
  const pending = metrics.level('pending', bySource);
  const running = metrics.level('running', bySource);
  const work = [pending, running].filter((level) => level !== undefined).map((level) => `${level} > 0`);
  const busy = work.length === 0 ? '' : ` and on (${metrics.on('source')}) (${work.join(' or ')})`;
  return {
    ...shared,
    expr: `(time() - ${seen} < ${secondsOf(forgottenMs)})${busy}`,
    condition: { is: 'above', threshold: Number(secondsOf(silentMs)) },
    message: {
      summary,
      description: [
        'It has not been heard of for ',
        { value: 'duration' },
        ' while there is work. What it ran last may be lost.',
      ],
    },
  };
}

/** The recorded score, so that the alert and the panels' history agree. */
export function healthLow(metrics: ProfileMetrics, spec: AlertSpec): RuleDraft | undefined {
  const { below, recovered, keepFiringForMs, forMs } = spec.healthLow;
  return {
    expr: metrics.recorded(HEALTH_SCORE),
    condition: { is: 'below', threshold: below, unload: recovered },
    forMs,
    keepFiringForMs,
    severity: 'warning',
    tier: 'notify',
    cause: 'health',
    labels: ['source', 'task'],
    message: {
      summary: ['Health of ', ...TASK, ' is low'],
      description: ['Score ', { value: 'number' }, ` of 100; it counts as recovered above ${recovered}.`],
    },
    place: PLACES.health,
  };
}

/**
 * A source that the store has not heard of; for an exporter, that Prometheus cannot scrape it. Only of targets that had
 * the exporter's metrics within the hour, because `up` is there for everything.
 */
export function sourceUnreachable(metrics: ProfileMetrics, spec: AlertSpec): RuleDraft | undefined {
  const { silentMs, forgottenMs, forMs } = spec.sourceUnreachable;
  const { profile } = metrics;
  const shared = { forMs, severity: 'critical', tier: 'page', labels: ['source'], place: PLACES.tasks } as const;
  const seen = profile.alerting?.sourceSeen;
  if (seen !== undefined) {
    const at = metrics.instantOf('max', 'sourceSeen', seen, ['source']);
    return at === undefined
      ? undefined
      : {
          ...shared,
          expr: `time() - ${at} < ${secondsOf(forgottenMs)}`,
          condition: { is: 'above', threshold: Number(secondsOf(silentMs)) },
          cause: 'source silent',
          message: {
            summary: ['Nothing comes from ', ...SOURCE],
            description: ['Last heard of ', { value: 'duration' }, ` ago; allowed ${say(silentMs)}.`],
          },
        };
  }
  const targets = `count by (job,instance) (last_over_time(${anyOf(profile.detect)}[1h]))`;
  return {
    ...shared,
    expr: `max by (${metrics.on('source')}) (label_replace((1 - up) and on (job,instance) ${targets}, "source", "$1", "job", "((?s:.*))"))`,
    condition: { is: 'above', threshold: 0 },
    cause: 'scrape failed',
    message: {
      summary: [profile.name, ' of ', ...SOURCE, ' cannot be reached'],
      description: ['Prometheus cannot scrape it, so nothing is known of its tasks.'],
    },
  };
}

export function collectorLagging(metrics: ProfileMetrics, spec: AlertSpec): RuleDraft | undefined {
  const { lagMs, forMs } = spec.collectorLagging;
  const lag = metrics.profile.alerting?.lag;
  if (lag === undefined) {
    metrics.wanted.push({ fact: 'lag' });
    return undefined;
  }
  metrics.wanted.push({ fact: 'lag', series: lag });
  return {
    expr: `max(${metrics.select(lag)})`,
    condition: { is: 'above', threshold: Number(secondsOf(lagMs)) },
    forMs,
    severity: 'warning',
    tier: 'notify',
    cause: 'lag',
    labels: [],
    message: {
      summary: ['Runlane lags behind'],
      description: ['The oldest accepted event has waited ', { value: 'duration' }, ' to be written.'],
    },
    place: PLACES.tasks,
  };
}

/** Nothing that monitors says anything: also when there is no answer at all. */
export function monitorSilent(metrics: ProfileMetrics, spec: AlertSpec): RuleDraft {
  const { profile } = metrics;
  const metric = profile.alerting?.always === undefined ? anyOf(profile.detect) : profile.alerting.always;
  return {
    expr: `absent(${metric}) or vector(0)`,
    condition: { is: 'above', threshold: 0 },
    forMs: spec.monitorSilent.forMs,
    whenEmpty: 'alert',
    severity: 'critical',
    tier: 'page',
    cause: 'monitor silent',
    labels: [],
    message: {
      summary: ['The monitor itself is silent'],
      description: [`Prometheus has no metric of ${profile.name}: nobody watches the tasks now.`],
    },
    place: PLACES.tasks,
  };
}

function anyOf(metrics: readonly string[]): string {
  const [only] = metrics;
  return metrics.length === 1 && only !== undefined ? only : `{__name__=~${quote(metrics.map(escapeRegex).join('|'))}}`;
}
