import { quote } from '../prometheus/promql';

/** The score of `health/score.ts`, 0–100, by source and task. No series where there is not enough data. */
export const HEALTH_SCORE = 'runlane:health_score';
/** Points taken off, by source, task and reason: 0 for what was checked and is fine, no series for what was not checked. */
export const HEALTH_DEDUCTION = 'runlane:health_deduction';

/**
 * Names of what the score rests on; each by source and task, and by the profile that it comes from: two exporters may
 * tell of the same task, and each must be scored from its own figures.
 */
export const INPUT = {
  ended: 'runlane:task_ended',
  failed: 'runlane:task_failed',
  failures: 'runlane:task_failures',
  abnormal: 'runlane:task_abnormal_exits',
  lost: 'runlane:task_lost',
  started: 'runlane:task_started',
  retried: 'runlane:task_retried',
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
export type Input = keyof typeof INPUT;

/** The recorded series of an input. */
export function seriesOf(profile: string, input: Input, matchers = ''): string {
  return `${INPUT[input]}{profile=${quote(profile)}${matchers}}`;
}
