import { spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildAgent,
  endOf,
  startStore,
  waitFor,
  writeScript,
  type AgentUnderTest,
  type StoreUnderTest,
} from './agent.kit';
import { createMeter } from './meter';
import { listProcesses } from './running-process';

let agent: AgentUnderTest;
let store: StoreUnderTest;
const started: ChildProcess[] = [];

beforeAll(() => (agent = buildAgent()));
afterAll(() => agent.remove());
beforeEach(async () => (store = await startStore()));
afterEach(async () => {
  started.splice(0).forEach((child) => child.kill('SIGKILL'));
  await store.close();
});

function start(command: string, ...args: string[]): ChildProcess {
  const child = spawn(command, args, { stdio: 'ignore' });
  started.push(child);
  return child;
}

function watch(...flags: string[]): ChildProcess {
  const child = agent.start(['watch', '--store', store.url, '--no-flusher', ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  started.push(child);
  return child;
}

it('observes a process that it did not start, from its real start to its end', async () => {
  const before = Date.now();
  const target = start('sleep', '60');
  await new Promise((resolve) => target.on('spawn', resolve));
  const watcher = waitFor(watch('--pid', String(target.pid), '--task', 'nap', '--label', 'team=x'));
  const running = await store.until((events) => events.find(({ state }) => state === 'running'));
  expect(running).toMatchObject({
    task: 'nap',
    labels: { team: 'x' },
    nativeState: `pid ${target.pid}`,
    args: 'sleep 60',
  });
  // Start times are exact to a hundredth of a second, uptime is told to a hundredth too.
  expect(Math.abs((running.startedAt ?? 0) - before)).toBeLessThan(2000);
  await store.until((events) => events.find(({ rssBytes }) => (rssBytes ?? 0) > 0));
  target.kill('SIGKILL');
  expect((await watcher).code).toBe(0);
  expect(endOf(store.events)).toMatchObject({ state: 'completed', substate: 'exited', runId: running.runId });
  expect(endOf(store.events)?.evidence).toContain('the exit code is not known');
});

it('finds processes by their command line, also those that come later, and goes on with the same run when started again', async () => {
  const script = writeScript(agent.folder, 'nightly-job.sh', '#!/bin/sh\nsleep 60\n');
  const watcher = watch('--match', 'nightly-job');
  start('sh', script);
  const first = await store.until((events) => events.find(({ state }) => state === 'running'));
  expect(first.task).toBe('nightly-job.sh');
  watcher.kill('SIGTERM');
  const left = await store.until((events) => events.find(({ state }) => state === 'unknown'));
  expect(left.evidence).toContain('the watcher was stopped while pid');
  watch('--match', 'nightly-job');
  await store.until((events) => (events.filter(({ state }) => state === 'running').length > 1 ? true : undefined));
  expect(new Set(store.events.map(({ runId }) => runId)).size).toBe(1);
});

it('goes on giving signs of life when the clock of the machine is set back', async () => {
  const setBack = join(agent.folder, 'set-back');
  const clock = writeScript(
    agent.folder,
    'clock.cjs',
    `const { existsSync } = require('node:fs');
     const now = Date.now;
     Date.now = () => now() - (existsSync(${JSON.stringify(setBack)}) ? 7_200_000 : 0);`
  );
  const target = start('sleep', '60');
  started.push(
    agent.start(
      ['watch', '--store', store.url, '--no-flusher', '--quiet', '--interval', '1s', '--pid', String(target.pid)],
      { stdio: 'ignore', env: { NODE_OPTIONS: `--require ${clock}` } }
    )
  );
  const { at } = await store.until((events) => events.find(({ rssBytes }) => rssBytes !== undefined));
  writeFileSync(setBack, '');
  const later = await store.until((events) => events.find((event) => event.at < at - 3_600_000));
  expect(later.rssBytes).toBeGreaterThan(0);
});

it('says at once what it watches, and that nothing matches yet', async () => {
  const target = start('sleep', '61');
  await new Promise((resolve) => target.on('spawn', resolve));
  const said = async (...flags: string[]): Promise<string> => {
    const watcher = watch(...flags);
    const text = await new Promise<string>((resolve) =>
      watcher.stderr?.once('data', (chunk: Buffer) => resolve(chunk.toString()))
    );
    watcher.kill('SIGKILL');
    return text;
  };
  expect(await said('--pid', String(target.pid))).toBe(
    `[runlane] watch pid ${target.pid}: 1 process: ${target.pid} (sleep: sleep 61).\n`
  );
  expect(await said('--match', 'no-such-[p]rogram')).toBe(
    '[runlane] watch /no-such-[p]rogram/: nothing matches yet; waiting for what comes.\n'
  );
});

it('says that there is no such process', async () => {
  const { code, stderr } = await waitFor(watch('--pid', '4194305'));
  expect(code).toBe(125);
  expect(stderr.toString()).toContain('there is no process 4194305');
});

it('says that there is nothing to watch', async () => {
  expect((await waitFor(watch())).stderr.toString()).toContain('Give --pid 1234 or --match REGEX');
});

describe('without /proc', () => {
  it('lists and measures processes through ps', async () => {
    const target = start(process.execPath, '-e', 'const a = Buffer.alloc(60e6, 1); setInterval(() => a.length, 1000)');
    await new Promise((resolve) => target.on('spawn', resolve));
    const [viaPs, viaProc] = await Promise.all([listProcesses('darwin'), listProcesses('linux')]);
    const found = viaPs.find(({ pid }) => pid === target.pid);
    expect(found?.ppid).toBe(process.pid);
    expect(
      Math.abs((found?.startedAt ?? 0) - (viaProc.find(({ pid }) => pid === target.pid)?.startedAt ?? 0))
    ).toBeLessThan(2000);

    const meter = createMeter(target.pid ?? 0, { ownChild: true }, 'darwin');
    let sample = await meter.sample();
    while ((sample.rssBytes ?? 0) < 60e6) {
      sample = await meter.sample();
    }
    expect(sample.processes).toBe(1);
    target.kill('SIGKILL');
    expect((await meter.end()).peakRssBytes).toBeGreaterThan(60e6);
  });
});
