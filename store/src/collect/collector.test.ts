import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { ConnectorError } from '../../../src/model/connector-error';
import type { TaskEvent } from '../../../src/model/task-event';
import { Collector } from './collector';
import { CursorFile } from './cursor-file';
import { FlowerUnderTest } from './flower.kit';
import type { SourceConfig } from './source-config';
import { restMs } from './timing';

const NOW = 1_795_000_000_000;

let folder: string;
let kept: TaskEvent[];
let told: string[];
let flowers: Map<string, FlowerUnderTest>;
let collector: Collector;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlane-collect-'));
  kept = [];
  told = [];
  flowers = new Map();
  collector = begin();
});

afterEach(async () => {
  await collector.stop();
  rmSync(folder, { recursive: true });
});

const cursors = () => new CursorFile(join(folder, 'collect.json'), (message) => told.push(message));

function begin(): Collector {
  return new Collector({
    ledger: { runs: async () => [], keep: async (events) => void kept.push(...events) },
    cursors: cursors(),
    now: () => NOW,
    random: () => 0,
    log: { info: (message) => told.push(message), warn: (message) => told.push(message) },
    http: ({ name }) => flowerOf(name).http,
  });
}

function flowerOf(name: string): FlowerUnderTest {
  const flower = flowers.get(name) ?? new FlowerUnderTest();
  flowers.set(name, flower);
  return flower;
}

function source(name: string, more: Partial<SourceConfig> = {}): SourceConfig {
  flowerOf(name).put({ uuid: `${name}-1`, state: 'PENDING', sent: NOW / 1000 - 60, timestamp: NOW / 1000 - 60 });
  return {
    name,
    system: 'flower',
    endpoint: { url: `http://${name}` },
    headers: {},
    everyMs: 5,
    historyMs: 3_600_000,
    overlapMs: 60_000,
    timeoutMs: 1_000,
    labels: {},
    maxPages: 5,
    settings: {},
    ...more,
  };
}

async function until(isThere: () => boolean): Promise<void> {
  while (!isThere()) {
    await new Promise((wait) => setTimeout(wait, 2));
  }
}

const statusOf = (name: string) => collector.status().find((one) => one.name === name);

test('a source that fails or hangs holds up no other, and says what is wrong in words for its place', async () => {
  flowerOf('broken').failure = new ConnectorError(
    'unauthorised',
    'flower',
    'GET /api/tasks answered 401. Set user and password in the data source settings.'
  );
  await collector.configure([source('broken'), source('good')]);
  await until(() => statusOf('good')?.up === true && statusOf('broken')?.up === false);
  expect(statusOf('broken')?.lastError).toMatchObject({
    kind: 'unauthorised',
    message: "[flower] GET /api/tasks answered 401. Set user and password in sources.broken of the store's config.",
  });
  const registry = new Registry();
  collector.metrics.addTo(registry);
  const text = await registry.metrics();
  expect(text).toContain('runlane_source_up{source="broken"} 0');
  expect(text).toContain('runlane_source_errors_total{source="broken",kind="unauthorised"}');
  expect(text).toContain('runlane_source_runs_collected_total{source="good"} 1');
  flowerOf('broken').failure = undefined;
  await until(() => statusOf('broken')?.up === true);
  expect(told).toEqual([expect.stringContaining('broken could not be read'), '[collect] broken answers again.']);
});

test('a change of the config touches only the sources that it changes', async () => {
  await collector.configure([source('a'), source('b'), source('c')]);
  await until(() => collector.status().every(({ up }) => up === true));
  await collector.configure([source('a'), source('b', { everyMs: 3_600_000 })]);
  expect(collector.status().map(({ name, up, everyMs }) => [name, up, everyMs])).toEqual([
    ['a', true, 5],
    ['b', undefined, 3_600_000],
  ]);
});

test('where a source was read to is kept; a damaged file costs a second reading and is told', async () => {
  await collector.configure([source('a')]);
  await until(() => statusOf('a')?.up === true);
  await collector.stop();
  expect(cursors().read(source('a'))).toEqual({ doneTo: NOW });
  // Another address is another source.
  expect(cursors().read(source('a', { endpoint: { url: 'http://other' } }))).toEqual({});
  const path = join(folder, 'collect.json');
  writeFileSync(path, readFileSync(path, 'utf8').slice(0, 20));
  expect(cursors().read(source('a'))).toEqual({});
  expect(told.at(-1)).toMatch(/collect.json is damaged .* read from the beginning/);
});

test('what a source is not set up to tell is asked for with the first poll', async () => {
  flowerOf('a').put({ uuid: 'x', state: 'SUCCESS', received: 1, succeeded: NOW / 1000, timestamp: NOW / 1000 });
  const config = source('a');
  flowerOf('a').rows.delete('a-1');
  await collector.configure([config]);
  await until(() => statusOf('a')?.up === true);
  expect(statusOf('a')?.lacks.map(({ setting }) => setting)).toEqual(['task_send_sent_event = True']);
  const registry = new Registry();
  collector.metrics.addTo(registry);
  expect(await registry.metrics()).toContain('runlane_source_lacks{source="a"} 1');
  expect(statusOf('a')?.unreported).toEqual(['attempts', 'resources', 'traces']);
});

test('between polls lies the interval, after failures more and more, and never less than the source asked for', () => {
  const rest = { everyMs: 15_000, failures: 0, isUnfinished: false };
  const middle = () => 0.5;
  expect(restMs(rest, middle)).toBe(15_000);
  expect([restMs(rest, () => 0), restMs(rest, () => 1)]).toEqual([13_500, 16_500]);
  expect(restMs({ ...rest, isUnfinished: true }, middle)).toBe(1_000);
  expect([1, 2, 3, 10, 1_000].map((failures) => restMs({ ...rest, failures }, middle))).toEqual([
    30_000, 60_000, 120_000, 300_000, 300_000,
  ]);
  expect(restMs({ ...rest, everyMs: 3_600_000, failures: 3 }, middle)).toBe(3_600_000);
  expect(restMs({ ...rest, failures: 1, patienceMs: 600_000 }, middle)).toBe(600_000);
});
