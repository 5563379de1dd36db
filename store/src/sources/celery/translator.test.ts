import type { RunRecord } from '../../../../src/model/run-record';
import type { TaskRun } from '../../../../src/model/task-run';
import type { FeedEvent } from '../collected-system';
import type { CeleryEvent } from './celery-event';
import { attemptsOf, ENDS, eventsIn, readRecorded, runsOf } from './recorded.kit';
import { Translator } from './translator';

const recorded = readRecorded('every-end');
const idOf = (situation: string, place = 0) => [recorded.ids[situation]].flat()[place] as string;

function translate(events: readonly CeleryEvent[], translator = new Translator()): FeedEvent[] {
  return events.flatMap((event) => translator.take(event));
}

const runs = runsOf(translate(eventsIn(recorded)));
const attempts = (situation: string, place = 0) => attemptsOf(runs, idOf(situation, place));
const say = ({ attempt, state, substate, task }: TaskRun) => `${attempt} ${task} ${state}/${substate}`;

/** All of it but when it was last heard of. */
function factsOf({ run: { observedAt: _, heartbeatMs: __, ...run } }: RunRecord): string {
  return JSON.stringify(Object.entries(run).sort(([a], [b]) => (a < b ? -1 : 1)));
}

test.each<readonly [situation: string, wanted: readonly string[]]>([
  ...ENDS,
  // Celery tells no end of it.
  ['ignored', ['1 cache.skip unknown/undefined']],
  ['chord', ['1 orders.sum completed/success']],
  ['far', ['1 orders.charge completed/success']],
  // Of the body of a chord whose header failed there is no event at all.
  ['chord_failed', []],
])('a task that is %s', (situation, wanted) => {
  expect(attempts(situation).map(say)).toEqual(wanted);
});

test('no end is told twice, and none contradicts another', () => {
  expect([...runs.values()].filter(({ conflicts }) => conflicts > 0).map(({ run }) => run.task)).toEqual([]);
  const ends = [...runs.values()].filter(
    ({ transitions }) => transitions.filter(({ state }) => state === 'failed').length > 1
  );
  expect(ends).toEqual([]);
});

test('errors are those that the task had, also where the event only has a wrapper', () => {
  const error = (situation: string) => attempts(situation)[0]?.error;
  expect(error('failed')).toMatchObject({ type: 'LookupError', message: 'no such order: a "b" <c>' });
  expect(error('limited')).toMatchObject({ type: 'TimeLimitExceeded' });
  expect(error('killed')).toMatchObject({ type: 'WorkerLostError' });
  expect(attempts('killed')[0]?.signal).toBe('SIGKILL');
  expect(error('retried')).toMatchObject({ type: 'ConnectionError', message: 'mail server away' });
  expect(attempts('terminated')[0]?.signal).toBe('SIGTERM');
});

test('times are those of the worker, whatever its time zone', () => {
  const [far] = attempts('far');
  const [near] = attempts('delayed');
  expect(Math.abs((far?.startedAt ?? 0) - (near?.startedAt ?? 0))).toBeLessThan(60_000);
  expect((far?.startedAt ?? 0) - (far?.queuedAt ?? Infinity)).toBeLessThan(5_000);
});

test('a task with a countdown waits from when it is due', () => {
  const [run] = attempts('delayed');
  expect((run?.queuedAt ?? 0) - (run?.createdAt ?? 0)).toBeGreaterThan(2_900);
  expect((run?.startedAt ?? 0) - (run?.queuedAt ?? 0)).toBeLessThan(1_000);
});

test('worker, host, queue and family', () => {
  expect(attempts('succeeded')[0]).toMatchObject({
    worker: 'worker-1@test',
    host: 'test',
    queue: 'orders',
    kind: 'task',
  });
  expect(attempts('requeued')[1]).toMatchObject({ queue: 'orders', labels: { redeliveries: '1' } });
  const [first] = attempts('chained', 0);
  const [second] = attempts('chained', 1);
  expect(second).toMatchObject({ parentId: first?.runId, rootId: first?.runId });
  // After a retry Celery names a task as its own parent.
  expect(attempts('retried').map(({ parentId }) => parentId)).toEqual([undefined, undefined, undefined]);
});

test('secrets in arguments are hidden', () => {
  expect(attempts('succeeded')[0]?.args).toBe("(7,) {'password': ***, 'api_token': ***}");
});

test('what is heard twice changes nothing', () => {
  const translator = new Translator();
  const events = eventsIn(recorded);
  const once = translate(events, translator);
  const again = runsOf([
    ...once,
    ...translate(
      events.filter(({ uuid }) => uuid !== ''),
      translator
    ),
  ]);
  expect([...again].map(([key, { run }]) => [key, say(run)])).toEqual(
    [...runs].map(([key, { run }]) => [key, say(run)])
  );
});

test('who begins to listen in the middle goes on with the attempts that are known', () => {
  const events = eventsIn(recorded);
  for (let middle = 10; middle < events.length; middle += 7) {
    const before = translate(events.slice(0, middle));
    const known = [...runsOf(before).values()].map(({ run }) => run);
    const translator = new Translator();
    translator.recall(known);
    // A broker gives some of it again.
    const after = translate(events.slice(middle - 10), translator);
    const all = runsOf([...before, ...after]);
    const facts = (map: typeof runs) =>
      [...map.values()]
        .filter(({ end }) => end !== undefined)
        .map(factsOf)
        .sort();
    expect(facts(all)).toEqual(facts(runs));
  }
});

test('a worker that was killed and started anew under its name knows nothing of what it ran', () => {
  const killed = readRecorded('worker-killed');
  const found = runsOf(translate(eventsIn(killed)));
  for (const situation of ['running', 'late']) {
    const [run] = attemptsOf(found, killed.ids[situation] as string);
    expect(run).toMatchObject({ state: 'failed', substate: 'lost', worker: 'worker-1@test' });
    expect(run?.evidence).toMatch(/was started anew/);
  }
});

test('the heart of a worker vouches for what it runs, and a run may then be missed', () => {
  const translator = new Translator();
  const killed = eventsIn(readRecorded('worker-killed'));
  const alive = killed.slice(
    0,
    killed.findLastIndex(({ type }) => type === 'worker-online')
  );
  translate(alive, translator);
  const { at, hostname } = alive.findLast(({ type }) => type === 'worker-heartbeat')!;
  const beat = (later: number) =>
    translator.take({ type: 'worker-heartbeat', uuid: '', hostname, at: at + later, processed: 2, active: 2, freq: 2 });
  expect(beat(20_000)).toEqual([
    expect.objectContaining({ at: at + 20_000, heartbeatMs: 15_000 }),
    expect.objectContaining({ at: at + 20_000, heartbeatMs: 15_000 }),
  ]);
  expect(beat(21_000)).toEqual([]);
});

test('a task that told no end is known to have none, also when it came and went between two beats of its worker', () => {
  const translator = new Translator();
  const hostname = 'worker-1@alpha';
  const began = 1_796_000_000_000;
  const beat = (seconds: number, processed: number) =>
    translator.take({
      type: 'worker-heartbeat',
      uuid: '',
      hostname,
      at: began + seconds * 1_000,
      processed,
      active: 0,
      freq: 2,
    });
  const task = (type: CeleryEvent['type']) =>
    translator.take({ type, uuid: 'ignored', hostname, at: began + 3_000, name: 'cache.skip' });
  const before = [...beat(0, 4), ...beat(2, 4), ...task('task-received'), ...task('task-started'), ...beat(4, 5)];
  const after = [6, 8, 10].flatMap((seconds) => beat(seconds, 5));
  expect(attemptsOf(runsOf(before), 'ignored').map(say)).toEqual(['1 cache.skip running/executing']);
  expect(attemptsOf(runsOf([...before, ...after]), 'ignored').map(say)).toEqual(['1 cache.skip unknown/undefined']);
});

test.each([
  ['first', [0, 1, 2]],
  ['between', [1, 0, 2]],
  ['last', [1, 2, 0]],
])('a task that had begun when its sending was stamped runs, also where that is heard %s', (_when, order) => {
  const base = { uuid: 'quick', name: 'report.build', retries: 0 };
  const at = 1_796_000_000_000;
  const events: CeleryEvent[] = [
    { ...base, type: 'task-sent', hostname: 'gen1@web', at: at + 8, queue: 'orders' },
    { ...base, type: 'task-received', hostname: 'worker-1@alpha', at: at + 2 },
    { ...base, type: 'task-started', hostname: 'worker-1@alpha', at: at + 3 },
  ];
  const [run] = attemptsOf(runsOf(translate(order.map((place) => events[place]!))), 'quick');
  expect([say(run!), run?.startedAt, run?.queue]).toEqual(['1 report.build running/executing', at + 3, 'orders']);
});

test('while nobody listens, a silence means nothing', () => {
  const translator = new Translator();
  const killed = readRecorded('worker-killed');
  const alive = eventsIn(killed).slice(0, 11);
  const before = translate(alive, translator);
  const at = alive.at(-1)!.at + 5_000;
  const muted = translator.mute(at);
  const { running } = killed.ids;
  expect(attemptsOf(runsOf([...before, ...muted]), running as string)[0]).toMatchObject({
    state: 'unknown',
    evidence: expect.stringMatching(/could not be heard/),
  });
  const again = translator.listenAgain();
  expect(attemptsOf(runsOf([...before, ...muted, ...again]), running as string)[0]).toMatchObject({ state: 'running' });
});

test('a task that has replaced itself before it was told to have begun is still two attempts', () => {
  const uuid = 'r';
  const worker = { uuid, hostname: 'w@h' };
  const events: CeleryEvent[] = [
    { ...worker, type: 'task-received', at: 1_796_000_000_010, name: 'route', retries: 0 },
    { uuid, hostname: 'gen1@h', type: 'task-sent', at: 1_796_000_000_030, name: 'charge', retries: 0, queue: 'q' },
    { ...worker, type: 'task-started', at: 1_796_000_000_020 },
    { ...worker, type: 'task-received', at: 1_796_000_000_040, name: 'charge', retries: 0 },
    { ...worker, type: 'task-started', at: 1_796_000_000_050 },
    { ...worker, type: 'task-succeeded', at: 1_796_000_000_060 },
  ];
  const found = attemptsOf(runsOf(translate(events)), uuid);
  expect(found.map(say)).toEqual(['1 route completed/success', '2 charge completed/success']);
  expect(found[0]).toMatchObject({ startedAt: 1_796_000_000_020, finishedAt: 1_796_000_000_030 });
});
