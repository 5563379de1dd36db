import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_CONFIG } from '../config/config';
import type { ArchiveQuery } from '../archive/archive';
import { bundleWorker } from './engines.kit';
import { ThreadedArchive } from './threaded';

// What is older than retention allows is deleted, by the real clock.
const NOW = Date.now();
const TASKS = 5_000;
/** Says no more than "letters, digits and dots", slowly: many states that read the same. */
const COSTLY = `(?:${Array.from({ length: 60 }, () => '[a-z.0-9]{1,15}').join('|')})`;

let bundle: Awaited<ReturnType<typeof bundleWorker>>;
let folder: string;
let archive: ThreadedArchive;

beforeAll(async () => {
  bundle = await bundleWorker('worker.ts');
  folder = mkdtempSync(join(tmpdir(), 'runlane-'));
  archive = await ThreadedArchive.open(join(folder, 'archive.sqlite'), DEFAULT_CONFIG, bundle.script);
  await archive.append(
    Array.from({ length: TASKS }, (_, i) => ({
      source: 'shop',
      runId: `${i}`,
      attempt: 1,
      at: NOW - 1_000,
      state: 'completed' as const,
      task: `task.${i}`,
    }))
  );
});

afterAll(async () => {
  await archive.close();
  bundle.remove();
  rmSync(folder, { recursive: true });
});

function statesOf(values: string[]): ArchiveQuery {
  return {
    view: 'states',
    filter: { matches: values.length === 0 ? [] : [{ field: 'task', operator: '=~', values }] },
    range: { from: NOW - 3_600_000, to: NOW },
    step: 3_600_000,
    limit: 10,
    now: NOW,
  };
}

test('thirty heavy questions at once hold up neither light ones, nor events, nor the metrics; they end when their clients leave', async () => {
  const clients = Array.from({ length: 30 }, () => new AbortController());
  let over = 0;
  const heavy = clients.map(({ signal }, i) =>
    archive
      .query(statesOf(Array.from({ length: 50 }, (_, k) => `${COSTLY}${i}x${k}`)), {
        signal,
        maxMs: 600_000,
      })
      .catch((error: unknown) => error)
      .finally(() => over++)
  );
  const light = JSON.parse(await archive.query(statesOf([]))) as { view: string; groupsOmitted: number };
  expect(light).toMatchObject({ view: 'states', groupsOmitted: TASKS - 10 });
  expect(await archive.metrics()).toContain('runlane_task_runs_finished_total');
  const taken = await archive.append([
    { source: 'shop', runId: 'x', attempt: 1, at: NOW, state: 'running', task: 'x' },
  ]);
  expect(taken.accepted).toBe(1);
  expect(await archive.summary()).toMatchObject({ tasks: TASKS + 1 });
  expect(over).toBe(0);
  clients.forEach((client) => client.abort());
  for (const error of await Promise.all(heavy)) {
    expect(error).toMatchObject({ kind: 'cancelled' });
  }
  expect(await archive.sift({ match: { field: 'task', operator: '=~', values: ['a+'] }, words: ['aa', 'b'] })).toEqual([
    'aa',
  ]);
  expect(archive.trouble()).toBeUndefined();
});
