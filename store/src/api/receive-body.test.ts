import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import type { Limits } from '../config/config';
import { DEFAULT_CONFIG } from '../config/config';
import { WaitingBytes } from './receive-body';

let limits: Limits;
let waited: number[];
let waiting: WaitingBytes;

/** Long enough that a busy machine writes a body in the meantime. */
const IDLE_MS = 250;

beforeEach(() => {
  limits = { ...DEFAULT_CONFIG.limits, maxBodyBytes: 100, maxQueueBytes: 150 };
  waited = [];
  waiting = new WaitingBytes(
    () => limits,
    (bytes) => waited.push(bytes),
    IDLE_MS
  );
});

/** A body as it comes from a socket, with what its header promises. */
function body(promised?: number): PassThrough & IncomingMessage {
  return Object.assign(new PassThrough(), {
    headers: promised === undefined ? {} : { 'content-length': String(promised) },
  }) as PassThrough & IncomingMessage;
}

test('bytes count as they come, until they are on disk', async () => {
  const stream = body();
  const received = waiting.receive(stream);
  stream.write('a'.repeat(40));
  stream.end('b'.repeat(20));
  const { bytes, release } = await received;
  expect(bytes.toString()).toBe(`${'a'.repeat(40)}${'b'.repeat(20)}`);
  expect(waited).toEqual([40, 60]);
  release();
  expect(waited.at(-1)).toBe(0);
});

test('bodies that never end fill the queue no further than it goes, and give back what they held', async () => {
  const slow = body();
  const first = waiting.receive(slow);
  slow.write('a'.repeat(90));
  await new Promise((resolve) => setImmediate(resolve));
  const next = body();
  const second = waiting.receive(next);
  next.write('b'.repeat(90));
  await expect(second).rejects.toMatchObject({ statusCode: 429, retryAfterSeconds: 1 });
  expect(waited.at(-1)).toBe(90);
  await expect(waiting.receive(body(80))).rejects.toMatchObject({ statusCode: 429 });
  await expect(first).rejects.toMatchObject({ statusCode: 408 });
  expect(waited.at(-1)).toBe(0);
});

test('a promise alone holds nothing, and one of too much is refused before it is kept', async () => {
  const silent = waiting.receive(body(100));
  const other = body(60);
  const received = waiting.receive(other);
  other.end('c'.repeat(60));
  expect((await received).bytes).toHaveLength(60);
  await expect(silent).rejects.toMatchObject({ statusCode: 408 });
  await expect(waiting.receive(body(101))).rejects.toMatchObject({ statusCode: 413 });
  const lying = body(10);
  const tooMuch = waiting.receive(lying);
  lying.write('d'.repeat(101));
  await expect(tooMuch).rejects.toMatchObject({ statusCode: 413 });
});

test('a sender that leaves in the middle gives back what it sent', async () => {
  const stream = body();
  const received = waiting.receive(stream);
  stream.write('e'.repeat(50));
  await new Promise((resolve) => setImmediate(resolve));
  stream.destroy();
  await expect(received).rejects.toMatchObject({ statusCode: 400 });
  expect(waited.at(-1)).toBe(0);
});
