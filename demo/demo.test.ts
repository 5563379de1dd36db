import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TaskEvent } from '../src/model/task-event';
import {
  buildAgent,
  startStore,
  waitFor,
  type AgentUnderTest,
  type StoreUnderTest,
} from '../store/src/agent/agent.kit';

const RUN = join(__dirname, 'run.mjs');

interface Job {
  number: number;
  task: string;
  trouble?: string;
  command: string[];
}

function list(count: number, seed: number): Job[] {
  const text = execFileSync(process.execPath, [RUN, '--list', String(count), '--seed', String(seed), '--cli', RUN]);
  return text
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Job);
}

describe('the mix', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(list(300, 7)).toEqual(list(300, 7));
    expect(list(300, 7)).not.toEqual(list(300, 8));
  });

  it.each([1, 2, 3, 99])('has every kind of trouble within its first twenty jobs (seed %d)', (seed) => {
    const troubles = new Set(list(20, seed).flatMap(({ trouble }) => trouble ?? []));
    expect(troubles).toEqual(new Set(list(2000, seed).flatMap(({ trouble }) => trouble ?? [])));
    expect(troubles.size).toBeGreaterThanOrEqual(12);
  });

  it('is mostly ordinary work after that', () => {
    const later = list(1000, 1).slice(20);
    expect(later.filter(({ trouble }) => trouble !== undefined).length / later.length).toBeLessThan(0.2);
  });

  it('uses every program, and every program is there', () => {
    const used = new Set(list(2000, 1).flatMap(({ command }) => command.filter((word) => /\.(mjs|sh)$/.test(word))));
    expect([...used, 'backup.sh'].sort()).toEqual(readdirSync(join(__dirname, 'programs')).sort());
  });

  it.each(['--rate', '--seed', '--backfill'])('refuses a %s that is no number, and says so', async (flag) => {
    const { code, stderr } = await waitFor(spawn(process.execPath, [RUN, flag, 'many', '--cli', RUN]));
    expect(code).toBe(2);
    expect(stderr.toString()).toContain(`${flag} is "many"`);
  });
});

describe('the workload', () => {
  let agent: AgentUnderTest;
  let store: StoreUnderTest;
  beforeAll(() => (agent = buildAgent()));
  afterAll(() => agent.remove());
  beforeEach(async () => (store = await startStore()));
  afterEach(() => store.close());

  const start = (...flags: string[]): ReturnType<typeof spawn> =>
    spawn(
      process.execPath,
      [RUN, '--store', store.url, '--cli', agent.program, '--spool', join(agent.folder, 'spool'), ...flags],
      { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, RUNLANE_DEMO_TEST: agent.folder } }
    );

  it('announces jobs, runs them, and ends everything it started when it is told to', async () => {
    const demo = start('--rate', '600');
    const ended = waitFor(demo);
    // A job that waits, one that runs on, and one that has ended.
    await store.until((events) =>
      has(events, 'pending', 'queued') && has(events, 'completed', 'success') ? true : undefined
    );
    await store.until((events) => events.find(({ task, state }) => task === 'upstream.await' && state === 'running'));
    demo.kill('SIGINT');
    const { code, stderr } = await ended;
    expect(stderr.toString()).toContain('ending everything');
    expect(code).toBe(0);
    expect(processesWith(agent.folder)).toEqual([]);
    const terminated = store.events.filter(({ substate }) => substate === 'terminated').map(({ task }) => task);
    expect(terminated).toContain('upstream.await');
  });

  it('leaves nothing behind when it is told twice', async () => {
    const demo = start('--rate', '600');
    const ended = waitFor(demo);
    await store.until((events) => events.find(({ state }) => state === 'running'));
    demo.kill('SIGTERM');
    demo.kill('SIGINT');
    await ended;
    while (processesWith(agent.folder).length > 0) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });

  it('says when the store does not take events, and goes on', async () => {
    store.behave = () => ({ status: 500 });
    const { code, stderr } = await waitFor(start('--for', '2'));
    expect(code).toBe(0);
    expect(stderr.toString()).toMatch(/the store at .* does not take events \(answered 500/);
  });

  it('labels what it makes up', async () => {
    await waitFor(start('--backfill', '2', '--for', '2'));
    const past = store.events.filter(({ labels }) => labels?.['origin'] === 'backfill');
    expect(past.length).toBe(240);
    expect(
      past.every(({ evidence, finishedAt }) => evidence?.startsWith('made up') && (finishedAt ?? Infinity) < Date.now())
    ).toBe(true);
  });
});

function has(events: readonly TaskEvent[], state: string, substate: string): boolean {
  return events.some((event) => event.state === state && event.substate === substate);
}

/** Processes of this test's demo, by a mark in their environment. */
function processesWith(mark: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return (
          readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`RUNLANE_DEMO_TEST=${mark}`) &&
          !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
        );
      } catch {
        return false;
      }
    });
}
