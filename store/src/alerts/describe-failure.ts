import { diagnose, endingLabel, endingOf, hash64 } from '../../../src/diagnosis/diagnose';
import { firstLine } from '../../../src/diagnosis/normalise';
import { isAbnormalExit } from '../../../src/model/task-run';
import type { TaskRun } from '../../../src/model/task-run';
import type { EpochMs } from '../../../src/model/units';
import type { AlertRule, AlertsConfig, Trigger } from './alerts-config';
import { wordsOf } from './words';

/** A failed run as alerts see it: what kind of failure, and its cause in a few words. */
export interface Failure {
  run: TaskRun;
  at: EpochMs;
  triggers: readonly Trigger[];
  cause: string;
  fingerprint: string;
}

export function describeFailure(run: TaskRun): Failure {
  const { title, fingerprint } = diagnose(run);
  return {
    run,
    at: run.finishedAt ?? run.observedAt,
    triggers: triggersOf(run),
    // Short where the ending is the cause: the same words as in the metric's `reason`.
    cause: endingOf(run).decides ? endingLabel(run) : title,
    fingerprint,
  };
}

export function triggersOf(run: TaskRun): Trigger[] {
  const lost = run.substate === 'lost';
  const triggers: Trigger[] = ['failure'];
  if (lost) {
    triggers.push('lost');
  } else if (isAbnormalExit(run)) {
    triggers.push('abnormal_exit');
  }
  if (run.maxAttempts === undefined || run.attempt >= run.maxAttempts) {
    triggers.push('final_failure');
  }
  return triggers;
}

export function alertId(rule: AlertRule, { run, fingerprint }: Failure): string {
  return hash64([rule.name, run.source, run.task, fingerprint].join('\n'));
}

export function labelsOf(rule: AlertRule, { run, cause }: Failure): Record<string, string> {
  return {
    ...rule.labels,
    alertname: rule.name,
    severity: rule.severity,
    tier: rule.tier,
    source: run.source,
    task: run.task,
    cause,
  };
}

/** What a reader of the alert wants to know of its newest failure. */
export function annotationsOf(
  rule: AlertRule,
  { run, cause, triggers, at }: Failure,
  told: { count: number; startsAt: EpochMs; runs: readonly string[] },
  config: Pick<AlertsConfig, 'language' | 'grafanaUrl' | 'runbooksUrl'>
): Record<string, string> {
  const words = wordsOf(config.language);
  const error = firstLine([run.error?.type, run.error?.message].filter((part) => part !== undefined).join(': '));
  const runbook = rule.runbookUrl ?? runbookOf(rule, triggers, config);
  return {
    summary: words.summary(run.task, cause, told.count),
    description: words.description({
      task: run.task,
      source: run.source,
      cause,
      count: told.count,
      since: timeOf(told.startsAt),
      last: timeOf(at),
      run: told.runs[0] ?? run.runId,
      worker: run.worker ?? run.host,
    }),
    count: String(told.count),
    runs: told.runs.join(', '),
    ...(error !== '' && { error }),
    ...(run.evidence !== undefined && { evidence: run.evidence }),
    ...(run.worker !== undefined && { worker: run.worker }),
    ...(run.host !== undefined && { host: run.host }),
    ...(run.queue !== undefined && { queue: run.queue }),
    ...(run.labels?.['owner'] !== undefined && { owner: run.labels['owner'] }),
    ...(runbook !== undefined && { runbook_url: runbook }),
  };
}

/** The timeline around the failures, with the newest run's task alone. */
export function linkOf(grafanaUrl: string, { run, at }: Failure, startsAt: EpochMs): string {
  const from = Math.min(startsAt, run.startedAt ?? at) - 5 * 60_000;
  const params = new URLSearchParams({
    from: String(Math.round(from)),
    to: String(Math.round(at + 5 * 60_000)),
    'var-source': run.source,
    'var-task': run.task,
  });
  return `${grafanaUrl.replace(/\/+$/, '')}/d/runlane-timeline/timeline?${params.toString()}`;
}

export function runName({ runId, attempt }: Pick<TaskRun, 'runId' | 'attempt'>): string {
  return attempt === 1 ? runId : `${runId} #${attempt}`;
}

/** The page of `docs/runbooks` that helps, in the language of the message. */
function runbookOf(
  rule: AlertRule,
  triggers: readonly Trigger[],
  { runbooksUrl, language }: Pick<AlertsConfig, 'language' | 'runbooksUrl'>
): string | undefined {
  if (runbooksUrl === undefined) {
    return undefined;
  }
  const page =
    rule.failures > 1
      ? 'repeated-failure'
      : triggers.includes('lost')
        ? 'worker-lost'
        : triggers.includes('abnormal_exit')
          ? 'abnormal-exit'
          : 'task-failing';
  return `${runbooksUrl.replace(/\/+$/, '')}/${language === 'en' ? '' : `${language}/`}${page}.md`;
}

function timeOf(at: EpochMs): string {
  return new Date(at).toISOString();
}
