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

/** What a source tells of its sources, as far as it answers. */
export interface KnownSources {
  /** How those fare that are collected. */
  statuses: () => Promise<readonly SourceStatus[] | undefined>;
  /** Names of those with runs in the range that is asked for. */
  seen: () => Promise<readonly string[] | undefined>;
}

/**
 * A filter narrowed to what runs in certain systems, for dashboards that are about one. Of a data source that reads such
 * a system itself that is everything. The task store knows the systems of the sources that it collects; others are of
 * the system whose name they bear: `airflow`, `celery-prod`.
 *
 * @param systems ids of source systems and of profiles of Prometheus: `flower`, `celery-exporter`
 * @throws ConnectorError of kind `not-reported` where another system is read, or nothing is known of any such: that none of
 *   its runs failed would be true, and read as good news
 */
export async function narrowedToSystems(
  filter: TaskFilter,
  systems: readonly string[],
  connector: Connector,
  { statuses, seen }: KnownSources,
  signal: AbortSignal
): Promise<TaskFilter> {
  if (systems.includes(connector.id)) {
    return filter;
  }
  if (connector.sources !== undefined) {
    const [collected, names] = await Promise.all([statuses(), seen()]);
    const ofSuch = namesOf(collected ?? [], systems);
    if (collected !== undefined && ofSuch.length === 0) {
      demandNamed(names, systems, connector.id, 'The task store collects from no such system');
    }
    return bySource(filter, [...ofSuch, ...bearing(systems)]);
  }
  const profile = await connector.profile?.(signal);
  if (profile !== undefined && systems.includes(profile.id)) {
    return filter;
  }
  if (profile !== undefined && OF_ANY_SYSTEM.includes(profile.id)) {
    if (profile.id === 'runlane-store') {
      demandNamed(await seen(), systems, connector.id, 'These metrics tell of no such system');
    }
    return bySource(filter, bearing(systems));
  }
  const name = profile?.name ?? findSourceSystem(connector.id)?.name ?? connector.id;
  throw new ConnectorError(
    'not-reported',
    connector.id,
    `This data source reads ${name}, which this dashboard is not about. Choose another data source above.`
  );
}

/** @throws ConnectorError of kind `not-reported` where names are known, and none is of such a system */
function demandNamed(names: readonly string[] | undefined, systems: readonly string[], id: string, why: string): void {
  const isOfSuch = new RegExp(`^(?:${bearing(systems).join('|')})$`);
  if (names === undefined || names.some((name) => isOfSuch.test(name))) {
    return;
  }
  throw new ConnectorError(
    'not-reported',
    id,
    `${why}: in this time range, no source has runs that is called ${systems.join(' or ')}, alone or with more behind it (${systems[0]}-eu). Have the task store collect one, send events under such a name, or choose another data source above.`
  );
}

/** Patterns of the names of sources that say their system. */
function bearing(systems: readonly string[]): string[] {
  return systems.map((system) => escapeRegex(system) + MORE);
}

function namesOf(statuses: readonly SourceStatus[], systems: readonly string[]): string[] {
  return statuses.filter(({ system }) => systems.includes(system)).map(({ name }) => escapeRegex(name));
}

function bySource(filter: TaskFilter, values: readonly string[]): TaskFilter {
  return { ...filter, matches: [...filter.matches, { field: 'source', operator: '=~', values }] };
}
