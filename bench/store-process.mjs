import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/**
 * Starts the built `runlane store` on an archive of its own or in a `folder`, with more `flags`; `stop()` ends it and
 * removes the archive, unless it is told to `keep` it.
 */
export async function startStore({ flags = [], folder = mkdtempSync(join(tmpdir(), 'runlane-bench-')) } = {}) {
  const port = await freePort();
  const child = spawn(process.execPath, ['store/bin/runlane.mjs', 'store', '--port', String(port), '--data', folder, ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, RUNLANE_LOG_LEVEL: 'warn' },
  });
  let said = '';
  child.stderr.on('data', (chunk) => (said = (said + chunk).slice(-4000)));
  const address = `http://127.0.0.1:${port}`;
  const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
  const store = {
    address,
    folder,
    pid: child.pid,
    request: (path, init) => request(agent, address + path, init),
    async stop({ keep = false } = {}) {
      agent.destroy();
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await gone;
      if (!keep) {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
  for (let tries = 0; tries < 6_000; tries++) {
    if (child.exitCode !== null) {
      throw new Error(`runlane store ended with ${child.exitCode}: ${said}`);
    }
    const ready = await store.request('/readyz').catch(() => undefined);
    if (ready?.status === 200) {
      return store;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`runlane store was not ready in 60 s: ${said}`);
}

function request(agent, url, { method = 'GET', body, type = 'application/x-ndjson' } = {}) {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(body) };
    const sent = http.request(url, { method, agent, headers }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Posts all bodies over `clients` connections, waiting when told to. Resolves to the seconds until the last 202. */
export async function post(store, allBodies, clients = 8) {
  let nextBody = 0;
  const began = performance.now();
  const client = async () => {
    while (nextBody < allBodies.length) {
      const body = allBodies[nextBody++];
      for (;;) {
        const answer = await store.request('/api/v1/events', { method: 'POST', body });
        if (answer.status === 202) {
          break;
        }
        if (answer.status !== 429) {
          throw new Error(`POST /api/v1/events answered ${answer.status}: ${answer.body.toString().slice(0, 300)}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 1000 * Number(answer.headers['retry-after'] ?? 0.05)));
      }
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return (performance.now() - began) / 1000;
}
