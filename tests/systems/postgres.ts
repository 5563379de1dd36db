import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Certificate } from './certificate';
import { freePort } from './free-ports';
import { installDebian } from './install';
import { launch, temporaryFolder } from './system';
import type { Launched } from './system';

const run = promisify(execFile);
const VERSIONS = '/usr/lib/postgresql';

export interface PostgresOptions {
  /** Of the user `postgres`; with it everybody needs one. */
  password?: string;
  /** It speaks TLS as well. */
  certificate?: Certificate;
}

/** Debian's PostgreSQL on an empty cluster, TCP on loopback only. `url` is for SQLAlchemy: it speaks no HTTP. */
export async function startPostgres({ password, certificate }: PostgresOptions = {}): Promise<Launched> {
  const folder = temporaryFolder('postgres');
  const bin = await findPrograms();
  const port = await freePort();
  const data = join(folder, 'data');
  // It refuses to be root.
  const user = process.getuid?.() === 0 ? 'postgres' : undefined;
  const as = user === undefined ? [] : ['--reuid', user, '--regid', user, '--clear-groups', '--'];
  if (user !== undefined) {
    await run('chown', [user, folder]);
  }
  const secret = join(folder, 'password');
  if (password !== undefined) {
    writeFileSync(secret, password, { mode: 0o644 });
  }
  const login = password === undefined ? ['-A', 'trust'] : ['-A', 'scram-sha-256', '--pwfile', secret];
  const initdb = [join(bin, 'initdb'), '-D', data, '-U', 'postgres', ...login, '-E', 'UTF8', '--no-sync'];
  await run('setpriv', [...as, ...initdb], { cwd: folder });
  const tls = certificate === undefined ? [] : await copyFor(user, certificate, folder);
  return launch({
    name: 'PostgreSQL',
    command: join(bin, 'postgres'),
    args: ['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', folder, '-c', 'fsync=off', ...tls],
    url: `postgresql+psycopg2://postgres@127.0.0.1:${port}/postgres`,
    ready: ({ said }) => said().includes('ready to accept connections'),
    folder,
    user,
    // Fast: open sessions are ended.
    stopSignal: 'SIGINT',
  });
}

/** It reads no key that others may read, or that is not its own. */
async function copyFor(
  user: string | undefined,
  { certFile, keyFile }: Certificate,
  folder: string
): Promise<string[]> {
  const [cert, key] = [join(folder, 'server.crt'), join(folder, 'server.key')];
  copyFileSync(certFile, cert);
  copyFileSync(keyFile, key);
  await run('chmod', ['600', key]);
  if (user !== undefined) {
    await run('chown', [user, cert, key]);
  }
  return ['-c', 'ssl=on', '-c', `ssl_cert_file=${cert}`, '-c', `ssl_key_file=${key}`];
}

/** The newest version's folder of programs. */
async function findPrograms(): Promise<string> {
  const newest = () =>
    (existsSync(VERSIONS) ? readdirSync(VERSIONS) : [])
      .sort((a, b) => Number(b) - Number(a))
      .map((version) => join(VERSIONS, version, 'bin'))
      .find((bin) => existsSync(join(bin, 'postgres')));
  if (newest() === undefined) {
    await installDebian({ [`${VERSIONS}/postgres`]: 'postgresql' });
  }
  const found = newest();
  if (found === undefined) {
    throw new Error(`No PostgreSQL below ${VERSIONS} after its package was installed.`);
  }
  return found;
}
