import { LONGEST_MESSAGE, readBody, readEnvelope } from './message';
import { eventsIn, readRecorded } from './recorded.kit';

const JSON_TYPE = 'application/json';
const STARTED = {
  type: 'task-started',
  uuid: 'u',
  hostname: 'w@h',
  timestamp: 1_796_000_000.25,
  pid: 7,
  clock: 3,
  utcoffset: -8,
};

test('every message that workers published is read, a batch as its events', () => {
  const recorded = readRecorded('every-end');
  const skipped = recorded.messages.map((message) => readEnvelope(message).skipped);
  expect(skipped.every((count) => count === 0)).toBe(true);
  expect(eventsIn(recorded).length).toBeGreaterThan(recorded.messages.length);
});

test('a timestamp is taken as it is: it is of UTC already', () => {
  expect(readBody(JSON.stringify([STARTED]), JSON_TYPE).events).toEqual([
    { type: 'task-started', uuid: 'u', hostname: 'w@h', at: 1_796_000_000_250 },
  ]);
});

test('what is pickled stays closed and is counted', () => {
  for (const message of readRecorded('pickled').messages) {
    expect(readEnvelope(message)).toEqual({
      events: [],
      skipped: 1,
      why: expect.stringMatching(/^it is application\/x-python-serialize; only JSON is read/),
    });
  }
});

test.each([
  ['cut off', '{"body": "eyJ0eXB'],
  ['no message of Celery', '"hello"'],
  ['without properties', '{"body":"e30="}'],
  ['with a body that is no text', '{"body":7,"properties":{},"content-type":"application/json"}'],
  ['too long', 'x'.repeat(LONGEST_MESSAGE + 1)],
])('a message that is %s is counted', (_what, text) => {
  expect(readEnvelope(text)).toMatchObject({ events: [], skipped: 1, why: expect.any(String) });
});

test('of a batch, only what cannot be read is left out', () => {
  const batch = [STARTED, { ...STARTED, timestamp: 'noon' }, { type: 'task-started' }, 7, { ...STARTED, uuid: 'v' }];
  const { events, skipped, why } = readBody(JSON.stringify(batch), JSON_TYPE);
  expect(events.map(({ uuid }) => uuid)).toEqual(['u', 'v']);
  expect(skipped).toBe(3);
  expect(why).toMatch(/wanted/);
});

test('events that an application sends of its own are none of Celery', () => {
  expect(readBody(JSON.stringify({ ...STARTED, type: 'task-progress' }), JSON_TYPE)).toEqual({
    events: [],
    skipped: 0,
  });
});

test('events of before Celery 4 name no root', () => {
  const received = {
    ...STARTED,
    type: 'task-received',
    name: 'add',
    args: '(1,)',
    kwargs: '{}',
    retries: 0,
    eta: null,
  };
  expect(readBody(JSON.stringify(received), JSON_TYPE).events[0]).toMatchObject({ name: 'add', retries: 0 });
});
