import type { Socket } from 'node:net';
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
const ARCHIVE_RETRY_SECONDS = 5;

/** What leaves the store of an error. */
interface Refusal {
  status: number;
  message: string;
  retryAfterSeconds?: number;
  /** Whether the store itself is at fault, and its log should tell of it. */
  isFault: boolean;
}

export function refusalOf(error: unknown): Refusal {
  if (error instanceof RequestError) {
    const { statusCode, message, retryAfterSeconds } = error;
    return {
      status: statusCode,
      message,
      isFault: false,
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    };
  }
  if (error instanceof QueryParamError) {
    return { status: 400, message: `[store] ${error.message}`, isFault: false };
  }
  if (error instanceof ArchiveError) {
    const status = STATUS[error.kind];
    const again = status >= 500 ? { retryAfterSeconds: ARCHIVE_RETRY_SECONDS } : {};
    return { status, message: error.message, isFault: status >= 500 && error.kind !== 'busy', ...again };
  }
  const status = statusOf(error);
  return status >= 500
    ? { status, message: '[store] The request failed inside the store. See its log.', isFault: true }
    : { status, message: `[store] ${explain(error, status)}`, isFault: false };
}

/** Every failure leaves the store as `{v, error}` with a fitting status. */
export function sendError(reply: FastifyReply, error: unknown): FastifyReply {
  const { status, message, retryAfterSeconds, isFault } = refusalOf(error);
  if (isFault) {
    reply.log.error({ err: error }, 'a request failed');
  }
  if (retryAfterSeconds !== undefined) {
    reply.header('retry-after', String(retryAfterSeconds));
  }
  if (status === 408) {
    reply.header('connection', 'close');
  }
  return reply.code(status).type('application/json; charset=utf-8').send({ v: 1, error: message });
}

/** What Node says of a request that is none: too slow, too much, not HTTP. Nothing of it can be trusted. */
export function answerBrokenRequest({ code }: NodeJS.ErrnoException, socket: Socket): void {
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, error] =
    code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? ['408 Request Timeout', 'The request did not come in time. Send it again, in one go.']
      : code === 'HPE_HEADER_OVERFLOW'
        ? [
            '431 Request Header Fields Too Large',
            'The address or the headers are too long. Use fewer or shorter filters.',
          ]
        : ['400 Bad Request', 'The request is no HTTP/1.1. Check who sends it, and that it speaks http, not https.'];
  const body = JSON.stringify({ v: 1, error: `[store] ${error}` });
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`
  );
}

function statusOf(error: unknown): number {
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 400 ? status : 500;
}

function explain(error: unknown, status: number): string {
  const fact = error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
  if (status === 413) {
    return `The body is too large (${fact}). Send smaller batches, or raise limits.maxBody.`;
  }
  if (status === 415) {
    return `The content type is not read here (${fact}). Send events as application/x-ndjson, alerts as application/json.`;
  }
  if (status === 414) {
    return `A part of the address is too long (${fact}). Use shorter ids or fewer filters.`;
  }
  return `The request cannot be read (${fact}). See /api/v1/openapi.json.`;
}
