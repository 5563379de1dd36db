import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import fastify, { LogController } from 'fastify';
import type { Archive } from '../archive/archive';
import type { StoreConfig } from '../config/config';
import type { EventAlerts } from '../alerts/event-alerts';
import type { Collecting } from '../discovery/collecting';
import { addAlertsRoutes } from './alerts-route';
import { addAuthorisation } from './authorise';
import { ChangeStreams } from './change-streams';
import { answerBrokenRequest, RequestError, sendError } from './errors';
import { addEventsRoute } from './events-route';
import { addParameterCheck } from './known-parameters';
import { addMetricsRoute, StoreMetrics } from './metrics-route';
import { addOpenApi } from './openapi';
import { addQueryRoutes } from './query-routes';
import { addSameMachineCheck } from './same-machine';
import { addSourcesRoute } from './sources-route';

export interface AppOptions {
  archive: Archive;
  /** Read at every request, so that it can be replaced while the store runs. */
  config: () => StoreConfig;
  /** Epoch ms. */
  now: () => number;
  version: string;
  alerts?: EventAlerts;
  collecting?: Collecting;
  /** A connection that has not told within this time what it wants is closed. */
  silenceMs?: number;
  log?: FastifyBaseLogger;
}

const SILENCE_MS = 10_000;

/** The store's HTTP interface, without a socket: `listen` it or `inject` requests. */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const { archive, config, version, log, silenceMs = SILENCE_MS } = options;
  const app = fastify({
    ...(log === undefined ? { logger: false } : { loggerInstance: log }),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: config().limits.maxBodyBytes,
    // Keys of runs are long: source, id and attempt, each character up to three when encoded.
    routerOptions: { maxParamLength: 8_192 },
    forceCloseConnections: 'idle',
    // Said by a hook of our own, in the words of all other errors.
    return503OnClosing: false,
    requestTimeout: 60_000,
    http: { headersTimeout: silenceMs, connectionsCheckingInterval: silenceMs / 5 },
    frameworkErrors: (error, _request, reply) => sendError(reply, error),
    clientErrorHandler: (error, socket) => answerBrokenRequest(error, socket),
  });
  // Pages of other sites may send it without asking first.
  app.removeContentTypeParser('text/plain');
  let isStopping = false;
  app.addHook('preClose', async () => {
    isStopping = true;
  });
  app.addHook('onRequest', async () => {
    if (isStopping) {
      throw new RequestError(503, 'The store is stopping. Come back in a moment.', 1);
    }
  });
  app.addHook('onSend', async (_request, reply) => {
    reply.header('x-runlane-version', version);
    reply.header('x-content-type-options', 'nosniff');
    reply.header('cache-control', 'no-store');
  });
  app.setErrorHandler((error, _request, reply) => sendError(reply, error));
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send({
      v: 1,
      error: `[store] ${request.method} ${request.url.split('?')[0]} is no address of the task store. See /api/v1/openapi.json.`,
    })
  );
  addSameMachineCheck(app, config);
  addAuthorisation(app, config);
  addParameterCheck(app);
  const streams = new ChangeStreams(archive, config);
  app.addHook('preClose', async () => streams.close());
  const metrics = new StoreMetrics(archive, () => streams.count);
  addMetricsRoute(app, archive, metrics);
  addOpenApi(app, version);
  addEventsRoute(app, archive, config, options.now, metrics);
  addQueryRoutes(app, { ...options, streams });
  addAlertsRoutes(app, options);
  addSourcesRoute(app, options.collecting);
  options.alerts?.metrics.addTo(metrics.registry);
  options.collecting?.metrics.forEach((some) => some.addTo(metrics.registry));
  // Lives, and takes events if it is ready; what else goes wrong is told beside.
  app.get('/healthz', async () => {
    const { problem } = archive.sealing();
    return { v: 1, ok: true, ...(problem !== undefined && { problems: [problem] }) };
  });
  app.get('/readyz', async (_request, reply) => {
    const trouble = archive.trouble();
    return trouble === undefined ? { v: 1, ready: true } : reply.code(503).send({ v: 1, ready: false, error: trouble });
  });
  return app;
}
