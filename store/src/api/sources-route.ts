import type { FastifyInstance } from 'fastify';
import type { Collector } from '../collect/collector';

/** How the systems fare that the store reads. */
export function addSourcesRoute(app: FastifyInstance, collector: Pick<Collector, 'status'> | undefined): void {
  app.get('/api/v1/sources', async () => ({ v: 1, sources: collector?.status() ?? [] }));
}
