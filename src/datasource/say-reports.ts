import { t } from '@grafana/i18n';
import type { Reports } from '../connectors/connector';

/** One sentence: what the source can tell, and what it cannot, which panels then show as "not reported". */
export function sayReports(reports: Reports): string {
  const words: Record<keyof Reports, string> = {
    attempts: t('datasource.reports.attempts', 'attempts'),
    queues: t('datasource.reports.queues', 'queues'),
    workers: t('datasource.reports.workers', 'workers'),
    resources: t('datasource.reports.resources', 'CPU and memory'),
    waits: t('datasource.reports.waits', 'waiting times'),
    exits: t('datasource.reports.exits', 'exit codes and signals'),
    errors: t('datasource.reports.errors', 'errors'),
    parents: t('datasource.reports.parents', 'parents'),
    traces: t('datasource.reports.traces', 'traces'),
    pending: t('datasource.reports.pending', 'waiting runs'),
    running: t('datasource.reports.running', 'running runs'),
  };
  const facts = Object.keys(words) as Array<keyof Reports>;
  const comma = t('datasource.reports.comma', ', ');
  const told = facts.filter((fact) => reports[fact]).map((fact) => words[fact]);
  const untold = facts.filter((fact) => !reports[fact]).map((fact) => words[fact]);
  const yes = told.length === 0 ? '' : t('datasource.reports.yes', 'Reports {{facts}}.', { facts: told.join(comma) });
  const no =
    untold.length === 0 ? '' : t('datasource.reports.no', 'Does not report {{facts}}.', { facts: untold.join(comma) });
  return [yes, no].filter((part) => part !== '').join(' ');
}
