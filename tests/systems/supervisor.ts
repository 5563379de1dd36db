import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-ports';
import { installPython } from './install';
import { launch, temporaryFolder } from './system';
import type { Launched } from './system';

const run = promisify(execFile);

export interface Supervisor extends Launched {
  /** `supervisorctl`: `control('start', 'web')`. Its failures (a program that does not start) are the caller's to see. */
  control(...args: readonly string[]): Promise<void>;
  /** Kills supervisord, which leaves its programs behind, and starts another one; calls `meanwhile` between the two. */
  restart(meanwhile: () => Promise<void>): Promise<void>;
  /** Of its unix socket. */
  socket: string;
}

/** Of both servers of each Supervisor here. */
export const SUPERVISOR_USER = { user: 'ops', password: 'let me in' };

/**
 * Supervisor. `url` is where its XML-RPC answers.
 * @param isProtected its servers ask for `SUPERVISOR_USER`
 * @param timeZone of its log
 * @param programs name → settings of its section: `{ command: 'sleep 9', autostart: 'false' }`
 */
export async function startSupervisor({
  programs,
  groups = {},
  isProtected = false,
  timeZone = 'UTC',
}: {
  programs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Name → programs of it: `{ site: 'web,mailer' }`. */
  groups?: Readonly<Record<string, string>>;
  isProtected?: boolean;
  timeZone?: string;
}): Promise<Supervisor> {
  const python = await installPython('supervisor');
  const folder = temporaryFolder('supervisor');
  const address = `127.0.0.1:${await freePort()}`;
  const file = join(folder, 'supervisord.conf');
  const socket = join(folder, 'supervisor.sock');
  const { user, password } = SUPERVISOR_USER;
  const users: Readonly<Record<string, string>> = isProtected ? { username: user, password } : {};
  const sections: ReadonlyArray<readonly [name: string, settings: Readonly<Record<string, string>>]> = [
    ['inet_http_server', { port: address, ...users }],
    ['unix_http_server', { file: socket, ...users }],
    [
      'supervisord',
      {
        nodaemon: 'true',
        user: 'root',
        logfile: join(folder, 'main.log'),
        pidfile: join(folder, 'supervisord.pid'),
        childlogdir: folder,
      },
    ],
    [
      'rpcinterface:supervisor',
      { 'supervisor.rpcinterface_factory': 'supervisor.rpcinterface:make_main_rpcinterface' },
    ],
    ...Object.entries(programs).map(([name, settings]) => [`program:${name}`, settings] as const),
    ...Object.entries(groups).map(([name, members]) => [`group:${name}`, { programs: members }] as const),
  ];
  const lines = sections.flatMap(([name, settings]) => [
    `[${name}]`,
    ...Object.entries(settings).map(([key, value]) => `${key}=${value}`),
  ]);
  writeFileSync(file, `${lines.join('\n')}\n`);
  const url = `http://${address}/RPC2`;
  const start = () =>
    launch({
      name: 'Supervisor',
      command: python.command,
      args: ['-m', 'supervisor.supervisord', '-c', file],
      url,
      ready: async () => (await fetch(`http://${address}/`)).status !== 500,
      env: { ...python.env, TZ: timeZone },
    });
  let system = await start();
  return {
    url,
    socket,
    get pid() {
      return system.pid;
    },
    said: () => system.said(),
    control: async (...args) => {
      const login = isProtected ? ['-u', user, '-p', password] : [];
      const command = ['-m', 'supervisor.supervisorctl', '-s', `http://${address}`, ...login, ...args];
      await run(python.command, command, { env: { ...process.env, ...python.env } });
    },
    restart: async (meanwhile) => {
      process.kill(system.pid, 'SIGKILL');
      await system.stop();
      await meanwhile();
      system = await start();
    },
    stop: async () => {
      await system.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
