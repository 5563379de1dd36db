import { EventBusSrv, locationUtil } from '@grafana/data';
import type { DataSourceInstanceSettings, GrafanaConfig, UrlQueryMap } from '@grafana/data';
import {
  config,
  locationService,
  setAppEvents,
  setBackendSrv,
  setChromeHeaderHeightHook,
  setCurrentUser,
  setDataSourceSrv,
  setEchoSrv,
  setPluginComponentHook,
  setPluginComponentsHook,
  setPluginFunctionsHook,
  setPluginImportUtils,
  setPluginLinksHook,
  setReturnToPreviousHook,
  setRunRequest,
  setTemplateSrv,
} from '@grafana/runtime';
import { sceneGraph, sceneUtils } from '@grafana/scenes';
import type { SceneObject } from '@grafana/scenes';
import { setPanelDataErrorView } from 'grafana-runtime-internal/components/PanelDataErrorView';
import { setPanelRenderer } from 'grafana-runtime-internal/components/PanelRenderer';
import { setPluginPage } from 'grafana-runtime-internal/components/PluginPage';
import { PreviewBackendService } from './backend-service';
import { PreviewDataSourceService } from './data-source-service';
import { PanelDataErrorView } from './panel-data-error-view';
import { PanelRenderer } from './panel-renderer';
import { PluginPage } from './plugin-page';
import { loadPanelPlugin, loadedPanelPlugin } from './plugin-loader';
import { runRequest } from './run-request';
import { PreviewTemplateService } from './template-service';

/** Fills the places in @grafana/runtime that Grafana itself fills before it loads a plugin. */
export function setSingletons(): PreviewDataSourceService {
  const templates = new PreviewTemplateService();
  const settings = new Map<string, DataSourceInstanceSettings>(
    Object.values(config.datasources).map((one) => [one.uid, one])
  );
  const dataSources = new PreviewDataSourceService(settings, config.defaultDatasource, templates);

  setBackendSrv(new PreviewBackendService());
  setTemplateSrv(templates);
  setDataSourceSrv(dataSources);
  setRunRequest(runRequest);
  setAppEvents(new EventBusSrv());
  setPluginImportUtils({ importPanelPlugin: loadPanelPlugin, getPanelPluginFromCache: loadedPanelPlugin });
  setPanelRenderer(PanelRenderer);
  setPanelDataErrorView(PanelDataErrorView);
  setPluginPage(PluginPage);
  setEchoSrv({ flush: () => undefined, addBackend: () => undefined, addEvent: () => undefined });
  setCurrentUser(config.bootData.user as unknown as Parameters<typeof setCurrentUser>[0]);
  setChromeHeaderHeightHook(() => 0);
  setReturnToPreviousHook(() => () => undefined);
  setPluginComponentHook(() => ({ component: null, isLoading: false }));
  setPluginComponentsHook(() => ({ components: [], isLoading: false }));
  setPluginFunctionsHook(() => ({ functions: [], isLoading: false }));
  setPluginLinksHook(() => ({ links: [], isLoading: false }));
  locationUtil.initialize({
    config: config as unknown as GrafanaConfig,
    getTimeRangeForUrl: () => {
      const scene = shownScene();
      const raw = scene === undefined ? { from: 'now-6h', to: 'now' } : sceneGraph.getTimeRange(scene).state;
      return { from: raw.from, to: raw.to };
    },
    getVariablesUrlParams: () => {
      const scene = shownScene();
      const state = scene === undefined ? {} : sceneUtils.getUrlState(scene);
      return Object.fromEntries(Object.entries(state).filter(([key]) => key.startsWith('var-'))) as UrlQueryMap;
    },
  });
  followLinks();
  return dataSources;
}

function shownScene(): SceneObject | undefined {
  return (window as unknown as { __grafanaSceneContext?: SceneObject }).__grafanaSceneContext;
}

/** A plain link to another page of the preview changes the page without loading it anew, as in Grafana. */
function followLinks(): void {
  document.addEventListener('click', (event) => {
    const link = (event.target as Element).closest?.('a[href]');
    if (
      !(link instanceof HTMLAnchorElement) ||
      event.defaultPrevented ||
      event.button !== 0 ||
      event.ctrlKey ||
      event.metaKey ||
      event.shiftKey
    ) {
      return;
    }
    const url = new URL(link.href);
    const own = url.origin === location.origin && !/^\/(api|public|page)\//.test(url.pathname);
    if (
      own &&
      (link.target === '' || link.target === '_self') &&
      !link.hasAttribute('download') &&
      !link.hasAttribute('data-reload')
    ) {
      event.preventDefault();
      locationService.push(locationUtil.stripBaseFromUrl(url.pathname + url.search + url.hash));
    }
  });
}
