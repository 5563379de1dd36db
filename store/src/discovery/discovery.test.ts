import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import type { SourceConfig } from '../collect/source-config';
import { Discovery } from './discovery';
import type { DiscoveryConfig } from './discovery-config';
import { createFileFinder } from './file-finder';
import { KeptLists } from './kept-lists';
import { asLook, ListError } from './target';
import type { Finder } from './target';

const START = 1_795_000_000_000;
const TEMPLATE = {
  system: 'flower',
  headers: {},
  everyMs: 15_000,
  historyMs: 3_600_000,
  overlapMs: 60_000,
  timeoutMs: 1_000,
  maxPages: 5,
  labels: {},
  settings: {},
};

/** A list that is looked at when the test says so. */
class ListUnderTest implements Finder {
  addresses: string[] = [];
  failure: Error | undefined;
  looks = 0;

  async look() {
    this.looks++;
    if (this.failure !== undefined) {
      throw this.failure;
    }
    return asLook(
      this.addresses.map((address) => ({ address, labels: {} })),
      []
    );
  }

  /** As often as it takes for what it holds to be so. */
  async seen(looks = 4): Promise<void> {
    const enough = this.looks + looks;
    while (this.looks < enough) {
      await new Promise((wait) => setTimeout(wait, 2));
    }
  }
}

let folder: string;
let now: number;
let lists: Map<string, ListUnderTest>;
let applied: Array<readonly SourceConfig[]>;
let told: string[];
let forgotten: string[];
let discovery: Discovery;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlane-discovery-'));
  now = START;
  lists = new Map([
    ['hosts', new ListUnderTest()],
    ['more', new ListUnderTest()],
  ]);
  told = [];
  forgotten = [];
  discovery = begin();
});

afterEach(async () => {
  await discovery.stop();
  rmSync(folder, { recursive: true });
});

function begin(finderOf = ({ name }: DiscoveryConfig): Finder => listOf(name)): Discovery {
  applied = [];
  return new Discovery({
    apply: async (sources) => void applied.push(sources),
    forget: (source) => forgotten.push(source),
    kept: new KeptLists(join(folder, 'discovered.json'), (message) => told.push(message)),
    now: () => now,
    random: () => 0,
    log: { info: (message) => told.push(message), warn: (message) => told.push(message) },
    finderOf,
  });
}

function listOf(name: string): ListUnderTest {
  return lists.get(name) as ListUnderTest;
}

function list(name: string, more: Partial<DiscoveryConfig> = {}): DiscoveryConfig {
  return {
    name,
    lookup: { by: 'files', paths: [join(folder, '*.yaml')] },
    everyMs: 4,
    only: {},
    pattern: '{target}',
    labels: {},
    template: { ...TEMPLATE, endpoint: { url: 'http://{target}' } },
    rememberMs: 3_600_000,
    ...more,
  };
}

const fixed = (name: string): SourceConfig => ({ ...TEMPLATE, name, endpoint: { url: `http://${name}` } });
const read = () => applied.at(-1)?.map(({ name }) => name);
const gone = () => discovery.goneSources().map(({ name, goneSince }) => [name, goneSince]);

test('what a list names is read beside what the config names; what went is not, and it is known since when', async () => {
  listOf('hosts').addresses = ['a:1', 'b:1'];
  await discovery.configure({ sources: [fixed('own')], discovery: [list('hosts')] });
  await listOf('hosts').seen();
  expect(read()).toEqual(['own', 'a:1', 'b:1']);
  now += 5_000;
  listOf('hosts').addresses = ['b:1', 'c:1'];
  await listOf('hosts').seen();
  expect(read()).toEqual(['own', 'b:1', 'c:1']);
  expect(discovery.goneSources()).toMatchObject([
    { name: 'a:1', system: 'flower', url: 'http://a:1', foundBy: 'hosts', goneSince: START + 5_000 },
  ]);
  expect(discovery.status()).toMatchObject([{ name: 'hosts', up: true, found: 2, notices: [] }]);
  listOf('hosts').addresses = ['a:1', 'b:1', 'c:1'];
  await listOf('hosts').seen();
  expect([read(), gone()]).toEqual([['own', 'b:1', 'c:1', 'a:1'], []]);
});

test('what only one look shows changes nothing', async () => {
  listOf('hosts').addresses = ['a:1'];
  await discovery.configure({ sources: [], discovery: [list('hosts')] });
  await listOf('hosts').seen();
  const before = applied.length;
  let looks = 0;
  const steady = listOf('hosts').look.bind(listOf('hosts'));
  listOf('hosts').look = async () => {
    const found = await steady();
    return looks++ % 2 === 0 ? found : asLook([], []);
  };
  await listOf('hosts').seen(10);
  expect(applied.length).toBe(before);
});

test('of a broken list the last sound one stays in force, over a restart too, and where it is broken is said', async () => {
  listOf('hosts').addresses = ['a:1'];
  await discovery.configure({ sources: [], discovery: [list('hosts')] });
  await listOf('hosts').seen();
  listOf('hosts').failure = new ListError('hosts.yaml:3: targets holds "x y", want a host and a port.');
  await listOf('hosts').seen();
  expect(discovery.status()).toMatchObject([
    { up: false, lastGoodAt: START, found: 1, lastError: { message: expect.stringContaining('hosts.yaml:3:') } },
  ]);
  expect(told).toEqual([expect.stringMatching(/hosts is broken, the last sound list stays in force: hosts\.yaml:3:/)]);
  await discovery.stop();
  discovery = begin();
  await discovery.configure({ sources: [], discovery: [list('hosts')] });
  expect(read()).toEqual(['a:1']);
  expect(discovery.status()).toMatchObject([{ found: 1 }]);
  const registry = new Registry();
  discovery.metrics.addTo(registry);
  await listOf('hosts').seen();
  expect(await registry.metrics()).toMatch(
    /runlane_discovery_up\{discovery="hosts"\} 0[^]*runlane_discovery_sources\{discovery="hosts"\} 1/
  );
  listOf('hosts').failure = undefined;
  await listOf('hosts').seen();
  expect(discovery.status()).toMatchObject([{ up: true }]);
  expect(told.at(-1)).toBe('[discovery] hosts is sound again.');
});

test('a list that loses a source while the store is down has lost it when it is read again', async () => {
  listOf('hosts').addresses = ['a:1', 'b:1'];
  await discovery.configure({ sources: [], discovery: [list('hosts')] });
  await listOf('hosts').seen();
  await discovery.stop();
  listOf('hosts').addresses = ['b:1'];
  now += 60_000;
  discovery = begin();
  await discovery.configure({ sources: [], discovery: [list('hosts')] });
  await listOf('hosts').seen();
  expect([read(), gone()]).toEqual([['b:1'], [['a:1', START + 60_000]]]);
  // That is remembered as long as runs are kept, and then nothing of it is.
  await discovery.stop();
  discovery = begin();
  await discovery.configure({ sources: [], discovery: [list('hosts')] });
  expect(gone()).toEqual([['a:1', START + 60_000]]);
  now += 3_600_000;
  await listOf('hosts').seen();
  expect([gone(), forgotten]).toEqual([[], ['a:1']]);
});

test('a change of the config touches the lists that it changes; their sources go on until they are looked at again', async () => {
  listOf('hosts').addresses = ['a:1'];
  listOf('more').addresses = ['b:1'];
  await discovery.configure({ sources: [], discovery: [list('hosts'), list('more')] });
  await listOf('hosts').seen();
  await listOf('more').seen();
  listOf('hosts').failure = new Error('away');
  const changed = list('hosts', { labels: { environment: 'prod' } });
  await discovery.configure({ sources: [fixed('own')], discovery: [changed, list('more')] });
  expect(applied.at(-1)).toMatchObject([
    { name: 'own' },
    { name: 'a:1', labels: { environment: 'prod' } },
    { name: 'b:1' },
  ]);
  expect(gone()).toEqual([]);
  // A list that the operator removed is no list that lost something.
  await discovery.configure({ sources: [fixed('own')], discovery: [list('more')] });
  expect([read(), gone()]).toEqual([['own', 'b:1'], []]);
});

test('two lists that lead to one name read it once, and say so', async () => {
  listOf('hosts').addresses = ['a:1'];
  listOf('more').addresses = ['a:1', 'own'];
  await discovery.configure({ sources: [fixed('own')], discovery: [list('hosts'), list('more')] });
  await listOf('more').seen();
  await listOf('hosts').seen();
  expect(read()).toEqual(['own', 'a:1']);
  expect(discovery.status()[1]).toMatchObject({
    found: 0,
    notices: [
      expect.stringContaining('a:1 is not read: another source is called a:1'),
      expect.stringContaining('own is not read: another source is called own'),
    ],
  });
  // Nobody went: it is read as what it was before.
  expect(gone()).toEqual([]);
});

test('files that match are read together; one that is broken or cannot be read breaks the list', async () => {
  const finder = createFileFinder([join(folder, 'hosts-*.yaml'), join(folder, 'last.json')]);
  const look = async () => (await finder.look(new AbortController().signal)).targets.map(({ address }) => address);
  writeFileSync(join(folder, 'last.json'), '[{"targets":["c:1"]}]');
  writeFileSync(join(folder, 'other.yaml'), '- targets: [x:1]');
  expect(await look()).toEqual(['c:1']);
  writeFileSync(join(folder, 'hosts-a.yaml'), '- targets: [a:1, c:1]');
  expect(await look()).toEqual(['a:1', 'c:1']);
  writeFileSync(join(folder, 'hosts-b.yaml'), '- targets: [');
  await expect(look()).rejects.toThrow(/hosts-b\.yaml:1: .* Correct the YAML or JSON/);
  rmSync(join(folder, 'hosts-b.yaml'));
  rmSync(join(folder, 'last.json'));
  await expect(look()).rejects.toThrow(/last\.json cannot be read \(ENOENT\)\. See whether it is there/);
});
