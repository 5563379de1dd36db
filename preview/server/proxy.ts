import { request as httpRequest } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { posix } from 'node:path';
import { renderTemplate } from './header-template';
import type { TemplateData } from './header-template';

/** One entry of `routes` in a plugin.json. */
export interface ProxyRoute {
  path: string;
  method?: string;
  url?: string;
  headers?: Array<{ name: string; content: string }>;
}

/** How long the target may take to its first byte, in ms: Grafana's `[dataproxy] timeout`. */
const FIRST_BYTE_MS = 30_000;

/** Never passed on to the target: the browser's own identity, and what belongs to one hop. */
const OWN_HEADERS = new Set([
  'authorization',
  'connection',
  'cookie',
  'host',
  'keep-alive',
  'origin',
  'proxy-authorization',
  'referer',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const HOP_HEADERS = new Set(['connection', 'keep-alive', 'set-cookie', 'trailer', 'transfer-encoding', 'upgrade']);

export interface RouteMatch {
  route: ProxyRoute;
  /** What follows the route's path, without a leading slash. */
  rest: string;
}

/**
 * The first route that has exactly this method and whose path is a plain prefix (`store` matches `storex`, as Grafana
 * does). `..` is resolved first, so nobody leaves a route through it.
 */
export function matchRoute(routes: readonly ProxyRoute[], method: string, path: string): RouteMatch | undefined {
  const resolved = posix.normalize(`/${path}`).replace(/^\/+/, '');
  for (const route of routes) {
    const prefix = route.path.replace(/^\/+/, '');
    const methodFits =
      route.method === undefined || route.method === '' || route.method === '*' || route.method === method;
    if (prefix !== '' && methodFits && resolved.startsWith(prefix)) {
      return { route, rest: resolved.slice(prefix.length).replace(/^\/+/, '') };
    }
  }
  return undefined;
}

/** The address a matched request goes to, or `undefined` where the route's url is empty or no HTTP address. */
export function targetOf(match: RouteMatch, search: string, data: TemplateData): URL | undefined {
  const base = renderTemplate(match.route.url ?? '', data).replace(/\/+$/, '');
  try {
    const target = new URL(`${base}/${match.rest}${search}`);
    return target.protocol === 'http:' || target.protocol === 'https:' ? target : undefined;
  } catch {
    return undefined;
  }
}

export function headersFor(
  route: ProxyRoute,
  incoming: Readonly<Record<string, string | string[] | undefined>>,
  data: TemplateData
): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(incoming)) {
    if (value !== undefined && !OWN_HEADERS.has(name) && !name.startsWith('sec-') && !name.startsWith('x-grafana-')) {
      headers[name] = value;
    }
  }
  for (const { name, content } of route.headers ?? []) {
    headers[name.toLowerCase()] = renderTemplate(content, data);
  }
  return headers;
}

/** `Authorization` of a data source with user and password. */
export function basicAuthorization(user: string, password: unknown): string {
  return `Basic ${Buffer.from(`${user}:${typeof password === 'string' ? password : ''}`).toString('base64')}`;
}

/** What is answered in the target's place. */
interface OwnAnswer {
  status: number;
  type?: string;
  body?: string;
}

/**
 * Passes a request on as Grafana's data source proxy does: 401 of the target becomes 400, an unmatched, unreachable
 * or silent target 502 with an empty body. A route's headers come after basic auth, and win.
 */
export function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  routes: readonly ProxyRoute[],
  path: string,
  search: string,
  data: TemplateData,
  authorization?: string
): void {
  const match = matchRoute(routes, incoming.method ?? 'GET', path);
  const target = match === undefined ? undefined : targetOf(match, search, data);
  const headers = {
    ...(authorization === undefined ? {} : { authorization }),
    ...headersFor(match?.route ?? { path }, incoming.headers, data),
  };
  const refused = { status: 400, type: 'text/plain; charset=utf-8', body: 'Authentication to data source failed' };
  pass(incoming, outgoing, target, headers, { unreachable: { status: 502 }, refused });
}

/**
 * Passes a resource call on as Grafana's Prometheus data source does: whatever the target answers comes back as it is,
 * and an unreachable or silent target is a 500 of Grafana's own.
 */
export function forwardResource(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  base: string,
  path: string,
  search: string,
  authorization?: string
): void {
  const rest = posix.normalize(`/${path}`).replace(/^\/+/, '');
  const target = targetOf({ route: { path: '', url: base }, rest }, search, NO_TEMPLATE_DATA);
  const headers = {
    ...headersFor({ path: '' }, incoming.headers, NO_TEMPLATE_DATA),
    ...(authorization === undefined ? {} : { authorization }),
  };
  const failed = {
    message: 'An error occurred within the plugin',
    messageId: 'plugin.downstreamError',
    statusCode: 500,
  };
  pass(incoming, outgoing, target, headers, {
    unreachable: { status: 500, type: 'application/json', body: JSON.stringify({ ...failed, traceID: '' }) },
  });
}

const NO_TEMPLATE_DATA: TemplateData = { URL: '', JsonData: {}, SecureJsonData: {} };

/** Answers are streamed through as they come. `refused` takes the place of the target's 401. */
function pass(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  target: URL | undefined,
  headers: OutgoingHttpHeaders,
  own: { unreachable: OwnAnswer; refused?: OwnAnswer }
): void {
  const say = ({ status, type, body = '' }: OwnAnswer) => {
    if (outgoing.headersSent) {
      outgoing.destroy();
    } else {
      outgoing.writeHead(status, type === undefined ? {} : { 'content-type': type }).end(body);
    }
  };
  const fail = () => say(own.unreachable);
  if (target === undefined) {
    incoming.resume();
    fail();
    return;
  }

  const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
  const upstream = send(target, { method: incoming.method, headers });
  const firstByte = setTimeout(() => upstream.destroy(new Error('no answer')), FIRST_BYTE_MS);
  upstream.on('response', (answer) => {
    clearTimeout(firstByte);
    if (answer.statusCode === 401 && own.refused !== undefined) {
      answer.resume();
      say(own.refused);
      return;
    }
    const headers = Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !HOP_HEADERS.has(name)));
    outgoing.writeHead(answer.statusCode ?? 502, headers);
    outgoing.flushHeaders();
    answer.pipe(outgoing);
    answer.on('error', () => outgoing.destroy());
    answer.on('aborted', () => outgoing.destroy());
  });
  upstream.on('error', () => {
    clearTimeout(firstByte);
    fail();
  });
  outgoing.on('close', () => {
    clearTimeout(firstByte);
    upstream.destroy();
  });
  incoming.pipe(upstream);
}
