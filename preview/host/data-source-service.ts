import type { DataSourceApi, DataSourceInstanceSettings, DataSourceRef, ScopedVars } from '@grafana/data';
import type {
  DataSourceSrv,
  GetDataSourceListFilters,
  RuntimeDataSourceRegistration,
  TemplateSrv,
} from '@grafana/runtime';
import { loadDataSourcePlugin } from './plugin-loader';

/** `getDataSourceSrv()` of the preview: the provisioned data sources, each created once from its plugin. */
export class PreviewDataSourceService implements DataSourceSrv {
  private readonly instances = new Map<string, Promise<DataSourceApi>>();
  private readonly runtime = new Map<string, DataSourceApi>();

  constructor(
    private readonly settings: Map<string, DataSourceInstanceSettings>,
    private readonly defaultName: string,
    private readonly templates: TemplateSrv
  ) {}

  async get(ref?: DataSourceRef | string | null, scopedVars?: ScopedVars): Promise<DataSourceApi> {
    const uid = typeof ref === 'string' ? ref : ref?.uid;
    const registered = uid === undefined ? undefined : this.runtime.get(uid);
    if (registered !== undefined) {
      return registered;
    }
    const settings = this.getInstanceSettings(ref, scopedVars);
    if (settings === undefined) {
      const wanted = this.templates.replace(uid ?? '', scopedVars) || describe(ref);
      throw new Error(`[preview] data source "${wanted}" was not found. Provision it in provisioning/datasources/.`);
    }
    let instance = this.instances.get(settings.uid);
    if (instance === undefined) {
      instance = create(settings);
      this.instances.set(settings.uid, instance);
      instance.catch(() => this.instances.delete(settings.uid));
    }
    return instance;
  }

  getList(filters: GetDataSourceListFilters = {}): DataSourceInstanceSettings[] {
    const { pluginId, type, filter, annotations, tracing, logs } = filters;
    const types = type === undefined ? undefined : [type].flat();
    return [...this.settings.values()].filter(
      (one) =>
        (pluginId === undefined || one.type === pluginId) &&
        (types === undefined || types.length === 0 || types.includes(one.type)) &&
        (annotations !== true || one.meta.annotations === true) &&
        (tracing !== true || one.meta.tracing === true) &&
        (logs !== true || one.meta.logs === true) &&
        (filter === undefined || filter(one))
    );
  }

  getInstanceSettings(
    ref?: DataSourceRef | string | null,
    scopedVars?: ScopedVars
  ): DataSourceInstanceSettings | undefined {
    const all = [...this.settings.values()];
    const raw = typeof ref === 'string' ? ref : ref?.uid;
    if (raw === undefined || raw === '' || raw === 'default') {
      const type = typeof ref === 'string' ? undefined : ref?.type;
      return (
        all.find((one) => type !== undefined && one.type === type) ?? all.find((one) => one.name === this.defaultName)
      );
    }
    const wanted = this.templates.replace(raw, scopedVars);
    const found = all.find((one) => one.uid === wanted) ?? all.find((one) => one.name === wanted);
    return found ?? (wanted === 'default' ? all.find((one) => one.name === this.defaultName) : undefined);
  }

  registerRuntimeDataSource({ dataSource }: RuntimeDataSourceRegistration): void {
    this.runtime.set(dataSource.uid, dataSource);
  }

  reload(): void {
    this.instances.clear();
  }

  /** After its settings were edited. */
  replace(settings: DataSourceInstanceSettings): void {
    this.settings.set(settings.uid, settings);
    this.instances.delete(settings.uid);
  }
}

async function create(settings: DataSourceInstanceSettings): Promise<DataSourceApi> {
  const plugin = await loadDataSourcePlugin(settings.type);
  const instance = new plugin.DataSourceClass(settings);
  instance.components = plugin.components;
  instance.meta = settings.meta;
  return instance;
}

function describe(ref: DataSourceRef | string | null | undefined): string {
  return typeof ref === 'string' ? ref : (ref?.type ?? 'default');
}
