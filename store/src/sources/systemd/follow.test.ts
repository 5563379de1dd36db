import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { applyEvent } from '../../../../src/model/apply-event';
import { decodeEvent } from '../../../../src/model/decode-event';
import type { RunRecord } from '../../../../src/model/run-record';
import type { TaskRun } from '../../../../src/model/task-run';
import type { FeedEvent } from '../collected-system';
import { follow } from './follow';
import type { LastStarts, Look } from './follow';
import { matcherOf } from './unit-patterns';
import { readJournal, readUnits } from './wire';
import type { Unit } from './wire';

/** Recorded from systemd 252 as PID 1 of a namespace of its own: a service for each way to end. Of the journal, its own fields only. */
const recorded = (name: string) => readFileSync(join(__dirname, 'fixtures', name), 'utf8');
const { units } = readUnits(recorded('show.txt'));
const journal = readJournal(recorded('journal.ndjson')).entries;
const NOW = 1_796_038_700_000;

function look(more: Partial<Look> = {}, before: LastStarts = {}) {
  return follow(before, { units, journal, next: new Map(), now: NOW, host: 'alpha', ...more });
}

function fold(events: readonly FeedEvent[], mostConflicts = 0): TaskRun[] {
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
      expect(conflicts).toBeLessThanOrEqual(mostConflicts);
      return JSON.parse(JSON.stringify(run)) as TaskRun;
    })
    .sort((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0));
}

const short = ({ state, substate, nativeState, exitCode, signal }: TaskRun) =>
  [state, substate, nativeState, exitCode ?? signal].filter((part) => part !== undefined).join(' ');

function byTask(runs: readonly TaskRun[]): Record<string, string[]> {
  const told: Record<string, string[]> = {};
  runs.forEach((run) => (told[run.task] ??= []).push(short(run)));
  return told;
}

test('with the journal every start of a service is a run with its true end', () => {
  const runs = fold(look().events);
  expect(byTask(runs)).toMatchObject({
    'web.service': ['cancelled stopped success', 'running executing active/running'],
    'three.service': ['failed error exit-code 3'],
    'good.service': ['completed exited success'],
    'remain.service': ['completed exited success 0'],
    'killed.service': ['failed killed signal SIGKILL'],
    'crash.service': ['failed error exit-code 7', 'failed error exit-code 7', 'failed start_limit start-limit-hit 7'],
    'slow.service': ['failed timed_out timeout SIGTERM'],
    'starttimeout.service': ['failed timed_out timeout SIGTERM'],
    'nocmd.service': ['failed error exit-code 203'],
    'skipped.service': ['completed skipped exec-condition'],
    'core.service': ['failed killed signal SIGSEGV'],
    'oom.service': ['failed killed signal SIGKILL'],
    'tick.service': ['completed exited success', 'completed exited success'],
  });
  expect(runs.find(({ task }) => task === 'three.service')).toMatchObject({
    runId: '29991b9a8a1249cbacf8a12eeef94bdb',
    kind: 'unit',
    worker: 'three.service',
    host: 'alpha',
    error: { type: 'exit-code', message: 'Exited with code 3 (systemd says exit-code)' },
    finishedAt: 1_796_038_690_014,
  });
});

test('without the journal the last start of each loaded service is told, with the same end', () => {
  const { journal: _, ...blind } = { units, journal, next: new Map(), now: NOW, host: 'alpha' };
  const seen = fold(follow({}, blind).events);
  const full = new Map(fold(look().events).map((run) => [run.runId, run]));
  expect(seen.length).toBeGreaterThan(8);
  for (const run of seen.filter(({ task }) => task !== 'crash.service')) {
    const other = full.get(run.runId);
    expect([run.task, short(run)]).toEqual([other?.task, other && short(other)]);
    expect(Math.abs((run.startedAt ?? 0) - (other?.startedAt ?? 0))).toBeLessThan(100);
    expect(Math.abs((run.finishedAt ?? 0) - (other?.finishedAt ?? 0))).toBeLessThan(100);
  }
});

test('looking again tells nothing new, and a journal that is read in two pieces tells the same', () => {
  const whole = look();
  expect(look({ journal: [] }, whole.starts).events.filter(({ state }) => state !== undefined)).toEqual([]);
  for (let cut = 1; cut < journal.length; cut++) {
    // Each is loaded, and systemd says no more of it.
    const silent = units.map(({ invocation: _, ...unit }) => unit);
    const first = look({ journal: journal.slice(0, cut), units: silent });
    const second = look({ journal: journal.slice(cut) }, first.starts);
    expect(byTask(fold([...first.events, ...second.events]))).toEqual(byTask(fold(whole.events)));
  }
});

const UNIT: Unit = {
  id: 'backup@7.service',
  isLoaded: true,
  active: 'activating',
  sub: 'start',
  type: 'oneshot',
  result: 'success',
  invocation: 'aa',
  startedAt: NOW - 60_000,
  timers: ['backup@7.timer'],
};

const seeing = (unit: Partial<Unit>, before: LastStarts = {}, more: Partial<Look> = {}) =>
  look({ units: [{ ...UNIT, ...unit }], journal: [], ...more }, before);

test('a oneshot runs while it is activating; its timer says when it runs next, also when it has ended', () => {
  const next = new Map([['backup@7.timer', NOW + 3_600_000]]);
  const first = seeing({ cpuSeconds: 2.5, memoryBytes: 1_000_000 }, {}, { next });
  expect(fold(first.events)).toMatchObject([
    {
      task: 'backup@.service',
      worker: 'backup@7.service',
      state: 'running',
      substate: 'executing',
      cpuSeconds: 2.5,
      maxRssBytes: 1_000_000,
      labels: { timer: 'backup@7.timer', next_run: new Date(NOW + 3_600_000).toISOString() },
    },
  ]);
  const later = new Map([['backup@7.timer', NOW + 7_200_000]]);
  const second = seeing({ active: 'inactive', sub: 'dead', endedAt: NOW, exitCode: 0 }, first.starts, {
    next: later,
    now: NOW + 1,
  });
  expect(fold([...first.events, ...second.events])).toMatchObject([
    { state: 'completed', finishedAt: NOW, exitCode: 0, labels: { next_run: new Date(NOW + 7_200_000).toISOString() } },
  ]);
});

test('each result has its state', () => {
  const ends = ['oom-kill', 'watchdog', 'core-dump', 'protocol', 'start-limit-hit', 'resources'].map((result) => {
    const { events } = seeing({
      active: 'failed',
      sub: 'failed',
      result,
      endedAt: NOW,
      ...(result === 'core-dump' && { signal: 6, isDumped: true as const }),
    });
    return short(fold(events)[0]!);
  });
  expect(ends).toEqual([
    'failed oom oom-kill',
    'failed timed_out watchdog',
    'failed killed core-dump SIGABRT',
    'failed error protocol',
    'failed start_limit start-limit-hit',
    'failed error resources',
  ]);
});

test('whether a failed start is tried again is waited for, but not for long', () => {
  const failed = {
    active: 'activating',
    sub: 'auto-restart',
    result: 'exit-code',
    exitCode: 7,
    endedAt: NOW - 1_000,
    type: 'simple',
  };
  const first = seeing(failed);
  expect(fold(first.events)[0]?.state).toBe('running');
  const waits = seeing(failed, first.starts, { now: NOW + 10_000 });
  expect(short(fold([...first.events, ...waits.events])[0]!)).toBe('failed error exit-code 7');
});

test('a refusal to start again, long after the failure, puts right what was told of it', () => {
  const entry = { unit: 'crash.service', invocation: 'cc', at: NOW };
  const failed = {
    ...UNIT,
    id: 'crash.service',
    invocation: 'cc',
    active: 'activating',
    sub: 'auto-restart',
    type: 'simple',
  };
  const first = look({
    units: [failed],
    journal: [
      { ...entry, word: 'started' },
      { ...entry, at: NOW + 500, word: 'failure', result: 'exit-code' },
    ],
    now: NOW + 15_000,
  });
  expect(fold(first.events)[0]).toMatchObject({ substate: 'error', finishedAt: NOW + 500 });
  const second = look(
    {
      units: [failed],
      journal: [{ ...entry, at: NOW + 30_000, word: 'failure', result: 'exit-code' }],
      now: NOW + 31_000,
    },
    first.starts
  );
  expect(fold([...first.events, ...second.events], 1)[0]).toMatchObject({
    substate: 'start_limit',
    finishedAt: NOW + 500,
  });
});

test('what was running and is another start, or not loaded any more, is lost where nobody told its end', () => {
  const first = seeing({ active: 'active', sub: 'running', type: 'simple' });
  const again = seeing(
    { active: 'active', sub: 'running', type: 'simple', invocation: 'bb', startedAt: NOW },
    first.starts
  );
  expect(fold([...first.events, ...again.events]).map(short)).toEqual([
    'failed lost',
    'running executing active/running',
  ]);
  const gone = look({ units: [], journal: [] }, first.starts);
  expect(gone.events).toEqual([]);
  const still = look({ units: [], journal: [] }, gone.starts);
  expect(fold([...first.events, ...still.events])[0]).toMatchObject({
    substate: 'lost',
    evidence: expect.stringContaining('not loaded any more'),
  });
  expect(still.starts).toEqual({});
});

test('what is not known is not reported: 2^64-1, [not set], infinity, n/a', () => {
  const { units: read, skipped } = readUnits(
    'Id=a.service\nActiveState=inactive\nSubState=dead\nCPUUsageNSec=18446744073709551615\nMemoryCurrent=[not set]\nMemoryMax=infinity\nExecMainStartTimestamp=n/a\nInvocationID=\n\nGarbage\n'
  );
  expect(read).toEqual([
    { id: 'a.service', isLoaded: false, active: 'inactive', sub: 'dead', type: '', result: '', timers: [] },
  ]);
  expect(skipped).toBe(1);
});

test("garbage in the journal is counted, and other words than a unit's life are passed over", () => {
  const other = JSON.stringify({ MESSAGE: [104, 105], __CURSOR: 'c2', __REALTIME_TIMESTAMP: '1' });
  expect(readJournal(`{"__CURSOR":"c1"\n${other}\n`)).toEqual({ entries: [], cursor: 'c2', skipped: 1 });
});

test("a user's manager names its units in fields of its own", () => {
  const started = {
    MESSAGE_ID: '39f53479d3a045ac8e11786248231fbf',
    MESSAGE: 'Finished sync.service.',
    USER_UNIT: 'sync.service',
    USER_INVOCATION_ID: 'aa',
    __REALTIME_TIMESTAMP: '1796038690014123',
    __CURSOR: 'c',
  };
  expect(readJournal(JSON.stringify(started)).entries).toEqual([
    { at: 1_796_038_690_014, word: 'started', unit: 'sync.service', invocation: 'aa', isFinished: true },
  ]);
});

test('patterns are those of systemctl', () => {
  const matches = (pattern: string, unit: string) => matcherOf([pattern])(unit);
  expect(matches('backup*.service', 'backup-db.service')).toBe(true);
  expect(matches('backup', 'backup.service')).toBe(true);
  expect(matches('job@[0-4].service', 'job@3.service')).toBe(true);
  expect(matches('a.service', 'axservice')).toBe(false);
});
