import type { HealthSpec } from '../health/spec';
import { DEFAULT_HEALTH_SPEC } from '../health/spec';
import type { DurationMs } from '../model/units';
import type { Profile } from '../prometheus/profile';
import { ProfileMetrics } from './profile-metrics';
import { ScoreRules } from './health-deductions';
import { baselineRules, inputRules } from './health-inputs';
import type { InputRule } from './health-inputs';
import { INPUT } from './health-series';
import type { RecordingGroup, RecordingRule } from './recording-rule';

const BASELINE_INTERVAL_MS: DurationMs = 120_000;
const SCORE_INTERVAL_MS: DurationMs = 30_000;

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
  const metrics = new ProfileMetrics(profile);
  const inputs = inputRules(metrics, spec);
  if (inputs === undefined) {
    return [];
  }
  const baseline = baselineRules(metrics, spec);
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
