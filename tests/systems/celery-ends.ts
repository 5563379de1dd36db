import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { promisify } from 'node:util';
import { installPython } from './install';
import { launch, stopAll, temporaryFolder } from './system';
import type { Launched, System } from './system';

const run = promisify(execFile);

export interface WorkerOptions {
  name: string;
  queue?: string;
  concurrency?: number;
  /** Of its operating system. */
  zone?: string;
  /** Whether it is started with -E; as told by default. */
  events?: boolean;
  env?: Readonly<Record<string, string>>;
}

export interface CeleryEnds {
  /** Starts a worker, which is stopped with the rest. */
  startWorker(options: WorkerOptions): Promise<Launched>;
  /** Sends one task of every kind of end: name of the situation → id or ids. */
  sendOneOfEach(): Promise<Record<string, string | string[]>>;
  /** Runs Python with the application's names at hand; gives what it prints. */
  python(code: string): Promise<string>;
  env: Readonly<Record<string, string>>;
  command: string;
  stop(): Promise<void>;
}

/** Celery 5.7 workers of `python/celery_ends.py` on a broker that is there already. */
export async function useCelery(
  broker: string,
  { backend, env: more }: { backend?: string; env?: Readonly<Record<string, string>> } = {}
): Promise<CeleryEnds> {
  const { command, env: installed } = await installPython('flower');
  const folder = temporaryFolder('celery');
  const started: System[] = [];
  const env = {
    ...installed,
    RUNLANE_TEST_BROKER: broker,
    RUNLANE_TEST_FOLDER: folder,
    ...(backend !== undefined && { RUNLANE_TEST_BACKEND: backend }),
    C_FORCE_ROOT: 'true',
    TZ: 'UTC',
    ...more,
  };
  const python = async (args: string[]) => {
    const { stdout } = await run(command, args, { env: { ...process.env, ...env }, cwd: folder });
    return stdout.trim();
  };
  return {
    env,
    command,
    startWorker: async ({ name, queue = 'orders', concurrency = 4, zone = 'UTC', events = true, env: own }) => {
      const flags = [`--concurrency=${concurrency}`, `--queues=${queue}`, `--hostname=${name}`, '--loglevel=INFO'];
      const worker = await launch({
        name: `Celery worker ${name}`,
        command,
        args: ['-m', 'celery', '-A', 'celery_ends', 'worker', ...flags, ...(events ? ['-E'] : [])],
        url: broker,
        ready: ({ said }) => said().includes(`${name} ready.`),
        // Asked politely it would first finish what it runs.
        stopSignal: 'SIGKILL',
        env: { ...env, TZ: zone, ...own },
      });
      started.push(worker);
      return worker;
    },
    sendOneOfEach: async () => JSON.parse(await python(['-m', 'celery_ends'])) as Record<string, string | string[]>,
    python: (code) => python(['-c', `from celery_ends import *\n${code}`]),
    stop: async () => {
      await stopAll([...started].reverse());
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
