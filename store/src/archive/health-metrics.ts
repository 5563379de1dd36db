import type Database from 'better-sqlite3';
import type { HealthSpec } from '../../../src/health/spec';
import { specFor } from '../../../src/health/spec';
import type { TaskFilter } from '../../../src/model/task-query';
import type { DurationMs, EpochMs } from '../../../src/model/units';
import type { Baselines } from './baselines';
import type { Causes } from './causes';
import type { ColumnCache } from './column-cache';
import { familyText, sampleLine } from './prometheus-text';
import { Question } from './question';
import { healthAnswer } from './view-health';

/** What the score among the metrics looks back on. */
const WINDOW_MS: DurationMs = 15 * 60_000;
/** Tasks per source that get a score among the metrics, those that failed most first. */
const MOST_TASKS = 200;
const USUAL_QUANTILES = [0.5, 0.95, 0.99];

/**
 * Score and deductions of the last 15 minutes per source and task: what the view of health answers for that range,
 * filtered by the source and grouped by task. And what is usual for the task's durations.
 */
export function healthMetricsText(
  db: Database.Database,
  cache: ColumnCache,
  spec: HealthSpec,
  sources: { baselines: Baselines; causes: Causes },
  now: EpochMs
): string {
  const base = {
    view: 'health' as const,
    range: { from: now - WINDOW_MS, to: now },
    step: WINDOW_MS,
    now,
    limit: MOST_TASKS,
  };
  const everything = { matches: [] };
  const names = new Question(db, cache, { ...base, filter: everything, groupBy: 'source' }).groups.names;
  let scores = '';
  let deductions = '';
  let usual = '';
  for (const source of names) {
    const filter: TaskFilter = { matches: [{ field: 'source', operator: '=', values: [source] }] };
    const question = new Question(db, cache, { ...base, filter, groupBy: 'task' });
    const { groups } = healthAnswer(question, spec, sources.baselines, sources.causes);
    const baseline = sources.baselines.of(question);
    for (const { group: task, score, deductions: taken } of groups) {
      if (score !== undefined) {
        scores += sampleLine('runlane_health_score', { source, task }, score);
      }
      for (const { reason, points } of taken) {
        deductions += sampleLine('runlane_health_deduction', { source, task, reason }, points);
      }
      const durations = baseline.get(task);
      if (durations !== undefined && durations.count >= specFor(spec, task).minimums.baseline) {
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
      'runlane_task_usual_duration_seconds',
      'gauge',
      'Durations of the seven days before the last 15 minutes, by quantile.',
      usual
    )
  );
}
