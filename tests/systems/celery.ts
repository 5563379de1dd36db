import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { freePort } from './free-ports';
import { installPython } from './install';
import { startRedis } from './redis';
import { launch, stopAll } from './system';
import type { Launched, System } from './system';

const run = promisify(execFile);

export type CeleryTask =
  'orders.charge' | 'orders.refund' | 'mail.send' | 'report.build' | 'report.limited' | 'report.killed';

export interface Celery extends System {
  /** danihodovic/celery-exporter (`prometheus-exporter-celery` at PyPI). */
  exporterUrl: string;
  /** Flower: its API, and `/metrics`. */
  flowerUrl: string;
  worker: Launched;
  /** Sends so many of each task. */
  send(counts: Partial<Record<CeleryTask, number>>): Promise<void>;
}

/**
 * Redis, a Celery worker with two processes (`python/runlane_tasks.py`), celery-exporter and Flower.
 * `stop()` ends them all; `url` is the broker's, `pid` the worker's.
 */
export async function startCelery(): Promise<Celery> {
  const started: System[] = [];
  const stop = () => stopAll([...started].reverse());
  try {
    const python = await installPython('celery');
    const broker = await startRedis();
    started.push(broker);
    const env = { ...python.env, RUNLANE_TEST_BROKER: broker.url };
    const [exporterPort, flowerPort] = [await freePort(), await freePort()];
    const app = ['-m', 'celery', '-A', 'runlane_tasks'];
    const keep = async (starting: Promise<Launched>) => {
      const system = await starting;
      started.push(system);
      return system;
    };
    // The observers first: they count only what they hear.
    const exporter = keep(
      launch({
        name: 'celery-exporter',
        command: python.command,
        args: [
          '-c',
          'from src.cli import cli; cli()',
          '--broker-url',
          broker.url,
          '--host',
          '127.0.0.1',
          '--port',
          String(exporterPort),
          '--queues',
          'orders',
        ],
        url: `http://127.0.0.1:${exporterPort}`,
        ready: '/metrics',
        env,
      })
    );
    const flower = keep(
      launch({
        name: 'Flower',
        command: python.command,
        args: [...app, 'flower', '--address=127.0.0.1', `--port=${flowerPort}`, '--purge_offline_workers=600'],
        url: `http://127.0.0.1:${flowerPort}`,
        ready: '/metrics',
        env: { ...env, FLOWER_UNAUTHENTICATED_API: 'true' },
      })
    );
    await Promise.all([exporter, flower]);
    const worker = await keep(
      launch({
        name: 'Celery worker',
        command: python.command,
        args: [
          ...app,
          'worker',
          '--concurrency=2',
          '--queues=orders',
          '--hostname=worker-1@test',
          '--loglevel=INFO',
          '-E',
        ],
        url: broker.url,
        ready: ({ said }) => /worker-1@test ready\./.test(said()),
        // Asked politely it would first finish what it runs.
        stopSignal: 'SIGKILL',
        env: { ...env, C_FORCE_ROOT: 'true' },
      })
    );
    return {
      url: broker.url,
      pid: worker.pid,
      exporterUrl: (await exporter).url,
      flowerUrl: (await flower).url,
      worker,
      send: async (counts) => {
        const list = Object.entries(counts).map(([task, count]) => `${task}=${count}`);
        await run(python.command, ['-m', 'runlane_tasks', ...list], { env: { ...process.env, ...env } });
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
