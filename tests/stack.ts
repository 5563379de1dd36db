import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { startFakePrometheus } from './fake-prometheus';
import { recordedEvents } from './recorded-events';
import { seedEvents } from './seed';
import { freePorts } from './systems/free-ports';

const ROOT = join(__dirname, '..');

/**
 * A task store, what reads its metrics as Prometheus would, a second store with what real systems once did (the data source
 * `recorded`), and a preview of all: on free loopback ports, with data of their own.
 */
export interface Stack {
  previewUrl: string;
  storeUrl: string;
  send(events: readonly object[]): Promise<void>;
  stopStore(): Promise<void>;
  /** The store keeps its connections and answers nobody, as on a machine that swaps or a disk that hangs. */
  holdStore(): void;
  releaseStore(): void;
  startStore(): Promise<void>;
  stop(): Promise<void>;
}

export async function startStack(): Promise<Stack> {
  const folder = mkdtempSync(join(tmpdir(), 'runlane-e2e-'));
  const [storePort, recordedPort, previewPort] = await freePorts(3);
  const storeUrl = `http://127.0.0.1:${storePort}`;
  const previewUrl = `http://127.0.0.1:${previewPort}`;
  let store: ChildProcess | undefined;

  const startStore = async () => {
    store = start(['store/bin/runlane.mjs', 'store', '--port', String(storePort), '--data', folder]);
    await answers(`${storeUrl}/healthz`, store);
  };
  const sendTo = async (url: string, events: readonly object[]) => {
    for (let from = 0; from < events.length; from += 500) {
      const body = events
        .slice(from, from + 500)
        .map((event) => JSON.stringify(event))
        .join('\n');
      const response = await fetch(`${url}/api/v1/events`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/x-ndjson' },
      });
      const answer = (await response.json()) as { rejected?: unknown[] };
      if (!response.ok || (answer.rejected ?? []).length > 0) {
        throw new Error(
          `the store refused events of the test: ${response.status} ${JSON.stringify(answer).slice(0, 500)}`
        );
      }
    }
  };
  const send = (events: readonly object[]) => sendTo(storeUrl, events);
  await startStore();
  await send(seedEvents(Date.now()));
  const recordedUrl = `http://127.0.0.1:${recordedPort}`;
  const recordedData = join(folder, 'recorded');
  const recorded = start(['store/bin/runlane.mjs', 'store', '--port', String(recordedPort), '--data', recordedData]);
  await answers(`${recordedUrl}/healthz`, recorded);
  await sendTo(recordedUrl, await recordedEvents(Date.now()));
  const provisioning = provisioningWith(join(folder, 'provisioning'), recordedUrl);
  const prometheus = await startFakePrometheus(`${storeUrl}/metrics`);
  const preview = start(
    [
      'preview/dist/server.mjs',
      '--port',
      String(previewPort),
      '--prometheus',
      prometheus.url,
      '--provisioning',
      provisioning,
    ],
    { RUNLANE_STORE_URL: storeUrl, RUNLANE_READ_TOKEN: '' }
  );
  await answers(`${previewUrl}/api/health`, preview);

  return {
    previewUrl,
    storeUrl,
    send,
    startStore,
    stopStore: () => ended(store),
    holdStore: () => store?.kill('SIGSTOP'),
    releaseStore: () => store?.kill('SIGCONT'),
    stop: async () => {
      store?.kill('SIGCONT');
      await Promise.all([ended(preview), ended(store), ended(recorded), prometheus.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What a user mounts, and data sources beside it: what was recorded, and a Flower at whose address there is none. */
function provisioningWith(folder: string, recordedUrl: string): string {
  cpSync(join(ROOT, 'provisioning'), folder, { recursive: true });
  const dataSource = (uid: string, jsonData: object) => ({
    name: uid,
    uid,
    type: 'runlane-datasource',
    access: 'proxy',
    jsonData: { url: recordedUrl, ...jsonData },
  });
  const datasources = [dataSource('recorded', {}), dataSource('no-flower', { system: 'flower' })];
  writeFileSync(join(folder, 'datasources', 'recorded.yaml'), stringify({ apiVersion: 1, datasources }));
  return folder;
}

function start(args: string[], env: Record<string, string> = {}): ChildProcess {
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  child.stderr?.on('data', (text: Buffer) => process.stderr.write(text));
  return child;
}

async function answers(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (child.exitCode !== null) {
      throw new Error(`${child.spawnargs.slice(1, 3).join(' ')} ended with exit code ${child.exitCode}`);
    }
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok === true) {
      return;
    }
    await new Promise((wait) => setTimeout(wait, 100));
  }
  throw new Error(`nothing answered at ${url}`);
}

function ended(child: ChildProcess | undefined): Promise<void> {
  return new Promise((done) => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) {
      done();
      return;
    }
    const force = setTimeout(() => child.kill('SIGKILL'), 10_000);
    child.once('exit', () => {
      clearTimeout(force);
      done();
    });
    child.kill('SIGTERM');
  });
}
