import * as fc from 'fast-check';
import { parseBytes, parseDuration, sayBytes, sayDuration } from './durations';
import type { RunningProcess } from './process-tree';
import { parsePsLine } from './ps-processes';
import { taskName } from './run-options';
import { selectProcesses } from './running-process';
import { readAnswer, readRetryAfter } from './sender';
import { keepEnds } from './stderr-capture';
import { readStoreAddress } from './store-address';
import { continueTrace, newRunId, nextSpan, traceparent } from './trace-context';

it('reads durations and sizes as people write them', () => {
  expect(['500ms', '5s', '5', '1.5m', '2h', '1d', 'soon', '-1s', ''].map(parseDuration)).toEqual([
    500,
    5000,
    5000,
    90_000,
    7_200_000,
    86_400_000,
    undefined,
    undefined,
    undefined,
  ]);
  expect(['64M', '10 KiB', '1g', '12', 'much'].map(parseBytes)).toEqual([
    67_108_864,
    10_240,
    1_073_741_824,
    12,
    undefined,
  ]);
  expect([340, 1234, 90_000, 600_000].map(sayDuration)).toEqual(['340 ms', '1.2 s', '90 s', '10 min']);
  expect([0, 512, 1536, 2 ** 30].map(sayBytes)).toEqual(['0 B', '512 B', '1.5 KiB', '1 GiB']);
});

describe('trace context', () => {
  const valid = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';

  it('continues a valid one with a span of its own', () => {
    const trace = continueTrace(valid);
    expect(trace).toMatchObject({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      parentSpanId: 'b7ad6b7169203331',
      flags: '00',
    });
    expect(traceparent(trace)).toBe(`00-${trace.traceId}-${trace.spanId}-00`);
    expect(nextSpan(trace).spanId).not.toBe(trace.spanId);
  });

  it.each([
    undefined,
    '',
    'nonsense',
    valid.toUpperCase(),
    `ff${valid.slice(2)}`,
    `${valid}-more`,
    `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    `00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01`,
  ])('begins anew for %p', (incoming) => {
    const trace = continueTrace(incoming);
    expect(trace.parentSpanId).toBeUndefined();
    expect(traceparent(trace)).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });

  it('takes a version from the future, as the W3C asks', () => {
    expect(continueTrace(`01${valid.slice(2)}-future`).parentSpanId).toBe('b7ad6b7169203331');
  });
});

it('makes run ids that are UUIDs of version 7 and sort by time', () => {
  const ids = [1_700_000_000_000, 1_700_000_000_001, 1_800_000_000_000].map((now) => newRunId(now));
  ids.forEach((id) => expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/));
  expect([...ids].sort()).toEqual(ids);
});

it.each([
  [['/usr/bin/python3', '-u', 'jobs/import.py', '--all'], 'import.py'],
  [['node', 'send.mjs'], 'send.mjs'],
  [['sh', '-c', 'echo x'], 'sh'],
  [['node', '-e', 'x'], 'node'],
  [['./bin/worker', 'a'], 'worker'],
  [['bash'], 'bash'],
])('names the task of %j %s', (command, name) => {
  expect(taskName(command)).toBe(name);
});

describe('the answer of a store', () => {
  it('is only taken for "on disk" when it is 202', () => {
    for (let status = 100; status < 600; status++) {
      expect(readAnswer('http://s', status, {}, '').kind === 'accepted').toBe(status === 202);
    }
  });

  it('never makes us throw, whatever its body', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.json()),
        fc.integer({ min: 100, max: 599 }),
        (body, status) => void readAnswer('http://s', status, {}, body)
      )
    );
  });

  it('tells when to come back, at most a minute later', () => {
    const now = Date.parse('2026-01-01T00:00:00Z');
    expect(
      ['3', '0', '86400', 'Thu, 01 Jan 2026 00:00:05 GMT', 'Wed, 31 Dec 2025 00:00:00 GMT', 'soon', undefined].map(
        (header) => readRetryAfter(header, now)
      )
    ).toEqual([3000, 0, 60_000, 5000, 0, undefined, undefined]);
  });
});

it('wants an http address for the store, and says so', () => {
  expect(readStoreAddress('https://host:7331/base/', '')).toEqual({ url: 'https://host:7331/base', token: undefined });
  expect(() => readStoreAddress('host', undefined)).toThrow(/not a URL: "host"/);
  expect(() => readStoreAddress('ftp://host', undefined)).toThrow(/http:\/\/ or https:\/\//);
});

it('keeps both ends of a long text, and all of a short one', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (chunks) => {
      const ends = keepEnds(10, 20);
      chunks.forEach((chunk) => ends.add(Buffer.from(chunk)));
      const all = Buffer.concat(chunks);
      const expected =
        all.length <= 30
          ? all.toString()
          : `${all.toString('utf8', 0, 10)}\n…\n${all.toString('utf8', all.length - 20)}`;
      expect(ends.text()).toBe(expected);
    })
  );
});

describe('the choice of processes to watch', () => {
  const process = (pid: number, ppid: number, ...command: string[]): RunningProcess => ({
    pid,
    ppid,
    startedAt: 0,
    start: '1',
    command,
  });
  const all = [
    process(1, 0, 'init'),
    process(5, 1, 'sh', '-c', 'runlane watch --match worker'),
    process(6, 5, 'runlane', 'watch', '--match', 'worker'),
    process(10, 1, 'worker', 'main'),
    process(11, 10, 'worker', 'child'),
    process(12, 11, 'worker', 'grandchild'),
    process(20, 1, 'other'),
    process(21, 20, 'worker', 'elsewhere'),
  ];
  const chosen = (wanted: { pids?: number[]; match?: RegExp }): number[] =>
    selectProcesses(all, { pids: new Set(wanted.pids), match: wanted.match, self: 6 }).map(({ pid }) => pid);

  it('takes the topmost of a family, and neither itself nor the shell that called it', () => {
    expect(chosen({ match: /worker/ })).toEqual([10, 21]);
  });

  it('takes those that were named', () => {
    expect(chosen({ pids: [20, 12] })).toEqual([12, 20]);
  });
});

it('reads a line of ps', () => {
  expect(parsePsLine('  412     1 Ss Mon Nov 23 15:00:41 2026 /usr/sbin/thing --flag')).toEqual({
    pid: 412,
    ppid: 1,
    startedAt: Date.parse('Mon Nov 23 15:00:41 2026'),
    start: String(Date.parse('Mon Nov 23 15:00:41 2026') / 1000),
    command: ['/usr/sbin/thing', '--flag'],
  });
  expect(parsePsLine('  413   412 Z+ Mon Nov 23 15:00:41 2026 (thing)')?.zombieStatus).toBe(0);
  expect(parsePsLine('nonsense')).toBeUndefined();
});
