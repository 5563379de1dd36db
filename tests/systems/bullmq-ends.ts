import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installNode } from './install';
import { startRedis } from './redis';
import { launch, stopAll } from './system';
import type { Launched, System } from './system';

const run = promisify(execFile);
const PROGRAM = join(__dirname, 'node', 'bullmq', 'ends.cjs');

export interface BullMqEnds extends System {
  /** Starts a worker of the queue `orders`, which is stopped with the rest. */
  startWorker(name: string): Promise<Launched>;
  /** Adds one job of every kind of end: name of the situation → id. */
  sendOneOfEach(): Promise<Record<string, string>>;
}

/** Redis, and BullMQ's jobs that end in every way (`node/bullmq/ends.cjs`). `url` is Redis'. */
export async function startBullMqEnds(prefix = 'bull'): Promise<BullMqEnds> {
  const packages = await installNode('bullmq');
  const redis = await startRedis();
  const { port } = new URL(redis.url);
  const started: System[] = [];
  return {
    url: redis.url,
    pid: redis.pid,
    startWorker: async (name) => {
      const worker = await launch({
        name: `BullMQ worker ${name}`,
        command: process.execPath,
        args: [PROGRAM, port, prefix, 'work', name],
        url: redis.url,
        ready: ({ said }) => said().includes('ready'),
        stopSignal: 'SIGKILL',
        env: packages.env,
      });
      started.push(worker);
      return worker;
    },
    sendOneOfEach: async () => {
      const { stdout } = await run(process.execPath, [PROGRAM, port, prefix, 'send'], {
        env: { ...process.env, ...packages.env },
      });
      return JSON.parse(stdout) as Record<string, string>;
    },
    stop: async () => {
      await stopAll(started);
      await redis.stop();
    },
  };
}
