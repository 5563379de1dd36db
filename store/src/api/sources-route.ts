import type { FastifyInstance } from 'fastify';
import type { AssetsNow, PartsNow } from '../../../src/model/answer';
import type { Collecting } from '../discovery/collecting';
import { untilLeft } from './asking';

/** How the systems fare that the store reads, the lists in which it finds them, and what only they themselves can tell. */
export function addSourcesRoute(
  app: FastifyInstance,
  collecting: Pick<Collecting, 'status' | 'assets' | 'parts'> | undefined
): void {
  app.get('/api/v1/sources', async () => ({ v: 1, ...(collecting?.status() ?? { sources: [], discoveries: [] }) }));
  app.get('/api/v1/assets', async (_request, reply) => {
    const none: AssetsNow = { asked: 0, answered: 0, assets: [], skipped: 0, notices: [] };
    return { v: 1, ...((await collecting?.assets(untilLeft(reply))) ?? none) };
  });
  app.get('/api/v1/parts', async (_request, reply) => {
    const none: PartsNow = { workers: [], notices: [] };
    return { v: 1, ...((await collecting?.parts(untilLeft(reply))) ?? none) };
  });
}
