// PostgreSQL 15 of the distribution, in a cluster of its own on loopback: installed when missing, stopped by process id.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from '../store-process.mjs';

const BIN = '/usr/lib/postgresql/15/bin';

function install() {
  if (existsSync(join(BIN, 'postgres'))) {
    return;
  }
  const apt = (...args) =>
    execFileSync('apt-get', ['-o', 'DPkg::Lock::Timeout=900', '-qq', ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  apt('update');
  // Without this file the package would start a cluster of its own.
  execFileSync('mkdir', ['-p', '/etc/postgresql-common']);
  execFileSync('sh', ['-c', 'grep -qs "create_main_cluster = false" /etc/postgresql-common/createcluster.conf || echo "create_main_cluster = false" >> /etc/postgresql-common/createcluster.conf']);
  apt('install', '-y', '--no-install-recommends', 'postgresql-15');
}

/** Starts a fresh cluster; `client` is connected to it. PostgreSQL refuses to run as root, so it runs as `postgres`. */
export async function startPostgres() {
  install();
  const folder = mkdtempSync(join(tmpdir(), 'runlane-pg-'));
  const asRoot = process.getuid() === 0;
  const ids = asRoot ? identity('postgres') : {};
  if (asRoot) {
    chownSync(folder, ids.uid, ids.gid);
  }
  chmodSync(folder, 0o700);
  const options = { ...ids, stdio: ['ignore', 'ignore', 'pipe'], cwd: folder };
  execFileSync(join(BIN, 'initdb'), ['-D', folder, '-U', 'bench', '-A', 'trust', '--no-sync'], options);
  const port = await freePort();
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    shared_buffers: '2GB',
    work_mem: '64MB',
    jit: 'off',
    synchronous_commit: 'on',
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawn(join(BIN, 'postgres'), ['-D', folder, ...flags], options);
  let said = '';
  server.stderr.on('data', (chunk) => (said = (said + chunk).slice(-2000)));
  const stop = async () => {
    await client?.end().catch(() => undefined);
    const gone = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGINT');
    await gone;
    rmSync(folder, { recursive: true, force: true });
  };
  let client;
  for (let tries = 0; ; tries++) {
    client = new pg.Client({ host: '127.0.0.1', port, user: 'bench', database: 'postgres' });
    try {
      await client.connect();
      break;
    } catch (error) {
      if (tries > 100) {
        await stop();
        throw new Error(`PostgreSQL did not start: ${said}`, { cause: error });
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  return { client, folder, stop };
}

function identity(name) {
  const line = readFileSync('/etc/passwd', 'utf8').split('\n').find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line.split(':');
  return { uid: Number(uid), gid: Number(gid) };
}
