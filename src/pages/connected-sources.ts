import type { DataSourceInstanceSettings } from '@grafana/data';
import { getDataSourceSrv } from '@grafana/runtime';
import type { CollectedSources } from '../model/source-status';

export const DATA_SOURCE_TYPE = 'runlane-datasource';

/** What a data source said when it was asked: its version and what it reports, or why it could not answer. */
export type Health = { ok: true; message: string } | { ok: false; message: string };

const NONE: CollectedSources = { sources: [], discoveries: [] };

export interface ConnectedSource {
  settings: DataSourceInstanceSettings;
  health: Promise<Health>;
  /** Systems that it reads itself; none also where it cannot say, whose health then tells why. */
  collected: Promise<CollectedSources>;
}

/** Every Runlane data source that this user may query, each asked once. */
export function connectedSources(): ConnectedSource[] {
  return (
    getDataSourceSrv()
      .getList({ type: DATA_SOURCE_TYPE })
      // Grafana 12.3 adds its built-in "-- Grafana --" to every list.
      .filter((settings) => settings.type === DATA_SOURCE_TYPE)
      .map((settings) => ({ settings, health: askHealth(settings), collected: askCollected(settings) }))
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

async function askCollected(settings: DataSourceInstanceSettings): Promise<CollectedSources> {
  try {
    const source: object = await getDataSourceSrv().get({ uid: settings.uid, type: settings.type });
    return readsSources(source) ? await source.sources() : NONE;
  } catch {
    // A store of before 0.1.0 has no such address; of everything else the health tells.
    return NONE;
  }
}

function readsSources(source: object): source is { sources(): Promise<CollectedSources> } {
  return 'sources' in source && typeof source.sources === 'function';
}
