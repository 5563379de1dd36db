import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { applyEvent } from '../../../../src/model/apply-event';
import { decodeEvent } from '../../../../src/model/decode-event';
import type { RunRecord } from '../../../../src/model/run-record';
import type { TaskRun } from '../../../../src/model/task-run';
import type { FeedEvent } from '../collected-system';
import { Pm2Follower } from './follow';
import type { BusMessage, ListedProcess, Process } from './wire';
import { readList, readMessage } from './wire';

/**
 * Recorded from PM2 6.0.14: a program for each way to end. Of each process only the fields of `wire.ts` are in the recording; the
 * secret in its environment stands where PM2 puts environments.
 */
const recorded = (name: string) => readFileSync(join(__dirname, 'fixtures', name), 'utf8');
const bus = recorded('bus.ndjson')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { topic: string; message: unknown });
const messages = bus.flatMap(({ topic, message }) => readMessage(topic, message) ?? []);
const list = readList(JSON.parse(recorded('monitor-data.json'))).rows;

function fold(events: readonly FeedEvent[]): TaskRun[] {
  const records = new Map<string, RunRecord>();
  for (const event of events) {
    const decoded = decodeEvent({ ...event, source: 's' });
    if (!('event' in decoded)) {
      throw new Error(decoded.problem);
    }
    records.set(event.runId, applyEvent(records.get(event.runId), decoded.event));
  }
  return [...records.values()]
    .map(({ run, conflicts }) => {
      expect(conflicts).toBe(0);
      return JSON.parse(JSON.stringify(run)) as TaskRun;
    })
    .sort((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0));
}

function hear(all: readonly BusMessage[], before = {}): { follower: Pm2Follower; events: FeedEvent[] } {
  const follower = new Pm2Follower(before, 'alpha');
  all.forEach((message) => follower.hear(message));
  return { follower, events: follower.take() };
}

const short = ({ state, substate, nativeState, exitCode, signal }: TaskRun) =>
  [state, substate, nativeState, exitCode ?? signal].filter((part) => part !== undefined).join(' ');

test('every start on the bus is a run with its true end', () => {
  const runs = fold(hear(messages).events);
  const told: Record<string, string[]> = {};
  runs.forEach((run) => (told[run.task] ??= []).push(short(run)));
  expect(told).toMatchObject({
    good: ['completed exited stopped 0'],
    three: ['failed error stopped 3'],
    goodloop: ['completed exited stopped 0', 'failed start_limit errored 0'],
    broken: ['failed error stopped 7', 'failed error stopped 7', 'failed start_limit errored 7'],
    // PM2 says exit code 0 of these.
    killed: ['failed killed stopped SIGKILL'],
    rekilled: ['failed killed stopped SIGKILL', 'running executing online'],
    stopcode: ['failed killed stopped SIGKILL'],
    stopped: ['cancelled stopped stopping'],
    web: ['cancelled stopped stopping', 'running executing online'],
    // The second was deleted.
    eater: ['failed oom stopping', 'cancelled stopped stopping'],
    // Two instances, reloaded: the new one of each starts before the old one ends.
    cluster: [
      'cancelled stopped stopping',
      'cancelled stopped stopping',
      'running executing online',
      'running executing online',
    ],
  });
  expect(runs.find(({ task }) => task === 'eater')).toMatchObject({
    error: { type: 'MemoryLimit', message: 'PM2 restarted it for its memory: 3.5 GiB, max_memory_restart is 100 MiB' },
    memoryLimitBytes: 104_857_600,
  });
  expect(runs.find(({ task }) => task === 'cron')?.labels).toMatchObject({ cron_restart: '*/10 * * * * *' });
  expect(runs.find(({ task }) => task === 'rekilled')).toMatchObject({
    runId: 'rekilled:6@1796037093677',
    kind: 'process',
    worker: 'rekilled:6',
    host: 'alpha',
    startedAt: 1_796_037_093_677,
    finishedAt: 1_796_037_104_745,
  });
});

test('what the list says of what runs is the same as what the bus said', () => {
  const { follower, events } = hear(messages);
  const before = fold(events).filter(({ state }) => state === 'running' || state === 'pending');
  const looking = new Pm2Follower({}, 'alpha');
  looking.see(list, 1_796_037_123_000, '');
  const seen = fold(looking.take());
  // The list is from before the bus was heard to its end.
  const common = new Set(before.map(({ runId }) => runId));
  expect(seen.filter(({ runId }) => common.has(runId)).length).toBeGreaterThan(3);
  for (const run of seen.filter(({ runId }) => common.has(runId))) {
    expect(before.find(({ runId }) => runId === run.runId)).toMatchObject({ task: run.task, startedAt: run.startedAt });
    expect(run.labels?.['pid']).toMatch(/^\d+$/);
  }
  expect(follower.starts).toHaveProperty(['rekilled:6@1796037104746']);
});

test('no value of an environment leaves the conversion', () => {
  const { follower, events } = hear(messages);
  follower.see(list, 1_796_037_123_000, '');
  follower.see([], 1_796_037_124_000, '');
  follower.see([], 1_796_037_125_000, '');
  const all = JSON.stringify([events, follower.take(), follower.starts]);
  expect(recorded('bus.ndjson')).toContain('hunter2-secret');
  expect(recorded('monitor-data.json')).toContain('hunter2-secret');
  expect(all).not.toContain('hunter2');
  expect(all).not.toContain('SECRET_TOKEN');
  // Nor where it cannot be read: what was found is not shown.
  expect(readList([{ pm2_env: { name: 'x', status: 7, env: { SECRET_TOKEN: 'hunter2-secret' } } }])).toEqual({
    rows: [],
    skipped: 1,
  });
});

const WEB: ListedProcess = {
  name: 'web',
  namespace: 'default',
  id: 3,
  status: 'online',
  startedAt: 1_796_000_000_000,
  restarts: 4,
  pid: 77,
};
const AT = WEB.startedAt;

function afterAbsence(then: readonly ListedProcess[], daemon = ''): TaskRun[] {
  const first = new Pm2Follower({}, 'alpha');
  first.see([WEB], AT + 1_000, '');
  const second = new Pm2Follower(first.starts, 'alpha');
  second.see(then, AT + 60_000, daemon);
  // A moment is left to the bus.
  const early = second.take();
  expect(early.filter(({ runId, state }) => runId === 'web:3@1796000000000' && state !== undefined)).toEqual([]);
  second.see(then, AT + 61_000, daemon);
  return fold([...first.take(), ...early, ...second.take()]);
}

test('what ended while nobody listened is told as far as the list knows it', () => {
  const { pid: _, ...gone } = WEB;
  expect(afterAbsence([{ ...gone, status: 'stopped', exitCode: 3 }])[0]).toMatchObject({
    state: 'failed',
    substate: 'error',
    exitCode: 3,
    finishedAt: AT + 60_000,
    evidence: 'It ended while nobody listened to PM2, at this time at the latest.',
  });
  expect(afterAbsence([{ ...gone, status: 'errored', exitCode: 7 }])[0]).toMatchObject({
    substate: 'start_limit',
    exitCode: 7,
  });
  expect(afterAbsence([{ ...gone, status: 'stopped' }])[0]).toMatchObject({ state: 'cancelled', substate: 'stopped' });
  expect(afterAbsence([{ ...gone, status: 'stopped', exitCode: 0 }])[0]).toMatchObject({
    state: 'failed',
    substate: 'lost',
    evidence: expect.stringContaining('with exit code 0, which it also says of signals'),
  });
  // Of the next start the list still says how the one before ended.
  const next = { ...WEB, startedAt: AT + 30_000, restarts: 5, exitCode: 3, pid: 78 };
  expect(afterAbsence([next])[0]).toMatchObject({ state: 'failed', exitCode: 3, finishedAt: AT + 30_000 });
  expect(afterAbsence([{ ...next, restarts: 7 }])[0]).toMatchObject({ substate: 'lost' });
  expect(afterAbsence([])[0]).toMatchObject({
    substate: 'lost',
    evidence: expect.stringContaining('does not list it any more'),
  });
});

test('what a dead daemon left behind is lost, also where the next one uses its number again', () => {
  const sentence = "PM2's daemon with pid 1 is gone, one with pid 2 has followed.";
  const reused = { ...WEB, name: 'mailer', startedAt: AT + 30_000, restarts: 5, exitCode: 3, pid: 78 };
  const runs = afterAbsence([reused], sentence);
  expect(runs.map(({ runId, state, substate }) => [runId, state, substate])).toEqual([
    ['web:3@1796000000000', 'failed', 'lost'],
    ['mailer:3@1796000030000', 'running', 'executing'],
  ]);
  expect(runs[0]?.evidence).toContain(sentence);
});

test('an end that the bus tells after the list has shown it is told once, as the bus has it', () => {
  const { pid: _, ...gone } = { ...WEB, status: 'stopped', exitCode: 0 };
  const follower = new Pm2Follower({}, 'alpha');
  follower.see([WEB], AT + 1_000, '');
  follower.see([gone], AT + 2_000, '');
  const process: Process = gone;
  follower.hear({ what: 'exited', name: 'web', id: 3, signal: 'SIGKILL' });
  follower.hear({ what: 'event', event: 'exit', at: AT + 1_900, process });
  follower.hear({ what: 'event', event: 'exit', at: AT + 2_010, process });
  follower.see([gone], AT + 3_000, '');
  expect(fold(follower.take()).map(short)).toEqual(['failed killed stopped SIGKILL']);
});

test('what of the bus tells of something else is passed over; what should be read and cannot be is refused', () => {
  expect(readMessage('log:out', { data: 'App [x:1] exited with code [0] via signal [SIGKILL]' })).toBeUndefined();
  expect(readMessage('log:PM2', { data: 'PM2 has started' })).toBeUndefined();
  expect(() => readMessage('process:event', { event: 'exit', at: 1, process: { name: 'x' } })).toThrow('pm_id');
});

test('programs of one name in two namespaces are two tasks', () => {
  const follower = new Pm2Follower({}, 'alpha');
  follower.see([WEB, { ...WEB, namespace: 'blue', id: 4 }], AT + 1_000, '');
  expect(fold(follower.take()).map(({ task, worker }) => [task, worker])).toEqual([
    ['web', 'web:3'],
    ['blue:web', 'web:4'],
  ]);
});
