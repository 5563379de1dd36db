import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { ArchiveSummary } from './archive/archive';

/** The built store as a process of its own, because only a process can be killed. */
const REPOSITORY = join(__dirname, '..', '..');
const KILLS = 10;

let folder: string;
let bundle: string;
let running: ChildProcess[] = [];

beforeAll(async () => {
  // Inside the workspace, so that the bundle finds its dependencies.
  bundle = mkdtempSync(join(REPOSITORY, 'store', 'dist-test-'));
  await build({
    entryPoints: {
      store: join(__dirname, 'store-process.kit.ts'),
      'archive-worker': join(__dirname, 'threads', 'worker.ts'),
    },
    outdir: bundle,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    define: { RUNLANE_VERSION: '"test"' },
  });
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlane-'));
});

afterEach(async () => {
  for (const child of running.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  running = [];
  rmSync(folder, { recursive: true });
});

afterAll(() => rmSync(bundle, { recursive: true }));

interface Store {
  child: ChildProcess;
  url: string;
}

function launch(...flags: string[]): { child: ChildProcess; said: () => string } {
  const child = spawn(process.execPath, [join(bundle, 'store.mjs'), 'store', '--data', folder, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { child, said: () => text };
}

async function start(): Promise<Store> {
  const { child, said } = launch('--port', '0');
  for (;;) {
    const address = /listens at (http:\/\/[\d.:]+)/.exec(said())?.[1];
    if (address !== undefined) {
      return { child, url: address };
    }
    if (child.exitCode !== null) {
      throw new Error(`the store ended: ${said()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function batch(from: number, count: number): string {
  const now = Date.now();
  return Array.from({ length: count }, (_, i) =>
    JSON.stringify({ source: 'load', runId: `run-${from + i}`, at: now, state: 'completed', task: 'mail' })
  ).join('\n');
}

test('killed ten times under load: no acknowledged event is missing, none is doubled', async () => {
  const acknowledged = new Set<number>();
  let next = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const { child, url } = await start();
    const gone = once(child, 'exit');
    const client = async () => {
      for (;;) {
        const from = next;
        next += 50;
        try {
          const answer = await fetch(`${url}/api/v1/events`, {
            method: 'POST',
            body: batch(from, 50),
            headers: { 'content-type': 'application/x-ndjson' },
          });
          if (answer.status === 202) {
            for (let i = from; i < from + 50; i++) {
              acknowledged.add(i);
            }
          }
        } catch {
          return;
        }
      }
    };
    const clients = Promise.all([client(), client(), client(), client()]);
    const before = acknowledged.size;
    // Not before some commits, and at another moment of the commit each time.
    while (acknowledged.size < before + 200) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await new Promise((resolve) => setTimeout(resolve, kill * 3));
    child.kill('SIGKILL');
    await gone;
    await clients;
  }
  const { child, url } = await start();
  const seen = new Map<string, number>();
  let cursor = '0';
  for (let more = true; more;) {
    const page = (await (await fetch(`${url}/api/v1/changes?wait=0&limit=5000&cursor=${cursor}`)).json()) as {
      cursor: string;
      runs: Array<{ runId: string }>;
      more?: boolean;
    };
    cursor = page.cursor;
    more = page.more === true;
    for (const { runId } of page.runs) {
      seen.set(runId, (seen.get(runId) ?? 0) + 1);
    }
  }
  expect(acknowledged.size).toBeGreaterThan(KILLS * 200);
  expect([...acknowledged].filter((i) => !seen.has(`run-${i}`))).toEqual([]);
  expect([...seen].filter(([, times]) => times > 1)).toEqual([]);
  const summary = (await (await fetch(`${url}/api/v1/version`)).json()) as ArchiveSummary;
  expect(summary.attempts).toBe(seen.size);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
}, 120_000);

test.each(['archive.sqlite.lock', 'archive.sqlite.new', 'archive.sqlite', 'archive.sqlite-shm', 'alerts.sqlite'])(
  'a first start that is killed when there is %s leaves nothing that the next start would not accept',
  async (file) => {
    const { child, said } = launch('--port', '0');
    const gone = once(child, 'exit');
    // Not every file is there for long enough to be seen: then it is killed as it begins to listen.
    while (!existsSync(join(folder, file)) && !said().includes('listens at') && child.exitCode === null) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    child.kill('SIGKILL');
    await gone;
    const { url } = await start();
    const taken = await fetch(`${url}/api/v1/events`, {
      method: 'POST',
      body: batch(0, 1),
      headers: { 'content-type': 'application/x-ndjson' },
    });
    expect(taken.status).toBe(202);
  },
  60_000
);

test('asked to stop, it answers what it has begun, closes its streams and ends with 0', async () => {
  const { child, url } = await start();
  const stream = await fetch(`${url}/api/v1/changes`);
  const posted = fetch(`${url}/api/v1/events`, {
    method: 'POST',
    body: batch(0, 2_000),
    headers: { 'content-type': 'application/x-ndjson' },
  });
  const answer = await posted;
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(answer.status).toBe(202);
  expect(await stream.text()).toContain('"cursor"');
});

test('a taken port, a second store on the folder, and an open host without tokens are said plainly', async () => {
  const ends = async (...flags: string[]): Promise<[number | null, string]> => {
    const { child, said } = launch(...flags);
    await once(child, 'close');
    return [child.exitCode, said()];
  };
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  expect(await ends('--port', String(port))).toEqual([
    1,
    expect.stringContaining(`Port ${port} on 127.0.0.1 is taken`),
  ]);
  taken.close();
  expect(await ends('--port', 'http')).toEqual([1, expect.stringContaining('is no port')]);
  expect(await ends('--host', '0.0.0.0', '--port', '0')).toEqual([
    1,
    expect.stringContaining('no read and no write token'),
  ]);
  expect(await ends('--config', join(folder, 'none.yaml'))).toEqual([1, expect.stringContaining('cannot be read')]);
  await start();
  expect(await ends('--port', '0')).toEqual([1, expect.stringContaining('in use by another program')]);
});
