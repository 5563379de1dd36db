import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { wholeOf } from '../../../src/model/schema.kit';
import type { TaskEvent } from '../../../src/model/task-event';
import { seedEvents } from '../../../tests/seed';
import { openSqlite } from '../archive/sqlite/open';
import { DEFAULT_CONFIG } from '../config/config';
import { InProcessArchive } from '../threads/in-process';
import { createApp } from './create-app';
import { faultsOf } from './model-schema.kit';
import { openApiDocument } from './openapi';

/** The store with an hour of runs of every kind, and one event that tells everything there is to tell. */
const NOW = 1_750_000_000_000;
let folder: string;
let archive: InProcessArchive;
let app: FastifyInstance;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'runlane-'));
  const clock = { now: () => NOW, steady: () => 0 };
  archive = new InProcessArchive(openSqlite(join(folder, 'archive.sqlite')), DEFAULT_CONFIG, clock);
  app = await createApp({ archive, config: () => DEFAULT_CONFIG, now: () => NOW, version: '1' });
  const lines = [...seedEvents(NOW), everything()].map((event) => JSON.stringify(event));
  await archive.ingest(new TextEncoder().encode(lines.join('\n')));
});

afterAll(async () => {
  await app.close();
  await archive.close();
  rmSync(folder, { recursive: true });
});

function everything(): TaskEvent {
  const { clockAheadMs: _, derived: __, ...event } = wholeOf<TaskEvent>('TaskEvent');
  const times = { at: NOW - 500, createdAt: NOW - 900, queuedAt: NOW - 800, startedAt: NOW - 700 };
  const ended = { state: 'failed', substate: 'oom', finishedAt: NOW - 500, exitCode: 137 } as const;
  // A sample above the peak would be the peak.
  const memory = { rssBytes: 1_000, maxRssBytes: 2_000 };
  return { ...event, ...times, ...ended, ...memory, attempt: 1, maxAttempts: 3, heartbeatMs: 5_000 };
}

const get = async (path: string) => (await app.inject(path)).json() as Record<string, unknown>;

describe.each([
  ['runs', 'RunsAnswer'],
  ['timeline', 'TimelineAnswer'],
  ['states', 'StatesAnswer'],
  ['throughput', 'ThroughputAnswer'],
  ['durations', 'DurationsAnswer'],
  ['health', 'HealthAnswer'],
  ['failures', 'FailuresAnswer'],
  ['workers', 'WorkersAnswer'],
  ['queues', 'QueuesAnswer'],
  ['resources', 'ResourcesAnswer'],
  ['transitions', 'TransitionsAnswer'],
  ['run', 'RunAnswer'],
])('%s', (view, type) => {
  test('is answered as its type says, no more and no less', async () => {
    const { v, ...answer } = await get(`/api/v1/${view}?from=${NOW - 3_600_000}&to=${NOW}&step=60000`);
    expect([v, faultsOf(type, answer)]).toEqual([1, []]);
  });

  test('is described as that type', () => {
    const { paths } = openApiDocument('1') as { paths: Record<string, unknown> };
    expect(JSON.stringify(paths[`/api/v1/${view}`])).toContain(`#/components/schemas/${type}"`);
  });
});

test('every fact of an event is there again in its run, one by one and in the answers', async () => {
  const sent = everything();
  const key = encodeURIComponent(`${sent.source}\n${sent.runId}\n1`);
  const { v: _, ...detail } = await get(`/api/v1/runs/${key}`);
  expect(faultsOf('RunDetail', detail)).toEqual([]);
  const { at, snapshot: __, rssBytes: ___, ...facts } = sent;
  expect(detail['run']).toEqual({ ...facts, observedAt: at });
  const { runs } = (await get(`/api/v1/runs?from=${NOW - 3_600_000}&to=${NOW}&task=${sent.task}`)) as {
    runs: unknown[];
  };
  expect(runs).toEqual([detail['run']]);
});

test('every name that the document refers to is described', () => {
  const document = openApiDocument('1') as { components: { schemas: Record<string, unknown> } };
  const named = JSON.stringify(document).match(/#\/components\/schemas\/\w+/g) ?? [];
  const missing = named
    .map((name) => name.split('/').pop() ?? '')
    .filter((name) => !(name in document.components.schemas));
  expect(missing).toEqual([]);
});
