import type { FastifyReply } from 'fastify';
import type { Asking } from '../archive/archive';
import type { StoreConfig } from '../config/config';

/** How a request asks the archive: for as much as the config allows, and until its client leaves. */
export function askingOf(reply: FastifyReply, { limits }: StoreConfig): Asking {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) {
      controller.abort();
    }
  });
  return { signal: controller.signal, maxBytes: limits.maxAnswerBytes, maxMs: limits.maxAnswerMs };
}
