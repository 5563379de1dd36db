import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-ports';
import { installNode } from './install';
import { launch, stopAll, temporaryFolder } from './system';
import type { Launched } from './system';

const run = promisify(execFile);

/** `said()` is PM2's own log. */
export interface Pm2 extends Launched {
  /** PM2's command line: `control('restart', 'web')`. */
  control(...args: readonly string[]): Promise<void>;
  /** Starts a program that it does not know yet. */
  start(name: string, options: Pm2Program): Promise<void>;
  /** PM2_HOME. */
  home: string;
  /** Kills the daemon, which leaves its programs behind, and starts another with the first programs; calls `meanwhile` between the two. */
  restart(meanwhile: () => Promise<void>): Promise<void>;
}

export interface Pm2Program {
  /** JavaScript. */
  program: string;
  /** PM2's words: `{ max_restarts: 2 }`. */
  settings?: Readonly<Record<string, unknown>>;
}

/** A PM2 of its own, in the foreground, and the module pm2-metrics, whose metrics `url` has. It looks at memory every two seconds. */
export async function startPm2(programs: Readonly<Record<string, Pm2Program>>): Promise<Pm2> {
  const { folder: packages } = await installNode('pm2');
  const folder = temporaryFolder('pm2');
  const command = join(packages, 'pm2', 'bin', 'pm2');
  const env = { PM2_HOME: join(folder, 'home'), PM2_DISCRETE_MODE: 'true', PM2_WORKER_INTERVAL: '2000' };
  mkdirSync(env.PM2_HOME);
  const fileOf = (name: string, list: Readonly<Record<string, Pm2Program>>) => {
    const apps = Object.entries(list).map(([app, { program, settings }]) => {
      const script = join(folder, `${app}.cjs`);
      writeFileSync(script, program);
      return { name: app, script, ...settings };
    });
    const file = join(folder, `${name}.json`);
    writeFileSync(file, JSON.stringify({ apps }));
    return file;
  };
  const control: Pm2['control'] = async (...args) => {
    await run(process.execPath, [command, ...args], { cwd: folder, env: { ...process.env, ...env } });
  };
  const started: Launched[] = [];
  const names = Object.keys(programs);
  const startDaemon = () =>
    launch({
      name: 'PM2',
      command: process.execPath,
      args: [command, 'start', fileOf('first', programs), '--no-daemon'],
      url: 'pm2:daemon',
      ready: ({ said }) => names.every((name) => new RegExp(`App \\[${name}:\\d+\\] online`).test(said())),
      env,
    });
  const stop = async () => {
    await stopAll([...started].reverse());
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    let daemon = await startDaemon();
    started.push(daemon);
    const port = await freePort();
    const module = await launch({
      name: 'pm2-metrics',
      command: process.execPath,
      args: [join(packages, 'pm2-metrics', 'exporter.js')],
      url: `http://127.0.0.1:${port}`,
      ready: '/metrics',
      // Where PM2 puts a module's settings: JSON, under its name.
      env: { ...env, 'pm2-metrics': JSON.stringify({ host: '127.0.0.1', port }) },
    });
    started.push(module);
    return {
      url: module.url,
      get pid() {
        return daemon.pid;
      },
      said: () => daemon.said(),
      home: env.PM2_HOME,
      restart: async (meanwhile) => {
        process.kill(daemon.pid, 'SIGKILL');
        await daemon.stop();
        await meanwhile();
        daemon = await startDaemon();
        started.push(daemon);
      },
      control,
      start: (name, options) => control('start', fileOf(name, { [name]: options })),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
