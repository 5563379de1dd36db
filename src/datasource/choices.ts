import type { SelectableValue } from '@grafana/data';
import { t } from '@grafana/i18n';
import { FILTER_FIELDS, VIEWS } from '../model/task-query';
import type { MatchOperator, View } from '../model/task-query';
import type { AnnotationKind } from './query';

/** What the editors offer, in the user's language. Functions, because words exist only after translations are loaded. */
export function viewChoices(): Array<SelectableValue<View>> {
  const words: Record<View, readonly [label: string, description: string]> = {
    timeline: [
      t('datasource.view.timeline', 'Timeline'),
      t('datasource.view.timeline-help', 'Runs on lanes, for the task timeline panel'),
    ],
    runs: [t('datasource.view.runs', 'Runs'), t('datasource.view.runs-help', 'A table of runs, newest first')],
    states: [
      t('datasource.view.states', 'States'),
      t('datasource.view.states-help', 'How many are waiting and running, how many ended and how'),
    ],
    throughput: [
      t('datasource.view.throughput', 'Throughput'),
      t('datasource.view.throughput-help', 'Runs created, started and ended per interval'),
    ],
    durations: [
      t('datasource.view.durations', 'Durations'),
      t('datasource.view.durations-help', 'Percentiles of running and waiting times'),
    ],
    health: [
      t('datasource.view.health', 'Health'),
      t('datasource.view.health-help', 'A score from 0 to 100 with its reasons'),
    ],
    failures: [
      t('datasource.view.failures', 'Failures'),
      t('datasource.view.failures-help', 'Failed runs grouped by cause'),
    ],
    workers: [t('datasource.view.workers', 'Workers'), t('datasource.view.workers-help', 'One row per worker')],
    queues: [t('datasource.view.queues', 'Queues'), t('datasource.view.queues-help', 'One row per queue')],
    resources: [
      t('datasource.view.resources', 'Resources'),
      t('datasource.view.resources-help', 'CPU and memory in use'),
    ],
    assets: [
      t('datasource.view.assets', 'Assets'),
      t('datasource.view.assets-help', 'One row per asset: whether it is fresh, its checks, what it is made from'),
    ],
    alerts: [
      t('datasource.view.alerts', 'Alerts'),
      t('datasource.view.alerts-help', 'What fires and what fired in the time range'),
    ],
    transitions: [
      t('datasource.view.transitions', 'State changes'),
      t('datasource.view.transitions-help', 'Every state change of a run, its facts and samples'),
    ],
    run: [
      t('datasource.view.run', 'One run'),
      t(
        'datasource.view.run-help',
        'A run by its id, whatever the range, and what is around it, for the task timeline panel'
      ),
    ],
    lineage: [
      t('datasource.view.lineage', 'Lineage'),
      t('datasource.view.lineage-help', 'Which run asked for which, for the node graph'),
    ],
    trace: [t('datasource.view.trace', 'Trace'), t('datasource.view.trace-help', 'Runs as spans of a trace')],
  };
  return VIEWS.map((view) => ({ value: view, label: words[view][0], description: words[view][1] }));
}

export function operatorChoices(): Array<SelectableValue<MatchOperator>> {
  return [
    { value: '=', label: '=', description: t('datasource.operator.is', 'is one of') },
    { value: '!=', label: '!=', description: t('datasource.operator.is-not', 'is none of') },
    { value: '=~', label: '=~', description: t('datasource.operator.matches', 'matches a regular expression') },
    { value: '!~', label: '!~', description: t('datasource.operator.matches-not', 'matches no regular expression') },
  ];
}

export function fieldChoices(): Array<SelectableValue<string>> {
  return FILTER_FIELDS.map((field) => ({ value: field, label: fieldWord(field) }));
}

export function groupChoices(): Array<SelectableValue<string>> {
  return ['task', 'worker', 'host', 'queue', 'source', 'state'].map((field) => ({
    value: field,
    label: fieldWord(field),
  }));
}

export function fieldWord(field: string): string {
  switch (field) {
    case 'task':
      return t('datasource.field.task', 'Task');
    case 'worker':
      return t('datasource.field.worker', 'Worker');
    case 'host':
      return t('datasource.field.host', 'Host');
    case 'queue':
      return t('datasource.field.queue', 'Queue');
    case 'source':
      return t('datasource.field.source', 'Source');
    case 'state':
      return t('datasource.field.state', 'State');
    case 'kind':
      return t('datasource.field.kind', 'Kind');
    case 'runId':
      return t('datasource.field.runId', 'Run');
    case 'rootId':
      return t('datasource.field.rootId', 'Root');
    case 'traceId':
      return t('datasource.field.traceId', 'Trace');
    default:
      return field;
  }
}

export function annotationChoices(): Array<SelectableValue<AnnotationKind>> {
  return [
    { value: 'failures', label: t('datasource.annotation.failures', 'Failed runs') },
    { value: 'lost_runs', label: t('datasource.annotation.lost-runs', 'Lost runs') },
    { value: 'silent_workers', label: t('datasource.annotation.silent-workers', 'Workers that fell silent') },
  ];
}

/** The choices, with the one that is taken where it is a user's own. */
export function withOwn(
  choices: ReadonlyArray<SelectableValue<string>>,
  taken: string
): Array<SelectableValue<string>> {
  return choices.some(({ value }) => value === taken) ? [...choices] : [...choices, { value: taken, label: taken }];
}
