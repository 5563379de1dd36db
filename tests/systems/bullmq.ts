import { join } from 'node:path';
import { freePort } from './free-ports';
import { installNode } from './install';
import { startRedis } from './redis';
import { launch, stopAll } from './system';
import type { System } from './system';

export type BullMqJob = 'orders.charge' | 'orders.refund' | 'mail.send' | 'mail.digest' | 'report.build';

export interface BullMq extends System {
  /** Adds so many of each job. */
  add(counts: Partial<Record<BullMqJob, number>>): Promise<void>;
}

/**
 * Redis, and a program with a queue of BullMQ and a worker for two jobs at once (`node/bullmq/orders.cjs`). `url` has
 * BullMQ's own metrics at `/metrics` and OpenTelemetry's at `/otel`.
 */
export async function startBullMq(): Promise<BullMq> {
  const packages = await installNode('bullmq');
  const redis = await startRedis();
  try {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const program = await launch({
      name: 'BullMQ',
      command: process.execPath,
      args: [join(__dirname, 'node', 'bullmq', 'orders.cjs'), new URL(redis.url).port, String(port)],
      url,
      ready: '/metrics',
      env: packages.env,
      // It waits for nothing that it runs.
      stopSignal: 'SIGKILL',
    });
    return {
      url,
      pid: program.pid,
      add: async (counts) => {
        const search = new URLSearchParams(Object.entries(counts).map(([job, count]) => [job, String(count)]));
        const response = await fetch(`${url}/?${search}`, { method: 'POST' });
        if (!response.ok) {
          throw new Error(`BullMQ answered ${response.status}: ${await response.text()}`);
        }
      },
      stop: () => stopAll([program, redis]),
    };
  } catch (error) {
    await redis.stop();
    throw error;
  }
}
