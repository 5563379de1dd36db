import fc from 'fast-check';
import { healthRules } from '../../src/alerting/health-rules';
import { recordingRulesYaml } from '../../src/alerting/to-prometheus-yaml';
import { DEDUCTION_REASONS, scoreHealth } from '../../src/health/score';
import type { HealthSpec } from '../../src/health/spec';
import { DEFAULT_HEALTH_SPEC } from '../../src/health/spec';
import type { HealthScore } from '../../src/model/answer';
import { RUNLANE_STORE } from '../../src/prometheus/profiles/runlane-store';
import { inputOf, JUDGED_AT_MINUTES, NAMES_WORKERS, seriesOf, STEP_MINUTES, TASK_STORY } from '../rules/health-cases';
import type { TaskStory } from '../rules/health-cases';
import type { RuleTest } from '../rules/promtool';
import { testRules } from '../rules/promtool';

/** Points by which panels and recorded series may differ. */
const AGREE_WITHIN = 0.1;
const TASKS = 60;
/** A third of the time, so that the last evaluation is at the instant that is judged. */
const EVALUATED_EVERY = `${(JUDGED_AT_MINUTES * 60) / 3}s`;

/** Overrides that overlap, with a pattern of each kind; task 12 falls under all three. */
const OVERRIDDEN: HealthSpec = {
  ...DEFAULT_HEALTH_SPEC,
  overrides: [
    {
      match: 't1.*',
      minimums: { endedRuns: 20, waits: 2 },
      checks: { failures: { weight: 40, allowed: 0.1 }, tooSlow: { quantile: 0.5, allowed: 1.2 } },
    },
    {
      match: 't(12|2\\d|3\\u0030)',
      checks: { failures: { full: 0.9 }, wait: { allowedMs: 1000 }, tooFast: { weight: 0 } },
    },
    { match: '(?i)T.2', checks: { failures: { weight: 90 }, tooSlow: { quantile: 0.99 }, missedRuns: { full: 1 } } },
  ],
};

/** Two runs say nothing, and nothing else speaks. */
const QUIET: TaskStory = {
  completed: 2,
  lost: 0,
  abnormal: 0,
  ordinary: 0,
  durations: [2],
  baseline: [3],
  waits: [2],
  pendingSeconds: undefined,
  workers: [true],
  memory: undefined,
  cpu: 0.5,
  expected: undefined,
  born: 'before',
  tries: { started: 2, retries: 0 },
};

function same(expr: string, value: number): { expr: string; value: number } {
  return { expr: `abs((${expr}) - ${value}) < bool ${AGREE_WITHIN}`, value: 1 };
}

function expectationsOf({ group, score, deductions }: HealthScore): Array<{ expr: string; value: number }> {
  const recorded = `runlane:health_score{source="shop",task="${group}"}`;
  return [
    score === undefined ? { expr: `count(${recorded}) or vector(0)`, value: 0 } : same(`sum(${recorded})`, score),
    ...DEDUCTION_REASONS.map((reason) =>
      same(
        `sum(runlane:health_deduction{source="shop",task="${group}",reason="${reason}"}) or vector(0)`,
        deductions.find((one) => one.reason === reason)?.points ?? 0
      )
    ),
  ];
}

describe.each([
  ['the usual figures', DEFAULT_HEALTH_SPEC, RUNLANE_STORE, 4711],
  ['figures of overrides', OVERRIDDEN, RUNLANE_STORE, 1147],
  ['an exporter that names the workers', OVERRIDDEN, NAMES_WORKERS, 815],
])('score.ts and the recording rules, with %s', (_name, spec, profile, seed) => {
  const stories = [QUIET, ...fc.sample(TASK_STORY, { seed, numRuns: TASKS })].map((story, i) => ({
    task: `t${i}`,
    story,
  }));
  const knowsRetries = profile.counters.retried !== undefined;
  const scores = stories.map(({ task, story }) => {
    const input = inputOf(task, story, JUDGED_AT_MINUTES * 60_000);
    return scoreHealth(knowsRetries ? input : { ...input, retries: undefined }, spec);
  });

  it('see cases of every deduction, of too little data and of no baseline', () => {
    const reasons = new Set(scores.flatMap(({ deductions }) => deductions.map(({ reason }) => reason)));
    const possible = DEDUCTION_REASONS.filter((reason) => reason !== 'retries' || knowsRetries);
    expect([...reasons].sort()).toEqual([...possible].sort());
    expect(scores.filter(({ notEnoughData }) => notEnoughData)).not.toEqual([]);
    expect(scores.filter(({ uncheckedWhy }) => uncheckedWhy?.too_slow === 'too_few')).not.toEqual([]);
    expect(scores.filter(({ score }) => score === 0)).not.toEqual([]);
  });

  it(`agree within ${AGREE_WITHIN} in every point`, async () => {
    const series = Object.assign({}, ...stories.map(({ task, story }) => seriesOf(task, story))) as Record<
      string,
      string
    >;
    const test: RuleTest = {
      name: 'agreement',
      input_series: [
        { series: 'up{job="store",instance="a"}', values: `1x${Math.floor(JUDGED_AT_MINUTES / STEP_MINUTES)}` },
        ...Object.entries(series).map(([name, values]) => ({ series: name, values })),
      ],
      promql_expr_test: scores.flatMap(expectationsOf).map(({ expr, value }) => ({
        expr,
        eval_time: `${JUDGED_AT_MINUTES}m`,
        exp_samples: [{ labels: '{}', value }],
      })),
    };
    const groups = healthRules(profile, spec);
    const options = { step: `${STEP_MINUTES}m`, evaluation: EVALUATED_EVERY, order: groups.map(({ name }) => name) };
    expect(await testRules([recordingRulesYaml(groups)], [test], options)).toBe('');
  }, 300_000);
});

it('takes silent workers off while the store counts some, and nothing when it forgets them or is gone itself', async () => {
  const workers = (state: string) =>
    `runlane_task_workers{job="store",instance="a",source="shop",task="mail",state="${state}"}`;
  const says = (minute: number, metric: string, values: number[]) => ({
    expr: `sum without (source,task,reason) (${metric})`,
    eval_time: `${minute}m`,
    exp_samples: values.map((value) => ({ labels: '{}', value })),
  });
  const at = (minute: number, deduction: number[], score: number[]) => [
    says(minute, 'runlane:health_deduction', deduction),
    says(minute, 'runlane:health_score', score),
  ];
  const test: RuleTest = {
    name: 'workers come and go',
    input_series: [
      { series: 'up{job="store",instance="a"}', values: '1x30' },
      { series: workers('heard'), values: '4x5 3x5 stale _x5 3 stale' },
      { series: workers('silent'), values: '0x5 1x5 stale _x5 1 stale' },
    ],
    promql_expr_test: [
      ...at(4, [0], []),
      ...at(8, [15], [85]),
      // Forgotten.
      ...at(13, [], []),
      // Told once more before the store stops.
      ...at(18, [15], [85]),
      ...at(19, [], []),
    ],
  };
  expect(await testRules([recordingRulesYaml(healthRules(RUNLANE_STORE))], [test])).toBe('');
}, 60_000);
