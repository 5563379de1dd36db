import i18next from 'i18next';
import type {
  AppPlugin,
  AppPluginMeta,
  DataSourceApi,
  DataSourcePlugin,
  PanelPlugin,
  PanelPluginMeta,
  PluginMeta,
} from '@grafana/data';
import { config } from '@grafana/runtime';
import { SHARED_MODULES } from './shared-modules';
import { STAND_IN_DATA_SOURCES, STAND_IN_PANELS } from './stand-ins';

interface SystemModuleLoader {
  resolve(id: string, parent?: string): string;
  instantiate(url: string, parent?: string): Promise<unknown>;
}
interface SystemGlobal {
  import(url: string): Promise<{ default?: unknown }>;
  constructor: { prototype: SystemModuleLoader };
}

type AnyDataSourcePlugin = DataSourcePlugin<DataSourceApi>;

const SHARED = 'shared:';

/** Answers the bundles' wishes for shared modules; everything else SystemJS loads by script tag, as Grafana does. */
export function shareModules(): void {
  const loader = systemjs().constructor.prototype;
  const { resolve, instantiate } = loader;
  loader.resolve = function (id, parent) {
    if (Object.hasOwn(SHARED_MODULES, id)) {
      return `${SHARED}${id}`;
    }
    if (/^[@\w]/.test(id) && !id.includes(':') && !id.startsWith('public/')) {
      throw new Error(`[preview] a plugin asks for "${id}", which Grafana does not share with plugins.`);
    }
    return resolve.call(this, id, parent);
  };
  loader.instantiate = async function (url, parent) {
    const shared = url.startsWith(SHARED) ? SHARED_MODULES[url.slice(SHARED.length)] : undefined;
    if (shared === undefined) {
      return instantiate.call(this, url, parent);
    }
    const value = await shared();
    const register = (give: (exports: object) => unknown) => ({
      execute: () => void give({ __useDefault: true, default: value }),
    });
    return [[], register];
  };
}

const panels = new Map<string, Promise<PanelPlugin>>();
const loadedPanels = new Map<string, PanelPlugin>();
const dataSources = new Map<string, Promise<AnyDataSourcePlugin>>();

export function loadPanelPlugin(id: string): Promise<PanelPlugin> {
  return once(panels, id, async () => {
    const meta: PanelPluginMeta | undefined = config.panels[id];
    const standIn = STAND_IN_PANELS[id];
    if (meta === undefined) {
      throw new Error(`[preview] panel "${id}" is not in the preview. Open this dashboard in Grafana.`);
    }
    const plugin = standIn === undefined ? ((await loadModule(meta)) as PanelPlugin) : await standIn();
    plugin.meta = meta;
    loadedPanels.set(id, plugin);
    return plugin;
  });
}

export function loadedPanelPlugin(id: string): PanelPlugin | undefined {
  return loadedPanels.get(id);
}

export function loadDataSourcePlugin(id: string): Promise<AnyDataSourcePlugin> {
  return once(dataSources, id, async () => {
    const settings = Object.values(config.datasources).find(({ type }) => type === id);
    if (settings?.meta === undefined) {
      throw new Error(`[preview] data source plugin "${id}" is not in the preview.`);
    }
    const standIn = STAND_IN_DATA_SOURCES[id];
    const plugin = standIn === undefined ? ((await loadModule(settings.meta)) as AnyDataSourcePlugin) : await standIn();
    plugin.meta = settings.meta;
    return plugin;
  });
}

export async function loadAppPlugin(meta: AppPluginMeta): Promise<AppPlugin> {
  const plugin = (await loadModule(meta)) as AppPlugin;
  plugin.meta = meta;
  plugin.init(meta);
  return plugin;
}

async function loadModule(meta: PluginMeta): Promise<unknown> {
  await loadTranslations(meta);
  // A module that awaits at its top level exports a promise.
  const exports = (await (await systemjs().import(`/${meta.module}`)).default) as { plugin?: unknown } | undefined;
  if (exports?.plugin === undefined) {
    throw new Error(`[preview] /${meta.module} exports no "plugin".`);
  }
  return exports.plugin;
}

async function loadTranslations(meta: PluginMeta): Promise<void> {
  const language = config.bootData.user.language;
  const address = meta.translations?.[language];
  if (address === undefined || i18next.hasResourceBundle(language, meta.id)) {
    return;
  }
  const response = await fetch(address);
  if (response.ok) {
    i18next.addResourceBundle(language, meta.id, await response.json(), true, false);
  }
}

function once<T>(cache: Map<string, Promise<T>>, id: string, load: () => Promise<T>): Promise<T> {
  let plugin = cache.get(id);
  if (plugin === undefined) {
    plugin = load();
    cache.set(id, plugin);
    plugin.catch(() => cache.delete(id));
  }
  return plugin;
}

function systemjs(): SystemGlobal {
  return (window as unknown as { System: SystemGlobal }).System;
}
