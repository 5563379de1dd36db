import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
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
}

/**
 * Supervisor. `url` is where its XML-RPC answers.
 * @param programs name → settings of its section: `{ command: 'sleep 9', autostart: 'false' }`
 */
export async function startSupervisor({
  programs,
}: {
  programs: Readonly<Record<string, Readonly<Record<string, string>>>>;
}): Promise<Supervisor> {
  const python = await installPython('supervisor');
  const folder = temporaryFolder('supervisor');
  const address = `127.0.0.1:${await freePort()}`;
  const file = join(folder, 'supervisord.conf');
  const sections: ReadonlyArray<readonly [name: string, settings: Readonly<Record<string, string>>]> = [
    ['inet_http_server', { port: address }],
    [
      'supervisord',
      {
        nodaemon: 'true',
        user: 'root',
        logfile: '/dev/null',
        logfile_maxbytes: '0',
        pidfile: join(folder, 'supervisord.pid'),
        childlogdir: folder,
      },
    ],
    [
      'rpcinterface:supervisor',
      { 'supervisor.rpcinterface_factory': 'supervisor.rpcinterface:make_main_rpcinterface' },
    ],
    ...Object.entries(programs).map(([name, settings]) => [`program:${name}`, settings] as const),
  ];
  const lines = sections.flatMap(([name, settings]) => [
    `[${name}]`,
    ...Object.entries(settings).map(([key, value]) => `${key}=${value}`),
  ]);
  writeFileSync(file, `${lines.join('\n')}\n`);
  const url = `http://${address}/RPC2`;
  const system = await launch({
    name: 'Supervisor',
    command: python.command,
    args: ['-m', 'supervisor.supervisord', '-c', file],
    url,
    ready: async () => (await fetch(`http://${address}/`)).ok,
    folder,
    env: python.env,
  });
  return {
    ...system,
    control: async (...args) => {
      const command = ['-m', 'supervisor.supervisorctl', '-s', `http://${address}`, ...args];
      await run(python.command, command, { env: { ...process.env, ...python.env } });
    },
  };
}
