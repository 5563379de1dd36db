import { ConnectorError } from '../../../../src/model/connector-error';
import type { TaskRun } from '../../../../src/model/task-run';
import type { FeedEvent, Hearing } from '../collected-system';
import type { Broker } from './broker';
import { CeleryFeed } from './feed';
import type { CeleryPorts } from './feed';
import { readBody, readEnvelope } from './message';
import type { Heard } from './message';
import { attemptsOf, readRecorded, runsOf } from './recorded.kit';
import { readResult } from './result';
import type { CeleryResult } from './result';
import type { Results } from './results';

/** A broker that gives these messages and then closes the connection; a clock that goes on a second with each look. */
function listening(heard: readonly Heard[], more: Partial<CeleryPorts> & { recalled?: readonly TaskRun[] } = {}) {
  const steps: string[] = [];
  const kept: FeedEvent[] = [];
  const notices: string[] = [];
  let skipped = 0;
  let now = 1_796_000_000_000;
  const rounds = [...heard.map((one) => [one]), ...Array.from({ length: 12 }, () => [])];
  const broker: Broker = {
    next: async () => {
      now += 1_000;
      const round = rounds.shift();
      if (round === undefined) {
        throw new ConnectorError('unreachable', 'celery', 'It closed the connection.');
      }
      return round;
    },
    done: () => steps.push('done'),
    dropped: () => 0,
    close: async () => void steps.push('closed'),
  };
  const { recalled = [], ...ports } = more;
  const feed = new CeleryFeed({ open: async () => broker, newPlace: () => 'queue-1', now: () => now, ...ports });
  const hearing: Hearing = {
    recall: async () => recalled,
    keep: async (events, place) => {
      kept.push(...events);
      steps.push(`kept ${events.length} at ${place}`);
    },
    alive: () => steps.push('alive'),
    skip: (count) => (skipped += count),
    notice: (sentence) => notices.push(sentence),
  };
  const stopped = feed.listen(hearing, new AbortController().signal).then(
    () => undefined,
    (error: Error) => error.message
  );
  return { feed, kept, steps, notices, stopped, skipped: () => skipped };
}

const recorded = readRecorded('every-end');
const heard = recorded.messages.map(readEnvelope);
const resultsOf = (situation: string): CeleryResult[] =>
  recorded.results.flatMap((text) => {
    const result = readResult(text);
    return result !== undefined && result.uuid === recorded.ids[situation] ? [result] : [];
  });

/** A backend that has these, and tells them when everything else has been told. */
function backend(results: readonly CeleryResult[], after: number): Results {
  let looks = 0;
  return {
    heard: async () => ({ results: ++looks === after ? results : [], skipped: 0 }),
    ask: async () => [],
    close: async () => undefined,
  };
}

test('its place is kept before anything is kept there, and the broker is told after the disk has it', async () => {
  const { steps, stopped } = listening(heard);
  expect(await stopped).toBe('[celery] It closed the connection.');
  expect(steps[0]).toBe('kept 0 at queue-1');
  const first = steps.findIndex((step) => /^kept [1-9]/.test(step));
  expect(steps[first + 1]).toBe('done');
});

test('when the connection is over, what runs is unknown and not lost', async () => {
  const killed = readRecorded('worker-killed');
  const { kept, stopped } = listening(killed.messages.slice(0, 9).map(readEnvelope));
  await stopped;
  expect(attemptsOf(runsOf(kept), killed.ids['running'] as string)[0]).toMatchObject({ state: 'unknown' });
});

test('a chord whose header failed is told by the result backend alone', async () => {
  const id = recorded.ids['chord_failed'] as string;
  const without = listening(heard);
  await without.stopped;
  expect(attemptsOf(runsOf(without.kept), id)).toEqual([]);
  const withResults = listening(heard, { results: backend(resultsOf('chord_failed'), heard.length) });
  await withResults.stopped;
  expect(attemptsOf(runsOf(withResults.kept), id)).toEqual([
    expect.objectContaining({
      state: 'failed',
      error: expect.objectContaining({ type: 'ChordError' }),
      evidence: expect.stringMatching(/result backend/),
    }),
  ]);
});

test('an end that nobody heard is asked for; results of other applications are not ours', async () => {
  const id = recorded.ids['succeeded'] as string;
  const begun = heard.slice(0, 30).map((one) => ({
    ...one,
    events: one.events.filter(({ uuid, type }) => uuid === id && type !== 'task-succeeded'),
  }));
  const { kept, stopped } = listening(begun, {
    results: backend([...resultsOf('succeeded'), ...resultsOf('failed')], begun.length),
  });
  await stopped;
  const runs = runsOf(kept);
  expect(attemptsOf(runs, id)).toEqual([expect.objectContaining({ state: 'completed', nativeState: 'SUCCESS' })]);
  expect(attemptsOf(runs, recorded.ids['failed'] as string)).toEqual([]);
});

test('that events are switched off is seen by what workers say they have run', async () => {
  const beat = (processed: number, at: number) =>
    readBody(
      JSON.stringify({
        type: 'worker-heartbeat',
        hostname: 'w@h',
        timestamp: 1_796_000_000 + at,
        processed,
        active: 0,
        freq: 2,
      }),
      'application/json'
    );
  const quiet = listening([beat(3, 0), beat(3, 2)]);
  await quiet.stopped;
  expect(await quiet.feed.lacks()).toEqual([]);
  const off = listening([beat(3, 0), beat(7, 2)]);
  await off.stopped;
  expect(await off.feed.lacks()).toEqual([
    {
      what: 'tasks',
      setting: 'celery worker -E',
      message: expect.stringMatching(/^w@h ran tasks and told of none\..*worker_send_task_events = True/),
    },
  ]);
});

test('tasks that nobody tells to be sent lack their queues', async () => {
  const unsent = heard.map((one) => ({ ...one, events: one.events.filter(({ type }) => type !== 'task-sent') }));
  const { feed, stopped } = listening(unsent);
  await stopped;
  expect(await feed.lacks()).toEqual([expect.objectContaining({ setting: 'task_send_sent_event = True' })]);
});

test('messages that cannot be read are counted, and one of them is told why', async () => {
  const { skipped, notices, stopped } = listening([readEnvelope('{'), ...heard.slice(0, 3)]);
  await stopped;
  expect(skipped()).toBe(1);
  expect(notices).toContain('A message was not read: it is no message of Celery.');
});

test('who hears nothing at all says where to look', async () => {
  const { notices, stopped } = listening(Array.from({ length: 40 }, () => ({ events: [], skipped: 0 })));
  await stopped;
  expect(notices.join()).toMatch(/Nothing was heard yet.*virtual host, key prefix/);
});
