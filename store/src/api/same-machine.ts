import { isIP } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { StoreConfig } from '../config/config';
import { OPEN_ROUTES } from './authorise';
import { RequestError } from './errors';

/** Names by which a program reaches its own machine, or the machine that its container runs on. */
const OWN_NAMES = new Set(['localhost', 'host.docker.internal', 'host.containers.internal']);

/**
 * Where no token is asked for, a browser on this machine must not be anybody's tool: no page of another site posts
 * events or reads answers here. A page's request tells its origin (`Origin`, `Sec-Fetch-Site`); one that has made its own
 * name point to this machine (DNS rebinding) tells that name (`Host`).
 */
export function addSameMachineCheck(app: FastifyInstance, config: () => StoreConfig): void {
  app.addHook('onRequest', async (request) => {
    const { tokens } = config();
    const needed = request.method === 'POST' ? tokens.write : tokens.read;
    if (needed.length > 0 || OPEN_ROUTES.has(request.routeOptions.url ?? '')) {
      return;
    }
    const host = hostOf(request.headers.host ?? '');
    if (!OWN_NAMES.has(host) && !host.endsWith('.localhost') && isIP(host) === 0) {
      throw new RequestError(
        421,
        `Without tokens, only this machine is answered, and ${JSON.stringify(host.slice(0, 200))} is none of its names. Ask for 127.0.0.1 or localhost, or set RUNLANE_READ_TOKEN and RUNLANE_WRITE_TOKEN.`
      );
    }
    const from = foreignOrigin(request);
    if (from !== undefined) {
      throw new RequestError(
        403,
        `Without tokens, pages of other sites are not answered (${from}). Ask through Grafana, or set RUNLANE_READ_TOKEN and RUNLANE_WRITE_TOKEN and send one.`
      );
    }
  });
}

/** What tells that a page of another origin asks; `undefined` when nothing does. */
function foreignOrigin({ method, headers }: FastifyRequest): string | undefined {
  const { origin, host } = headers;
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
    return `Origin: ${origin.slice(0, 200)}`;
  }
  const site = headers['sec-fetch-site'];
  // Whoever follows a link to the store looks at it with their own eyes.
  const isVisit = (method === 'GET' || method === 'HEAD') && headers['sec-fetch-dest'] === 'document';
  return site === undefined || site === 'same-origin' || site === 'none' || isVisit
    ? undefined
    : `Sec-Fetch-Site: ${String(site).slice(0, 200)}`;
}

/** The name or address in a `Host` header, without port and brackets, in lower case. */
function hostOf(header: string): string {
  return (/^\[([^\]]*)\](?::\d*)?$/.exec(header)?.[1] ?? header.replace(/:\d*$/, '')).toLowerCase();
}
