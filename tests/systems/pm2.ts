import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
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
}

export interface Pm2Program {
  /** JavaScript. */
  program: string;
  /** PM2's words: `{ max_restarts: 2 }`. */
  settings?: Readonly<Record<string, number | string>>;
}

/** A PM2 of its own, in the foreground, and the module pm2-metrics, whose metrics `url` has. */
export async function startPm2(programs: Readonly<Record<string, Pm2Program>>): Promise<Pm2> {
  const { folder: packages } = await installNode('pm2');
  const folder = temporaryFolder('pm2');
  const command = join(packages, 'pm2', 'bin', 'pm2');
  const env = { PM2_HOME: join(folder, 'home'), PM2_DISCRETE_MODE: 'true' };
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
  const stop = () => stopAll([...started].reverse());
  try {
    const names = Object.keys(programs);
    const daemon = await launch({
      name: 'PM2',
      command: process.execPath,
      args: [command, 'start', fileOf('first', programs), '--no-daemon'],
      url: 'pm2:daemon',
      ready: ({ said }) => names.every((name) => new RegExp(`App \\[${name}:\\d+\\] online`).test(said())),
      folder,
      env,
    });
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
      pid: daemon.pid,
      said: daemon.said,
      control,
      start: (name, options) => control('start', fileOf(name, { [name]: options })),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
