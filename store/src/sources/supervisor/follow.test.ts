import { applyEvent } from '../../../../src/model/apply-event';
import { decodeEvent } from '../../../../src/model/decode-event';
import type { RunRecord } from '../../../../src/model/run-record';
import type { TaskRun } from '../../../../src/model/task-run';
import { recorded, recordedProcesses } from './fixtures.kit';
import { follow } from './follow';
import type { DatedEntry, Followed, LastStarts } from './follow';
import { parseMainLog } from './main-log';
import { taskOf } from './names';
import type { ProcessInfo } from './wire';

const KOLKATA_MS = 5.5 * 3_600_000;
const NOW = 1_796_035_442_500;

function logOf(name: string): DatedEntry[] {
  return parseMainLog(recorded(name)).lines.map(({ wall, entry }) => ({ at: wall - KOLKATA_MS, entry }));
}

/** Runs by task, in the order of their starts, of all that was told. */
function runsOf(...told: Followed[]): Record<string, Array<Partial<TaskRun>>> {
  const records = new Map<string, RunRecord>();
  for (const event of told.flatMap(({ events }) => events)) {
    const decoded = decodeEvent({ ...event, source: 's' });
    if (!('event' in decoded)) {
      throw new Error(decoded.problem);
    }
    records.set(event.runId, applyEvent(records.get(event.runId), decoded.event));
  }
  const runs = [...records.values()].map(({ run, conflicts }) => {
    expect(conflicts).toBe(0);
    return JSON.parse(JSON.stringify(run)) as TaskRun;
  });
  return Object.fromEntries(
    [...new Set(runs.map(({ task }) => task))].map((task) => [
      task,
      runs.filter((run) => run.task === task).sort((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0)),
    ])
  );
}

function look(
  infos: readonly ProcessInfo[],
  log?: readonly DatedEntry[],
  before: LastStarts = {},
  now = NOW
): Followed {
  return follow(before, { infos, isComplete: true, now, host: 'alpha', ...(log && { log }) });
}

const short = ({ state, substate, nativeState, exitCode, signal, startedAt = 0, finishedAt = 0 }: Partial<TaskRun>) => [
  state,
  substate,
  nativeState,
  exitCode,
  signal,
  finishedAt - startedAt,
];

test('with its main log every start is a run, to the millisecond, with its exit code or its signal', () => {
  const runs = runsOf(look(recordedProcesses(), logOf('main-log.txt')));
  const told = Object.fromEntries(Object.entries(runs).map(([task, list]) => [task, list.map(short)]));
  expect(told).toEqual({
    three: [['failed', 'error', 'EXITED', 3, undefined, 2_007]],
    ok: [['completed', 'exited', 'EXITED', 0, undefined, 2_016]],
    expected: [['completed', 'exited', 'EXITED', 9, undefined, 2_030]],
    // It ended at once; the last try is the one that was given up, of which XML-RPC says exit status 0.
    broken: [
      ['failed', 'error', 'BACKOFF', 7, undefined, 65],
      ['failed', 'error', 'BACKOFF', 7, undefined, 969],
      ['failed', 'start_limit', 'FATAL', 7, undefined, 10],
    ],
    // With startsecs = 0 it is up from its start.
    fast: [['failed', 'error', 'EXITED', 4, undefined, 55]],
    'site:killed': [['failed', 'killed', 'EXITED', undefined, 'SIGKILL', 2_603]],
    'site:stopped': [['cancelled', 'stopped', 'STOPPED', undefined, 'SIGTERM', 2_284]],
    nocmd: [['failed', 'start_limit', 'FATAL', undefined, undefined, 0]],
    web: [
      ['running', 'executing', 'RUNNING', undefined, undefined, expect.any(Number)],
      ['running', 'executing', 'RUNNING', undefined, undefined, expect.any(Number)],
    ],
  });
  expect(runs['nocmd']?.[0]?.error).toEqual({ message: "can't find command '/nope/nope'" });
  expect(runs['broken']?.[2]?.error).toEqual({ message: 'Exited with code 7 while it started' });
  expect(runs['web']?.[1]).toMatchObject({
    runId: 'web:web_01@1796035434-23435',
    kind: 'process',
    worker: 'web:web_01',
    host: 'alpha',
    startedAt: 1_796_035_434_069,
    labels: { group: 'web', pid: '23435' },
  });
});

test('without a log the last start of each is told, as far as Supervisor knows it', () => {
  const runs = runsOf(look(recordedProcesses()));
  const told = Object.fromEntries(Object.entries(runs).map(([task, list]) => [task, list.map(short)]));
  expect(told).toEqual({
    three: [['failed', 'error', 'EXITED', 3, undefined, 2_000]],
    ok: [['completed', 'exited', 'EXITED', 0, undefined, 2_000]],
    expected: [['completed', 'exited', 'EXITED', 9, undefined, 2_000]],
    // Its exit status is said to be 0, which it was not.
    broken: [['failed', 'start_limit', 'FATAL', undefined, undefined, 0]],
    fast: [['failed', 'error', 'EXITED', 4, undefined, 0]],
    // Which signal is not told.
    'site:killed': [['failed', 'killed', 'EXITED', undefined, undefined, 2_000]],
    'site:stopped': [['cancelled', 'stopped', 'STOPPED', undefined, undefined, 2_000]],
    nocmd: [['failed', 'start_limit', 'FATAL', undefined, undefined, 0]],
    web: [
      ['running', 'executing', 'RUNNING', undefined, undefined, expect.any(Number)],
      ['running', 'executing', 'RUNNING', undefined, undefined, expect.any(Number)],
    ],
  });
});

test('what supervisord left behind when it was killed is lost; the log says what was started anew', () => {
  const whole = logOf('main-log-after-restart.txt');
  const first = look(recordedProcesses(), logOf('main-log.txt'));
  const rest = whole.slice(logOf('main-log.txt').length);
  const second = look(recordedProcesses('processes-after-restart.xml'), rest, first.starts, NOW + 18_000);
  const runs = runsOf(first, second);
  expect(runs['web']?.map(({ state, substate, finishedAt }) => [state, substate, finishedAt])).toEqual([
    ['failed', 'lost', 1_796_035_452_727],
    ['failed', 'lost', 1_796_035_452_727],
    ['running', 'executing', undefined],
    ['running', 'executing', undefined],
  ]);
  expect(runs['web']?.[0]?.evidence).toBe(
    'Nobody told how it ended: supervisord was started anew (pid 24047). Seen last as RUNNING.'
  );
  expect(runs['broken']).toHaveLength(5);
  // Read in one piece, as after a long time without the store, it comes to the same.
  const anew = runsOf(look(recordedProcesses('processes-after-restart.xml'), whole, {}, NOW + 18_000));
  const keys = (all: typeof runs) =>
    Object.values(all)
      .flat()
      .map(({ runId, state, substate, finishedAt }) => [runId, state, substate, finishedAt])
      .sort();
  expect(keys(anew).filter(([id]) => !String(id).startsWith('nocmd'))).toEqual(
    keys(runs).filter(([id]) => !String(id).startsWith('nocmd'))
  );
});

test('looking again tells nothing new', () => {
  const first = look(recordedProcesses(), logOf('main-log.txt'));
  expect(look(recordedProcesses(), [], first.starts)).toEqual({ events: [], starts: first.starts, ambiguous: [] });
  const [before] = [look(recordedProcesses())];
  expect(look(recordedProcesses(), undefined, before.starts).events).toEqual([]);
});

test('a log that is read only now tells of starts that were known, and they stay the same runs', () => {
  const blind = look(recordedProcesses());
  const known = new Set(blind.events.map(({ runId }) => runId));
  const spawned = logOf('main-log.txt').filter(({ entry }) => entry.what === 'spawned' && entry.name.startsWith('web'));
  const seen = look(recordedProcesses(), spawned, blind.starts);
  expect(seen.events.filter(({ runId }) => !known.has(runId))).toEqual([]);
});

const WEB: ProcessInfo = {
  name: 'web',
  group: 'web',
  startedAt: 1_796_000_000_000,
  now: 1_796_000_010_000,
  state: 'RUNNING',
  spawnError: '',
  exitStatus: 0,
  pid: 5,
};

test('where the log cannot be read, a start that was followed by another is lost, with how to have it told', () => {
  const first = look([WEB], undefined, {}, WEB.now);
  const again = { ...WEB, startedAt: 1_796_000_060_000, pid: 6, now: 1_796_000_070_000 };
  const second = look([again], undefined, first.starts, again.now);
  const runs = runsOf(first, second)['web'];
  expect(runs?.map(({ runId, state, substate }) => [runId, state, substate])).toEqual([
    ['web@1796000000-5', 'failed', 'lost'],
    ['web@1796000060-6', 'running', 'executing'],
  ]);
  expect(runs?.[0]?.evidence).toBe(
    'Nobody told how it ended: it was started again (pid 6). Supervisor keeps the last start only; its main log, which tells of all, cannot be read. Seen last as RUNNING.'
  );
});

test('a program that is taken out of the config, or unknown to a new supervisord, does not run for ever', () => {
  const first = look([WEB], undefined, {}, WEB.now);
  const { startedAt: _, pid: __, ...never } = WEB;
  for (const after of [[], [{ ...never, state: 'STOPPED', now: WEB.now + 60_000 }]]) {
    const second = look(after, undefined, first.starts, WEB.now + 60_000);
    expect(runsOf(first, second)['web']?.[0]).toMatchObject({ state: 'failed', substate: 'lost' });
  }
  // One that could not be read may still be there.
  const blurred = follow(first.starts, { infos: [], isComplete: false, now: WEB.now, host: 'alpha' });
  expect(blurred.events).toEqual([]);
});

test('what is about to be stopped, and what Supervisor lost control of, is said so', () => {
  const first = look([WEB], undefined, {}, WEB.now);
  const stopping = look([{ ...WEB, state: 'STOPPING' }], undefined, first.starts, WEB.now + 1_000);
  expect(runsOf(first, stopping)['web']?.[0]).toMatchObject({
    state: 'running',
    substate: 'stopping',
    nativeState: 'STOPPING',
  });
  const unknown = look([{ ...WEB, state: 'UNKNOWN' }], undefined, stopping.starts, WEB.now + 2_000);
  expect(runsOf(first, stopping, unknown)['web']?.[0]).toMatchObject({ state: 'unknown', nativeState: 'UNKNOWN' });
});

test('between a failed start and what becomes of it nothing is told; after a while it is a failed start', () => {
  const backoff: ProcessInfo = {
    ...WEB,
    state: 'BACKOFF',
    stoppedAt: WEB.startedAt!,
    spawnError: 'Exited too quickly',
  };
  delete backoff.pid;
  const at = WEB.startedAt! + 1_000;
  const first = look([backoff], undefined, {}, at);
  expect(runsOf(first)['web']?.[0]?.state).toBe('running');
  const gaveUp = look([{ ...backoff, state: 'FATAL' }], undefined, first.starts, at + 1_000);
  expect(runsOf(first, gaveUp)['web']?.[0]).toMatchObject({ state: 'failed', substate: 'start_limit' });
  const waits = look([backoff], undefined, first.starts, at + 9_000);
  expect(runsOf(first, waits)['web']?.[0]).toMatchObject({
    state: 'failed',
    substate: 'error',
    nativeState: 'BACKOFF',
  });
  const stopped = look([{ ...backoff, state: 'STOPPED' }], undefined, first.starts, at + 2_000);
  expect(runsOf(first, stopped)['web']?.[0]).toMatchObject({ state: 'failed', nativeState: 'BACKOFF' });
});

test('two groups with a process of one name are told by what Supervisor knows of each, and the log is not guessed at', () => {
  const twins = ['a', 'b'].map((group, i) => ({ ...WEB, group, pid: 5 + i }));
  const at = WEB.startedAt! + 500;
  const log: DatedEntry[] = [
    { at, entry: { what: 'spawned', name: 'web', pid: 6 } },
    { at: at + 9_000, entry: { what: 'ended', name: 'web', byRequest: false, isExpected: false, exitCode: 1 } },
  ];
  const told = look(twins, log, {}, WEB.now);
  expect(
    Object.values(runsOf(told))
      .flat()
      .map(({ runId, state }) => [runId, state])
  ).toEqual([
    ['b:web@1796000000-6', 'running'],
    ['a:web@1796000000-5', 'running'],
  ]);
  expect(told.ambiguous).toEqual(['web']);
});

test('processes of one program are one task', () => {
  const list = ['web:web_00', 'web:web_01', 'site:api_0', 'site:api_1', 'site:mailer', 'jobs:jobs-1'].map((full) => {
    const [group = '', name = ''] = full.split(':');
    return { ...WEB, group, name };
  });
  const tasks = ['web:web_00', 'site:api_1', 'site:mailer', 'jobs:jobs-1', 'cron'].map((full) => taskOf(full, list));
  expect(tasks).toEqual(['web', 'site:api', 'site:mailer', 'jobs', 'cron']);
});

test('what the list still shows of the try before is not taken for the end of the one that the log has begun since', () => {
  const ofBroken = logOf('main-log.txt').filter(({ entry }) => 'name' in entry && entry.name === 'broken');
  const [third] = ofBroken.filter(({ entry }) => entry.what === 'spawned').slice(2);
  const until = ofBroken.indexOf(third as DatedEntry) + 1;
  const [listed] = recordedProcesses().filter(({ name }) => name === 'broken');
  const spawnedAt = third?.at ?? 0;
  const wholeSecond = Math.floor((spawnedAt - 2_000) / 1000) * 1000;
  const asked = {
    ...(listed as ProcessInfo),
    state: 'BACKOFF' as const,
    startedAt: wholeSecond,
    stoppedAt: wholeSecond,
  };
  const first = look([asked], ofBroken.slice(0, until), {}, spawnedAt + 100);
  const second = look([listed as ProcessInfo], ofBroken.slice(until), first.starts);
  expect(runsOf(first, second)['broken']?.map(short)).toEqual([
    ['failed', 'error', 'BACKOFF', 7, undefined, 65],
    ['failed', 'error', 'BACKOFF', 7, undefined, 969],
    ['failed', 'start_limit', 'FATAL', 7, undefined, 10],
  ]);
});
