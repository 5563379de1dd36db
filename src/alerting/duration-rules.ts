import type { AlertSpec } from './alert-spec';
import type { ProfileMetrics } from './profile-metrics';
import { secondsOf } from './growth';
import { PLACES } from './places';
import type { RuleDraft } from './rule';
import { say, TASK } from './say';

/** Fires while the run is still running: nothing has ended yet that a histogram could count. */
export function taskStuck(metrics: ProfileMetrics, spec: AlertSpec): RuleDraft | undefined {
  const { factor, leastAgeMs, usualMs, forMs } = spec.taskStuck;
  const since = metrics.instant('min', 'oldestRunning');
  const usual = usualMs === undefined ? metrics.usualDuration('0.99', spec.usual) : secondsOf(usualMs);
  if (since === undefined || usual === undefined) {
    return undefined;
  }
  return {
    expr: `(time() - ${since} > ${secondsOf(leastAgeMs)}) / ${usualMs === undefined ? `(${usual} > 0)` : usual}`,
    condition: { is: 'above', threshold: factor },
    forMs,
    severity: 'warning',
    tier: 'notify',
    cause: 'stuck',
    labels: ['source', 'task'],
    message: {
      summary: ['A run of ', ...TASK, ' seems stuck'],
      description: [
        'It has been running ',
        { value: 'times' },
        ` times as long as 99 % of the runs before it; allowed ${factor}.`,
      ],
    },
    place: PLACES.timeline,
  };
}

export function taskTooFast(metrics: ProfileMetrics, spec: AlertSpec): RuleDraft | undefined {
  const { windowMs, share, leastCompleted, leastUsualMs, forMs } = spec.taskTooFast;
  const median = metrics.quantile('duration', 0.5, windowMs);
  const count = metrics.observations('duration', windowMs);
  const usual = metrics.usualDuration('0.5', spec.usual);
  if (median === undefined || count === undefined || usual === undefined) {
    return undefined;
  }
  return {
    expr: `(${median} and ${count} >= ${leastCompleted - 0.5}) / (${usual} > ${secondsOf(leastUsualMs)})`,
    condition: { is: 'below', threshold: share },
    forMs,
    intervalMs: 120_000,
    severity: 'warning',
    tier: 'digest',
    cause: 'too fast',
    labels: ['source', 'task'],
    message: {
      summary: [...TASK, ' completes suspiciously fast'],
      description: [
        `Half of its runs in the last ${say(windowMs)} took `,
        { value: 'percent' },
        ' of the usual time or less. Does it still do its work?',
      ],
    },
    place: PLACES.durations,
  };
}

export function runMissed(metrics: ProfileMetrics, spec: AlertSpec): RuleDraft | undefined {
  const { windowMs, above, forMs } = spec.runMissed;
  const series = metrics.profile.alerting?.missed;
  const missed = metrics.grownOf('missed', series, windowMs);
  const missedAt = metrics.lastGrowthOf('missed', series, windowMs);
  const success = metrics.instant('max', 'lastSuccess');
  if (missed === undefined || missedAt === undefined || success === undefined) {
    return undefined;
  }
  return {
    expr: `(${missed} > 0) unless ${success} > ${missedAt}`,
    condition: { is: 'above', threshold: above },
    forMs,
    severity: 'critical',
    tier: 'page',
    cause: 'missed',
    labels: ['source', 'task'],
    message: {
      summary: ['An expected run of ', ...TASK, ' did not come'],
      description: [
        { value: 'number' },
        ` expected runs did not begin in the last ${say(windowMs)}, and none has completed since.`,
      ],
    },
    place: PLACES.timeline,
  };
}

/** When it will be complete: the run that runs began some time ago, one that does not run would begin now. */
export function deadlineAtRisk(metrics: ProfileMetrics, spec: AlertSpec): RuleDraft | undefined {
  const { lateMs, forMs } = spec.deadlineAtRisk;
  const deadline = metrics.extreme('min', 'deadline', metrics.profile.alerting?.deadline);
  const usual = metrics.usualDuration('0.95', spec.usual);
  const since = metrics.instant('min', 'oldestRunning');
  if (deadline === undefined || usual === undefined || since === undefined) {
    return undefined;
  }
  const expected = `(${since} + ${usual} > time() or time() + 0 * ${since} or time() + ${usual} or time() + 0 * ${deadline})`;
  return {
    expr: `${expected} - ${deadline}`,
    condition: { is: 'above', threshold: Number(secondsOf(lateMs)) },
    forMs,
    intervalMs: 30_000,
    severity: 'critical',
    tier: 'page',
    cause: 'deadline',
    labels: ['source', 'task'],
    message: {
      summary: [...TASK, ' will miss its deadline'],
      description: ['At its usual pace (95 % of its runs) it will be complete ', { value: 'duration' }, ' too late.'],
    },
    place: PLACES.timeline,
  };
}

export function p99Latency(metrics: ProfileMetrics, spec: AlertSpec): RuleDraft | undefined {
  const { windowMs, limit, factor, slackMs, aboveMs, leastCompleted, forMs } = spec.p99Latency;
  const p99 = metrics.quantile('duration', 0.99, windowMs);
  const count = metrics.observations('duration', windowMs);
  const usual = limit === 'usual' ? metrics.usualDuration('0.99', spec.usual) : undefined;
  if (p99 === undefined || count === undefined || (limit === 'usual' && usual === undefined)) {
    return undefined;
  }
  const found = `${p99} and ${count} >= ${leastCompleted - 0.5}`;
  const shared = {
    forMs,
    severity: 'warning',
    tier: 'page',
    receiver: 'runlane-email-sms',
    cause: 'p99 latency',
    labels: ['source', 'task'],
    place: PLACES.durations,
  } as const;
  const lately = `One in a hundred runs of the last ${say(windowMs)} took `;
  if (usual === undefined) {
    return {
      ...shared,
      expr: found,
      condition: { is: 'above', threshold: Number(secondsOf(aboveMs)) },
      message: {
        summary: ['P99 of ', ...TASK, ` is above ${aboveMs} ms`],
        description: [lately, { value: 'duration' }, ` or longer; allowed ${aboveMs} ms.`],
      },
    };
  }
  return {
    ...shared,
    // Times the usual, the slack taken off first: what a quick task needs to be quick is noise.
    expr: `((${found}) - ${secondsOf(slackMs)}) / (${usual} > 0)`,
    condition: { is: 'above', threshold: factor },
    message: {
      summary: ['P99 of ', ...TASK, ' is far above its usual'],
      description: [lately, { value: 'times' }, ` times as long as usual or longer; allowed ${factor}.`],
    },
  };
}
