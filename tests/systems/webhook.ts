import { once } from 'node:events';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { System } from './system';

export interface Received {
  path: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: unknown;
  /** Arrival, milliseconds since 1970. */
  at: number;
}

export interface Webhook extends System {
  /** What arrived, oldest first. Bodies that are no JSON are kept as text. */
  readonly received: Received[];
}

/**
 * The test's own HTTP server, as a receiver of notifications.
 * @param answer how a request is answered; default 200. One that never ends the response hangs.
 */
export async function startWebhook(
  answer: (request: Received, response: ServerResponse, count: number) => void = (_, response) => response.end('{}')
): Promise<Webhook> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const entry = { path: request.url ?? '', headers: request.headers, body: parsed(text), at: Date.now() };
      received.push(entry);
      answer(entry, response, received.length);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pid: process.pid,
    received,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
