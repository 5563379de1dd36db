import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { System } from './system';

export interface Replay extends System {
  /** From now on the scrapes `scrapes/<exporter>-<step>.txt` are answered. The first step is 1. */
  show(step: number): void;
}

/** Recorded scrapes of exporters that cannot be installed, each at its name: `<url>/sidekiq`. */
export async function startReplay(): Promise<Replay> {
  let shown = 1;
  const server = createServer((request, response) => {
    try {
      const text = readFileSync(join(__dirname, 'scrapes', `${request.url?.slice(1)}-${shown}.txt`));
      response.setHeader('content-type', 'text/plain; version=0.0.4');
      response.end(text);
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pid: process.pid,
    show: (step) => (shown = step),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
