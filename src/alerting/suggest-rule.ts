import type { DurationMs, Ratio } from '../model/units';
import { CUSTOM_PROFILE } from '../prometheus/profile';
import type { Profile } from '../prometheus/profile';
import { escapeRegex, selectorOf } from '../prometheus/promql';
import { nameIn } from '../prometheus/worlds';
import { ALERT_SPEC } from './alert-spec';
import type { AlertSpec } from './alert-spec';
import { ProfileMetrics } from './profile-metrics';
import type { Canonical, Only } from './canonical-series';
import type { AlertRule, RuleName } from './rule';
import { hash, lint, makeRule } from './rules';
import type { Finding } from './rules';
import { editorLink } from './to-editor-link';
import { grafanaRulesYaml } from './to-grafana-yaml';
import { alertRulesYaml } from './to-prometheus-yaml';

/** What was seen of a task, queue or worker; what is not known is left out. */
export interface History {
  /** The range that was looked at. */
  spanMs: DurationMs;
  /** Ended runs in it, and those of them that failed. */
  ended?: number;
  failed?: number;
  /** Of completed runs. */
  p99DurationMs?: DurationMs;
  /** Of started runs. */
  p99WaitMs?: DurationMs;
}

export interface SuggestRequest {
  profile: Profile;
  /** The task, queue or worker, with its source: exact names. */
  only: Only;
  history?: History;
  spec?: AlertSpec;
  /** uid of the user's Prometheus data source. Default: that of our provisioning. */
  datasourceUid?: string;
}

/** The figure that decides, for the dialog to put into words. */
export interface SuggestedThreshold {
  unit: 'ratio' | 'ms' | 'count' | 'score' | 'times';
  value: number;
  /** From what was seen, or the figure that holds for everything. */
  from: 'history' | 'default';
}

export interface Suggestion {
  name: RuleName;
  rule: AlertRule;
  threshold: SuggestedThreshold;
  /** The figures that the rule was made with, its threshold among them. */
  spec: AlertSpec;
  grafanaYaml(): string;
  prometheusYaml(): string;
  /** Below Grafana's own path: `/alerting/new/alerting?defaults=…`. */
  editorLink(): string;
  /** What is missing for the rule. @param names label values of `__name__` */
  lint(names: ReadonlySet<string>): Finding[];
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const WINDOWS = [15 * MINUTE, HOUR, 6 * HOUR, 24 * HOUR] as const;
/** Fewer runs say nothing about what is usual. */
export const ENOUGH_RUNS = 20;
/** A window should see this many runs, or a ratio jumps with each. */
const RUNS_PER_WINDOW = 8;
const LONGEST_UID = 40;
const LONGEST_TITLE = 150;

const OF_TASK = [
  'task-failing',
  'abnormal-exit',
  'repeated-failure',
  'task-stuck',
  'p99-latency',
  'health-low',
] as const;
const OF_QUEUE = ['queue-backlog', 'oldest-pending'] as const;
const OF_WORKER = ['worker-lost'] as const;

/** The kinds of rules that fit a task, queue or worker, whether or not an exporter can feed them. */
export function kindsFor(only: Only): RuleName[] {
  return [
    ...(only.task === undefined ? [] : OF_TASK),
    ...(only.queue === undefined ? [] : OF_QUEUE),
    ...(only.worker === undefined ? [] : OF_WORKER),
  ];
}

/**
 * A sensible rule of each kind for one task, queue or worker, thresholds from its own history where there is enough of
 * it. Kinds for which the profile lacks the facts, or that it cannot narrow to exactly this one, are left out.
 */
export function suggestRules(request: SuggestRequest): Suggestion[] {
  const { profile, only, history, spec = ALERT_SPEC, datasourceUid } = request;
  return kindsFor(only).flatMap((name): Suggestion[] => {
    const own = tuned(name, spec, history);
    const made = makeRule(name, profile, { spec: own.spec, only });
    if (made === undefined || !isNarrowed(made, profile, only)) {
      return [];
    }
    const rule = { ...made, ...identity(profile, name, only) };
    const source = datasourceUid === undefined ? {} : { datasourceUid };
    return [
      {
        name,
        rule,
        threshold: own.threshold,
        spec: own.spec,
        grafanaYaml: () => grafanaRulesYaml([rule], { spec, id: rule.uid, ...source }),
        prometheusYaml: () => alertRulesYaml([rule], rule.uid, spec),
        editorLink: () => editorLink(rule, { spec, ...source }),
        lint: (known) => lint(profile, known, [name], { spec: own.spec, only }),
      },
    ];
  });
}

const NAMED = ['task', 'queue', 'worker'] as const satisfies readonly Canonical[];

/** Whether the rule is about nothing else: its alerts name what it is for, and so do the series that it rests on. */
function isNarrowed({ labels, series }: AlertRule, profile: Profile, only: Only): boolean {
  const metrics = new ProfileMetrics(profile, only);
  // What is recorded rests on what is counted.
  const rests =
    series.length > 0 ? series : [profile.counters.completed, profile.counters.failed].flatMap((one) => one ?? []);
  return NAMED.filter((name) => only[name] !== undefined).some(
    (name) =>
      labels.includes(name) &&
      ((name === 'task' && profile.task === only.task) ||
        rests.some((one) => metrics.narrowing(one).some(({ of }) => of === name)))
  );
}

/** The facts that a profile would have to tell for kinds that it cannot feed: as a user's own profile names them. */
export function missingFacts(profile: Profile, kinds: readonly RuleName[], only: Only): string[] {
  // The score is recorded, from rules of our own.
  const fed = kinds.filter((kind) => kind !== 'health-low');
  return [...new Set(lint(profile, undefined, fed, { only }).map(({ missing }) => missing))];
}

/**
 * Asked of Prometheus as `/api/v1/label/<label>/values?match[]=<match>`, it tells the sources in which the series of
 * the suggestions know this task, queue or worker. `undefined` where no series names it, or its name is that of an owner.
 */
export function sourcesQuestion(
  suggestions: readonly Suggestion[],
  profile: Profile,
  { source: _, ...named }: Only
): { label: string; match: string } | undefined {
  if (profile.owner !== undefined && named.task !== undefined) {
    return undefined;
  }
  const metrics = new ProfileMetrics(profile, named);
  // Which metrics an expression of the user's own reads, nobody but Prometheus knows.
  const series = suggestions
    .flatMap(({ rule }) => rule.series)
    .filter((one) => one.expr === undefined && metrics.narrowing(one).some(({ of }) => of !== 'world'));
  const [first] = series;
  if (first === undefined) {
    return undefined;
  }
  const names = [...new Set(series.map(({ metric }) => escapeRegex(metric)))].join('|');
  return {
    label: (first.labels ?? profile.labels).source ?? 'job',
    match: selectorOf('', [
      { label: '__name__', operator: '=~', value: `(?:${names})(?:_bucket|_count)?` },
      ...metrics.narrowing(first),
    ]),
  };
}

/** Two suggestions for different things never share a uid or a title. */
function identity(profile: Profile, name: RuleName, only: Only): { uid: string; title: string } {
  const what = nameIn(Object.values(only.world ?? {}), only.task ?? only.queue ?? only.worker ?? '');
  // Of profiles that users write there may be several.
  const of = profile.id === CUSTOM_PROFILE ? `${profile.id} ${profile.name}` : profile.id;
  const mark = hash(JSON.stringify([of, only]));
  const title = `${name}: ${what} (${only.source ?? profile.id})`.replace(/\p{Cc}+/gu, ' ');
  return {
    uid: `runlane-${mark}-${name}`.slice(0, LONGEST_UID),
    title: [...title].slice(0, LONGEST_TITLE).join(''),
  };
}

function tuned(
  name: RuleName,
  spec: AlertSpec,
  history: History | undefined
): { spec: AlertSpec; threshold: SuggestedThreshold } {
  const from = (known: boolean) => (known ? 'history' : 'default');
  const windowMs = windowFor(history);
  switch (name) {
    case 'task-failing': {
      const ratio = failureRatio(history);
      const taskFailing = {
        ...spec.taskFailing,
        ...(windowMs === undefined ? {} : { windowMs }),
        ...(ratio === undefined ? {} : { ratio }),
      };
      return {
        spec: { ...spec, taskFailing },
        threshold: { unit: 'ratio', value: taskFailing.ratio, from: from(ratio !== undefined) },
      };
    }
    case 'task-stuck': {
      const usualMs = history?.p99DurationMs;
      const known = usualMs !== undefined && usualMs > 0;
      const taskStuck = { ...spec.taskStuck, ...(known ? { usualMs } : {}) };
      return {
        spec: { ...spec, taskStuck },
        threshold: known
          ? { unit: 'ms', value: Math.max(taskStuck.leastAgeMs, taskStuck.factor * usualMs), from: 'history' }
          : { unit: 'times', value: taskStuck.factor, from: 'default' },
      };
    }
    case 'p99-latency': {
      const p99 = history?.p99DurationMs;
      const p99Latency = {
        ...spec.p99Latency,
        ...(windowMs === undefined ? {} : { windowMs, leastCompleted: RUNS_PER_WINDOW }),
        ...(p99 === undefined ? {} : { aboveMs: roundUp(2 * p99) }),
        limit: 'fixed' as const,
      };
      return {
        spec: { ...spec, p99Latency },
        threshold: { unit: 'ms', value: p99Latency.aboveMs, from: from(p99 !== undefined) },
      };
    }
    case 'oldest-pending': {
      const wait = history?.p99WaitMs;
      const ageMs = wait === undefined ? spec.oldestPending.ageMs : Math.max(MINUTE, roundUp(3 * wait));
      return {
        spec: { ...spec, oldestPending: { ...spec.oldestPending, ageMs } },
        threshold: { unit: 'ms', value: ageMs, from: from(wait !== undefined) },
      };
    }
    case 'repeated-failure':
      return { spec, threshold: { unit: 'count', value: spec.repeatedFailure.failures, from: 'default' } };
    case 'queue-backlog':
      return { spec, threshold: { unit: 'ms', value: spec.queueBacklog.drainMs, from: 'default' } };
    case 'worker-lost':
      return { spec, threshold: { unit: 'ms', value: spec.workerLost.silentMs, from: 'default' } };
    case 'health-low':
      return { spec, threshold: { unit: 'score', value: spec.healthLow.below, from: 'default' } };
    default:
      return { spec, threshold: { unit: 'count', value: 1, from: 'default' } };
  }
}

/** Twice what is usual, at least five points more; never so much that a task that always fails passes. */
function failureRatio(history: History | undefined): Ratio | undefined {
  const { ended, failed } = history ?? {};
  if (ended === undefined || failed === undefined || ended < ENOUGH_RUNS) {
    return undefined;
  }
  const usual = failed / ended;
  return Math.min(0.9, Math.ceil(100 * Math.max(2 * usual, usual + 0.05)) / 100);
}

/** The shortest window in which enough runs end; none where the task's pace is not known. */
function windowFor(history: History | undefined): DurationMs | undefined {
  if (history?.ended === undefined || history.ended === 0 || history.spanMs <= 0) {
    return undefined;
  }
  const needed = (RUNS_PER_WINDOW * history.spanMs) / history.ended;
  return WINDOWS.find((window) => window >= needed) ?? WINDOWS[WINDOWS.length - 1];
}

/** To two significant digits, upwards: nobody wants 4,837 ms. */
function roundUp(ms: DurationMs): DurationMs {
  if (ms <= 0) {
    return 1;
  }
  const unit = Math.max(1, 10 ** (Math.floor(Math.log10(ms)) - 1));
  return Math.ceil(ms / unit) * unit;
}
