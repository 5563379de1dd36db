import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TaskEvent } from '../../../src/model/task-event';
import {
  buildAgent,
  endOf,
  startStore,
  waitFor,
  writeScript,
  type AgentUnderTest,
  type StoreUnderTest,
} from './agent.kit';
import { readCgroup } from './cgroup';

let agent: AgentUnderTest;
let store: StoreUnderTest;

beforeAll(() => (agent = buildAgent()));
afterAll(() => agent.remove());
beforeEach(async () => (store = await startStore()));
afterEach(() => store.close());

const flags = (...more: string[]): string[] => ['run', '--store', store.url, '--no-flusher', ...more, '--'];
const node = (script: string): string[] => [process.execPath, '-e', script];

async function run(
  ...command: string[]
): Promise<{ code: number | null; signal: string | null; end: TaskEvent | undefined; stderr: string }> {
  const { code, signal, stderr } = await agent.run([...flags(), ...command]);
  return { code, signal, stderr: stderr.toString(), end: endOf(store.events) };
}

describe('what passes through', () => {
  it('leaves with the exit code of the command and reports it', async () => {
    const { code, end } = await run('sh', '-c', 'echo no route to host >&2; exit 3');
    expect(code).toBe(3);
    expect(end).toMatchObject({ state: 'failed', substate: 'error', exitCode: 3, nativeState: 'exited 3', task: 'sh' });
    expect(end?.error?.message).toBe('no route to host');
  });

  it('tells the whole life of a run that succeeds', async () => {
    await run('true');
    // Samples between start and end: one at least, more where the machine is slow.
    const states = store.events.map(({ state }) => state);
    expect(states.filter((state, i) => state !== undefined || states[i - 1] !== undefined)).toEqual([
      'pending',
      'running',
      undefined,
      'completed',
    ]);
    const ids = new Set(store.events.map(({ source, runId, attempt }) => `${source} ${runId} ${attempt}`));
    expect(ids.size).toBe(1);
  });

  it('leaves by the signal that killed the command', async () => {
    const { signal, end } = await run('sh', '-c', 'kill -KILL $$');
    expect(signal).toBe('SIGKILL');
    expect(end).toMatchObject({ state: 'failed', substate: 'killed', signal: 'SIGKILL' });
    expect(end?.exitCode).toBeUndefined();
  });

  it('leaves by SIGPIPE too, which Node itself ignores', async () => {
    const { signal, end } = await run('sh', '-c', 'kill -PIPE $$');
    expect(signal).toBe('SIGPIPE');
    expect(end).toMatchObject({ state: 'failed', substate: 'killed', signal: 'SIGPIPE' });
  });

  it.each(['/proc/no/such/folder', '/dev/null/spool', '/proc/self/fd'])(
    'runs the command and tells the store although %s can be no spool',
    async (spool) => {
      const { code, stderr } = await agent.run([...flags('--spool', spool).slice(0, -1), '--', 'sh', '-c', 'exit 3']);
      expect(code).toBe(3);
      expect(stderr.toString()).toContain('[runlane] the spool cannot be opened: ');
      expect(endOf(store.events)).toMatchObject({ state: 'failed', exitCode: 3 });
    }
  );

  it('is 127 for a command that is not there and 126 for one that cannot be executed', async () => {
    expect((await run('no-such-command-anywhere')).code).toBe(127);
    expect(endOf(store.events)).toMatchObject({ state: 'failed', exitCode: 127, error: { type: 'ENOENT' } });
    const plain = writeScript(agent.folder, 'plain.txt', 'text', 0o644);
    const { code, stderr } = await run(plain);
    expect(code).toBe(126);
    expect(stderr).toContain('not executable');
  });

  it('is 125, and runs nothing, when its own flags are wrong', async () => {
    const witness = join(agent.folder, 'witness');
    const { code } = await agent.run(['run', '--interval', '10ms', '--', 'touch', witness]);
    expect(code).toBe(125);
    expect(existsSync(witness)).toBe(false);
  });

  it('hands stdin to the command and its stdout and stderr on, byte by byte', async () => {
    const bytes = randomBytes(3_000_000);
    const { stdout } = await agent.run([...flags(), 'cat'], { input: bytes });
    expect(stdout.equals(bytes)).toBe(true);
    const { stderr } = await agent.run([...flags(), 'sh', '-c', 'cat >&2'], { input: bytes });
    expect(stderr.equals(bytes)).toBe(true);
  });

  it('lets a command open its stderr by name, as only a real pipe allows', async () => {
    const { stderr } = await agent.run([...flags(), 'sh', '-c', 'echo by name > /dev/stderr']);
    expect(stderr.toString()).toBe('by name\n');
  });

  it('reads the error from a file that stderr goes to, and leaves the file alone', async () => {
    const path = join(agent.folder, 'stderr.log');
    writeFileSync(path, 'OldError: from before\n');
    const fd = openSync(path, 'a');
    await agent.run([...flags(), 'sh', '-c', 'echo "ValueError: bad row" >&2; exit 1'], {
      stdio: ['ignore', 'ignore', fd],
    });
    closeSync(fd);
    expect(readFileSync(path, 'utf8')).toBe('OldError: from before\nValueError: bad row\n');
    expect(endOf(store.events)?.error).toMatchObject({ type: 'ValueError', message: 'bad row' });
  });

  it('keeps the order of stdout and stderr where they are one pipe', async () => {
    const script = 'for i in 1 2 3 4 5 6 7 8 9; do echo o$i; echo e$i >&2; done';
    const joined = ['sh', '-c', '"$@" 2>&1', 'sh', process.execPath, agent.program, ...flags(), 'sh', '-c', script];
    const { stdout } = await agent.run(['run', '--quiet', '--no-flusher', '--', ...joined]);
    expect(stdout.toString()).toBe([1, 2, 3, 4, 5, 6, 7, 8, 9].map((i) => `o${i}\ne${i}\n`).join(''));
  });

  it('says that stderr was not kept where it is one with stdout, and how to keep it', async () => {
    const joined = (...more: string[]): string[] => [
      ...['sh', '-c', '"$@" 2>&1', 'sh', process.execPath, agent.program, ...flags('--task', 'joined', ...more)],
      ...['sh', '-c', 'echo no route to host >&2; exit 3'],
    ];
    await agent.run(['run', '--quiet', '--no-flusher', '--', ...joined()]);
    expect(endOf(store.events, 'joined')).toMatchObject({
      evidence: expect.stringMatching(/stderr was not kept.*--capture-stderr/),
      error: { message: 'Exited with code 3' },
    });
    store.events.length = 0;
    await agent.run(['run', '--quiet', '--no-flusher', '--', ...joined('--capture-stderr')]);
    expect(endOf(store.events, 'joined')).toMatchObject({ error: { message: 'no route to host' } });
    expect(endOf(store.events, 'joined')?.evidence).toBeUndefined();
  });

  it('keeps the terminal', async () => {
    const inner = `${process.execPath} ${agent.program} run --store ${store.url} --no-flusher -- sh -c "test -t 0 && test -t 1 && test -t 2"`;
    const { code } = await waitFor(
      agent.start(['run', '--', 'script', '-qec', inner, '/dev/null'], { stdio: 'ignore' })
    );
    expect(code).toBe(0);
  });

  it('takes names of 10 kB', async () => {
    const long = 'ü'.repeat(10_000);
    const { code } = await agent.run([
      ...flags('--task', long, '--queue', long, '--label', `k=${long}`),
      'sh',
      '-c',
      ':',
      long,
    ]);
    expect(code).toBe(0);
    expect(endOf(store.events)).toMatchObject({ task: long, queue: long });
  });
});

describe('signals', () => {
  it('forwards SIGTERM and calls the end cancelled', async () => {
    const child = agent.start([...flags(), 'sleep', '60']);
    const ended = waitFor(child);
    await store.until((events) => events.find(({ state }) => state === 'running'));
    child.kill('SIGTERM');
    expect((await ended).signal).toBe('SIGTERM');
    expect(endOf(store.events)).toMatchObject({ state: 'cancelled', substate: 'terminated', signal: 'SIGTERM' });
    expect(endOf(store.events)?.evidence).toMatch(/SIGTERM was sent to the agent/);
  });

  it('leaves it to the command what a signal means', async () => {
    const ready = join(agent.folder, 'ready');
    const child = agent.start([
      ...flags(),
      'sh',
      '-c',
      `trap "exit 5" TERM; trap ": > ${ready}.usr1" USR1; : > ${ready}; while :; do sleep 0.05; done`,
    ]);
    const ended = waitFor(child);
    await until(() => existsSync(ready));
    child.kill('SIGUSR1');
    await until(() => existsSync(`${ready}.usr1`));
    child.kill('SIGTERM');
    expect((await ended).code).toBe(5);
    expect(endOf(store.events)).toMatchObject({ state: 'cancelled', exitCode: 5 });
  });

  it('calls it killed when somebody else killed the command', async () => {
    const child = agent.start([...flags(), 'sleep', '60']);
    const ended = waitFor(child);
    const running = await store.until((events) => events.find(({ state }) => state === 'running'));
    process.kill(Number(running.nativeState?.slice('pid '.length)), 'SIGTERM');
    expect((await ended).signal).toBe('SIGTERM');
    expect(endOf(store.events)).toMatchObject({ state: 'failed', substate: 'killed', signal: 'SIGTERM' });
  });

  it('ends the whole tree at a time-out', async () => {
    const pidFile = join(agent.folder, 'grandchild');
    const { code } = await agent.run([
      ...flags('--timeout', '1s'),
      'sh',
      '-c',
      `sleep 60 & echo $! > ${pidFile}; wait`,
    ]);
    expect(code).toBe(124);
    expect(endOf(store.events)).toMatchObject({ state: 'failed', substate: 'timed_out', error: { type: 'Timeout' } });
    const grandchild = Number(readFileSync(pidFile, 'utf8'));
    await until(
      () => !existsSync(`/proc/${grandchild}`) || readFileSync(`/proc/${grandchild}/stat`, 'utf8').includes(') Z ')
    );
  });

  it('kills what does not end after a time-out', async () => {
    const stubborn = ['sh', '-c', 'trap "" TERM; while :; do sleep 0.05; done'];
    const { code } = await agent.run([...flags('--timeout', '1500ms', '--kill-after', '300ms'), ...stubborn]);
    expect(code).toBe(124);
    expect(endOf(store.events)).toMatchObject({ substate: 'timed_out', signal: 'SIGKILL' });
  });
});

describe('attempts and relations', () => {
  it('runs again while the command fails, one row for each attempt', async () => {
    const { code } = await agent.run([
      ...flags('--retries', '3', '--backoff', '10ms'),
      'sh',
      '-c',
      'test $RUNLANE_ATTEMPT = 3',
    ]);
    expect(code).toBe(0);
    expect(store.events.filter(({ state }) => state === 'failed').map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(store.events.filter(({ substate }) => substate === 'retrying').map(({ attempt }) => attempt)).toEqual([
      2, 3,
    ]);
    expect(endOf(store.events.filter(({ attempt }) => attempt === 3))).toMatchObject({
      state: 'completed',
      maxAttempts: 4,
    });
    expect(new Set(store.events.map(({ traceId }) => traceId).filter(Boolean)).size).toBe(1);
  });

  it('is stopped by a signal between two attempts', async () => {
    const child = agent.start([...flags('--retries', '1', '--backoff', '60s'), 'false']);
    const ended = waitFor(child);
    await store.until((events) => events.find(({ substate }) => substate === 'retrying'));
    child.kill('SIGTERM');
    expect((await ended).signal).toBe('SIGTERM');
    expect(endOf(store.events.filter(({ attempt }) => attempt === 2))).toMatchObject({ state: 'cancelled' });
  });

  it('continues the trace that it finds and hands it on', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { stdout } = await agent.run([...flags(), 'sh', '-c', 'echo $TRACEPARENT $TRACESTATE'], {
      env: { TRACEPARENT: traceparent, TRACESTATE: 'a=1' },
    });
    const end = endOf(store.events);
    expect(end).toMatchObject({ traceId: '0af7651916cd43dd8448eb211c80319c', parentSpanId: 'b7ad6b7169203331' });
    expect(stdout.toString()).toBe(`00-0af7651916cd43dd8448eb211c80319c-${end?.spanId}-01 a=1\n`);
  });

  it('makes a run within a run its child', async () => {
    const nested = `"${process.execPath}" "${agent.program}" run --store ${store.url} --no-flusher --task inner -- `;
    await agent.run([
      ...flags('--task', 'outer'),
      'sh',
      '-c',
      `${nested} sh -c '${nested.replace('inner', 'innermost')} true'; true`,
    ]);
    const outer = endOf(store.events, 'outer');
    const inner = endOf(store.events, 'inner');
    const innermost = endOf(store.events, 'innermost');
    expect(outer?.parentId).toBeUndefined();
    expect(inner).toMatchObject({
      parentId: outer?.runId,
      rootId: outer?.runId,
      traceId: outer?.traceId,
      parentSpanId: outer?.spanId,
    });
    expect(innermost).toMatchObject({ parentId: inner?.runId, rootId: outer?.runId });
  });

  it('does not tell the creation of a run that somebody else has announced', async () => {
    await agent.run([...flags('--run-id', 'order-7'), 'true']);
    expect(store.events[0]).toMatchObject({ runId: 'order-7', state: 'running' });
    expect(store.events.every(({ createdAt }) => createdAt === undefined)).toBe(true);
  });

  it('hides secrets in what it reports, not in what it runs', async () => {
    const { stdout } = await agent.run(
      [
        ...flags(),
        'sh',
        '-c',
        'echo "$1 $2"; echo "Error: token=abcdef123456 refused" >&2; exit 1',
        'x',
        '--password=hunter2',
        'topsecretvalue',
      ],
      { env: { DB_PASSWORD: 'topsecretvalue' } }
    );
    expect(stdout.toString()).toBe('--password=hunter2 topsecretvalue\n');
    const told = JSON.stringify(store.events);
    expect(told).not.toMatch(/hunter2|topsecretvalue|abcdef123456/);
    expect(told).toContain('--password=***');
  });
});

describe('memory', () => {
  it('names a heap that is full as out of memory', async () => {
    const { end } = await run(
      process.execPath,
      '--max-old-space-size=30',
      '-e',
      'const a = []; for (;;) a.push(new Array(1000).fill(1))'
    );
    expect(end).toMatchObject({ state: 'failed', substate: 'oom' });
    expect(end?.evidence).toMatch(/Node\.js reported on stderr: ".*heap out of memory"/);
  });

  it('tells the limits that the command sets itself, once with a sample and with its end', async () => {
    const { end } = await run('sh', '-c', 'ulimit -v 200000; exec sleep 3');
    expect(end?.memoryLimitBytes).toBe(200_000 * 1024);
    const told = store.events.filter(
      ({ state, memoryLimitBytes }) => state === undefined && memoryLimitBytes !== undefined
    );
    expect(told.map(({ memoryLimitBytes }) => memoryLimitBytes)).toEqual([200_000 * 1024]);
  });

  it('names memory that ulimit refused, with the limit', async () => {
    const grow = 'const a = []; setInterval(() => a.push(Buffer.alloc(96 * 1024 * 1024)), 30)';
    const { end } = await run('sh', '-c', `ulimit -v 3000000; exec ${process.execPath} -e "${grow}"`);
    expect(end).toMatchObject({ state: 'failed', substate: 'oom' });
    expect(end?.evidence).toMatch(/ulimit -v is 2\.9 GiB/);
  });

  it('only notes that memory may have run out where nobody says so', async () => {
    // Grows to 93 % of the limit, stays there for the agent to look, and fails without a word.
    const script = writeScript(
      agent.folder,
      'grow.js',
      `const { readFileSync } = require('node:fs');
      const kept = [];
      const growing = setInterval(() => {
        kept.push(Buffer.alloc(32 * 1024 * 1024));
        if (Number(/VmSize:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) > 0.93 * 3000000) {
          clearInterval(growing);
          setTimeout(() => process.exit(9), 3000);
        }
      }, 5);`
    );
    const { end } = await run('sh', '-c', `ulimit -v 3000000; exec ${process.execPath} ${script}`);
    expect(end).toMatchObject({ state: 'failed', substate: 'error', exitCode: 9 });
    expect(end?.evidence).toMatch(/address space reached .* of the 2\.9 GiB allowed: memory may have run out/);
  });

  it('sees the OOM killer of a memory cgroup, where this machine lets us make one', async () => {
    const group = makeMemoryCgroup(48 * 1024 * 1024);
    const grow = 'const a = []; for (;;) a.push(Buffer.alloc(8 * 1024 * 1024, 1))';
    if (group === undefined) {
      // Without the right to make a group the nearest thing is a plain SIGKILL, which must not be called oom.
      const { end } = await run('sh', '-c', 'kill -KILL $$');
      expect(end?.substate).toBe('killed');
      return;
    }
    try {
      const { signal, end } = await run(
        'sh',
        '-c',
        `echo $$ > ${group}/cgroup.procs; sleep 2; exec ${process.execPath} -e "${grow}"`
      );
      expect(signal).toBe('SIGKILL');
      expect(end).toMatchObject({ state: 'failed', substate: 'oom', signal: 'SIGKILL' });
      expect(end?.evidence).toContain(`the kernel counted 1 OOM kill in ${group}`);
    } finally {
      rmdirSync(group);
    }
  });
});

describe('CPU and memory of the tree', () => {
  it('counts the CPU time of grandchildren once', async () => {
    const burn =
      'const end = Date.now() + 400; while (Date.now() < end); const { user, system } = process.cpuUsage(); console.log((user + system) / 1e6)';
    const { stdout } = await agent.run([
      ...flags(),
      'sh',
      '-c',
      `for i in 1 2 3; do ${process.execPath} -e "${burn}"; done; true`,
    ]);
    const used = stdout
      .toString()
      .trim()
      .split('\n')
      .map(Number)
      .reduce((sum, seconds) => sum + seconds, 0);
    const counted = endOf(store.events)?.cpuSeconds ?? 0;
    // The kernel counts in hundredths of a second, and start and end of Node are not in what it says of itself.
    expect(counted).toBeGreaterThan(used - 0.1);
    expect(counted).toBeLessThan(used * 1.5 + 0.2);
  });

  it('knows the peak of a short run', async () => {
    const { end } = await run(
      ...node('const a = Buffer.alloc(150 * 1024 * 1024, 1); setTimeout(() => a.length, 2500)')
    );
    expect(end?.maxRssBytes).toBeGreaterThan(150 * 1024 * 1024);
    expect(store.events.some(({ rssBytes }) => (rssBytes ?? 0) > 0)).toBe(true);
  });

  it('does not take a zombie for a process that outlived the run', async () => {
    // A child that has ended and that nobody has waited for when the command ends: its parent lives on, outside the tree.
    const nanny = `
      const { spawn } = require('node:child_process');
      const child = spawn('sh', ['-c', 'sh -c "exit 0" & exec sleep 60'], { detached: true, stdio: 'ignore' });
      child.unref();
      console.log(child.pid);
      setTimeout(() => process.exit(), 1500);`;
    const { stdout } = await agent.run([...flags(), ...node(nanny)]);
    try {
      expect(endOf(store.events)?.evidence).toContain('1 process of its tree outlived it');
    } finally {
      process.kill(Number(stdout.toString()), 'SIGKILL');
    }
  });

  it('follows a daemon that has left the tree, and says that it outlived the run', async () => {
    const pidFile = join(agent.folder, 'daemon');
    const { end } = await run(
      'sh',
      '-c',
      `setsid sh -c 'echo $$ > ${pidFile}; exec sleep 60' </dev/null >/dev/null 2>&1 & sleep 2`
    );
    try {
      expect(end?.evidence).toContain('1 process of its tree outlived it');
    } finally {
      process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL');
    }
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A memory cgroup with a limit, beside our own; `undefined` without the right to make one. */
function makeMemoryCgroup(limit: number): string | undefined {
  const own = readCgroup('self', 'memory');
  if (own === undefined) {
    return undefined;
  }
  const directory = join(own.version === 1 ? own.mount : own.directory, `runlane-test-${process.pid}`);
  try {
    mkdirSync(directory);
    writeFileSync(join(directory, own.version === 1 ? 'memory.limit_in_bytes' : 'memory.max'), String(limit));
    return directory;
  } catch {
    if (existsSync(directory)) {
      rmdirSync(directory);
    }
    return undefined;
  }
}
