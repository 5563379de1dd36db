import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { freePort } from './free-ports';
import { installPython } from './install';
import { startRedis } from './redis';
import { launch, stopAll } from './system';
import type { Launched, System } from './system';

const run = promisify(execFile);

export interface Flower extends System {
  /** Four processes, in UTC as Flower. */
  worker: Launched;
  /** One process, in Shanghai; queue `far`. */
  farWorker: Launched;
  /** Ends Flower and begins it anew at the same address; it has forgotten everything. Not the workers, not the broker. */
  restartFlower(meanwhile?: () => Promise<void>): Promise<void>;
  /** Sends one task of every kind of end, wait and run: name of the situation → id or ids. */
  sendOneOfEach(): Promise<Record<string, string | string[]>>;
  /** Runs Python with the application's names at hand; gives what it prints. */
  python(code: string): Promise<string>;
}

/** Redis, two Celery workers (`python/flower_tasks.py`) and the Flower that watches them. `stop()` ends them all. */
export async function startFlower(): Promise<Flower> {
  const started: System[] = [];
  const stop = () => stopAll([...started].reverse());
  const keep = async (starting: Promise<Launched>) => {
    const system = await starting;
    started.push(system);
    return system;
  };
  try {
    const { command, env: installed } = await installPython('flower');
    const broker = await startRedis();
    started.push(broker);
    const env = { ...installed, RUNLANE_TEST_BROKER: broker.url, C_FORCE_ROOT: 'true', TZ: 'UTC' };
    const app = ['-m', 'celery', '-A', 'flower_tasks'];
    const port = await freePort();
    // The observer first: it knows only what it hears.
    const launchFlower = () =>
      keep(
        launch({
          name: 'Flower',
          command,
          args: [...app, 'flower', '--address=127.0.0.1', `--port=${port}`],
          url: `http://127.0.0.1:${port}`,
          ready: '/healthcheck',
          env: { ...env, FLOWER_UNAUTHENTICATED_API: 'true' },
        })
      );
    let flower = await launchFlower();
    const startWorker = (name: string, queue: string, concurrency: number, zone: string) =>
      keep(
        launch({
          name: `Celery worker ${name}`,
          command,
          args: [...app, 'worker', `--concurrency=${concurrency}`, `--queues=${queue}`, `--hostname=${name}`, '-E'],
          url: broker.url,
          ready: async () => {
            const response = await fetch(`${flower.url}/api/workers?status=true`);
            return ((await response.json()) as Record<string, boolean>)[name] === true;
          },
          // Asked politely it would first finish what it runs.
          stopSignal: 'SIGKILL',
          env: { ...env, TZ: zone },
        })
      );
    const worker = await startWorker('worker-1@test', 'orders', 4, 'UTC');
    const farWorker = await startWorker('worker-2@far', 'far', 1, 'Asia/Shanghai');
    const python = async (args: string[]) =>
      (await run(command, args, { env: { ...process.env, ...env } })).stdout.trim();
    return {
      url: flower.url,
      pid: flower.pid,
      worker,
      farWorker,
      restartFlower: async (meanwhile = async () => undefined) => {
        await flower.stop();
        await meanwhile();
        flower = await launchFlower();
      },
      sendOneOfEach: async () => JSON.parse(await python(['-m', 'flower_tasks'])) as Record<string, string | string[]>,
      python: (code) => python(['-c', `from flower_tasks import *\n${code}`]),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
