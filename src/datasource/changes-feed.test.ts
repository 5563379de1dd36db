import type { Changes } from '../connectors/connector';
import { ConnectorError } from '../model/connector-error';
import type { FeedNews, FeedSource, PageVisibility } from './changes-feed';
import { ChangesFeed } from './changes-feed';

/** A source whose connections the test opens, feeds and breaks by hand. */
class Source implements FeedSource {
  readonly opened: Array<{
    cursor: string | undefined;
    signal: AbortSignal;
    say: (change: Changes) => void;
    fail: (e: unknown) => void;
    end: () => void;
  }> = [];
  readonly polls: Array<string | undefined> = [];
  poll_: (cursor: string | undefined) => Changes = (cursor) => ({ cursor: cursor ?? '100', runs: [] });

  poll = async function* (this: Source, cursor: string | undefined): AsyncIterable<Changes> {
    this.polls.push(cursor);
    yield this.poll_(cursor);
  }.bind(this);

  held = (cursor: string | undefined, signal: AbortSignal): AsyncIterable<Changes> => {
    const queue: Array<() => Changes | undefined> = [];
    let wake: () => void = () => undefined;
    const push = (step: () => Changes | undefined) => {
      queue.push(step);
      wake();
    };
    const abort = () =>
      push(() => {
        throw signal.reason;
      });
    signal.addEventListener('abort', abort);
    this.opened.push({
      cursor,
      signal,
      say: (change) => push(() => change),
      fail: (error) =>
        push(() => {
          throw error;
        }),
      end: () => push(() => undefined),
    });
    return (async function* () {
      for (;;) {
        const step = queue.shift();
        if (step === undefined) {
          await new Promise<void>((resolve) => (wake = resolve));
          continue;
        }
        const change = step();
        if (change === undefined) {
          return;
        }
        yield change;
      }
    })();
  };
}

class Page implements PageVisibility {
  private isHidden = false;
  private readonly watchers = new Set<() => void>();
  hidden = () => this.isHidden;
  watch = (changed: () => void) => {
    this.watchers.add(changed);
    return () => this.watchers.delete(changed);
  };
  set(hidden: boolean) {
    this.isHidden = hidden;
    this.watchers.forEach((watcher) => watcher());
  }
  get watched() {
    return this.watchers.size;
  }
}

const RUN = { source: 's', runId: '1', attempt: 1, task: 't', state: 'running' as const, observedAt: 1 };

let source: Source;
let page: Page;
let feed: ChangesFeed;

beforeEach(() => {
  jest.useFakeTimers();
  source = new Source();
  page = new Page();
  feed = new ChangesFeed(source, page);
});

afterEach(() => {
  jest.useRealTimers();
});

async function settle(ms = 0) {
  await jest.advanceTimersByTimeAsync(ms);
}

function listen() {
  const news: FeedNews[] = [];
  return {
    news,
    stop: feed.follow((one) => news.push(one)),
    runs: () => news.flatMap((one) => (one.kind === 'changes' ? one.runs : [])),
  };
}

test('many followers share one connection, which ends a while after the last of them', async () => {
  const first = listen();
  const second = listen();
  await settle();
  expect(source.opened).toHaveLength(1);
  source.opened[0]?.say({ cursor: '101', runs: [RUN] });
  await settle();
  expect(first.runs()).toEqual([RUN]);
  expect(second.runs()).toEqual([RUN]);
  first.stop();
  expect(source.opened[0]?.signal.aborted).toBe(false);
  second.stop();
  await settle(1000);
  const third = listen();
  await settle(20_000);
  expect(source.opened).toHaveLength(1);
  third.stop();
  await settle(20_000);
  expect(source.opened[0]?.signal.aborted).toBe(true);
  expect(page.watched).toBe(0);
});

test('it finds out from where it follows before it says that it is ready', async () => {
  const follower = listen();
  const ready = jest.fn();
  void feed.ready().then(ready);
  expect(ready).not.toHaveBeenCalled();
  await settle();
  expect(ready).toHaveBeenCalled();
  expect(source.polls).toEqual([undefined]);
  expect(source.opened[0]?.cursor).toBe('100');
  follower.stop();
});

test('a page that nobody sees holds no connection, and goes on from where it was', async () => {
  const follower = listen();
  await settle();
  source.opened[0]?.say({ cursor: '105', runs: [] });
  await settle();
  page.set(true);
  expect(source.opened[0]?.signal.aborted).toBe(true);
  page.set(false);
  await settle();
  expect(source.opened[1]?.cursor).toBe('105');
  expect(follower.news.every((one) => one.kind === 'changes')).toBe(true);
  follower.stop();
});

test('a broken connection is told and comes back with its cursor', async () => {
  const follower = listen();
  await settle();
  source.opened[0]?.say({ cursor: '105', runs: [] });
  await settle();
  source.opened[0]?.fail(new Error('broken'));
  await settle();
  expect(follower.news.at(-1)).toMatchObject({ kind: 'trouble' });
  await settle(20_000);
  expect(source.opened[1]?.cursor).toBe('105');
  follower.stop();
});

test('waits between attempts grow, so that a store that is down is left in peace', async () => {
  const down = () => {
    throw new ConnectorError('unreachable', 'task-store', 'down.');
  };
  source.poll_ = down;
  const follower = listen();
  await settle(60_000);
  const attempts = source.polls.length + source.opened.length;
  expect(attempts).toBeGreaterThan(3);
  expect(attempts).toBeLessThan(15);
  follower.stop();
});

test('after a time without knowing where it was, it reports a gap', async () => {
  source.poll_ = () => {
    throw new Error('down');
  };
  const follower = listen();
  await settle();
  source.poll_ = () => ({ cursor: '200', runs: [] });
  await settle(20_000);
  expect(follower.news.map((one) => one.kind)).toEqual(['trouble', 'gap', 'changes']);
  follower.stop();
});

test('a cursor that the store does not know any more is a gap, not an endless error', async () => {
  const follower = listen();
  await settle();
  source.opened[0]?.fail(new ConnectorError('bad-request', 'task-store', 'cursor 100 is none of this store.'));
  await settle(20_000);
  expect(follower.news.map((one) => one.kind)).toContain('gap');
  expect(follower.news.map((one) => one.kind)).not.toContain('trouble');
  expect(source.opened.at(-1)?.cursor).toBe('100');
  follower.stop();
});

test('a held answer that a proxy cuts off is replaced by asking now and then', async () => {
  const follower = listen();
  await settle();
  await settle(30_000);
  source.poll_ = (cursor) => ({ cursor: String(Number(cursor) + 1), runs: [RUN] });
  await settle(10_000);
  expect(source.polls.length).toBeGreaterThan(3);
  expect(follower.runs().length).toBeGreaterThan(2);
  expect(source.opened).toHaveLength(1);
  follower.stop();
});

test('a connection that spoke and then fell silent is dead: it is opened again', async () => {
  const follower = listen();
  await settle();
  source.opened[0]?.say({ cursor: '101', runs: [] });
  await settle(30_000);
  await settle(20_000);
  expect(source.opened.length).toBeGreaterThan(1);
  expect(source.opened[1]?.cursor).toBe('101');
  follower.stop();
});
