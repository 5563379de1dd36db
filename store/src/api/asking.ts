import type { FastifyReply } from 'fastify';
import type { Asking } from '../archive/archive';
import type { StoreConfig } from '../config/config';

/** How a request asks the archive: for as much as the config allows, and until its client leaves. */
export function askingOf(reply: FastifyReply, { limits }: StoreConfig): Asking {
  return { signal: untilLeft(reply), maxBytes: limits.maxAnswerBytes, maxMs: limits.maxAnswerMs };
}

/** Aborts when whoever asked has left before the answer. */
export function untilLeft({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) {
      controller.abort();
    }
  });
  return controller.signal;
}
