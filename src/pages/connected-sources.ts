import type { DataSourceInstanceSettings } from '@grafana/data';
import { getDataSourceSrv } from '@grafana/runtime';

export const DATA_SOURCE_TYPE = 'runlane-datasource';

/** What a data source said when it was asked: its version and what it reports, or why it could not answer. */
export type Health = { ok: true; message: string } | { ok: false; message: string };

export interface ConnectedSource {
  settings: DataSourceInstanceSettings;
  health: Promise<Health>;
}

/** Every Runlane data source that this user may query, each asked once. */
export function connectedSources(): ConnectedSource[] {
  return (
    getDataSourceSrv()
      .getList({ type: DATA_SOURCE_TYPE })
      // Grafana 12.3 adds its built-in "-- Grafana --" to every list.
      .filter((settings) => settings.type === DATA_SOURCE_TYPE)
      .map((settings) => ({ settings, health: askHealth(settings) }))
  );
}

async function askHealth(settings: DataSourceInstanceSettings): Promise<Health> {
  try {
    const source = await getDataSourceSrv().get({ uid: settings.uid, type: settings.type });
    const { status, message } = await source.testDatasource();
    return { ok: status === 'success', message };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}
