import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TaskEvent } from '../../../src/model/task-event';
import {
  buildAgent,
  endOf,
  startStore,
  waitFor,
  type AgentUnderTest,
  type Behaviour,
  type StoreUnderTest,
} from './agent.kit';
import { createDelivery, type Delivery } from './delivery';
import { createNotices } from './notices';
import { createSender } from './sender';
import { openSpool, readSpoolStatus, spoolDirectory } from './spool';

let store: StoreUnderTest;
let folder: string;
let told: string[];

beforeEach(async () => {
  store = await startStore();
  folder = mkdtempSync(join(tmpdir(), 'runlane-spool-'));
  told = [];
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

function deliver(limit?: number): Delivery {
  return createDelivery({
    sender: createSender({ url: store.url }),
    spool: openSpool(folder, limit),
    notices: createNotices(false, (text) => told.push(text)),
  });
}

const event = (n: number, more: Partial<TaskEvent> = {}): TaskEvent => ({
  source: 's',
  runId: `run-${n}`,
  attempt: 1,
  at: 1000 + n,
  task: 't',
  ...more,
});
const change = (n: number): TaskEvent => event(n, { state: 'running' });
const end = (n: number): TaskEvent => event(n, { state: 'completed' });
const sample = (n: number): TaskEvent => event(n, { cpuSeconds: n });
const ids = (): string[] => [...new Set(store.events.map(({ runId }) => runId))].sort();
const segments = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.ndjson'));

it('sends events as they come and leaves nothing on disk', async () => {
  const delivery = deliver();
  delivery.put(change(1));
  delivery.put(sample(1));
  delivery.put(end(1));
  expect(await delivery.close(5000)).toEqual({ undelivered: false, why: undefined });
  expect(store.events).toHaveLength(3);
  expect(segments()).toEqual([]);
});

it('has state changes on disk before the store has taken them', async () => {
  store.behave = () => 'hang';
  const delivery = deliver();
  delivery.put(change(1));
  expect(readFileSync(join(folder, segments()[0] ?? ''), 'utf8')).toContain('run-1');
  await delivery.close(50);
});

const TROUBLES: Array<[string, Behaviour]> = [
  ['answers 500', { status: 500, body: 'oops' }],
  ['answers 503', { status: 503 }],
  ['asks for patience', { status: 429, headers: { 'retry-after': '0' } }],
  [
    'answers 200 with a page of something else',
    { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' },
  ],
  ['answers 404', { status: 404, body: '{"message":"no such page"}' }],
  ['redirects', { status: 302, headers: { location: 'http://127.0.0.1:9/' } }],
  ['wants a token', { status: 401, body: '{"error":"token missing"}' }],
];

it.each(TROUBLES)(
  'keeps every event while the store %s, and delivers them once it takes them',
  async (_name, behaviour) => {
    store.behave = () => behaviour;
    const first = deliver();
    [change(1), sample(1), end(1)].forEach(first.put);
    await store.until(() => (store.requests > 0 ? true : undefined));
    [change(2), end(2)].forEach(first.put);
    store.behave = () => 'take';
    await first.close(5000);
    if (store.events.length === 0) {
      // It was told to be patient: a later agent brings them.
      abandon();
      const second = deliver();
      second.put(end(3));
      await store.until((events) => (events.some(({ runId }) => runId === 'run-2') ? true : undefined));
      await second.close(5000);
    }
    expect(ids()).toEqual(expect.arrayContaining(['run-1', 'run-2']));
    expect(store.events.filter(({ runId, state }) => runId === 'run-1' && state === undefined)).not.toHaveLength(0);
  }
);

it('does not wait for a store that hangs longer than it may', async () => {
  store.behave = () => 'hang';
  const delivery = deliver();
  [change(1), sample(1), end(1)].forEach(delivery.put);
  const { undelivered } = await delivery.close(100);
  expect(undelivered).toBe(true);
  expect(readSpoolStatus(folder).events).toBe(3);
});

it('goes on after an answer that is cut off', async () => {
  store.behave = () => ({ status: 202, headers: { 'content-length': '1000' }, body: '{"acc' });
  const delivery = deliver();
  delivery.put(end(1));
  await delivery.close(300);
  expect(readSpoolStatus(folder).events).toBe(1);
});

it('finds the one line that the store refuses and brings the others', async () => {
  store.behave = (lines) =>
    lines.some((line) => line.includes('run-3"')) ? { status: 400, body: '{"message":"bad"}' } : 'take';
  const delivery = deliver();
  [end(1), end(2), end(3), end(4), end(5)].forEach(delivery.put);
  expect(await delivery.close(5000)).toMatchObject({ undelivered: false });
  expect(ids()).toEqual(['run-1', 'run-2', 'run-4', 'run-5']);
  expect(told.join('')).toContain('an event was refused and is given up');
});

it('tells how many lines the store rejected, and why', async () => {
  store.behave = () => ({
    status: 202,
    body: '{"accepted":0,"rejected":[{"line":1,"message":"at: expected a number"}]}',
  });
  const delivery = deliver();
  delivery.put(end(1));
  await delivery.close(5000);
  expect(told.join('')).toMatch(/rejected 1 of 1 events: .*expected a number/);
});

it.each([
  ['ahead of', -3_600_000, 3_600_000],
  ['behind', 3_600_000, -3_600_000],
])('tells a store how far this machine is %s it, with the first event already', async (_how, storeAhead, told) => {
  store.clockAheadMs = storeAhead;
  const delivery = deliver();
  delivery.put(change(1));
  await store.until((events) => (events.length > 0 ? true : undefined));
  expect(Math.abs(Number(store.clockHeader) - told)).toBeLessThan(60_000);
  const first = store.clockHeader;
  delivery.put(end(1));
  await delivery.close(5000);
  expect(store.clockHeader).toBe(first);
});

it('says nothing of clocks that agree', async () => {
  const delivery = deliver();
  delivery.put(end(1));
  await delivery.close(5000);
  expect(store.clockHeader).toBeUndefined();
});

describe('a clock of this machine that is set while something waits', () => {
  const HOUR = 3_600_000;
  afterEach(() => jest.restoreAllMocks());
  const setClock = (by: number) => {
    const now = Date.now;
    jest.spyOn(Date, 'now').mockImplementation(() => now() + by);
  };

  it('holds up nothing', async () => {
    store.behave = () => ({ status: 503, headers: { 'retry-after': '1' } });
    const delivery = deliver();
    delivery.put(change(1));
    await store.until(() => (store.requests > 0 ? true : undefined));
    setClock(-2 * HOUR);
    store.behave = () => 'take';
    delivery.put(sample(1));
    await store.until((events) => (events.length > 0 ? true : undefined));
    expect(ids()).toEqual(['run-1']);
    await delivery.close(5000);
  });

  it('is compared with the store again before the next event', async () => {
    const delivery = deliver();
    delivery.put(change(1));
    await store.until((events) => (events.length > 0 ? true : undefined));
    expect(store.clockHeader).toBeUndefined();
    setClock(-2 * HOUR);
    store.clockAheadMs = 2 * HOUR;
    delivery.put(end(1));
    await delivery.close(5000);
    expect(Math.abs(Number(store.clockHeader) + 2 * HOUR)).toBeLessThan(60_000);
  });
});

describe('clocks that disagree by more than a day', () => {
  const DAY = 86_400_000;
  /** Refuses what its clock has yet to come near, as the store does. */
  const storeAt =
    (storeNow: number) =>
    (lines: string[]): Behaviour => {
      const isAhead = (line: string) => (JSON.parse(line) as TaskEvent).at > storeNow + DAY;
      const ahead = lines.filter(isAhead).length;
      if (ahead === 0) {
        return 'take';
      }
      const accepted = lines.length - ahead;
      store.events.push(...lines.filter((line) => !isAhead(line)).map((line) => JSON.parse(line) as TaskEvent));
      return {
        status: accepted > 0 ? 202 : 503,
        headers: accepted > 0 ? {} : { 'retry-after': '60' },
        body: JSON.stringify({ accepted, rejected: [], rejectedTotal: ahead, ahead, now: storeNow }),
      };
    };

  it('keeps what the store refuses for its time, says which clock is behind, and delivers it once the clocks agree', async () => {
    const now = Date.now();
    store.behave = storeAt(now - 3 * DAY);
    const delivery = deliver();
    [change(1), end(1)].forEach((one) => delivery.put({ ...one, at: now }));
    expect(await delivery.close(5000)).toMatchObject({ undelivered: true });
    expect(told.join('')).toContain("the store's clock is 3 days behind this machine's");
    expect(readSpoolStatus(folder)).toMatchObject({ events: 2, dropped: { refused: 0 } });
    abandon();
    store.behave = storeAt(now);
    const later = deliver();
    later.put({ ...end(2), at: now });
    await store.until((events) => (events.some(({ runId }) => runId === 'run-1') ? true : undefined));
    expect(await later.close(5000)).toMatchObject({ undelivered: false });
    expect(ids()).toEqual(['run-1', 'run-2']);
  });

  it('keeps a batch of which the store took a part', async () => {
    const now = Date.now();
    store.behave = storeAt(now - 3 * DAY);
    const delivery = deliver();
    delivery.put({ ...end(1), at: now - 4 * DAY });
    delivery.put({ ...end(2), at: now });
    expect(await delivery.close(2000)).toMatchObject({ undelivered: true });
    expect(readFileSync(join(folder, segments()[0] ?? ''), 'utf8')).toContain('run-2');
  });

  it('gives up what this machine wrote under a wrong clock of its own, counts it, and brings what comes after', async () => {
    const now = Date.now();
    store.behave = storeAt(now);
    const delivery = deliver();
    delivery.put({ ...end(1), at: now + 1000 * DAY });
    delivery.put({ ...end(2), at: now });
    expect(await delivery.close(5000)).toMatchObject({ undelivered: false });
    expect(ids()).toEqual(['run-2']);
    expect(delivery.dropped()).toMatchObject({ refused: 1 });
    expect(told.join('')).toContain('1 events are given up');
  });
});

describe('a spool that is full', () => {
  const size = (events: TaskEvent[]): number => events.reduce((sum, one) => sum + JSON.stringify(one).length + 1, 0);

  it('gives up samples first, then changes, ends last, and counts them', async () => {
    await store.close();
    const room = size([end(1), end(2), end(3), end(4)]) + 10;
    const delivery = deliver(room);
    delivery.put(change(1));
    await delivery.close(0);
    abandon();

    const second = deliver(room);
    // Its first attempt fails, from then on everything goes to disk.
    second.put(change(2));
    await new Promise((resolve) => setTimeout(resolve, 100));
    [sample(1), sample(2), sample(3)].forEach(second.put);
    [end(1), end(2), end(3), end(4), end(5)].forEach(second.put);
    await second.close(0);
    const kept = segments().flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').filter(Boolean));
    expect(kept.map((line) => (JSON.parse(line) as TaskEvent).state)).toEqual([
      'completed',
      'completed',
      'completed',
      'completed',
    ]);
    expect(second.dropped()).toEqual({ sample: 3, change: 2, end: 1, damaged: 0, refused: 0 });
    expect(readSpoolStatus(folder).dropped).toEqual({ sample: 3, change: 2, end: 1, damaged: 0, refused: 0 });
    store = await startStore();
  });

  it('never grows beyond its limit', async () => {
    await store.close();
    const delivery = deliver(2000);
    for (let i = 0; i < 200; i++) {
      [change(i), sample(i), end(i)].forEach(delivery.put);
      const bytes = segments().reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
      expect(bytes).toBeLessThanOrEqual(2000);
    }
    await delivery.close(0);
    store = await startStore();
  });
});

describe('what dead agents leave', () => {
  it('is delivered by a later one, but for a line that was cut off', async () => {
    const before = deliver();
    store.behave = () => 'hang';
    [change(1), end(1)].forEach(before.put);
    await store.until(() => (store.requests > 0 ? true : undefined));
    await before.close(50);
    abandon();
    appendFileSync(join(folder, segments()[0] ?? ''), '{"source":"s","runId":"cut o');
    store.behave = () => 'take';

    const after = deliver();
    after.put(end(2));
    await store.until((events) => (events.some(({ runId }) => runId === 'run-1') ? true : undefined));
    await after.close(5000);
    expect(ids()).toEqual(['run-1', 'run-2']);
    expect(segments()).toEqual([]);
  });

  it('is told to be there when this one cannot bring it', async () => {
    writeFileSync(join(folder, `${place()}-4194305-1-0.ndjson`), `${JSON.stringify(end(1))}\n`);
    store.behave = () => 'hang';
    const delivery = deliver();
    expect(await delivery.close(50)).toMatchObject({ undelivered: true });
  });

  it('is not taken from an agent in another container that was there a moment ago', async () => {
    writeFileSync(join(folder, 'deadbeef-4194305-1-0.ndjson'), `${JSON.stringify(end(1))}\n`);
    expect(openSpool(folder).hasOrphans()).toBe(false);
  });
});

describe('the program', () => {
  let agent: AgentUnderTest;
  beforeAll(() => (agent = buildAgent()));
  afterAll(() => agent.remove());
  const spooled = (): number => readSpoolStatus(spoolDirectory(join(agent.folder, 'spool'), store.url)).events;

  it('runs the command while the store is down; the events arrive when it is back', async () => {
    const port = Number(new URL(store.url).port);
    await store.close();
    const { code, stderr } = await agent.run(['run', '--store', store.url, '--no-flusher', '--', 'sh', '-c', 'exit 3']);
    expect(code).toBe(3);
    expect(stderr.toString()).toBe('');
    expect(spooled()).toBeGreaterThanOrEqual(3);

    store = await startStore(port);
    const { code: flushed } = await agent.run(['flush', '--store', store.url]);
    expect(flushed).toBe(0);
    expect(endOf(store.events)).toMatchObject({ state: 'failed', exitCode: 3 });
    expect(spooled()).toBe(0);
  });

  it('leaves a flusher behind that brings the events by itself', async () => {
    const port = Number(new URL(store.url).port);
    await store.close();
    await agent.run(['run', '--store', store.url, '--', 'true']);
    store = await startStore(port);
    expect(await store.until((events) => endOf(events))).toMatchObject({ state: 'completed' });
  });

  it('is not held up by a store that hangs', async () => {
    store.behave = () => 'hang';
    const { code } = await agent.run(['run', '--store', store.url, '--no-flusher', '--', 'true']);
    expect(code).toBe(0);
    expect(spooled()).toBeGreaterThan(0);
    store.behave = () => 'take';
    await agent.run(['flush', '--store', store.url]);
    expect(endOf(store.events)).toMatchObject({ state: 'completed' });
  });

  it('loses no state change when it is killed, and the command lives on', async () => {
    store.behave = () => 'hang';
    const child = agent.start(['run', '--store', store.url, '--no-flusher', '--', 'sleep', '60'], { stdio: 'ignore' });
    const gone = waitFor(child);
    await store.until(() => (store.requests > 0 && spooled() >= 2 ? true : undefined)).catch(() => undefined);
    child.kill('SIGKILL');
    await gone;
    store.behave = () => 'take';
    await agent.run(['flush', '--store', store.url]);
    const running = store.events.find(({ state }) => state === 'running');
    const pid = Number(running?.nativeState?.slice('pid '.length));
    expect(readFileSync(`/proc/${pid}/comm`, 'utf8')).toBe('sleep\n');
    process.kill(pid, 'SIGKILL');
  });

  it('sends its token to the store and writes it nowhere', async () => {
    store.behave = () => ({ status: 401 });
    const { stderr } = await agent.run(['run', '--store', store.url, '--no-flusher', '--', 'true'], {
      env: { RUNLANE_TOKEN: 'sesame-open-up' },
    });
    expect(store.authorizations[0]).toBe('Bearer sesame-open-up');
    expect(stderr.toString()).toContain('Set RUNLANE_TOKEN');
    const directory = spoolDirectory(join(agent.folder, 'spool'), store.url);
    expect(
      readdirSync(directory)
        .map((name) => readFileSync(join(directory, name), 'utf8'))
        .join('')
    ).not.toContain('sesame');
  });

  it.each([
    ['a spool that cannot be', ['--spool', '/dev/null/spool']],
    ['an address that is none', ['--store', 'not an address']],
    ['a spool without room', ['--spool-max', '0']],
  ])('runs the command with %s', async (_name, flags) => {
    const { code, stdout } = await agent.run(['run', '--no-flusher', ...flags, '--', 'sh', '-c', 'echo out; exit 4']);
    expect(code).toBe(4);
    expect(stdout.toString()).toBe('out\n');
  });

  it('takes an empty variable for one that is not set', async () => {
    const names = ['STORE', 'SOURCE', 'QUEUE', 'WORKER', 'PARENT', 'SPOOL', 'SPOOL_MAX', 'LABELS', 'TOKEN'];
    const empty = Object.fromEntries(names.map((name) => [`RUNLANE_${name}`, '']));
    const { code, stdout } = await agent.run(['run', '--no-flusher', '--store', store.url, '--', 'pwd'], {
      env: { ...empty, HOME: folder, XDG_STATE_HOME: undefined },
      cwd: folder,
    });
    expect([code, String(stdout).trim(), readdirSync(folder)]).toEqual([0, folder, ['.local']]);
    expect(endOf(store.events)).toMatchObject({ source: 'processes', worker: hostname(), state: 'completed' });
    expect(endOf(store.events)).not.toHaveProperty('queue');
  });

  it('runs the command though a variable of the machine cannot be read, and says so', async () => {
    const { code, stderr } = await agent.run(['run', '--no-flusher', '--store', store.url, '--', 'true'], {
      env: { RUNLANE_SPOOL_MAX: 'plenty' },
    });
    expect([code, String(stderr)]).toEqual([0, expect.stringContaining('RUNLANE_SPOOL_MAX is "plenty"')]);
    expect(endOf(store.events)).toMatchObject({ state: 'completed' });
  });

  it('says what waits', async () => {
    await agent.run(['run', '--no-flusher', '--store', 'http://127.0.0.1:9', '--', 'true']);
    const { stdout } = await agent.run(['spool', '--store', 'http://127.0.0.1:9']);
    expect(stdout.toString()).toMatch(/waiting {2}\d+ events/);
  });
});

/** Makes the segments of this process look like those of one that is dead: a pid that no process has. */
function abandon(): void {
  for (const name of segments()) {
    writeFileSync(join(folder, name.replace(/^(\w+)-\d+-(\d+)-/, '$1-4194305-$2-')), readFileSync(join(folder, name)));
    rmSync(join(folder, name));
  }
}

function place(): string {
  const spool = openSpool(folder);
  spool.append([{ text: '{}', weight: 'sample' }]);
  const name = segments()[0] ?? '';
  spool.close(true);
  return name.slice(0, 8);
}
