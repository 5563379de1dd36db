import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Archive } from '../archive/archive';

/** The store's own figures, beside those about tasks. */
export class StoreMetrics {
  readonly registry = new Registry();
  readonly events = new Counter({
    name: 'runlane_store_events_total',
    help: 'Events by what became of them: accepted (duplicates included), duplicate, rejected.',
    labelNames: ['result'],
    registers: [this.registry],
  });
  readonly refused = new Counter({
    name: 'runlane_store_batches_refused_total',
    help: 'Batches of events answered with an error, by status.',
    labelNames: ['status'],
    registers: [this.registry],
  });
  readonly waitingBytes = new Gauge({
    name: 'runlane_store_queue_bytes',
    help: 'Events that wait for their commit.',
    registers: [this.registry],
  });
  /** When each batch came that is not on disk yet, the oldest first. */
  private readonly received = new Set<{ at: number }>();
  readonly requests = new Histogram({
    name: 'runlane_store_request_duration_seconds',
    help: 'Time to answer a request, by route and status.',
    labelNames: ['route', 'status'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 1, 5, 30],
    registers: [this.registry],
  });

  constructor(archive: Archive, listeners: () => number) {
    const { registry, received } = this;
    collectDefaultMetrics({ register: registry, prefix: 'runlane_store_' });
    // Gauges with the names of counters; the same figures are there by type.
    for (const what of ['handles', 'requests', 'resources']) {
      registry.removeSingleMetric(`runlane_store_nodejs_active_${what}_total`);
    }
    new Gauge({
      name: 'runlane_store_ingest_lag_seconds',
      help: 'Age of the oldest events that were taken and are not on disk yet; 0 when there are none.',
      registers: [registry],
      collect() {
        const [oldest] = received;
        this.set(oldest === undefined ? 0 : (performance.now() - oldest.at) / 1000);
      },
    });
    new Gauge({
      name: 'runlane_store_listeners',
      help: 'Who listens for changes now: open streams, and answers that wait for the next change.',
      registers: [registry],
      collect() {
        this.set(listeners());
      },
    });
    new Gauge({
      name: 'runlane_store_ready',
      help: 'Whether the archive takes events.',
      registers: [registry],
      collect() {
        this.set(archive.trouble() === undefined ? 1 : 0);
      },
    });
    new Gauge({
      name: 'runlane_store_sealing_failures',
      help: 'How often in a row sealing what has grown old has failed; 0 while it works. /healthz says why.',
      registers: [registry],
      collect() {
        this.set(archive.sealing().failures);
      },
    });
    // Each asks for itself: what another gauge set would be told as it was at the scrape before, and as 0 at the first.
    new Gauge({
      name: 'runlane_store_archive_bytes',
      help: 'Size of the archive.',
      registers: [registry],
      async collect() {
        this.set((await archive.size()).bytes);
      },
    });
    new Gauge({
      name: 'runlane_store_archive_attempts',
      help: 'Attempts of runs in the archive.',
      registers: [registry],
      async collect() {
        this.set((await archive.size()).attempts);
      },
    });
  }

  /** Events came. Returns what to call when they are on disk, or refused. */
  receive(): () => void {
    const batch = { at: performance.now() };
    this.received.add(batch);
    return () => this.received.delete(batch);
  }
}

export function addMetricsRoute(app: FastifyInstance, archive: Archive, metrics: StoreMetrics): void {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    metrics.requests.observe({ route, status: String(reply.statusCode) }, reply.elapsedTime / 1000);
  });
  app.get('/metrics', async (_request, reply) => {
    const [own, tasks] = await Promise.all([metrics.registry.metrics(), archive.metrics()]);
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(`${own.trimEnd()}\n${tasks}`);
  });
}
