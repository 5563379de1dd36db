import { join } from 'node:path';
import { keptRuns } from '../systems/ask-store';
import { mountSmallDisk } from '../systems/small-disk';
import type { SmallDisk } from '../systems/small-disk';
import { send, startStore } from '../systems/store';
import type { Launched } from '../systems/system';

/** The built store on a disk that really is full. */
let disk: SmallDisk;
let store: Launched | undefined;
const signal = new AbortController().signal;

beforeEach(() => {
  disk = mountSmallDisk('16m');
});

afterEach(async () => {
  await store?.stop();
  disk.remove();
}, 60_000);

const start = async () => {
  store = await startStore({ data: join(disk.folder, 'data'), ready: '/healthz' });
  return store.url;
};

const ended = (runId: string) => {
  const at = Date.now();
  return { source: 'shop', runId, attempt: 1, at, state: 'completed', task: 'mail', startedAt: at - 5, finishedAt: at };
};

async function runsOf(url: string): Promise<string[]> {
  return (await keptRuns({ url })).map(({ runId }) => runId).sort();
}

const post = (url: string, events: readonly object[]) =>
  fetch(`${url}/api/v1/events`, {
    method: 'POST',
    body: events.map((event) => JSON.stringify(event)).join('\n'),
    headers: { 'content-type': 'application/x-ndjson' },
  });

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'a store that %s ended starts on a full disk and answers; events are refused until there is room',
  async (howItEnded) => {
    const before = await start();
    await send(before, [ended('a'), ended('b')]);
    process.kill(store?.pid as number, howItEnded);
    await store?.stop();
    disk.fill();

    const url = await start();
    expect(await runsOf(url)).toEqual(['a', 'b']);
    // As much as the room that is kept for a start can never hold.
    const many = Array.from({ length: 2_000 }, (_, i) => ({ ...ended(`refused-${i}`), result: 'x'.repeat(1_000) }));
    const refused = await post(url, many);
    expect(refused.status).toBe(507);
    expect(await refused.text()).toMatch(/disk|room/);
    expect(await runsOf(url)).toEqual(['a', 'b']);

    disk.clear();
    await send(url, [ended('c')]);
    expect(await runsOf(url)).toEqual(['a', 'b', 'c']);
  },
  120_000
);

test('a first start on a full disk says so, and the next one with room begins', async () => {
  disk.fill();
  await expect(start()).rejects.toThrow(/no room|full/);
  disk.clear();
  const url = await start();
  await send(url, [ended('a')]);
  expect(await runsOf(url)).toEqual(['a']);
}, 120_000);
