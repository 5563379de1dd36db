/** Where logs of runs often are. The names are the systems' own. */
export const LOG_SYSTEMS = ['Loki', 'Elasticsearch', 'Datadog'] as const;
export type LogSystem = (typeof LOG_SYSTEMS)[number];

/** Types of Grafana's data sources that hold logs, by what holds them. */
export const LOG_SOURCES: Readonly<Partial<Record<LogSystem, string>>> = {
  Loki: 'loki',
  Elasticsearch: 'elasticsearch',
};

const NO_SOURCE = 'UID_OF_YOUR_DATA_SOURCE';

/**
 * An address to begin with, to be fitted to how the user's logs are labelled: lines that hold the run's id, in the time of
 * the run.
 *
 * @param uid the user's own data source for it, where there is one
 */
export function logTemplate(system: LogSystem, uid = NO_SOURCE): string {
  switch (system) {
    case 'Loki':
      return explore(uid, { expr: '{job=~".+"} |= "${runId}"', queryType: 'range' });
    case 'Elasticsearch':
      return explore(uid, { query: '"${runId}"', metrics: [{ id: '1', type: 'logs' }] });
    case 'Datadog':
      return 'https://app.datadoghq.com/logs?query=${runId}&from_ts=${from}&to_ts=${to}&live=false';
  }
}

/** A page of Grafana's Explore. What is put in for a place is encoded, so it cannot end a text of the JSON. */
function explore(uid: string, query: object): string {
  const panes = {
    logs: {
      datasource: uid,
      queries: [{ refId: 'A', datasource: { uid }, ...query }],
      range: { from: '${from}', to: '${to}' },
    },
  };
  const encoded = encodeURIComponent(JSON.stringify(panes)).replace(/%24%7B(\w+)%7D/g, '$${$1}');
  return `/explore?schemaVersion=1&panes=${encoded}`;
}
