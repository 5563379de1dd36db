import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { StoreConfig } from '../config/config';
import { RequestError } from './errors';

/** Open to everybody: whether the store lives says nothing about the runs. */
export const OPEN_ROUTES = new Set(['/healthz', '/readyz']);

/**
 * `Authorization: Bearer <token>`. Write tokens post events, read tokens ask; neither can do the other's. Where no
 * tokens of a kind are set, that kind of request is free (the store then listens on loopback only).
 */
export function addAuthorisation(app: FastifyInstance, config: () => StoreConfig): void {
  app.addHook('onRequest', async (request) => {
    if (OPEN_ROUTES.has(request.routeOptions.url ?? '')) {
      return;
    }
    const writes = request.method === 'POST';
    const { tokens } = config();
    const allowed = writes ? tokens.write : tokens.read;
    if (allowed.length === 0) {
      return;
    }
    const token = bearerOf(request);
    const kind = writes ? 'write' : 'read';
    if (token === undefined) {
      throw new RequestError(
        401,
        `${request.method} needs a ${kind} token. Send the header "Authorization: Bearer <token>".`
      );
    }
    if (!isOneOf(token, allowed)) {
      const other = isOneOf(token, writes ? tokens.read : tokens.write);
      throw other
        ? new RequestError(403, `The token may only ${writes ? 'read' : 'write'}. Use a ${kind} token.`)
        : new RequestError(401, `The token is not known. Use one of the store's ${kind} tokens.`);
    }
  });
}

function bearerOf(request: FastifyRequest): string | undefined {
  const found = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '');
  return found?.[1];
}

/** Compares digests in constant time, so that the time taken tells neither length nor content of a token. */
function isOneOf(token: string, allowed: readonly string[]): boolean {
  const digest = sha256(token);
  let found = false;
  for (const candidate of allowed) {
    found = timingSafeEqual(digest, sha256(candidate)) || found;
  }
  return found;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
