import type { FastifyInstance } from 'fastify';
import type { Collecting } from '../discovery/collecting';

/** How the systems fare that the store reads, and the lists in which it finds them. */
export function addSourcesRoute(app: FastifyInstance, collecting: Pick<Collecting, 'status'> | undefined): void {
  app.get('/api/v1/sources', async () => ({ v: 1, ...(collecting?.status() ?? { sources: [], discoveries: [] }) }));
}
