import { diagnose, endingLabel, endingOf, hash64 } from '../../../src/diagnosis/diagnose';
import { firstLine } from '../../../src/diagnosis/normalise';
import { beganAt, isAbnormalExit } from '../../../src/model/task-run';
import type { TaskRun } from '../../../src/model/task-run';
import type { EpochMs } from '../../../src/model/units';
import type { AlertRule, AlertsConfig, Trigger } from './alerts-config';
import { wordsOf } from './words';

/** A failed run as alerts see it: what kind of failure, and its cause in a few words. */
export interface Failure {
  run: TaskRun;
  at: EpochMs;
  triggers: readonly Trigger[];
  /** What went wrong, in the words of the error where there is one. */
  title: string;
  /** How it ended, in the words of the metric's `reason`: `exit 1`, `SIGKILL`, `oom`, `lost`. */
  ending: string;
}

export function describeFailure(run: TaskRun): Failure {
  return {
    run,
    at: run.finishedAt ?? run.observedAt,
    triggers: triggersOf(run),
    title: endingOf(run).decides ? endingLabel(run) : diagnose(run).title,
    ending: endingLabel(run),
  };
}

/**
 * A rule about abnormal ends tells one from the other by how they ended, as the rule of that name in Prometheus does:
 * Alertmanager then takes both for one alert. Other rules go by the error.
 */
export function causeOf({ on }: Pick<AlertRule, 'on'>, { title, ending }: Failure): string {
  return on.every((trigger) => trigger === 'abnormal_exit' || trigger === 'lost') ? ending : title;
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

export function alertId(rule: AlertRule, failure: Failure): string {
  const { run } = failure;
  return hash64([rule.name, run.source, run.task, causeOf(rule, failure)].join('\n'));
}

export function labelsOf(rule: AlertRule, failure: Failure): Record<string, string> {
  const { run } = failure;
  return {
    ...rule.labels,
    alertname: rule.name,
    severity: rule.severity,
    tier: rule.tier,
    source: run.source,
    task: run.task,
    cause: causeOf(rule, failure),
  };
}

/** What a reader of the alert wants to know of its newest failure. */
export function annotationsOf(
  rule: AlertRule,
  failure: Failure,
  told: { count: number; startsAt: EpochMs; runs: readonly string[] },
  config: Pick<AlertsConfig, 'language' | 'grafanaUrl' | 'runbooksUrl'>
): Record<string, string> {
  const { run, triggers, at } = failure;
  const cause = causeOf(rule, failure);
  const words = wordsOf(config.language);
  const error = firstLine([run.error?.type, run.error?.message].filter((part) => part !== undefined).join(': '));
  const page = runbookOf(rule, triggers);
  const runbook = rule.runbookUrl ?? runbookUrlOf(page, config);
  const { grafanaUrl } = config;
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
    ...(grafanaUrl !== undefined && { run_url: runLinkOf(grafanaUrl, failure) }),
    runbook: page,
    ...(runbook !== undefined && { runbook_url: runbook }),
  };
}

/** Shown before and after what a link is about. */
const AROUND_MS = 5 * 60_000;

/** The timeline around the failures, with the newest run's task alone, and that run chosen. */
export function linkOf(grafanaUrl: string, { run, at }: Failure, startsAt: EpochMs): string {
  return dashboardUrl(grafanaUrl, 'runlane-timeline/timeline', Math.min(startsAt, run.startedAt ?? at), at, {
    source: run.source,
    task: run.task,
    run: runName(run),
  });
}

/** The newest run with all its attempts, in the dashboard of one run. */
function runLinkOf(grafanaUrl: string, { run, at }: Failure): string {
  return dashboardUrl(grafanaUrl, 'runlane-task-run/task-run', Math.min(beganAt(run), at), at, {
    source: run.source,
    runId: run.runId,
  });
}

function dashboardUrl(
  grafanaUrl: string,
  dashboard: string,
  from: EpochMs,
  to: EpochMs,
  variables: Readonly<Record<string, string>>
): string {
  const params = new URLSearchParams({
    from: String(Math.round(from - AROUND_MS)),
    to: String(Math.round(to + AROUND_MS)),
    ...Object.fromEntries(Object.entries(variables).map(([name, value]) => [`var-${name}`, value])),
  });
  return `${grafanaUrl.replace(/\/+$/, '')}/d/${dashboard}?${params.toString()}`;
}

/** A run in alerts and links: the timeline finds it by this name. */
export function runName({ runId, attempt }: Pick<TaskRun, 'runId' | 'attempt'>): string {
  return attempt === 1 ? runId : `${runId} #${attempt}`;
}

/** The page of `docs/runbooks` that helps. */
function runbookOf(rule: AlertRule, triggers: readonly Trigger[]): string {
  return rule.failures > 1
    ? 'repeated-failure'
    : triggers.includes('lost')
      ? 'worker-lost'
      : triggers.includes('abnormal_exit')
        ? 'abnormal-exit'
        : 'task-failing';
}

/** Where that page can be read: where the user serves them, in the language of the message, else in the app. */
function runbookUrlOf(
  page: string,
  { runbooksUrl, grafanaUrl, language }: Pick<AlertsConfig, 'language' | 'grafanaUrl' | 'runbooksUrl'>
): string | undefined {
  if (runbooksUrl === undefined) {
    return grafanaUrl === undefined ? undefined : `${grafanaUrl.replace(/\/+$/, '')}/a/runlane-app/runbooks/${page}`;
  }
  return `${runbooksUrl.replace(/\/+$/, '')}/${language === 'en' ? '' : `${language}/`}${page}.md`;
}

function timeOf(at: EpochMs): string {
  return new Date(at).toISOString();
}
