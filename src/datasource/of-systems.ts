import { findSourceSystem } from '../connectors/index';
import type { Connector } from '../connectors/connector';
import { ConnectorError } from '../model/connector-error';
import type { SourceStatus } from '../model/source-status';
import type { TaskFilter } from '../model/task-query';
import { escapeRegex } from './interpolate';

/** Behind the name of a system, a source's name goes on with what tells several apart: `celery-prod`. */
const MORE = '([-_. ].*)?';

/** Profiles of metrics that may tell of any system, by sources that carry its name. */
const OF_ANY_SYSTEM: readonly string[] = ['runlane-store', 'custom'];

/**
 * A filter narrowed to what runs in certain systems, for dashboards that are about one. Of a data source that reads such
 * a system itself that is everything. The task store knows the systems of the sources that it collects; others are of
 * the system whose name they bear: `airflow`, `celery-prod`.
 *
 * @param systems ids of source systems and of profiles of Prometheus: `flower`, `celery-exporter`
 * @param statuses how the sources fare that are collected
 * @throws ConnectorError of kind `not-reported` where another system is read
 */
export async function narrowedToSystems(
  filter: TaskFilter,
  systems: readonly string[],
  connector: Connector,
  statuses: () => Promise<readonly SourceStatus[]>,
  signal: AbortSignal
): Promise<TaskFilter> {
  if (systems.includes(connector.id)) {
    return filter;
  }
  if (connector.sources !== undefined) {
    const collected = await statuses();
    return bySource(filter, [...namesOf(collected, systems), ...systems.map((system) => escapeRegex(system) + MORE)]);
  }
  const profile = await connector.profile?.(signal);
  if (profile !== undefined && systems.includes(profile.id)) {
    return filter;
  }
  if (profile !== undefined && OF_ANY_SYSTEM.includes(profile.id)) {
    return bySource(
      filter,
      systems.map((system) => escapeRegex(system) + MORE)
    );
  }
  const name = profile?.name ?? findSourceSystem(connector.id)?.name ?? connector.id;
  throw new ConnectorError(
    'not-reported',
    connector.id,
    `This data source reads ${name}, which this dashboard is not about. Choose another data source above.`
  );
}

function namesOf(statuses: readonly SourceStatus[], systems: readonly string[]): string[] {
  return statuses.filter(({ system }) => systems.includes(system)).map(({ name }) => escapeRegex(name));
}

function bySource(filter: TaskFilter, values: readonly string[]): TaskFilter {
  return { ...filter, matches: [...filter.matches, { field: 'source', operator: '=~', values }] };
}
