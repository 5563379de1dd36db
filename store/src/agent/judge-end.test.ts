import { judgeEnd, readError } from './judge-end';
import { judgeVanished } from './judge-vanished';
import type { MemoryFacts } from './tree-meter';

const MB = 1024 * 1024;
const kills = (shared: boolean): MemoryFacts => ({ oomKills: [{ cgroup: '/sys/fs/cgroup/job', count: 1, shared }] });

describe('an end', () => {
  it.each([
    [{ exitCode: 0 }, 'completed', 'success'],
    [{ exitCode: 1 }, 'failed', 'error'],
    [{ signal: 'SIGSEGV' }, 'failed', 'killed'],
    [{ exitCode: 143, timeoutMs: 1000 }, 'failed', 'timed_out'],
    [{ spawnError: 'ENOENT' }, 'failed', 'error'],
    [{ signal: 'SIGTERM', stopped: { signal: 'SIGTERM', agoMs: 90_000, signalNumber: 15 } }, 'cancelled', 'terminated'],
    [{ exitCode: 130, stopped: { signal: 'SIGINT', agoMs: 90_000, signalNumber: 2 } }, 'cancelled', 'terminated'],
    [{ exitCode: 1, stopped: { signal: 'SIGTERM', agoMs: 2_000, signalNumber: 15 } }, 'cancelled', 'terminated'],
    // Long after the signal, and by itself: the command had taken it for something else.
    [{ exitCode: 1, stopped: { signal: 'SIGTERM', agoMs: 90_000, signalNumber: 15 } }, 'failed', 'error'],
    [{ exitCode: 0, stopped: { signal: 'SIGHUP', agoMs: 2_000, signalNumber: 1 } }, 'completed', 'success'],
  ] as const)('with %j is %s/%s', (facts, state, substate) => {
    expect(judgeEnd(facts)).toMatchObject({ state, substate });
  });

  it('says why nothing is known of stderr, where that would have told the reason', () => {
    expect(judgeEnd({ exitCode: 1, stderrNotKept: 'one-with-stdout' }).evidence).toContain('--capture-stderr keeps it');
    expect(judgeEnd({ exitCode: 1, stderrNotKept: 'terminal' }).evidence).toContain('it is a terminal');
    expect(judgeEnd({ exitCode: 0, stderrNotKept: 'terminal' }).evidence).toBeUndefined();
  });

  it("is out of memory when the kernel killed for it in the run's group", () => {
    expect(judgeEnd({ signal: 'SIGKILL', memory: kills(true) }).substate).toBe('oom');
    expect(judgeEnd({ exitCode: 137, memory: kills(true) }).substate).toBe('oom');
    expect(judgeEnd({ exitCode: 1, memory: kills(false) }).substate).toBe('oom');
  });

  it('is not when a neighbour in the same group may have been the victim, but says so', () => {
    const verdict = judgeEnd({ exitCode: 1, memory: kills(true) });
    expect(verdict.substate).toBe('error');
    expect(verdict.evidence).toContain('maybe of another process');
  });

  it('stays a success when a process was killed for memory beside it, and says so', () => {
    expect(judgeEnd({ exitCode: 0, memory: kills(true) })).toMatchObject({
      state: 'completed',
      evidence: expect.stringContaining('1 OOM kill'),
    });
  });

  it('by SIGKILL near the limit is not called oom, but the figures are told', () => {
    const verdict = judgeEnd({
      signal: 'SIGKILL',
      memory: { oomKills: [], peakRssBytes: 95 * MB, cgroupLimitBytes: 100 * MB, machineOomKills: 2 },
    });
    expect(verdict.substate).toBe('killed');
    expect(verdict.evidence).toContain('resident memory reached 95 MiB of the 100 MiB allowed');
    expect(verdict.evidence).toContain('2 OOM kills on this machine');
  });

  it.each([
    'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
    'Traceback (most recent call last):\n  File "x.py", line 1\nMemoryError',
    "terminate called after throwing an instance of 'std::bad_alloc'",
    'Exception in thread "main" java.lang.OutOfMemoryError: Java heap space',
    'fatal error: runtime: out of memory',
    'sh: 1: Cannot fork: Cannot allocate memory',
    'memory allocation of 4294967296 bytes failed',
  ])('is out of memory when the program said: %s', (stderr) => {
    const verdict = judgeEnd({ exitCode: 1, stderr });
    expect(verdict).toMatchObject({ state: 'failed', substate: 'oom' });
    expect(verdict.evidence).toMatch(/reported on stderr: "/);
  });

  it('is no success that is out of memory, whatever was printed', () => {
    expect(judgeEnd({ exitCode: 0, stderr: 'MemoryError' }).state).toBe('completed');
  });
});

describe('the error in what a program printed', () => {
  it.each([
    ['TypeError: x is not a function\n    at f (a.js:1:1)\n\nNode.js v20.20.2\n', 'TypeError', 'x is not a function'],
    [
      "Error: connect ECONNREFUSED 127.0.0.1:9\n    at x {\n  errno: -111,\n  code: 'ECONNREFUSED',\n}",
      'ECONNREFUSED',
      'connect ECONNREFUSED 127.0.0.1:9',
    ],
    [
      'Traceback (most recent call last):\n  File "x.py", line 1\nsmtplib.SMTPServerDisconnected: Connection unexpectedly closed',
      'smtplib.SMTPServerDisconnected',
      'Connection unexpectedly closed',
    ],
    [
      'Exception in thread "main" java.lang.IllegalStateException: no queue',
      'java.lang.IllegalStateException',
      'no queue',
    ],
    ['KeyboardInterrupt', 'KeyboardInterrupt', 'KeyboardInterrupt'],
    ['first\nsecond line\n\n', undefined, 'second line'],
  ])('of %j', (stderr, type, message) => {
    expect(readError(stderr)).toMatchObject({ ...(type && { type }), message });
  });

  it('is none where nothing was printed', () => {
    expect(readError(' \n\n')).toBeUndefined();
  });
});

describe('a process that vanished', () => {
  const facts = { pid: 7, lastSeenAt: 1000, goneAt: 2000 };

  it('has exited, and the evidence says what an observer cannot know', () => {
    expect(judgeVanished(facts)).toMatchObject({ state: 'completed', substate: 'exited' });
    expect(judgeVanished(facts).evidence).toContain('the exit code is not known');
  });

  it('is out of memory when its group counted a kill', () => {
    expect(judgeVanished({ ...facts, memory: kills(true) })).toMatchObject({
      state: 'failed',
      substate: 'oom',
      signal: 'SIGKILL',
    });
  });

  it('tells what a zombie shows', () => {
    expect(judgeVanished({ ...facts, zombieStatus: 3 << 8 })).toMatchObject({
      state: 'failed',
      substate: 'error',
      exitCode: 3,
    });
    expect(judgeVanished({ ...facts, zombieStatus: 15 })).toMatchObject({
      state: 'failed',
      substate: 'killed',
      signal: 'SIGTERM',
    });
    expect(judgeVanished({ ...facts, zombieStatus: 0 })).toMatchObject({ state: 'completed', substate: 'exited' });
  });
});
