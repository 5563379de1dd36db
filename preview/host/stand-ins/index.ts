import type { DataSourceApi, DataSourcePlugin, PanelPlugin } from '@grafana/data';

/** Likenesses of Grafana's own panels, by plugin id; each is loaded when a dashboard shows it. */
export const STAND_IN_PANELS: Readonly<Record<string, () => Promise<PanelPlugin>>> = {
  alertlist: async () => (await import('./only-in-grafana')).plugin(),
  barchart: async () => (await import('./bar-chart')).plugin(),
  bargauge: async () => (await import('./bar-gauge')).plugin(),
  gauge: async () => (await import('./gauge')).plugin(),
  logs: async () => (await import('./logs')).plugin(),
  nodeGraph: async () => (await import('./node-graph')).plugin(),
  piechart: async () => (await import('./pie-chart')).plugin(),
  stat: async () => (await import('./stat')).plugin(),
  table: async () => (await import('./table')).plugin(),
  text: async () => (await import('./text')).plugin(),
  timeseries: async () => (await import('./time-series')).plugin(),
  traces: async () => (await import('./traces')).plugin(),
};

/** The same for Grafana's own data sources. */
export const STAND_IN_DATA_SOURCES: Readonly<Record<string, () => Promise<DataSourcePlugin<DataSourceApi>>>> = {
  prometheus: async () => (await import('./prometheus')).plugin(),
};
