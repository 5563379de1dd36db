import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { MAX_AHEAD_MS } from '../../../src/model/decode-event';
import type { DurationMs, EpochMs } from '../../../src/model/units';
import type { Archive } from '../archive/archive';
import type { StoreConfig } from '../config/config';
import { RequestError } from './errors';
import type { StoreMetrics } from './metrics-route';
import { WaitingBytes } from './receive-body';
import type { ReceivedBody } from './receive-body';

/** One JSON object a line, under all its names. None of them is what a browser sends without asking first. */
const NDJSON = ['application/x-ndjson', 'application/ndjson', 'application/jsonl', 'application/json'];

/**
 * `x-runlane-clock-ahead`: by how many milliseconds a sender that has compared the clocks found its own ahead of ours. Where they
 * differ by more than a day it is not clear whose is wrong.
 */
function clockAheadOf(headers: IncomingHttpHeaders): DurationMs | undefined {
  const ahead = Number(headers['x-runlane-clock-ahead'] ?? NaN);
  return Math.abs(ahead) <= MAX_AHEAD_MS ? ahead : undefined;
}

/** When who was refused for its time should ask again whether the clocks agree. */
const CLOCKS_SET_RIGHT_SECONDS = 60;

/** Takes events. The answer comes after they are on disk; how much may wait for the disk is bounded in bytes. */
export function addEventsRoute(
  app: FastifyInstance,
  archive: Archive,
  config: () => StoreConfig,
  now: () => EpochMs,
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
        const result = await archive.ingest(body.bytes, clockAheadOf(request.headers));
        const { accepted, duplicates, rejected, rejectedTotal, ahead, cut, unknownFields } = result;
        metrics.events.inc({ result: 'accepted' }, accepted);
        metrics.events.inc({ result: 'duplicate' }, duplicates);
        metrics.events.inc({ result: 'rejected' }, rejectedTotal - ahead);
        metrics.events.inc({ result: 'ahead' }, ahead);
        if (accepted > 0 || rejectedTotal === 0) {
          reply.code(202);
        } else if (ahead === 0) {
          reply.code(400);
        } else {
          // Not the events' fault, perhaps not even the sender's: whoever keeps what is unavailable keeps these too.
          reply.code(503).header('retry-after', String(CLOCKS_SET_RIGHT_SECONDS));
        }
        return {
          v: 1,
          accepted,
          ...(duplicates > 0 && { duplicates }),
          rejected,
          ...(rejectedTotal > rejected.length && { rejectedTotal }),
          ...(ahead > 0 && { ahead, now: now() }),
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
