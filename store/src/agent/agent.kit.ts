import { execFileSync, spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TaskEvent } from '../../../src/model/task-event';

/** For tests: the agent as users have it, a program of its own, and a store that can be told to misbehave. */

const ROOT = resolve(__dirname, '../../..');

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: Buffer;
  stderr: Buffer;
}

export interface AgentUnderTest {
  /** A folder of its own, gone after the tests. */
  folder: string;
  /** The built program. */
  program: string;
  start(args: readonly string[], options?: SpawnOptions): ChildProcess;
  run(args: readonly string[], options?: SpawnOptions & { input?: Buffer | string }): Promise<Ended>;
  remove(): void;
}

export function buildAgent(): AgentUnderTest {
  const folder = mkdtempSync(join(tmpdir(), 'runlane-agent-'));
  const program = join(folder, 'runlane.cjs');
  const entry = `
    import { Command } from 'commander';
    import { addAgentCommands } from ${JSON.stringify(join(ROOT, 'store/src/agent/command'))};
    const program = new Command('runlane').enablePositionalOptions();
    addAgentCommands(program);
    void program.parseAsync();
  `;
  execFileSync(
    join(ROOT, 'node_modules/.bin/esbuild'),
    ['--bundle', '--platform=node', '--format=cjs', '--target=node20', `--outfile=${program}`, '--log-level=error'],
    { input: entry, cwd: join(ROOT, 'store') }
  );
  const environment = {
    ...process.env,
    RUNLANE_STORE: 'http://127.0.0.1:9',
    RUNLANE_SPOOL: join(folder, 'spool'),
    RUNLANE_PARENT: undefined,
    RUNLANE_ROOT: undefined,
    TRACEPARENT: undefined,
  };
  const start = (args: readonly string[], options: SpawnOptions = {}): ChildProcess =>
    spawn(process.execPath, [program, ...args], { ...options, env: { ...environment, ...options.env } });
  return {
    folder,
    program,
    start,
    run: async (args, { input, ...options } = {}) => {
      const child = start(args, options);
      child.stdin?.end(input);
      return waitFor(child);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export async function waitFor(child: ChildProcess): Promise<Ended> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((done) =>
    child.on('close', (...end) => done(end))
  );
  return { code, signal, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) };
}

/** What the store is told to do with a request: take it, answer something, or keep quiet. */
export type Behaviour = 'take' | 'hang' | { status: number; headers?: Record<string, string>; body?: string };

export interface StoreUnderTest {
  url: string;
  events: TaskEvent[];
  requests: number;
  authorizations: Array<string | undefined>;
  /** What the last batch said of the clocks. */
  clockHeader?: string | string[] | undefined;
  /** How far its clock is ahead of the true one. */
  clockAheadMs: number;
  behave: (lines: string[]) => Behaviour;
  /** Resolves when `found` gives something for the events so far. */
  until<T>(found: (events: TaskEvent[]) => T | undefined): Promise<T>;
  close(): Promise<void>;
}

export async function startStore(port = 0): Promise<StoreUnderTest> {
  const waiting = new Set<() => void>();
  const store: StoreUnderTest = {
    url: '',
    events: [],
    requests: 0,
    authorizations: [],
    clockAheadMs: 0,
    behave: () => 'take',
    until: async (found) => {
      for (;;) {
        const result = found(store.events);
        if (result !== undefined) {
          return result;
        }
        await new Promise<void>((next) => waiting.add(next));
      }
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
  const take = (request: IncomingMessage, response: ServerResponse): void => {
    if (store.clockAheadMs !== 0) {
      response.setHeader('date', new Date(Date.now() + store.clockAheadMs).toUTCString());
    }
    if (request.method === 'GET') {
      response.end();
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const lines = Buffer.concat(chunks)
        .toString('utf8')
        .split('\n')
        .filter((line) => line !== '');
      store.requests++;
      store.authorizations.push(request.headers.authorization);
      store.clockHeader = request.headers['x-runlane-clock-ahead'];
      const behaviour = store.behave(lines);
      if (behaviour === 'take') {
        store.events.push(...lines.map((line) => JSON.parse(line) as TaskEvent));
        response
          .writeHead(202, { 'content-type': 'application/json' })
          .end(JSON.stringify({ accepted: lines.length, rejected: [] }));
      } else if (behaviour !== 'hang') {
        response.writeHead(behaviour.status, behaviour.headers).end(behaviour.body);
      }
      waiting.forEach((next) => next());
      waiting.clear();
    });
  };
  const server = createServer(take);
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  store.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return store;
}

/** The end of the only run (or of the one with this task). */
export function endOf(events: readonly TaskEvent[], task?: string): TaskEvent | undefined {
  return events.find(
    (event) =>
      ['completed', 'failed', 'cancelled'].includes(event.state ?? '') && (task === undefined || event.task === task)
  );
}

/** Writes an executable or not executable file into the folder. */
export function writeScript(folder: string, name: string, text: string, mode = 0o755): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode });
  return path;
}
