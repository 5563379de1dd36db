import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { buildGo, installNode, installPython } from './install';
import { startPostgres } from './postgres';
import type { System } from './system';

const run = promisify(execFile);

export const QUEUE_ENGINES = ['pg-boss', 'graphile-worker', 'procrastinate', 'river'] as const;
export type QueueEngine = (typeof QUEUE_ENGINES)[number];

/** What a program saw of a run: the beginning and end of its last attempt by its own clock, where it ran. */
export interface SeenRun {
  id: string;
  startedAt?: number;
  finishedAt?: number;
}

export type Situation = 'succeeded' | 'failed' | 'panicked' | 'retried' | 'cancelled' | 'later';

/** One engine's program, which works on a database of its own. */
export interface QueueProgram {
  /** `postgres://…`. */
  url: string;
  /** One run of each situation, to its end. */
  demo(): Promise<Partial<Record<Situation, SeenRun>>>;
  /** Adds jobs that nobody takes. */
  fill(count: number): Promise<void>;
  /** Takes them, until none is left. */
  drain(): Promise<void>;
  /** A job whose worker is killed in the middle of it. */
  crash(): Promise<SeenRun>;
  /** What the next worker does about that one, where it does. */
  follow(): Promise<void>;
}

export interface PostgresQueues extends System {
  programs: Record<QueueEngine, QueueProgram>;
  /** Asks as the owner of everything. */
  sql(database: string, text: string, values?: unknown[]): Promise<Array<Record<string, unknown>>>;
}

/**
 * PostgreSQL, and on it pg-boss 12.38, Graphile Worker 0.18, Procrastinate 3.10 and River 0.51, each with a database that is
 * called like it (`pg_boss`), its schema migrated.
 */
export async function startPostgresQueues(): Promise<PostgresQueues> {
  const [node, python, river] = [
    await installNode('postgres-queues'),
    await installPython('procrastinate'),
    await buildGo('river'),
  ];
  const commands: Record<QueueEngine, Command> = {
    'pg-boss': nodeProgram('pg-boss.cjs', node.env),
    'graphile-worker': nodeProgram('graphile-worker.cjs', node.env),
    procrastinate: {
      command: python.command,
      args: [join(__dirname, 'python', 'procrastinate_jobs.py')],
      env: python.env,
    },
    river: { command: river, args: [], env: {} },
  };
  const postgres = await startPostgres();
  const port = new URL(postgres.url).port;
  const server = `postgres://postgres@127.0.0.1:${port}`;
  const sql = async (database: string, text: string, values: unknown[] = []) => {
    const client = new Client({ connectionString: `${server}/${database}` });
    // A test may end PostgreSQL in the middle of it.
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text, values)).rows;
    } finally {
      await client.end();
    }
  };
  try {
    const programs = {} as Record<QueueEngine, QueueProgram>;
    for (const engine of QUEUE_ENGINES) {
      const database = databaseOf(engine);
      await sql('postgres', `create database ${database}`);
      programs[engine] = programOf(commands[engine], `${server}/${database}`);
    }
    await Promise.all(QUEUE_ENGINES.map((engine) => ask(commands[engine], [programs[engine].url, 'migrate'])));
    return { url: `postgres://127.0.0.1:${port}`, pid: postgres.pid, stop: postgres.stop, programs, sql };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

export function databaseOf(engine: QueueEngine): string {
  return engine.replaceAll('-', '_');
}

interface Command {
  command: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
}

function nodeProgram(file: string, env: Record<string, string>): Command {
  return { command: process.execPath, args: [join(__dirname, 'node', 'postgres-queues', file)], env };
}

function programOf(command: Command, url: string): QueueProgram {
  return {
    url,
    demo: () => ask(command, [url, 'demo']) as Promise<Partial<Record<Situation, SeenRun>>>,
    fill: async (count) => void (await ask(command, [url, 'fill', String(count)])),
    drain: async () => void (await ask(command, [url, 'drain'])),
    crash: async () => ((await crash(command, [url, 'crash'])) as { killed: SeenRun }).killed,
    follow: async () => void (await ask(command, [url, 'follow'])),
  };
}

async function ask({ command, args, env }: Command, more: readonly string[]): Promise<unknown> {
  const { stdout } = await run(command, [...args, ...more], { env: { ...process.env, ...env }, timeout: 120_000 });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}

/** It kills itself. */
async function crash({ command, args, env }: Command, more: readonly string[]): Promise<unknown> {
  const child = spawn(command, [...args, ...more], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [said, complained] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (complained += chunk.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  if (signal !== 'SIGKILL') {
    throw new Error(`${command} was not killed but ended with ${code ?? signal}: ${complained.slice(-1000)}`);
  }
  return JSON.parse(said.trim().split('\n').at(-1) ?? '');
}
