import type { FastifyReply } from 'fastify';
import { QueryParamError } from '../../../src/model/query-params';
import { ArchiveError } from '../archive/archive';
import type { ArchiveErrorKind } from '../archive/archive';

/** A refusal with its status. The message reads *[store] what happened: the fact found. What to do.* */
export class RequestError extends Error {
  constructor(
    readonly statusCode: number,
    message: string,
    readonly retryAfterSeconds?: number
  ) {
    super(`[store] ${message}`);
    this.name = 'RequestError';
  }
}

const STATUS: Readonly<Record<ArchiveErrorKind, number>> = {
  locked: 503,
  corrupt: 503,
  'read-only': 503,
  'newer-format': 503,
  full: 507,
  unreachable: 503,
  'bad-query': 400,
  'too-costly': 422,
  busy: 503,
  // Nobody hears it.
  cancelled: 499,
};

/** Every failure leaves the store as `{v, error}` with a fitting status. */
export function sendError(reply: FastifyReply, error: unknown): FastifyReply {
  if (error instanceof RequestError) {
    if (error.retryAfterSeconds !== undefined) {
      reply.header('retry-after', String(error.retryAfterSeconds));
    }
    return reply.code(error.statusCode).send({ v: 1, error: error.message });
  }
  if (error instanceof QueryParamError) {
    return reply.code(400).send({ v: 1, error: `[store] ${error.message}` });
  }
  if (error instanceof ArchiveError) {
    const status = STATUS[error.kind];
    if (status >= 500) {
      reply.header('retry-after', '5');
      reply.log.error({ err: error }, 'the archive failed');
    }
    return reply.code(status).send({ v: 1, error: error.message });
  }
  const status = statusOf(error);
  if (status >= 500) {
    reply.log.error({ err: error }, 'a request failed');
    return reply.code(status).send({ v: 1, error: '[store] The request failed inside the store. See its log.' });
  }
  return reply.code(status).send({ v: 1, error: `[store] ${explain(error, status)}` });
}

function statusOf(error: unknown): number {
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 400 ? status : 500;
}

function explain(error: unknown, status: number): string {
  const fact = error instanceof Error ? error.message : String(error);
  if (status === 413) {
    return `The body is too large (${fact}). Send smaller batches, or raise limits.maxBodyBytes.`;
  }
  if (status === 415) {
    return `The content type is not read here (${fact}). Send NDJSON as application/x-ndjson.`;
  }
  return `The request cannot be read: ${fact}.`;
}
