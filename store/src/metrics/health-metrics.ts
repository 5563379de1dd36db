import { schedulesUnder } from '../../../src/analysis/schedules';
import { judgeWorkers, scoreHealth } from '../../../src/health/score';
import type { ExpectedRuns } from '../../../src/health/spec';
import { specFor } from '../../../src/health/spec';
import type { TaskFilter } from '../../../src/model/task-query';
import type { DurationMs, EpochMs } from '../../../src/model/units';
import type { Judging, MetricsSource } from './metrics-source';
import { familyText, sampleLine } from './prometheus-text';

/** What the score among the metrics looks back on. */
const WINDOW_MS: DurationMs = 15 * 60_000;
/** Tasks per source that get a score among the metrics, those that failed most first. */
const MOST_TASKS = 200;
const USUAL_QUANTILES = [0.5, 0.95, 0.99];

/**
 * Score and deductions of the last 15 minutes per source and task: what the view of health answers for that range,
 * filtered by the source and grouped by task. And what the score of recording rules cannot count by itself: the workers
 * of a task that can be judged, and what is usual for the task's durations.
 */
export function healthMetricsText(
  runs: MetricsSource,
  judging: Judging,
  sourceOf: (schedule: ExpectedRuns) => string,
  now: EpochMs
): string {
  const { spec } = judging;
  const range = { from: now - WINDOW_MS, to: now };
  const names = new Set([...runs.sourcesIn(range, now), ...spec.expected.map(sourceOf)]);
  let scores = '';
  let deductions = '';
  let workers = '';
  let usual = '';
  for (const source of names) {
    const filter: TaskFilter = { matches: [{ field: 'source', operator: '=', values: [source] }] };
    // Where nothing ran, one that names no source is missed by whom the metrics of expected runs tell it of.
    const expected = schedulesUnder(filter, spec.expected).map((schedule) =>
      sourceOf(schedule) === source ? { ...schedule, source } : schedule
    );
    const own = { ...judging, spec: { ...spec, expected } };
    for (const input of runs.scoreInputs({ source, range, limit: MOST_TASKS }, own, now)) {
      const { group: task, baseline: durations } = input;
      const { score, deductions: taken } = scoreHealth(input, spec);
      const { minimums, checks } = specFor(spec, task);
      if (score !== undefined) {
        scores += sampleLine('runlane_health_score', { source, task }, score);
      }
      for (const { reason, points } of taken) {
        deductions += sampleLine('runlane_health_deduction', { source, task, reason }, points);
      }
      const { of, silent } = judgeWorkers(input.workers ?? [], input.at, checks.silentWorkers);
      if (of > 0) {
        const name = 'runlane_task_workers';
        workers += sampleLine(name, { source, task, state: 'heard' }, of - silent.length);
        workers += sampleLine(name, { source, task, state: 'silent' }, silent.length);
      }
      if (durations !== undefined && durations.count >= minimums.baseline) {
        for (const quantile of USUAL_QUANTILES) {
          usual += sampleLine(
            'runlane_task_usual_duration_seconds',
            { source, task, quantile: String(quantile) },
            (durations.quantile(quantile) ?? NaN) / 1000
          );
        }
      }
    }
  }
  return (
    familyText('runlane_health_score', 'gauge', 'Health of the last 15 minutes, 0 to 100.', scores) +
    familyText('runlane_health_deduction', 'gauge', 'Points taken off the health score, by reason.', deductions) +
    familyText(
      'runlane_task_workers',
      'gauge',
      'Workers with runs of the task in the last 15 minutes, as far as they owe signs of life: heard of, or silent.',
      workers
    ) +
    familyText(
      'runlane_task_usual_duration_seconds',
      'gauge',
      'Durations of the seven days before the last 15 minutes, by quantile.',
      usual
    )
  );
}
