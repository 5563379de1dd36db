import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { installPython } from './install';
import { startRedis } from './redis';
import { launch, stopAll } from './system';
import type { Launched, System } from './system';

const run = promisify(execFile);

export interface Rq extends System {
  /** Starts a worker of the queue `orders`, which is stopped with the rest. */
  startWorker(name: string): Promise<Launched>;
  /** Adds one job of every kind of end: name of the situation → id. */
  sendOneOfEach(): Promise<Record<string, string>>;
  /** Runs Python with the jobs' names at hand; gives what it prints. */
  python(code: string): Promise<string>;
}

/** Redis, and RQ 3 (`python/rq_jobs.py`). `url` is Redis'. */
export async function startRq(): Promise<Rq> {
  const { command, env: installed } = await installPython('rq');
  const redis = await startRedis();
  const started: System[] = [];
  const env = { ...installed, RUNLANE_TEST_BROKER: redis.url };
  const python = async (args: string[]) =>
    (await run(command, args, { env: { ...process.env, ...env } })).stdout.trim();
  return {
    url: redis.url,
    pid: redis.pid,
    startWorker: async (name) => {
      const worker = await launch({
        name: `RQ worker ${name}`,
        command,
        args: ['-c', `import rq_jobs; rq_jobs.work("${name}")`],
        url: redis.url,
        ready: ({ said }) => said().includes('Listening on'),
        stopSignal: 'SIGKILL',
        env,
      });
      started.push(worker);
      return worker;
    },
    sendOneOfEach: async () =>
      JSON.parse(await python(['-c', 'import json, rq_jobs; print(json.dumps(rq_jobs.send_one_of_each()))'])) as Record<
        string,
        string
      >,
    python: (code) => python(['-c', `from rq_jobs import *\n${code}`]),
    stop: async () => {
      await stopAll(started);
      await redis.stop();
    },
  };
}
