import type { HealthSpec } from '../health/spec';
import type { DurationMs, Ratio } from '../model/units';
import { endedIn } from './failure-rules';
import type { Canonical } from './canonical-series';
import type { ProfileMetrics } from './profile-metrics';
import { seriesOf } from './health-series';
import type { Input } from './health-series';

/** What is usual is looked up this far before the window that is judged, and less often: a day of samples is read. */
const BASELINE_MS: DurationMs = 24 * 3_600_000;

/** One thing that the score rests on, by source and task. */
export interface InputRule {
  input: Input;
  expr: string;
  labels?: Readonly<Record<string, string>>;
}

/** What is seen in the window that is judged; `undefined` when the profile does not count ends of both kinds. */
export function inputRules(metrics: ProfileMetrics, spec: HealthSpec): InputRule[] | undefined {
  const window = spec.historyWindowMs;
  const { profile } = metrics;
  const ended = endedIn(metrics, window);
  const failed = metrics.grown('failed', window);
  if (ended === undefined || failed === undefined) {
    return undefined;
  }
  const rules: InputRule[] = [];
  const add = (input: Input, expr: string | undefined, labels?: Record<string, string>) => {
    if (expr !== undefined) {
      rules.push({ input, expr, ...(labels === undefined ? {} : { labels }) });
    }
  };
  const lost = profile.counters.lost === undefined ? undefined : metrics.grown('lost', window);
  const exits = profile.counters.abnormal === undefined ? undefined : metrics.grown('abnormal', window);
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
  if (profile.counters.retried !== undefined && profile.counters.started !== undefined) {
    add('started', metrics.grown('started', window));
    add('retried', metrics.grown('retried', window));
  }
  for (const quantile of quantilesOf(spec, ['tooSlow', 'tooFast'])) {
    add('duration', metrics.quantile('duration', quantile, window), { quantile: String(quantile) });
  }
  add('durations', metrics.observations('duration', window));
  for (const quantile of quantilesOf(spec, ['wait'])) {
    add('wait', metrics.quantile('wait', quantile, window), { quantile: String(quantile) });
  }
  add('waits', metrics.observations('wait', window));
  add('oldestPending', oldestPending(metrics));
  const workers = workersOf(metrics, window);
  add('workers', workers?.all);
  add('silentWorkers', workers?.silent);
  add('pressure', pressureOf(metrics));
  const { alerting } = profile;
  if (alerting?.expected !== undefined && alerting.missed !== undefined) {
    add('expected', metrics.grownOf('expected', alerting.expected, window));
    add('missed', metrics.grownOf('missed', alerting.missed, window));
  }
  return rules;
}

/** What was usual before the window. */
export function baselineRules(metrics: ProfileMetrics, spec: HealthSpec): InputRule[] {
  const ended = { endedMs: spec.historyWindowMs };
  const count = metrics.observations('duration', BASELINE_MS, ended.endedMs);
  if (count === undefined) {
    return [];
  }
  return [
    { input: 'usuals', expr: count },
    ...quantilesOf(spec, ['tooSlow', 'tooFast']).flatMap((quantile): InputRule[] => {
      const expr = metrics.quantile('duration', quantile, BASELINE_MS, ended);
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

function oldestPending(metrics: ProfileMetrics): string | undefined {
  const own = metrics.profile.alerting?.oldestPending;
  const since =
    own === undefined ? metrics.instant('min', 'oldestPending') : metrics.instantOf('min', 'oldestPending', own);
  return since === undefined ? undefined : `clamp_min(time() - ${since}, 0)`;
}

/**
 * The workers that ran a task in the window, and those of them that are gone: as the exporter counts them (then its own
 * settings say what silence is), or counted here where it names both.
 */
function workersOf(metrics: ProfileMetrics, window: DurationMs): { all: string; silent: string } | undefined {
  const { profile } = metrics;
  const { taskWorkers, silentTaskWorkers } = profile.alerting ?? {};
  if (taskWorkers !== undefined && silentTaskWorkers !== undefined) {
    const all = metrics.levelOf('taskWorkers', taskWorkers);
    const silent = metrics.levelOf('silentTaskWorkers', silentTaskWorkers);
    return all === undefined || silent === undefined ? undefined : { all, silent };
  }
  if (profile.workers === undefined || profile.signsOfLife !== undefined) {
    return undefined;
  }
  const by = ['source', 'task', 'worker'] as const satisfies readonly Canonical[];
  const fact = profile.counters.started === undefined ? 'completed' : 'started';
  const ran = metrics.grown(fact, window, by);
  const alive = metrics.extreme('max', 'workers', profile.workers, ['source', 'worker']);
  if (ran === undefined || alive === undefined) {
    return undefined;
  }
  const judged = `(${ran} > 0) * 0 + on (${metrics.on('source', 'worker')}) group_left () ${alive}`;
  const task = metrics.on('source', 'task');
  return { all: `count by (${task}) (${judged})`, silent: `sum by (${task}) (1 - (${judged}))` };
}

/** The larger share of the limits of memory and CPU. */
function pressureOf(metrics: ProfileMetrics): string | undefined {
  const { alerting, gauges, rssBytes, cpuCores } = metrics.profile;
  const limit = (fact: 'limitMemory' | 'limitCpu') =>
    gauges[fact] === undefined ? undefined : metrics.extreme('min', fact, gauges[fact]);
  const ratio = (used: string | undefined, most: string | undefined) =>
    used === undefined || most === undefined ? undefined : `${used} / (${most} > 0)`;
  const memory =
    alerting?.memoryShare === undefined
      ? ratio(rssBytes && metrics.extreme('max', 'rssBytes', rssBytes), limit('limitMemory'))
      : metrics.extreme('max', 'memoryShare', alerting.memoryShare);
  const cpu =
    alerting?.cpuShare === undefined
      ? ratio(cpuCores && metrics.extreme('max', 'cpuCores', cpuCores), limit('limitCpu'))
      : metrics.extreme('max', 'cpuShare', alerting.cpuShare);
  const parts = [memory, cpu].filter((part) => part !== undefined);
  return parts.length < 2
    ? parts[0]
    : `max by (${metrics.on('source', 'task')}) (${parts.map((part, i) => `label_replace(${part}, "part", "${i}", "", "")`).join(' or ')})`;
}
