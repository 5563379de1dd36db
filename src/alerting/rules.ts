import { CUSTOM_PROFILE } from '../prometheus/profile';
import type { Profile, Series } from '../prometheus/profile';
import { ALERT_SPEC } from './alert-spec';
import type { AlertSpec } from './alert-spec';
import { deadlineAtRisk, p99Latency, runMissed, taskStuck, taskTooFast } from './duration-rules';
import { ProfileMetrics } from './profile-metrics';
import type { Only } from './canonical-series';
import { abnormalExit, repeatedFailure, retryStorm, taskFailing } from './failure-rules';
import { healthRules } from './health-rules';
import { HEALTH_SCORE } from './health-series';
import { cpuNearLimit, memoryNearLimit, oldestPending, qpsLow, queueBacklog } from './load-rules';
import { collectorLagging, healthLow, monitorSilent, sourceUnreachable, workerLost } from './monitor-rules';
import { RULE_NAMES } from './rule';
import type { AlertRule, RuleDraft, RuleName } from './rule';

const FAMILIES: Readonly<Record<RuleName, (metrics: ProfileMetrics, spec: AlertSpec) => RuleDraft | undefined>> = {
  'task-failing': taskFailing,
  'abnormal-exit': abnormalExit,
  'repeated-failure': repeatedFailure,
  'task-stuck': taskStuck,
  'task-too-fast': taskTooFast,
  'run-missed': runMissed,
  'deadline-at-risk': deadlineAtRisk,
  'queue-backlog': queueBacklog,
  'oldest-pending': oldestPending,
  'worker-lost': workerLost,
  'retry-storm': retryStorm,
  'health-low': healthLow,
  'memory-near-limit': memoryNearLimit,
  'cpu-near-limit': cpuNearLimit,
  'p99-latency': p99Latency,
  'qps-low': qpsLow,
  'source-unreachable': sourceUnreachable,
  'collector-lagging': collectorLagging,
  'monitor-silent': monitorSilent,
};

/** Profiles whose rules have the plain uid `runlane-<name>`. */
const PLAIN_UIDS = 'runlane-store';
const LONGEST_UID = 40;

export interface RuleOptions {
  spec?: AlertSpec;
  /** Rules for this task, queue or worker only. Labels that a metric lacks cannot narrow it. */
  only?: Only;
}

/** The rules that a profile's metrics can feed, in the order of `RULE_NAMES`; `lint` says why others are missing. */
export function makeRules(profile: Profile, options: RuleOptions = {}): AlertRule[] {
  return RULE_NAMES.flatMap((name) => makeRule(name, profile, options) ?? []);
}

/** One rule, or `undefined` where the profile lacks a fact that it needs. */
export function makeRule(name: RuleName, profile: Profile, options: RuleOptions = {}): AlertRule | undefined {
  const { metrics, draft } = draftOf(name, profile, options);
  if (draft === undefined) {
    return undefined;
  }
  return {
    intervalMs: 60_000,
    whenEmpty: 'fine',
    ...draft,
    name,
    uid: uidOf(profile.id, name),
    title: name,
    worlds: metrics.worlds,
    series: metrics.wanted.flatMap(({ series }) => series ?? []),
  };
}

function draftOf(
  name: RuleName,
  profile: Profile,
  { spec = ALERT_SPEC, only }: RuleOptions
): { metrics: ProfileMetrics; draft: RuleDraft | undefined } {
  const metrics = new ProfileMetrics(profile, only);
  // What a user's own expressions tell is not recorded: no file of ours does it.
  if (name === 'health-low' && (healthRules(profile).length === 0 || profile.id === CUSTOM_PROFILE)) {
    metrics.wanted.push({ fact: 'completed and failed' });
    return { metrics, draft: undefined };
  }
  return { metrics, draft: FAMILIES[name](metrics, spec) };
}

/** `runlane-task-failing`; with another exporter's name before the rule's, shortened to what Grafana takes. */
export function uidOf(profileId: string, name: string): string {
  const part = profileId === PLAIN_UIDS ? '' : `${profileId.replace(/[^A-Za-z0-9_-]/g, '-')}-`;
  const uid = `runlane-${part}${name}`;
  if (uid.length <= LONGEST_UID) {
    return uid;
  }
  // The rule's name stays whole, as far as it can.
  return `runlane-${hash(profileId)}-${name}`.slice(0, LONGEST_UID);
}

/** FNV-1a, eight hexadecimal digits: tells shortened names apart. */
export function hash(text: string): string {
  let value = 0x811c9dc5;
  for (const char of text) {
    value = Math.imul(value ^ (char.codePointAt(0) ?? 0), 0x01000193);
  }
  return (value >>> 0).toString(16).padStart(8, '0');
}

/** Why a rule cannot work. */
export interface Finding {
  rule: RuleName;
  /** The metric that is absent, or the fact that the exporter never tells. */
  missing: string;
  /** What switches it on, where that is known: `--collector.systemd`. */
  needs?: string;
  /** `left-out`: the rule is not made. `never-fires`: it is made, and a metric that it rests on is not there. */
  effect: 'left-out' | 'never-fires';
}

/**
 * What is missing for a profile's rules.
 *
 * @param names every metric name that Prometheus knows (label values of `__name__`); absent: only what the profile as
 *   such cannot tell
 */
export function lint(
  profile: Profile,
  names?: ReadonlySet<string>,
  rules: readonly RuleName[] = RULE_NAMES,
  options: RuleOptions = {}
): Finding[] {
  return rules.flatMap((rule): Finding[] => {
    const { metrics, draft } = draftOf(rule, profile, options);
    if (draft === undefined) {
      const told = new Set(metrics.wanted.flatMap(({ fact, series }) => (series === undefined ? [] : fact)));
      const untold = metrics.wanted.filter(({ fact, series }) => series === undefined && !told.has(fact));
      return unique(untold.map(({ fact }) => fact)).map((fact) => ({ rule, missing: fact, effect: 'left-out' }));
    }
    const rests: Array<Pick<Series, 'metric' | 'needs' | 'expr'>> = metrics.wanted.flatMap(
      ({ series }) => series ?? []
    );
    if (rule === 'health-low') {
      rests.push({ metric: HEALTH_SCORE, needs: recordingFile(profile) });
    }
    const absent = rests.filter(
      ({ metric, expr }) => expr === undefined && names !== undefined && !isKnown(metric, names)
    );
    // A metric may be asked for in several ways: its states are series of their own.
    return [...new Map(absent.map((series) => [series.metric, series])).values()].map(({ metric, needs }) => ({
      rule,
      missing: metric,
      ...(needs === undefined ? {} : { needs }),
      effect: 'never-fires',
    }));
  });
}

/** Where the rules that record the health score are. */
function recordingFile({ id }: Profile): string {
  return id === PLAIN_UIDS
    ? 'provisioning/prometheus/rules/runlane-health.yaml'
    : 'provisioning/samples/prometheus/*-health.yaml';
}

function isKnown(metric: string, names: ReadonlySet<string>): boolean {
  return names.has(metric) || names.has(`${metric}_bucket`) || names.has(`${metric}_count`);
}

function unique<T>(items: readonly T[]): T[] {
  return [...new Set(items)];
}
