import type { Profile } from '../connectors/prometheus/profile';
import { quote } from '../connectors/prometheus/promql';
import type { HealthChecks, HealthOverride, HealthSpec, Minimums } from '../health/spec';
import { DEFAULT_HEALTH_SPEC } from '../health/spec';
import type { DeductionReason } from '../model/answer';
import type { DurationMs, Ratio } from '../model/units';
import { endedIn } from './failure-rules';
import type { Canonical } from './facts';
import { Facts } from './facts';

/** The score of `health/score.ts`, 0–100, by source and task. No series where there is not enough data. */
export const HEALTH_SCORE = 'runlane:health_score';
/** Points taken off, by source, task and reason: 0 for what was checked and is fine, no series for what was not checked. */
export const HEALTH_DEDUCTION = 'runlane:health_deduction';

export interface RecordingRule {
  record: string;
  expr: string;
  labels?: Readonly<Record<string, string>>;
}

export interface RecordingGroup {
  name: string;
  intervalMs: DurationMs;
  rules: readonly RecordingRule[];
}

/** What is usual is looked up this far before the window that is judged, and less often: a day of samples is read. */
const BASELINE_MS: DurationMs = 24 * 3_600_000;
const BASELINE_INTERVAL_MS: DurationMs = 120_000;
const SCORE_INTERVAL_MS: DurationMs = 30_000;

/**
 * Names of what the score rests on; each by source and task, and by the profile that it comes from: two exporters may
 * tell of the same task, and each must be scored from its own figures.
 */
const INPUT = {
  ended: 'runlane:task_ended',
  failed: 'runlane:task_failed',
  failures: 'runlane:task_failures',
  abnormal: 'runlane:task_abnormal_exits',
  lost: 'runlane:task_lost',
  duration: 'runlane:task_duration_seconds',
  durations: 'runlane:task_durations',
  usual: 'runlane:task_usual_duration_seconds',
  usuals: 'runlane:task_usual_durations',
  wait: 'runlane:task_wait_seconds',
  waits: 'runlane:task_waits',
  oldestPending: 'runlane:task_oldest_pending_seconds',
  workers: 'runlane:task_workers',
  silentWorkers: 'runlane:task_silent_workers',
  pressure: 'runlane:task_resource_pressure',
  expected: 'runlane:task_expected_runs',
  missed: 'runlane:task_missed_runs',
  taken: 'runlane:task_deduction',
} as const;
type Input = keyof typeof INPUT;

/**
 * Recording rules that give the same score as `scoreHealth`, from the metrics of one profile; none when the profile does
 * not count both completed and failed runs.
 *
 * The same figures, windows and straight lines: `weight * clamp((found - allowed) / (full - allowed), 0, 1)`. What the
 * profile does not tell takes nothing off, as with `unchecked`. A task that an override of the spec matches gets that
 * override's figures, later ones first. Differences that remain: counters know whole scrapes only, histograms know
 * buckets only, and tasks of the same name are told apart by source.
 */
export function healthRules(profile: Profile, spec: HealthSpec = DEFAULT_HEALTH_SPEC): RecordingGroup[] {
  const facts = new Facts(profile);
  const inputs = inputRules(facts, spec);
  if (inputs === undefined) {
    return [];
  }
  const baseline = baselineRules(facts, spec);
  const known = new Set([...inputs, ...baseline].map(({ input }) => input));
  const own = (rules: readonly InputRule[]): RecordingRule[] =>
    rules.map(({ input, expr, labels }) => ({
      record: INPUT[input],
      expr,
      labels: { ...labels, profile: profile.id },
    }));
  return [
    ...(baseline.length === 0
      ? []
      : [{ name: `runlane-baseline-${profile.id}`, intervalMs: BASELINE_INTERVAL_MS, rules: own(baseline) }]),
    {
      name: `runlane-health-${profile.id}`,
      intervalMs: SCORE_INTERVAL_MS,
      // In this order: each rule of a group sees what those before it recorded.
      rules: [...own(inputs), ...new ScoreRules(profile.id, known, spec).make()],
    },
  ];
}

interface InputRule {
  input: Input;
  expr: string;
  labels?: Readonly<Record<string, string>>;
}

/** The recorded series of an input. */
function seriesOf(profile: string, input: Input, matchers = ''): string {
  return `${INPUT[input]}{profile=${quote(profile)}${matchers}}`;
}

function inputRules(facts: Facts, spec: HealthSpec): InputRule[] | undefined {
  const window = spec.historyWindowMs;
  const { profile } = facts;
  const ended = endedIn(facts, window);
  const failed = facts.grown('failed', window);
  if (ended === undefined || failed === undefined) {
    return undefined;
  }
  const rules: InputRule[] = [];
  const add = (input: Input, expr: string | undefined, labels?: Record<string, string>) => {
    if (expr !== undefined) {
      rules.push({ input, expr, ...(labels === undefined ? {} : { labels }) });
    }
  };
  const lost = profile.counters.lost === undefined ? undefined : facts.grown('lost', window);
  const exits = profile.counters.abnormal === undefined ? undefined : facts.grown('abnormal', window);
  const lostSeries = seriesOf(profile.id, 'lost');
  const failedSeries = seriesOf(profile.id, 'failed');
  add('ended', ended);
  add('failed', failed);
  add('lost', lost);
  // Where one metric counts both, a lost run is an abnormal exit there; in the score it is in one class only.
  const bothInOne = (profile.counters.abnormal ?? []).some(({ metric }) =>
    (profile.counters.lost ?? []).some((series) => series.metric === metric)
  );
  add('abnormal', bothInOne ? `clamp_min(${exits} - max without (profile) (${lostSeries}) or ${exits}, 0)` : exits);
  const special = [
    ...(lost === undefined ? [] : [lostSeries]),
    ...(exits === undefined ? [] : [seriesOf(profile.id, 'abnormal')]),
  ];
  add(
    'failures',
    `clamp_min(${[failedSeries, ...special.map((series) => `(${series} or 0 * ${failedSeries})`)].join(' - ')}, 0)`
  );
  for (const quantile of quantilesOf(spec, ['tooSlow', 'tooFast'])) {
    add('duration', facts.quantile('duration', quantile, window), { quantile: String(quantile) });
  }
  add('durations', facts.observations('duration', window));
  for (const quantile of quantilesOf(spec, ['wait'])) {
    add('wait', facts.quantile('wait', quantile, window), { quantile: String(quantile) });
  }
  add('waits', facts.observations('wait', window));
  add('oldestPending', oldestPending(facts));
  const workers = workersOf(facts, window);
  add('workers', workers?.all);
  add('silentWorkers', workers?.silent);
  add('pressure', pressureOf(facts));
  const { alerting } = profile;
  if (alerting?.expected !== undefined && alerting.missed !== undefined) {
    add('expected', facts.grownOf('expected', alerting.expected, window));
    add('missed', facts.grownOf('missed', alerting.missed, window));
  }
  return rules;
}

function baselineRules(facts: Facts, spec: HealthSpec): InputRule[] {
  const ended = { endedMs: spec.historyWindowMs };
  const count = facts.observations('duration', BASELINE_MS, ended.endedMs);
  if (count === undefined) {
    return [];
  }
  return [
    { input: 'usuals', expr: count },
    ...quantilesOf(spec, ['tooSlow', 'tooFast']).flatMap((quantile): InputRule[] => {
      const expr = facts.quantile('duration', quantile, BASELINE_MS, ended);
      return expr === undefined ? [] : [{ input: 'usual', expr, labels: { quantile: String(quantile) } }];
    }),
  ];
}

function quantilesOf(spec: HealthSpec, checks: ReadonlyArray<'tooSlow' | 'tooFast' | 'wait'>): Ratio[] {
  const all = checks.flatMap((check) => [
    spec.checks[check].quantile,
    ...spec.overrides.flatMap(({ checks: patch }) => patch?.[check]?.quantile ?? []),
  ]);
  return [...new Set(all)].sort((a, b) => a - b);
}

function oldestPending(facts: Facts): string | undefined {
  const own = facts.profile.alerting?.oldestPending;
  const since =
    own === undefined ? facts.instant('min', 'oldestPending') : facts.instantOf('min', 'oldestPending', own);
  return since === undefined ? undefined : `clamp_min(time() - ${since}, 0)`;
}

/**
 * The workers that ran a task in the window, and those of them that are gone: as the exporter counts them (then its own
 * settings say what silence is), or counted here where it names both.
 */
function workersOf(facts: Facts, window: DurationMs): { all: string; silent: string } | undefined {
  const { profile } = facts;
  const { taskWorkers, silentTaskWorkers } = profile.alerting ?? {};
  if (taskWorkers !== undefined && silentTaskWorkers !== undefined) {
    const all = facts.levelOf('taskWorkers', taskWorkers);
    const silent = facts.levelOf('silentTaskWorkers', silentTaskWorkers);
    return all === undefined || silent === undefined ? undefined : { all, silent };
  }
  if (profile.workers === undefined) {
    return undefined;
  }
  const by = ['source', 'task', 'worker'] as const satisfies readonly Canonical[];
  const fact = profile.counters.started === undefined ? 'completed' : 'started';
  const ran = facts.grown(fact, window, by);
  const alive = facts.extreme('max', 'workers', profile.workers, ['source', 'worker']);
  if (ran === undefined || alive === undefined) {
    return undefined;
  }
  const judged = `(${ran} > 0) * 0 + on (source,worker) group_left () ${alive}`;
  return { all: `count by (source,task) (${judged})`, silent: `sum by (source,task) (1 - (${judged}))` };
}

/** The larger share of the limits of memory and CPU. */
function pressureOf(facts: Facts): string | undefined {
  const { alerting, gauges, rssBytes, cpuCores } = facts.profile;
  const limit = (fact: 'limitMemory' | 'limitCpu') =>
    gauges[fact] === undefined ? undefined : facts.extreme('min', fact, gauges[fact]);
  const ratio = (used: string | undefined, most: string | undefined) =>
    used === undefined || most === undefined ? undefined : `${used} / (${most} > 0)`;
  const memory =
    alerting?.memoryShare === undefined
      ? ratio(rssBytes && facts.extreme('max', 'rssBytes', rssBytes), limit('limitMemory'))
      : facts.extreme('max', 'memoryShare', alerting.memoryShare);
  const cpu =
    alerting?.cpuShare === undefined
      ? ratio(cpuCores && facts.extreme('max', 'cpuCores', cpuCores), limit('limitCpu'))
      : facts.extreme('max', 'cpuShare', alerting.cpuShare);
  const parts = [memory, cpu].filter((part) => part !== undefined);
  return parts.length < 2
    ? parts[0]
    : `max by (source,task) (${parts.map((part, i) => `label_replace(${part}, "part", "${i}", "", "")`).join(' or ')})`;
}

/** Deductions and score of one profile, from its recorded inputs. */
class ScoreRules {
  private readonly rules: RecordingRule[] = [];

  constructor(
    private readonly profile: string,
    private readonly known: ReadonlySet<Input>,
    private readonly spec: HealthSpec
  ) {}

  make(): RecordingRule[] {
    this.shareOfEnded('lost_runs', 'lostRuns', 'lost');
    this.shareOfEnded('abnormal_exits', 'abnormalExits', 'abnormal');
    this.shareOfEnded('failures', 'failures', 'failures');
    this.share('missed_runs', 'missedRuns', 'missed', 'expected', '> 0.5');
    this.share('silent_workers', 'silentWorkers', 'silentWorkers', 'workers', '> 0');
    if (this.has('oldestPending')) {
      this.ageLine('oldest_pending', 'oldestPending', this.series('oldestPending'), 'oldestPending');
    }
    if (this.has('wait', 'waits')) {
      const found = this.settings('waits').quantile('wait', 'wait');
      this.ageLine('wait', 'wait', `(${found} and ${this.atLeast('waits', 'waits')})`, 'waits');
    }
    if (this.has('duration', 'durations', 'usual', 'usuals')) {
      this.tooSlow();
      this.tooFast();
    }
    if (this.has('pressure')) {
      this.line('resource_pressure', 'resourcePressure', this.series('pressure'), 'pressure');
    }
    this.rules.push({ record: HEALTH_DEDUCTION, expr: `max without (profile) (${this.series('taken')})` });
    this.rules.push({ record: HEALTH_SCORE, expr: this.score() });
    return this.rules;
  }

  /** 100 minus what is taken off, where there is enough data or something that needs none speaks. */
  private score(): string {
    const speaks = [
      `sum without (reason) (${this.series('taken')} > 0)`,
      `${this.atLeast('ended', 'endedRuns')} * 0`,
      ...(this.has('expected') ? [`(${this.series('expected')} > 0.5) * 0`] : []),
    ];
    return `max without (profile) (clamp_min(100 - (${speaks.join(' or ')}), 0))`;
  }

  private shareOfEnded(reason: DeductionReason, check: 'failures' | 'abnormalExits' | 'lostRuns', input: Input): void {
    if (this.has(input)) {
      this.line(reason, check, `(${this.series(input)} / ${this.atLeast('ended', 'endedRuns')})`, 'ended');
    }
  }

  private share(
    reason: DeductionReason,
    check: 'missedRuns' | 'silentWorkers',
    part: Input,
    all: Input,
    some: string
  ): void {
    if (this.has(part, all)) {
      this.line(reason, check, `(${this.series(part)} / (${this.series(all)} ${some}))`, all);
    }
  }

  private tooSlow(): void {
    const { found, usual, allowed, full, slack } = this.againstBaseline('tooSlow');
    const share = `(${found} - (${allowed} * ${usual} + ${slack})) / clamp_min((${full} - ${allowed}) * ${usual}, 0.001)`;
    this.deduct('too_slow', 'tooSlow', share, 'durations');
  }

  private tooFast(): void {
    const { found, usual, allowed, full, slack } = this.againstBaseline('tooFast');
    const share = `((${allowed} * ${usual} - ${slack} > 0) - ${found}) / ((${allowed} - ${full}) * ${usual})`;
    this.deduct('too_fast', 'tooFast', share, 'durations');
  }

  private againstBaseline(check: 'tooSlow' | 'tooFast') {
    const set = this.settings('durations');
    return {
      found: `(${set.quantile('duration', check)} and ${this.atLeast('durations', 'durations')})`,
      usual: `(${set.quantile('usual', check)} and ${this.atLeast('usuals', 'baseline')})`,
      allowed: set.check(check, 'allowed'),
      full: set.check(check, 'full'),
      slack: set.check(check, 'slackMs', 0.001),
    };
  }

  private line(
    reason: DeductionReason,
    check: 'failures' | 'abnormalExits' | 'lostRuns' | 'missedRuns' | 'silentWorkers' | 'resourcePressure',
    found: string,
    base: Input
  ): void {
    const set = this.settings(base);
    const [allowed, full] = [set.check(check, 'allowed'), set.check(check, 'full')];
    this.deduct(reason, check, `(${found} - ${allowed}) / (${full} - ${allowed})`, base);
  }

  private ageLine(reason: DeductionReason, check: 'oldestPending' | 'wait', found: string, base: Input): void {
    const set = this.settings(base);
    const [allowed, full] = [set.check(check, 'allowedMs', 0.001), set.check(check, 'fullMs', 0.001)];
    this.deduct(reason, check, `(${found} - ${allowed}) / (${full} - ${allowed})`, base);
  }

  private deduct(reason: DeductionReason, check: keyof HealthChecks, share: string, base: Input): void {
    const weight = this.settings(base).check(check, 'weight');
    this.rules.push({
      record: INPUT.taken,
      expr: `${weight} * clamp(${share}, 0, 1)`,
      labels: { profile: this.profile, reason },
    });
  }

  /** Half a run less: `increase` extrapolates, and four runs may come out as 3.9. */
  private atLeast(input: Input, minimum: keyof Minimums): string {
    return `(${this.series(input)} >= ${this.settings(input).minimum(minimum)} - 0.5)`;
  }

  private has(...inputs: Input[]): boolean {
    return inputs.every((input) => this.known.has(input));
  }

  private series(input: Input): string {
    return seriesOf(this.profile, input);
  }

  private settings(base: Input): Settings {
    return new Settings(this.spec, this.profile, base);
  }
}

/**
 * A figure of the spec as PromQL: a number where no override sets it, else a vector with the figure that holds for each
 * task of `base`, the last matching override's.
 */
class Settings {
  constructor(
    private readonly spec: HealthSpec,
    private readonly profile: string,
    /** The recorded input whose tasks are meant. */
    private readonly base: Input
  ) {}

  minimum(name: keyof Minimums): string {
    return this.pick(this.spec.minimums[name], (override) => override.minimums?.[name], 1);
  }

  check<Check extends keyof HealthChecks>(check: Check, figure: keyof HealthChecks[Check], scale = 1): string {
    const of = (checks: Partial<HealthChecks[Check]> | undefined) => checks?.[figure] as number | undefined;
    return this.pick(of(this.spec.checks[check]) ?? 0, (override) => of(override.checks?.[check]), scale);
  }

  /** The series of a recorded quantile that a check looks at. */
  quantile(input: Input, check: 'tooSlow' | 'tooFast' | 'wait'): string {
    const series = (quantile: Ratio, matcher = '') =>
      seriesOf(this.profile, input, `,quantile="${quantile}"${matcher}`);
    const parts = this.overrides((override) => override.checks?.[check]?.quantile).map(([match, quantile]) =>
      series(quantile, `,task=~${quote(match)}`)
    );
    return `max without (quantile) (${[...parts, series(this.spec.checks[check].quantile)].join(' or on (source,task) ')})`;
  }

  private pick(usual: number, of: (override: HealthOverride) => number | undefined, scale: number): string {
    const number = (value: number) => String(Number((value * scale).toPrecision(12)));
    const parts = this.overrides(of).map(
      ([match, value]) => `${seriesOf(this.profile, this.base, `,task=~${quote(match)}`)} * 0 + ${number(value)}`
    );
    const others = `${seriesOf(this.profile, this.base)} * 0 + ${number(usual)}`;
    return parts.length === 0 ? number(usual) : `(${[...parts, others].join(' or ')})`;
  }

  /** Patterns and figures of the overrides that set one, the last first. */
  private overrides(of: (override: HealthOverride) => number | undefined): Array<[match: string, value: number]> {
    return this.spec.overrides
      .flatMap((override): Array<[string, number]> => {
        const value = of(override);
        return value === undefined ? [] : [[toRe2(override.match), value]];
      })
      .reverse();
  }
}

/** Overrides may write `\uHHHH` and `\u{H}`, which RE2 writes `\x{H}`. */
function toRe2(pattern: string): string {
  return pattern.replace(
    /\\(?:u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|([\s\S]))/g,
    (all, braced: string | undefined, four: string | undefined) =>
      braced === undefined && four === undefined ? all : `\\x{${braced ?? four}}`
  );
}
