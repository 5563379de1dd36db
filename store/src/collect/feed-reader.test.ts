import { ConnectorError } from '../../../src/model/connector-error';
import type { TaskEvent } from '../../../src/model/task-event';
import type { TaskRun } from '../../../src/model/task-run';
import type { EventFeed, FeedEvent, Hearing } from '../sources/collected-system';
import { CollectMetrics } from './collect-metrics';
import { FeedReader } from './feed-reader';
import type { SourceConfig } from './source-config';

const NOW = 1_795_000_000_000;
const REPORTS = {
  attempts: true,
  queues: true,
  workers: true,
  resources: false,
  waits: true,
  exits: false,
  errors: true,
  parents: true,
  traces: false,
  pending: true,
  running: true,
};
const CONFIG: SourceConfig = {
  name: 'celery',
  system: 'flower',
  endpoint: { url: 'redis://broker' },
  headers: {},
  everyMs: 15_000,
  historyMs: 0,
  overlapMs: 0,
  timeoutMs: 1_000,
  labels: {},
  maxPages: 1,
  settings: {},
};

function event(runId: string, more: Partial<FeedEvent> = {}): FeedEvent {
  return { runId, attempt: 1, at: NOW, state: 'running', task: 'import', ...more };
}

function reading(
  listen: EventFeed['listen'],
  more: Partial<EventFeed> = {},
  { config = {}, open = [] }: { config?: Partial<SourceConfig>; open?: readonly TaskRun[] } = {}
) {
  const steps: string[] = [];
  const kept: TaskEvent[] = [];
  const reader = new FeedReader(
    { ...CONFIG, ...config },
    {
      feed: { id: 'flower', reports: REPORTS, listen, ...more },
      ledger: {
        runs: async () => [...open],
        keep: async (events) => {
          await Promise.resolve();
          kept.push(...events);
          steps.push(`kept ${events.length}`);
        },
      },
      metrics: new CollectMetrics(),
      now: () => NOW,
      onMove: () => steps.push(`at ${reader.position.place}`),
    },
    { place: '7' }
  );
  return { reader, kept, steps };
}

test('what is heard is kept under the name of its source before its place moves on', async () => {
  const { reader, kept, steps } = reading(async ({ keep, place }) => {
    await keep([event('a'), event('b')], `${Number(place) + 2}`);
    await keep([event('c')]);
  });
  await reader.poll(new AbortController().signal);
  expect(kept.map(({ source, runId }) => [source, runId])).toEqual([
    ['celery', 'a'],
    ['celery', 'b'],
    ['celery', 'c'],
  ]);
  expect(steps).toEqual(['kept 2', 'at 9', 'kept 1', 'at 9']);
  expect(reader.status()).toMatchObject({ up: true, lagMs: 0, collected: 3, skipped: 0 });
});

test('what the archive would refuse is left out and counted, the rest is kept', async () => {
  const { reader, kept } = reading(async ({ keep, skip }) => {
    skip(1);
    await keep([event(''), event('tomorrow', { at: NOW + 10 * 86_400_000 }), event('good')]);
  });
  await reader.poll(new AbortController().signal);
  expect(kept.map(({ runId }) => runId)).toEqual(['good']);
  expect(reader.status()).toMatchObject({ collected: 1, skipped: 3 });
});

test('runs bear the labels that the operator gave their source, and keep those that one event has told', async () => {
  const before: TaskRun = {
    source: 'celery',
    runId: 'before',
    attempt: 1,
    state: 'running',
    task: 'import',
    kind: 'task',
    observedAt: NOW,
    labels: { pid: '1' },
  };
  const { reader, kept } = reading(
    async ({ keep }) => {
      await keep([event('a', { labels: { pid: '7', environment: '?' } }), event('b'), event('before')]);
      await keep([event('a', { state: 'completed' }), event('b', { labels: { pid: '8' } })]);
    },
    {},
    { config: { labels: { environment: 'prod' } }, open: [before] }
  );
  await reader.poll(new AbortController().signal);
  expect(kept.map(({ runId, labels }) => [runId, labels])).toEqual([
    ['a', { pid: '7', environment: 'prod' }],
    ['b', { environment: 'prod' }],
    // It has its labels from before: the newest ones stand for all of them.
    ['before', undefined],
    ['a', undefined],
    ['b', { pid: '8', environment: 'prod' }],
  ]);
});

test('a feed that is silent but there is up; what ends it is the error of the source', async () => {
  const broken = new ConnectorError('unreachable', 'flower', 'The broker has closed the connection.');
  const { reader } = reading(async ({ alive, notice }: Hearing) => {
    notice('Two workers send no events.');
    alive();
    throw broken;
  });
  await expect(reader.poll(new AbortController().signal)).rejects.toBe(broken);
  expect(reader.status()).toMatchObject({ up: true, lastGoodAt: NOW, notices: ['Two workers send no events.'] });
});

test('what the source would tell if it were set up for it is asked for while it is listened to', async () => {
  const lack = { what: 'anything', setting: 'worker -E', message: 'Workers send no events.' };
  const { reader } = reading(() => new Promise((over) => setImmediate(over)), { lacks: async () => [lack] });
  await reader.poll(new AbortController().signal);
  expect(reader.status().lacks).toEqual([lack]);
});

test('a feed may recall what is kept of its runs, each once: what is open, and what was alive shortly before', async () => {
  const asked: unknown[] = [];
  const run = { source: 'celery', runId: 'a', attempt: 1, state: 'running', task: 'import', observedAt: NOW } as const;
  const ledger = {
    keep: async () => undefined,
    runs: async (...question: unknown[]) => {
      asked.push(question);
      return [run];
    },
  };
  let recalled: unknown;
  const feed = {
    id: 'flower',
    reports: REPORTS,
    listen: async (hearing: Hearing) => void (recalled = await hearing.recall()),
  };
  const ports = { feed, ledger, metrics: new CollectMetrics(), now: () => NOW, onMove: () => undefined };
  await new FeedReader({ ...CONFIG, overlapMs: 5_000 }, ports, { doneTo: NOW - 60_000 }).poll(
    new AbortController().signal
  );
  expect(recalled).toEqual([run]);
  expect(asked).toEqual([
    ['celery', { from: 0, to: NOW }, ['pending', 'running', 'unknown']],
    ['celery', { from: NOW - 65_000, to: NOW }, expect.arrayContaining(['completed', 'failed', 'cancelled'])],
  ]);
});
