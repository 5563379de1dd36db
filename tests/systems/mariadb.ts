import { execFile } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-ports';
import { installDebian } from './install';
import { launch, temporaryFolder } from './system';
import type { Launched } from './system';

const run = promisify(execFile);

export interface MariaDb extends Launched {
  port: number;
  /** Runs SQL as its root. */
  sql(text: string): Promise<string>;
}

/** Debian's MariaDB on an empty database, TCP on loopback only. `url` is for people: it speaks no HTTP. */
export async function startMariaDb(): Promise<MariaDb> {
  await installDebian({ '/usr/sbin/mariadbd': 'mariadb-server', '/usr/bin/mariadb-install-db': 'mariadb-server' });
  const folder = temporaryFolder('mariadb');
  const port = await freePort();
  const data = join(folder, 'data');
  const socket = join(folder, 'socket');
  const user = process.getuid?.() === 0 ? 'mysql' : undefined;
  if (user !== undefined) {
    await run('chown', [user, folder]);
  }
  chmodSync(folder, 0o755);
  const client = ['--no-defaults', `--socket=${socket}`, '--user=root', '--batch'];
  await run('mariadb-install-db', [
    '--no-defaults',
    `--datadir=${data}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    ...(user === undefined ? [] : [`--user=${user}`]),
  ]);
  const sql = async (text: string) => (await run('mariadb', [...client, '-e', text])).stdout;
  const system = await launch({
    name: 'MariaDB',
    command: '/usr/sbin/mariadbd',
    args: [
      '--no-defaults',
      `--datadir=${data}`,
      `--socket=${socket}`,
      `--pid-file=${join(folder, 'pid')}`,
      '--bind-address=127.0.0.1',
      `--port=${port}`,
      '--innodb-buffer-pool-size=32M',
      '--skip-log-bin',
    ],
    url: `mysql://127.0.0.1:${port}`,
    ready: async () => (await sql('SELECT 1')).includes('1'),
    folder,
    user,
  });
  return { ...system, port, sql };
}
