import { AnsweringThread } from './answering-thread';
import type { Job, Started, ThreadTimes } from './answering-thread';
import { CANCELLED, GO_ON } from '../archive/budget';
import type { QuestionLimits } from '../archive/archive';
import { QuestionLanes } from './question-lanes';
import type { FromWorker, ToReader } from './worker-messages';

/** Waits for nothing longer than a turn of the event loop. */
const AT_ONCE: ThreadTimes = {
  makeWayAfterMs: 0,
  leastMs: 0,
  stuckAfterMs: 0,
  restartAfterMs: 0,
  idleMs: 60_000,
  closeMs: 60_000,
};
const PATIENT: ThreadTimes = { ...AT_ONCE, makeWayAfterMs: 60_000, stuckAfterMs: 60_000 };

const IMPATIENT: ThreadTimes = { ...PATIENT, makeWayAfterMs: 0 };

/** A thread that does only what the test says. */
class FakeThread {
  readonly told = new Int32Array(new SharedArrayBuffer(4));
  readonly asked: Array<{ id: number; name: string }> = [];
  terminated = false;
  private readonly listeners = new Map<string, (value: never) => void>();

  postMessage(message: unknown): void {
    const { id, what, name = what } = message as { id: number; what: string; name?: string };
    if (what === 'close') {
      this.exit();
    } else {
      this.asked.push({ id, name });
    }
  }

  on(event: string, listener: (value: never) => void): void {
    this.listeners.set(event, listener);
  }

  terminate(): void {
    this.terminated = true;
    this.exit();
  }

  say(message: FromWorker): void {
    this.listeners.get('message')?.(message as never);
  }

  /** Answers the question it was asked last. */
  answer(): void {
    const { id, name } = this.asked[this.asked.length - 1]!;
    this.say({ what: 'answer', id, value: name });
  }

  exit(error?: Error): void {
    if (error !== undefined) {
      this.listeners.get('error')?.(error as never);
    }
    this.listeners.get('exit')?.(undefined as never);
  }
}

let threads: FakeThread[];

beforeEach(() => {
  threads = [];
});

function begin(): Started {
  const thread = new FakeThread();
  threads.push(thread);
  setImmediate(() => thread.say({ what: 'ready' }));
  return { port: thread, told: thread.told };
}

function threadWith(times: ThreadTimes, kept = true): AnsweringThread<ToReader> {
  return new AnsweringThread<ToReader>(begin, kept, { what: 'close' }, times);
}

async function turn(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Asks `thread` the question `name`. */
function ask(thread: AnsweringThread<ToReader>, name: string, more: Partial<Job<ToReader>> = {}) {
  const job = {} as Job<ToReader>;
  const answer = new Promise<unknown>((resolve, reject) => {
    Object.assign(job, { make: named(name), resolve, reject, ...more });
    thread.ask(job);
  });
  answer.catch(() => undefined);
  return { job, answer };
}

function named(name: string): (id: number) => ToReader {
  return (id) => ({ what: 'query', id, name }) as unknown as ToReader;
}

test('one question at a time, in the order in which they came, the urgent ones first', async () => {
  const thread = threadWith(PATIENT);
  await thread.open();
  const answers = [ask(thread, 'a'), ask(thread, 'b'), ask(thread, 'metrics', { level: -1 })].map(
    ({ answer }) => answer
  );
  const [fake] = threads as [FakeThread];
  for (const name of ['a', 'metrics', 'b']) {
    expect(fake.asked[fake.asked.length - 1]?.name).toBe(name);
    fake.answer();
  }
  expect(await Promise.all(answers)).toEqual(['a', 'b', 'metrics']);
});

test('who leaves is told so at once: a waiting question is never asked, one under way is ended', async () => {
  const thread = threadWith(PATIENT);
  await thread.open();
  const [fake] = threads as [FakeThread];
  const first = ask(thread, 'a');
  const second = ask(thread, 'b');
  thread.cancel(second.job);
  thread.cancel(first.job);
  await expect(first.answer).rejects.toMatchObject({ kind: 'cancelled' });
  await expect(second.answer).rejects.toMatchObject({ kind: 'cancelled' });
  expect(Atomics.load(fake.told, 0)).toBe(CANCELLED);
  fake.say({ what: 'failure', id: fake.asked[0]!.id, error: { kind: 'cancelled', message: 'ended' } });
  expect(Atomics.load(fake.told, 0)).toBe(GO_ON);
  expect(fake.asked.map(({ name }) => name)).toEqual(['a']);
});

test('a thread that dies costs the question under way, is started again, and goes on with those that wait', async () => {
  const thread = threadWith(AT_ONCE);
  await thread.open();
  const fatal = ask(thread, 'fatal');
  const next = ask(thread, 'next');
  threads[0]!.exit(new Error('out of memory'));
  await expect(fatal.answer).rejects.toMatchObject({
    kind: 'unreachable',
    message: expect.stringContaining('out of memory') as string,
  });
  await turn();
  expect(threads).toHaveLength(2);
  threads[1]!.answer();
  expect(await next.answer).toBe('next');
});

test('a thread that does not end a question when told to is ended itself', async () => {
  const thread = threadWith(AT_ONCE);
  await thread.open();
  const { job } = ask(thread, 'deaf');
  thread.cancel(job);
  await turn();
  expect(threads.map(({ terminated }) => terminated)).toEqual([true, false]);
});

test('a thread that cannot begin says why', async () => {
  const thread = new AnsweringThread<ToReader>(
    () => {
      const fake = new FakeThread();
      setImmediate(() => fake.say({ what: 'broken', error: { kind: 'corrupt', message: '[archive] damaged' } }));
      return { port: fake, told: fake.told };
    },
    true,
    { what: 'close' },
    AT_ONCE
  );
  await expect(thread.open()).rejects.toMatchObject({ kind: 'corrupt', message: '[archive] damaged' });
});

test('closing ends the question under way and refuses those that come later', async () => {
  const thread = threadWith(PATIENT);
  await thread.open();
  const { answer } = ask(thread, 'long');
  await thread.close();
  await expect(answer).rejects.toMatchObject({ kind: 'unreachable' });
  await expect(ask(thread, 'late').answer).rejects.toMatchObject({ kind: 'unreachable' });
  expect(threads).toHaveLength(1);
});

describe('two lanes', () => {
  async function lanes(times: ThreadTimes) {
    const usual = threadWith(times);
    await usual.open();
    const slow = threadWith(times, false);
    const clock = { now: 0 };
    const both = new QuestionLanes(usual, slow, () => clock.now);
    const put = (name: string, signal?: AbortSignal) => {
      const answer = both.ask(
        (id: number, limits: QuestionLimits) => ({ ...named(name)(id), limits }) as ToReader,
        name,
        signal === undefined ? {} : { signal }
      );
      answer.catch(() => undefined);
      return answer;
    };
    return { both, put, clock };
  }

  test('a question that takes long goes on while nobody else asks', async () => {
    const { put } = await lanes(IMPATIENT);
    const long = put('long');
    await turn();
    expect(Atomics.load(threads[0]!.told, 0)).toBe(GO_ON);
    threads[0]!.answer();
    expect(await long).toBe('long');
  });

  test('thirty heavy questions at once keep a light one waiting for a moment each, and none is lost', async () => {
    const { put } = await lanes(IMPATIENT);
    const heavy = Array.from({ length: 30 }, (_, i) => put(`heavy ${i}`));
    const light = put('light');
    const usual = threads[0]!;
    for (let i = 0; i < 31; i++) {
      await turn();
      const { id, name } = usual.asked[usual.asked.length - 1]!;
      if (name === 'light') {
        break;
      }
      expect(Atomics.load(usual.told, 0)).toBeGreaterThan(GO_ON);
      usual.say({ what: 'made-way', id });
    }
    usual.answer();
    expect(await light).toBe('light');
    const slow = threads[1]!;
    expect(slow.asked.map(({ name }) => name)).toEqual(['heavy 0']);
    // One that is not so heavy after all comes before those that were put off twice.
    await turn();
    slow.say({ what: 'made-way', id: slow.asked[0]!.id });
    for (let i = 0; i < 30; i++) {
      slow.answer();
    }
    expect(slow.asked.map(({ name }) => name).slice(-1)).toEqual(['heavy 0']);
    expect(await Promise.all(heavy)).toHaveLength(30);
  });

  test('a kind that was slow is asked in the slow lane at once, the next time', async () => {
    const { put } = await lanes(IMPATIENT);
    void put('dashboard');
    void put('light');
    await turn();
    const usual = threads[0]!;
    usual.say({ what: 'made-way', id: usual.asked[0]!.id });
    usual.answer();
    void put('dashboard');
    await turn();
    threads[1]!.answer();
    await turn();
    expect(usual.asked.map(({ name }) => name)).toEqual(['dashboard', 'light']);
    expect(threads[1]!.asked.map(({ name }) => name)).toEqual(['dashboard', 'dashboard']);
  });

  test.each([
    ['quick', 'usual', 1],
    ['slow', 'slow', 1_000],
  ])(
    'a kind that was put off and then turned out to be %s begins in the %s lane the next time',
    async (_, lane, tookMs) => {
      const { put, clock } = await lanes(IMPATIENT);
      void put('panel');
      void put('other');
      await turn();
      const usual = threads[0]!;
      usual.say({ what: 'made-way', id: usual.asked[0]!.id });
      usual.answer();
      await turn();
      const slow = threads[1]!;
      clock.now += tookMs;
      slow.answer();
      void put('panel');
      expect([usual.asked.length, slow.asked.length]).toEqual(lane === 'usual' ? [3, 1] : [2, 2]);
    }
  );

  test('who leaves takes a question out of either lane', async () => {
    const { put } = await lanes(IMPATIENT);
    const client = new AbortController();
    const gone = put('gone', client.signal);
    void put('light');
    await turn();
    threads[0]!.say({ what: 'made-way', id: threads[0]!.asked[0]!.id });
    await turn();
    client.abort();
    await expect(gone).rejects.toMatchObject({ kind: 'cancelled' });
    expect(Atomics.load(threads[1]!.told, 0)).toBe(CANCELLED);
  });

  test('so many may wait, and who comes then is told to come back', async () => {
    const { both } = await lanes(PATIENT);
    const answers = Array.from({ length: 1_002 }, (_, i) => both.ask(named(`q ${i}`), `q ${i}`));
    answers.slice(0, -1).forEach((answer) => answer.catch(() => undefined));
    await expect(answers[answers.length - 1]).rejects.toMatchObject({ kind: 'busy' });
  });
});
