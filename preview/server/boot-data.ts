import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { STAND_IN_DATA_SOURCES, STAND_INS } from '../stand-in-names';
import type { PluginOnDisk } from './plugins-on-disk';
import type { ProvisionedDataSource } from './provisioning';

/** What `window.grafanaBootData` must hold before @grafana/runtime is evaluated. Secrets are never part of it. */
export function bootData(
  version: string,
  plugins: readonly PluginOnDisk[],
  dataSources: readonly ProvisionedDataSource[]
): Record<string, unknown> {
  const panels = [
    ...plugins.filter(({ type }) => type === 'panel').map(pluginMeta),
    ...Object.entries(STAND_INS).map(([id, name]) => standInMeta(id, name, 'panel')),
  ];
  const settings = dataSources.map((source, index) => instanceSettings(source, index, plugins));
  return {
    assets: { dark: '', light: '' },
    navTree: [],
    user: {
      id: 1,
      uid: 'preview',
      login: 'preview',
      name: 'Preview',
      email: '',
      orgId: 1,
      orgName: 'Preview',
      orgRole: 'Admin',
      orgCount: 1,
      isSignedIn: true,
      isGrafanaAdmin: true,
      timezone: 'browser',
      weekStart: '',
      locale: 'en-US',
      language: 'en-US',
      regionalFormat: 'en-US',
      theme: 'dark',
      permissions: {},
      helpFlags1: 0,
      gravatarUrl: '',
      hasEditPermissionInFolders: true,
      analytics: { identifier: '' },
    },
    settings: {
      appUrl: '/',
      appSubUrl: '',
      buildInfo: {
        version,
        commit: 'preview',
        env: 'production',
        edition: 'Open Source',
        hasUpdate: false,
        hideVersion: false,
        latestVersion: version,
        versionString: `Runlane preview (${version} libraries)`,
        buildstamp: 0,
      },
      datasources: Object.fromEntries(settings.map((one) => [one['name'], one])),
      defaultDatasource: dataSources.find(({ isDefault }) => isDefault)?.name ?? dataSources[0]?.name ?? '',
      panels: Object.fromEntries(panels.map((panel) => [panel['id'], panel])),
      apps: Object.fromEntries(
        plugins
          .filter(({ type }) => type === 'app')
          .map((app) => [
            app.id,
            {
              ...pluginMeta(app),
              path: modulePath(app),
              preload: false,
              loadingStrategy: 'script',
              version: app.version,
            },
          ])
      ),
      featureToggles: {},
      minRefreshInterval: '1s',
      liveEnabled: false,
      exploreEnabled: true,
      viewersCanEdit: false,
      anonymousEnabled: true,
      unifiedAlertingEnabled: false,
      licenseInfo: { enabledFeatures: {} },
      dateFormats: undefined,
      language: 'en-US',
      regionalFormat: 'en-US',
    },
  };
}

export function instanceSettings(
  source: ProvisionedDataSource,
  index: number,
  plugins: readonly PluginOnDisk[]
): Record<string, unknown> {
  const plugin = plugins.find(({ id }) => id === source.type);
  const standIn = STAND_IN_DATA_SOURCES[source.type];
  return {
    id: index + 1,
    uid: source.uid,
    type: source.type,
    name: source.name,
    access: 'proxy',
    isDefault: source.isDefault,
    readOnly: !source.editable,
    url: `/api/datasources/proxy/uid/${encodeURIComponent(source.uid)}`,
    jsonData: source.jsonData,
    meta:
      plugin !== undefined
        ? pluginMeta(plugin)
        : standIn !== undefined
          ? standInMeta(source.type, standIn, 'datasource')
          : undefined,
  };
}

function modulePath(plugin: PluginOnDisk): string {
  return `public/plugins/${plugin.id}/module.js`;
}

/** Only languages whose file is there: asking for one that is not would leave an error in the browser's console. */
function translations(plugin: PluginOnDisk): Record<string, string> {
  const languages = Array.isArray(plugin.json['languages']) ? plugin.json['languages'].map(String) : [];
  const file = (language: string) => `locales/${language}/${plugin.id}.json`;
  return Object.fromEntries(
    languages
      .filter((language) => existsSync(join(plugin.folder, file(language))))
      .map((language) => [language, `/public/plugins/${plugin.id}/${file(language)}`])
  );
}

export function pluginMeta(plugin: PluginOnDisk): Record<string, unknown> {
  const info = { ...(plugin.json['info'] as Record<string, unknown> | undefined) };
  const logos = (info['logos'] ?? {}) as Record<string, string>;
  return {
    ...plugin.json,
    translations: translations(plugin),
    baseUrl: `public/plugins/${plugin.id}`,
    module: modulePath(plugin),
    enabled: true,
    pinned: true,
    sort: 0,
    signature: 'unsigned',
    angular: { detected: false, hideDeprecation: true },
    angularDetected: false,
    loadingStrategy: 'script',
    moduleHash: undefined,
    extensions: {},
    aliasIDs: [],
    info: {
      ...info,
      logos: Object.fromEntries(
        Object.entries(logos).map(([size, file]) => [size, `/public/plugins/${plugin.id}/${file}`])
      ),
    },
  };
}

function standInMeta(id: string, name: string, type: PluginOnDisk['type']): Record<string, unknown> {
  return {
    id,
    name: `${name} (stand-in)`,
    type,
    module: `stand-in:${id}`,
    baseUrl: '',
    sort: 100,
    hideFromList: false,
    skipDataQuery: id === 'text' || id === 'alertlist',
    state: '',
    info: {
      author: { name: 'Runlane preview' },
      description: '',
      links: [],
      logos: { small: '', large: '' },
      screenshots: [],
      updated: '',
      version: '',
    },
  };
}
