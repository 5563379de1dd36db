import fc from 'fast-check';
import { decodeEvent, decodeEventLine, MAX_TEXT } from './decode-event';
import { placesOf, wholeOf } from './schema.kit';
import type { TaskEvent } from './task-event';

const NOW = 1_750_000_000_000;
const GOOD = { source: 'shop', runId: '1', attempt: 1, at: NOW };

/** Every fact that an event can have, but the one that only the store tells. */
function everything(): Partial<TaskEvent> {
  const { clockAheadMs: _, ...event } = wholeOf<TaskEvent>('TaskEvent');
  return { ...event, attempt: 2, state: 'failed', substate: 'lost', exitCode: 1, heartbeatMs: 5_000 };
}

test('there is no fact of an event that the decoder does not take', () => {
  const event = everything();
  expect(decodeEvent(event)).toEqual({ event, cut: [], unknown: 0 });
});

test('there is no fact of an event that may be of another type', () => {
  const event = everything();
  const facts = placesOf('TaskEvent').filter(({ place }) => place.length === 1 && place[0] !== 'clockAheadMs');
  const taken = facts.filter(({ place: [fact] }) => 'event' in decodeEvent({ ...event, [String(fact)]: [[]] }));
  expect(taken).toEqual([]);
});

test('an event comes through as it was sent', () => {
  const full = {
    ...GOOD,
    state: 'failed',
    substate: 'oom',
    nativeState: 'OOMKilled',
    task: 'mail "x" <b>',
    kind: 'process',
    error: { type: 'E', message: 'line 1\nline 2' },
    exitCode: 137,
    labels: { team: 'billing' },
    cpuSeconds: 1.5,
    heartbeatMs: 10_000,
  };
  expect(decodeEventLine(JSON.stringify(full), NOW)).toEqual({ event: full, cut: [], unknown: 0 });
});

test.each([
  [[], 'an array of 0'],
  [null, 'null'],
  ['x', 'the text "x"'],
  [{ ...GOOD, source: undefined }, 'source is missing'],
  [{ ...GOOD, source: 7 }, 'source is 7'],
  [{ ...GOOD, runId: '' }, 'runId is the text ""'],
  [{ ...GOOD, runId: 'a\nb' }, 'line break'],
  [{ ...GOOD, runId: 'x'.repeat(513) }, 'runId has 513 characters'],
  [{ ...GOOD, attempt: 0 }, 'attempt is 0'],
  [{ ...GOOD, attempt: 1.5 }, 'attempt is 1.5'],
  [{ ...GOOD, at: undefined }, 'at is missing'],
  [{ ...GOOD, at: '2026-01-01' }, 'at is the text "2026-01-01"'],
  [{ ...GOOD, at: -1 }, 'stands for a time that is not known'],
  [{ ...GOOD, at: 0 }, 'stands for a time that is not known'],
  [{ ...GOOD, startedAt: '0' }, 'startedAt is the text "0"'],
  [{ ...GOOD, at: 1_750_000_000 }, 'looks like seconds'],
  [{ ...GOOD, at: NOW + 2 * 86_400_000 }, '24 h ahead'],
  [{ ...GOOD, finishedAt: NOW * 1000 }, 'looks like micro- or nanoseconds'],
  [{ ...GOOD, state: 'SUCCESS' }, 'want one of pending, running'],
  [{ ...GOOD, substate: 'weird' }, 'no substate'],
  [{ ...GOOD, state: 'running', substate: 'oom' }, 'belongs to state "failed"'],
  [{ ...GOOD, derived: true, state: 'running' }, 'no end state'],
  [{ ...GOOD, kind: 'thread' }, 'kind is the text "thread"'],
  [{ ...GOOD, exitCode: 'one' }, 'exitCode is the text "one"'],
  [{ ...GOOD, cpuSeconds: -1 }, 'cpuSeconds is -1'],
  [{ ...GOOD, rssBytes: '5' }, 'rssBytes is the text'],
  [{ ...GOOD, memoryLimitBytes: 0 }, 'memoryLimitBytes is 0'],
  [{ ...GOOD, cpuLimitCores: -1 }, 'cpuLimitCores is -1'],
  [{ ...GOOD, heartbeatMs: 0 }, 'heartbeatMs is 0'],
  [{ ...GOOD, heartbeatMs: '10s' }, 'heartbeatMs is the text'],
  [{ ...GOOD, labels: ['a'] }, 'labels is an array of 1'],
  [{ ...GOOD, labels: { a: {} } }, 'labels.a is an object'],
  [{ ...GOOD, error: 5 }, 'error is 5'],
  [{ ...GOOD, v: 2 }, 'v is 2'],
])('%j is refused and the message names the field and what was found', (value, message) => {
  const decoded = decodeEvent(value, NOW);
  expect('problem' in decoded && decoded.problem).toContain(message);
});

test('a key given twice is refused, also when the texts around it look like keys', () => {
  expect(decodeEventLine('{"source":"s","runId":"1","at":1750000000000,"at":1750000000001}', NOW)).toEqual({
    problem: '"at" is given twice. Give each field once.',
  });
  expect(decodeEventLine('{"source":"s" ,"runId":"1","at":1750000000000,"task":"a","task" : "b"}', NOW)).toHaveProperty(
    'problem'
  );
  expect(
    decodeEventLine('{"source":"s","runId":"1","at":1750000000000,"labels":{"a":"1","a":"2"}}', NOW)
  ).toHaveProperty('problem');
  expect(decodeEventLine('{"source":"s","runId":"1","at":1750000000000,"task":"\\"at\\":1"}', NOW)).toHaveProperty(
    'event'
  );
});

test('nesting is bounded before it is parsed', () => {
  const deep = `{"source":"s","runId":"1","at":1750000000000,"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
  expect(decodeEventLine(deep, NOW)).toEqual({ problem: expect.stringContaining('nested deeper') as string });
  expect(decodeEventLine('{"source":"s","runId":"1","at":1750000000000,"task":"[[[[[[[[{{{{{"}', NOW)).toHaveProperty(
    'event'
  );
});

test('a time that only our clock refuses is told from what is wrong for good', () => {
  const ahead = { ...GOOD, at: NOW + 2 * 86_400_000 };
  expect(decodeEvent(ahead, NOW)).toMatchObject({ isAhead: true });
  expect(decodeEvent(ahead, NOW + 86_400_000)).toHaveProperty('event');
  expect(decodeEvent({ ...ahead, state: 'SUCCESS' }, NOW)).toHaveProperty('isAhead');
  expect(decodeEvent({ ...GOOD, at: '2026-01-01' }, NOW)).not.toHaveProperty('isAhead');
  expect(decodeEvent({ ...GOOD, at: NOW * 1000 }, NOW)).not.toHaveProperty('isAhead');
});

test('unknown fields are counted, null counts as not reported', () => {
  expect(decodeEvent({ ...GOOD, colour: 'red', size: 5, worker: null }, NOW)).toEqual({
    event: GOOD,
    cut: [],
    unknown: 2,
  });
});

test.each([0, -1, 1, 50_400_000, -62_135_596_800_000, -62_135_596_800])(
  'an instant of %d is one that is not reported',
  (never) => {
    const instants = { createdAt: never, queuedAt: never, startedAt: never, finishedAt: never };
    expect(decodeEvent({ ...GOOD, state: 'completed', ...instants }, NOW)).toEqual({
      event: { ...GOOD, state: 'completed' },
      cut: [],
      unknown: 0,
    });
  }
);

test('long texts are cut and the cut is told', () => {
  const decoded = decodeEvent({ ...GOOD, task: 'x'.repeat(10_000), error: { message: '💥'.repeat(9_000) } }, NOW);
  if ('problem' in decoded) {
    throw new Error(decoded.problem);
  }
  expect(decoded.cut).toEqual(['task', 'error.message']);
  expect(decoded.event.task).toHaveLength(MAX_TEXT.name);
  // No half characters, which could not be written.
  expect(() => encodeURIComponent(decoded.event.error?.message ?? '')).not.toThrow();
});

test('a label may have any name', () => {
  const decoded = decodeEventLine(
    '{"source":"s","runId":"1","at":1750000000000,"labels":{"__proto__":"x","constructor":"y"}}',
    NOW
  );
  expect('event' in decoded && Object.entries(decoded.event.labels ?? {})).toEqual([
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ]);
});

test('nothing that can be sent makes the decoder throw', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (line) => void decodeEventLine(line, NOW)));
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.constantFrom('source', 'runId', 'attempt', 'at', 'state', 'labels', 'error', 'task', 'exitCode', 'odd'),
        fc.jsonValue({ maxDepth: 3 })
      ),
      (value) => {
        const decoded = decodeEventLine(JSON.stringify(value), NOW);
        expect('problem' in decoded ? decoded.problem.length > 10 : decoded.event.at >= 0).toBe(true);
      }
    )
  );
});
