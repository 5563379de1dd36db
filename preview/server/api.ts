import type { IncomingMessage, ServerResponse } from 'node:http';
import { existsSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { bootData, instanceSettings, pluginMeta } from './boot-data';
import { isRecord } from './environment';
import { page } from './page';
import { readPlugins } from './plugins-on-disk';
import type { PluginOnDisk } from './plugins-on-disk';
import { readAppSettings, readDashboards, readDataSources } from './provisioning';
import type { DashboardFile, Problem, ProvisionedDataSource } from './provisioning';
import { basicAuthorization, forward, forwardResource } from './proxy';
import { TemplateError } from './header-template';
import { sendFile } from './static-files';
import { STAND_IN_DATA_SOURCES } from '../stand-in-names';

export interface PreviewOptions {
  /** Version of the libraries, shown as Grafana's. */
  version: string;
  /** Folder of the built page. */
  page: string;
  plugins: string;
  provisioning: string;
  /** Further folders with dashboards, beside the provisioned and the bundled ones. */
  dashboards: readonly string[];
  environment: Readonly<Record<string, string | undefined>>;
  /** Where Prometheus is, in place of the address that its provisioned data sources have. */
  prometheus?: string;
}

/** `/api/datasources/uid/<uid>/resources/<path>`: what a data source's own backend does in Grafana. */
const RESOURCES = /^\/api\/datasources\/uid\/([^/]+)\/resources\/(.*)$/;

/** The few answers of Grafana's HTTP API that plugins, scenes and the page ask for. Nothing is written to disk. */
export class PreviewApi {
  private readonly edited = new Map<string, ProvisionedDataSource>();
  private readonly appSettings = new Map<string, Record<string, unknown>>();

  constructor(private readonly options: PreviewOptions) {}

  handle(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const url = new URL(incoming.url ?? '/', 'http://preview');
    this.answer(incoming, outgoing, url).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      if (outgoing.headersSent) {
        outgoing.destroy();
      } else {
        json(outgoing, error instanceof TemplateError ? 400 : 500, { message });
      }
    });
  }

  private async answer(incoming: IncomingMessage, outgoing: ServerResponse, url: URL): Promise<void> {
    if (!isOwnHost(incoming.headers.host)) {
      json(outgoing, 403, { message: '[preview] it answers to localhost and loopback addresses only.' });
      return;
    }
    const path = url.pathname;
    const method = incoming.method ?? 'GET';

    if (path.startsWith('/page/')) {
      await sendFile(outgoing, join(this.options.page, 'page'), path.slice('/page/'.length));
    } else if (path.startsWith('/public/plugins/')) {
      await this.sendPluginFile(outgoing, path.slice('/public/plugins/'.length));
    } else if (path.startsWith('/public/')) {
      await sendFile(outgoing, join(this.options.page, 'public'), path.slice('/public/'.length));
    } else if (path.startsWith('/api/datasources/proxy/uid/')) {
      this.proxy(incoming, outgoing, path.slice('/api/datasources/proxy/uid/'.length), url.search);
    } else if (RESOURCES.test(path)) {
      this.resource(incoming, outgoing, path, url.search);
    } else if (path.startsWith('/api/') || path === '/login' || path.startsWith('/apis/')) {
      const body = method === 'GET' ? undefined : await readBody(incoming);
      this.api(outgoing, method, path, url, body);
    } else if (method === 'GET' || method === 'HEAD') {
      const { plugins } = readPlugins(this.options.plugins);
      outgoing.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
      outgoing.end(page(bootData(this.options.version, plugins, this.dataSources().dataSources)));
    } else {
      json(outgoing, 404, { message: 'Not found' });
    }
  }

  private async sendPluginFile(outgoing: ServerResponse, path: string): Promise<void> {
    const [id = '', ...rest] = path.split('/');
    const plugin = readPlugins(this.options.plugins).plugins.find((one) => one.id === decodeURIComponent(id));
    if (plugin === undefined) {
      json(outgoing, 404, { message: `[preview] no plugin "${id}" in ${this.options.plugins}. Run npm run build.` });
      return;
    }
    await sendFile(outgoing, plugin.folder, rest.join('/'));
  }

  private proxy(incoming: IncomingMessage, outgoing: ServerResponse, path: string, search: string): void {
    const [uid = '', ...rest] = path.split('/');
    const source = this.dataSource(decodeURIComponent(uid));
    const plugin = readPlugins(this.options.plugins).plugins.find(({ id }) => id === source?.type);
    if (source === undefined || plugin === undefined) {
      incoming.resume();
      json(outgoing, 404, { message: 'Unable to find datasource' });
      return;
    }
    const data = { URL: source.url, JsonData: source.jsonData, SecureJsonData: source.secureJsonData };
    forward(incoming, outgoing, plugin.routes, rest.join('/'), search, data, authorizationOf(source));
  }

  /** In Grafana the data source's backend decides about methods. Prometheus takes long questions as forms, by POST. */
  private resource(incoming: IncomingMessage, outgoing: ServerResponse, path: string, search: string): void {
    const [, uid = '', rest = ''] = RESOURCES.exec(path) ?? [];
    const source = this.dataSource(decodeURIComponent(uid));
    if (
      source === undefined ||
      STAND_IN_DATA_SOURCES[source.type] === undefined ||
      !/^(GET|POST)$/.test(incoming.method ?? '')
    ) {
      incoming.resume();
      json(outgoing, 404, { message: source === undefined ? 'Data source not found' : 'Not found' });
      return;
    }
    forwardResource(incoming, outgoing, source.url, rest, search, authorizationOf(source));
  }

  private api(outgoing: ServerResponse, method: string, path: string, url: URL, body: unknown): void {
    const [, first = '', second = '', third = ''] = path.slice(1).split('/').map(decodeURIComponent);
    const what = `${method} ${[first, second].filter(Boolean).join('/')}`;
    const { plugins, problems: pluginProblems } = readPlugins(this.options.plugins);

    if (path === '/login') {
      json(outgoing, 200, { message: 'Logged in' });
    } else if (path === '/api/health') {
      json(outgoing, 200, { database: 'ok', version: this.options.version, commit: 'preview', preview: true });
    } else if (path === '/api/preview') {
      const { dashboards, problems } = this.dashboards();
      const sources = this.dataSources();
      json(outgoing, 200, {
        dashboards: dashboards.map(({ uid, title, folder, tags }) => ({ uid, title, folder, tags })),
        apps: plugins.filter(({ type }) => type === 'app').map(pluginMeta),
        dataSources: sources.dataSources.map(({ uid, name, type }) => ({
          uid,
          name,
          type,
          shown: plugins.some(({ id }) => id === type),
        })),
        problems: [...pluginProblems, ...sources.problems, ...problems].map((one) => this.shown(one)),
      });
    } else if (path === '/api/search') {
      const { dashboards } = this.dashboards();
      json(
        outgoing,
        200,
        dashboards.map(({ uid, title, tags }, index) => ({
          id: index + 1,
          uid,
          title,
          tags,
          type: 'dash-db',
          url: `/d/${uid}`,
          uri: `db/${uid}`,
          slug: '',
          isStarred: false,
        }))
      );
    } else if (what === 'GET dashboards/uid' && third !== '') {
      this.sendDashboard(outgoing, third);
    } else if (what === 'GET datasources') {
      json(
        outgoing,
        200,
        this.dataSources().dataSources.map((source, index) => editable(source, index, plugins))
      );
    } else if (first === 'datasources' && second === 'uid') {
      this.dataSourceSettings(outgoing, method, third, body, plugins);
    } else if (first === 'plugins' && second !== '') {
      this.pluginSettings(outgoing, method, second, body, plugins);
    } else if (path === '/api/user' || path === '/api/user/orgs' || path === '/api/org') {
      json(
        outgoing,
        200,
        path.endsWith('orgs')
          ? [{ orgId: 1, name: 'Preview', role: 'Admin' }]
          : { id: 1, login: 'preview', name: 'Preview' }
      );
    } else if (path === '/api/frontend/settings') {
      json(outgoing, 200, bootData(this.options.version, plugins, this.dataSources().dataSources)['settings']);
    } else if (path === '/api/annotations') {
      json(outgoing, 200, []);
    } else {
      json(outgoing, 404, {
        message: `[preview] ${method} ${url.pathname} is part of Grafana only. Try it in Grafana.`,
      });
    }
  }

  private sendDashboard(outgoing: ServerResponse, uid: string): void {
    const found = this.dashboards();
    const dashboard = found.dashboards.find((one) => one.uid === uid);
    if (dashboard !== undefined) {
      json(outgoing, 200, {
        dashboard: { ...dashboard.json, uid: dashboard.uid },
        meta: {
          provisioned: true,
          folderTitle: dashboard.folder,
          canEdit: false,
          canSave: false,
          slug: dashboard.uid,
          file: this.path(dashboard.file),
        },
      });
      return;
    }
    const named = found.problems.find(({ file }) => basename(file).includes(uid)) ?? found.problems[0];
    const hint = named === undefined ? '' : ` A file could not be read: ${describe(this.shown(named))}`;
    json(outgoing, 404, { message: `[preview] no dashboard has the uid "${uid}".${hint}` });
  }

  private dataSourceSettings(
    outgoing: ServerResponse,
    method: string,
    uid: string,
    body: unknown,
    plugins: readonly PluginOnDisk[]
  ): void {
    const all = this.dataSources().dataSources;
    const index = all.findIndex((one) => one.uid === uid);
    const source = all[index];
    if (source === undefined) {
      json(outgoing, 404, { message: `[preview] no data source has the uid "${uid}".` });
      return;
    }
    if (method === 'PUT' && isRecord(body)) {
      const fields = isRecord(body['secureJsonFields']) ? body['secureJsonFields'] : {};
      const kept = Object.entries(source.secureJsonData).filter(([key]) => fields[key] !== false);
      this.edited.set(uid, {
        ...source,
        name: typeof body['name'] === 'string' && body['name'] !== '' ? body['name'] : source.name,
        basicAuthUser: body['basicAuth'] === true ? String(body['basicAuthUser'] ?? '') : undefined,
        jsonData: isRecord(body['jsonData']) ? body['jsonData'] : source.jsonData,
        secureJsonData: {
          ...Object.fromEntries(kept),
          ...(isRecord(body['secureJsonData']) ? body['secureJsonData'] : {}),
        },
      });
      json(outgoing, 200, {
        message: 'Datasource updated',
        datasource: editable(this.edited.get(uid)!, index, plugins),
      });
      return;
    }
    json(outgoing, 200, editable(source, index, plugins));
  }

  private pluginSettings(
    outgoing: ServerResponse,
    method: string,
    id: string,
    body: unknown,
    plugins: readonly PluginOnDisk[]
  ): void {
    const plugin = plugins.find((one) => one.id === id);
    if (plugin === undefined) {
      json(outgoing, 404, { message: 'Plugin not found' });
      return;
    }
    if (method === 'POST' && isRecord(body)) {
      this.appSettings.set(id, isRecord(body['jsonData']) ? body['jsonData'] : {});
    }
    const provisioned = readAppSettings(this.options.provisioning, this.options.environment).settings.get(id);
    json(outgoing, 200, {
      ...pluginMeta(plugin),
      jsonData: this.appSettings.get(id) ?? provisioned ?? {},
      secureJsonFields: {},
    });
  }

  private dashboards(): { dashboards: DashboardFile[]; problems: Problem[] } {
    return readDashboards([
      ...this.options.dashboards.map((path) => ({ path, title: basename(path) })),
      { path: join(this.options.provisioning, 'dashboards'), title: 'Runlane' },
      { path: join(this.options.plugins, 'dashboards'), title: 'Runlane' },
    ]);
  }

  private dataSources(): { dataSources: ProvisionedDataSource[]; problems: Problem[] } {
    const read = readDataSources(this.options.provisioning, this.options.environment);
    const { prometheus } = this.options;
    const dataSources = read.dataSources.map((source) =>
      source.type === 'prometheus' && prometheus !== undefined ? { ...source, url: prometheus } : source
    );
    return { ...read, dataSources: dataSources.map((source) => this.edited.get(source.uid) ?? source) };
  }

  private dataSource(uid: string): ProvisionedDataSource | undefined {
    return this.dataSources().dataSources.find((source) => source.uid === uid);
  }

  private shown(problem: Problem): Problem {
    return { ...problem, file: this.path(problem.file) };
  }

  private path(file: string): string {
    const short = relative(process.cwd(), file);
    return short.startsWith('..') || !existsSync(file) ? file : short;
  }
}

function authorizationOf({ basicAuthUser, secureJsonData }: ProvisionedDataSource): string | undefined {
  return basicAuthUser === undefined
    ? undefined
    : basicAuthorization(basicAuthUser, secureJsonData['basicAuthPassword']);
}

function describe({ file, line, message }: Problem): string {
  return `${file}${line === undefined ? '' : `, line ${line}`}: ${message}`;
}

function editable(
  source: ProvisionedDataSource,
  index: number,
  plugins: readonly PluginOnDisk[]
): Record<string, unknown> {
  const { meta: _meta, ...settings } = instanceSettings(source, index, plugins);
  return {
    ...settings,
    url: source.url,
    orgId: 1,
    typeName: source.type,
    typeLogoUrl: '',
    user: '',
    database: '',
    basicAuth: source.basicAuthUser !== undefined,
    basicAuthUser: source.basicAuthUser ?? '',
    withCredentials: false,
    version: 1,
    readOnly: false,
    secureJsonFields: Object.fromEntries(
      Object.entries(source.secureJsonData)
        .filter(([, value]) => value !== '')
        .map(([key]) => [key, true])
    ),
  };
}

/** A page of another site must not reach the preview through a name that points at loopback. */
function isOwnHost(host: string | undefined): boolean {
  return /^(localhost|127(?:\.\d+){3}|\[::1\])(:\d+)?$/i.test(host ?? '');
}

/** Bodies are settings of a data source: 1 MiB is plenty. */
const BODY_LIMIT = 1024 * 1024;

async function readBody(incoming: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT) {
      throw new Error('[preview] the body is larger than 1 MiB.');
    }
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function json(outgoing: ServerResponse, status: number, value: unknown): void {
  outgoing.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
  outgoing.end(JSON.stringify(value));
}
