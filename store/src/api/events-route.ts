import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Archive } from '../archive/archive';
import type { StoreConfig } from '../config/config';
import { RequestError } from './errors';
import type { StoreMetrics } from './metrics-route';
import { WaitingBytes } from './receive-body';
import type { ReceivedBody } from './receive-body';

/** One JSON object a line, under all its names. None of them is what a browser sends without asking first. */
const NDJSON = ['application/x-ndjson', 'application/ndjson', 'application/jsonl', 'application/json'];

/** Takes events. The answer comes after they are on disk; how much may wait for the disk is bounded in bytes. */
export function addEventsRoute(
  app: FastifyInstance,
  archive: Archive,
  config: () => StoreConfig,
  metrics: StoreMetrics
): void {
  const waiting = new WaitingBytes(
    () => config().limits,
    (bytes) => metrics.waitingBytes.set(bytes)
  );
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(NDJSON, async (_request: unknown, payload: IncomingMessage) => waiting.receive(payload));
    scope.addHook('onRequest', async ({ headers }) => {
      const encoding = headers['content-encoding'];
      if (encoding !== undefined && encoding !== 'identity') {
        throw new RequestError(415, `The body is encoded as ${encoding}. Send it without content-encoding.`);
      }
    });
    scope.addHook('onResponse', async (_request, reply) => {
      if (reply.statusCode >= 400) {
        metrics.refused.inc({ status: String(reply.statusCode) });
      }
    });
    scope.post('/api/v1/events', async (request, reply) => {
      const body = request.body as ReceivedBody | undefined;
      const settled = metrics.receive();
      try {
        if (body === undefined || body.bytes.length === 0) {
          throw new RequestError(400, 'The body is empty. Send one JSON object per line.');
        }
        const result = await archive.ingest(body.bytes);
        const { accepted, duplicates, rejected, rejectedTotal, cut, unknownFields } = result;
        metrics.events.inc({ result: 'accepted' }, accepted);
        metrics.events.inc({ result: 'duplicate' }, duplicates);
        metrics.events.inc({ result: 'rejected' }, rejectedTotal);
        if (accepted === 0 && rejectedTotal > 0) {
          reply.code(400);
        } else {
          reply.code(202);
        }
        return {
          v: 1,
          accepted,
          ...(duplicates > 0 && { duplicates }),
          rejected,
          ...(rejectedTotal > rejected.length && { rejectedTotal }),
          ...(cut > 0 && { cut }),
          ...(unknownFields > 0 && { unknownFields }),
          ...(accepted === 0 &&
            rejectedTotal > 0 && {
              error: `[store] None of ${rejectedTotal} lines could be taken. Line ${rejected[0]?.line}: ${rejected[0]?.error}`,
            }),
        };
      } finally {
        settled();
        body?.release();
      }
    });
  });
}
