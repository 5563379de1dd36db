import { rmSync } from 'node:fs';
import { createFlower } from '../../src/connectors/flower/connector';
import { createTaskStore } from '../../src/connectors/task-store/connector';
import type { Connector } from '../../src/connectors/connector';
import { NO_FILTER } from '../../src/model/task-query';
import { runKey } from '../../src/model/task-run';
import type { TaskRun } from '../../src/model/task-run';
import { sourceStatus } from '../systems/ask-store';
import { eventually } from '../systems/eventually';
import { startFlower } from '../systems/flower';
import type { Flower } from '../systems/flower';
import { prometheusHttp } from '../systems/prometheus-http';
import { freePort } from '../systems/free-ports';
import { startCollect, startStore } from '../systems/store';
import { stopAll, temporaryFolder } from '../systems/system';
import type { Launched } from '../systems/system';

/** Celery 5.7 and Flower 2.2 on Redis, read by a real store every second. */
let flower: Flower;
let store: Launched;
const data = temporaryFolder('collected');
const signal = new AbortController().signal;

const startCollecting = () =>
  startStore({ data, config: { sources: { celery: { system: 'flower', url: flower.url, every: '1s' } } } });

/** By key. */
async function runsOf(connector: Connector): Promise<Map<string, TaskRun>> {
  const range = { from: Date.now() - 3_600_000, to: Date.now() + 60_000 };
  const { runs } = await connector.runs({ filter: NO_FILTER, range, limit: 1000 }, signal);
  return new Map(runs.map((run) => ({ ...run, source: 'celery' })).map((run) => [runKey(run), run]));
}

const told = () => runsOf(createFlower({ http: prometheusHttp(flower.url) }));
const kept = (url = store.url) => runsOf(createTaskStore({ http: prometheusHttp(url) }));

/** Everything that Flower tells is in the store as it is told, once what is wanted has ended; gives what the store has. */
function same(ended: readonly string[], url = store.url): Promise<Map<string, TaskRun>> {
  let difference = '';
  return eventually(
    'the store to have what Flower tells',
    async () => {
      const [source, archive] = [await told(), await kept(url)];
      const open = ended.filter((id) => ![...source.values()].some((run) => run.runId === id && run.finishedAt));
      const unlike = [...source].filter(([key, run]) => !isAlike(archive.get(key), run));
      difference = `Open: ${open.join()}. Unlike: ${JSON.stringify(unlike.slice(0, 2).map(([key, run]) => [run, archive.get(key)]))}`;
      return open.length + unlike.length === 0 ? archive : undefined;
    },
    { seconds: 40, everyMs: 500, lastSeen: () => difference }
  );
}

function isAlike(archived: TaskRun | undefined, run: TaskRun): boolean {
  const { retried: _, ...rest } = archived ?? {};
  const sorted = (value: object) => JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  return sorted(rest) === sorted(run);
}

const sendThree = async () =>
  (await flower.python('print("\\n".join(charge.delay(n).id for n in range(3)))')).split('\n');

beforeAll(async () => {
  flower = await startFlower();
  store = await startCollecting();
}, 900_000);

afterAll(async () => {
  await stopAll([store, flower]);
  rmSync(data, { recursive: true });
}, 60_000);

test('every run, attempt and state is kept as Flower tells it, over restarts of either side', async () => {
  const sent = await flower.sendOneOfEach();
  const idOf = (situation: string) => sent[situation] as string;
  const ends = ['succeeded', 'failed', 'retried', 'limited', 'killed', 'rejected', 'expired', 'chained'].map(idOf);
  const before = await same(ends);
  const firstTry = before.get(`celery\n${idOf('retried')}\n1`);
  // Seen while it waited for its second try, or not at all: Flower keeps one row.
  expect(firstTry ?? { state: 'failed', retried: true }).toMatchObject({ state: 'failed', retried: true });
  expect(await sourceStatus(store)).toMatchObject({ name: 'celery', up: true, skipped: 0, vanished: 0 });

  // Flower forgets everything; the store has it, as it was.
  await flower.restartFlower(async () => {
    await eventually('the failure to be seen', async () =>
      (await sourceStatus(store)).up === false ? true : undefined
    );
  });
  const after = await same(await sendThree());
  for (const [key, run] of before) {
    expect(after.get(key)).toEqual(run);
  }
  expect(after.size).toBe(before.size + 3);
  const status = await sourceStatus(store);
  expect(status).toMatchObject({ up: true, lastError: { kind: 'unreachable' } });
  // What runs for ten minutes, what was ignored and what nobody consumes: Flower does not know of them any more.
  expect(status.vanished).toBe(3);

  // The store dies in the middle of its work, and more happens meanwhile.
  process.kill(store.pid, 'SIGKILL');
  await store.stop();
  const ids = await sendThree();
  store = await startCollecting();
  const last = await same(ids);
  expect(last.size).toBe(after.size + 3);
  for (const [key, run] of after) {
    expect(last.get(key)).toEqual(run);
  }
  expect(await sourceStatus(store)).toMatchObject({
    up: true,
    lacks: [],
    unreported: ['attempts', 'resources', 'traces'],
  });
  const metrics = await (await fetch(`${store.url}/metrics`)).text();
  expect(metrics).toMatch(/^runlane_source_up\{source="celery"\} 1$/m);
}, 240_000);

test('a collector on another machine finds the same, and keeps it while its store is away', async () => {
  const port = await freePort();
  const collector = await startCollect(`http://127.0.0.1:${port}`, {
    celery: { system: 'flower', url: flower.url, every: '1s' },
  });
  let far: Launched | undefined;
  try {
    const ids = await sendThree();
    await eventually('events to wait', () => collector.said().includes('Events wait in the spool') || undefined);
    far = await startStore({ port });
    await same(ids, far.url);
    expect((await sourceStatus(store)).up).toBe(true);
  } finally {
    await stopAll([collector, far]);
  }
}, 120_000);
