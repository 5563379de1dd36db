/** Grafana's own panels for which the page has a stand-in: plugin id and Grafana's name. */
export const STAND_INS: Readonly<Record<string, string>> = {
  alertlist: 'Alert list',
  barchart: 'Bar chart',
  bargauge: 'Bar gauge',
  gauge: 'Gauge',
  logs: 'Logs',
  nodeGraph: 'Node graph',
  piechart: 'Pie chart',
  stat: 'Stat',
  table: 'Table',
  text: 'Text',
  timeseries: 'Time series',
  traces: 'Traces',
};

/** Grafana's own data sources for which the page has a stand-in: plugin id and Grafana's name. */
export const STAND_IN_DATA_SOURCES: Readonly<Record<string, string>> = { prometheus: 'Prometheus' };
