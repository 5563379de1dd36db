import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { freePort } from './free-ports';
import { launch, temporaryFolder } from './system';
import type { Launched } from './system';

const ROOT = join(__dirname, '..', '..');
export const RUNLANE = join(ROOT, 'store', 'bin', 'runlane.mjs');

interface StoreOptions {
  /** Of docs/task-store.md, as an object. */
  config?: object;
  env?: Record<string, string>;
  /** Where the archive is and stays; without it, in a folder that ends with the store. */
  data?: string;
  /** Where it listens; a free one without it. */
  port?: number;
  /** Path that says that it is there; by default, that it takes events too. */
  ready?: string;
}

/** The built `runlane store`. */
export async function startStore({
  config,
  env,
  data,
  port: given,
  ready = '/readyz',
}: StoreOptions = {}): Promise<Launched> {
  if (!existsSync(join(ROOT, 'store', 'dist', 'runlane.mjs'))) {
    throw new Error('The task store is not built. Build it with: npm run build:store');
  }
  const folder = temporaryFolder('store');
  const port = given ?? (await freePort());
  const file = join(folder, 'runlane.yaml');
  if (config !== undefined) {
    writeFileSync(file, stringify(config));
  }
  return launch({
    name: 'runlane store',
    command: process.execPath,
    args: [
      RUNLANE,
      'store',
      '--port',
      String(port),
      '--data',
      data ?? join(folder, 'data'),
      ...(config === undefined ? [] : ['--config', file]),
    ],
    url: `http://127.0.0.1:${port}`,
    ready,
    env: { RUNLANE_LOG_LEVEL: 'warn', ...env },
    folder,
  });
}

/** Posts events to a store. @throws when it refuses any of them */
export async function send(storeUrl: string, events: readonly object[]): Promise<void> {
  const response = await fetch(`${storeUrl}/api/v1/events`, {
    method: 'POST',
    body: events.map((event) => JSON.stringify(event)).join('\n'),
    headers: { 'content-type': 'application/x-ndjson' },
  });
  const answer = (await response.json()) as { rejected?: unknown[] };
  if (!response.ok || (answer.rejected ?? []).length > 0) {
    throw new Error(`The store refused events: ${response.status} ${JSON.stringify(answer).slice(0, 500)}`);
  }
}

/** The built `runlane collect`, ready once it has read its config. */
export async function startCollect(storeUrl: string, sources: object): Promise<Launched> {
  const folder = temporaryFolder('collect');
  const file = join(folder, 'sources.yaml');
  writeFileSync(file, stringify({ sources }));
  const places = ['--config', file, '--data', join(folder, 'data'), '--spool', join(folder, 'spool')];
  return launch({
    name: 'runlane collect',
    command: process.execPath,
    args: [RUNLANE, 'collect', '--store', storeUrl, ...places],
    url: storeUrl,
    ready: ({ said }) => said().includes('[collect] reads'),
    folder,
  });
}
