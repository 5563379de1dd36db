import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from './eventually';
import { installDebian } from './install';
import { launch, temporaryFolder } from './system';
import type { Launched } from './system';

const run = promisify(execFile);
const SYSTEMD = '/lib/systemd/systemd';

export interface Systemd extends Launched {
  /** `systemctl` of it: `control('start', 'web.service')`. */
  control(...args: readonly string[]): Promise<string>;
  /** A folder with `systemctl` and `journalctl` that ask it, for a PATH. */
  programs: string;
}

/**
 * A systemd of its own as PID 1 of namespaces of its own, which takes root with CAP_SYS_ADMIN: it sees no process, mount or control
 * group but its own, loads no unit but these and its journal's, and ends with its namespace.
 *
 * @param units name → contents: `{ 'web.service': '[Service]\nExecStart=…' }`
 */
export async function startSystemd(units: Readonly<Record<string, string>>): Promise<Systemd> {
  await installDebian({ [SYSTEMD]: 'systemd', '/usr/bin/unshare': 'util-linux' });
  const folder = temporaryFolder('systemd');
  const unitFolder = join(folder, 'units');
  const programs = join(folder, 'programs');
  const group = ownGroup();
  [unitFolder, programs, group.path].forEach((path) => mkdirSync(path));
  const files: Readonly<Record<string, string>> = { ...JOURNAL, ...units };
  Object.entries(files).forEach(([name, text]) => writeFileSync(join(unitFolder, name), text));
  const conf = join(folder, 'journald.conf');
  writeFileSync(conf, '[Journal]\nStorage=volatile\nAudit=no\nReadKMsg=no\n');
  const pidFile = join(folder, 'pid');
  const boot = join(folder, 'boot.sh');
  writeFileSync(
    boot,
    `set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd /run/lock
mount -t cgroup2 none /sys/fs/cgroup
mount --bind ${conf} /etc/systemd/journald.conf
export container=other SYSTEMD_UNIT_PATH=${unitFolder}
exec ${SYSTEMD} --system --unit=default.target --log-target=journal --show-status=no
`
  );
  const namespaces = [
    '--pid',
    '--fork',
    '--mount',
    '--uts',
    '--ipc',
    '--cgroup',
    '--kill-child=SIGKILL',
    '--mount-proc',
  ];
  // In a control group of its own before the namespace begins there.
  const start = `echo $$ > ${join(group.path, 'cgroup.procs')}; exec unshare ${namespaces.join(' ')} sh ${boot}`;
  const enter = async () => {
    const { stdout } = await run('pgrep', ['-P', readFileSync(pidFile, 'utf8').trim()]);
    return stdout.trim();
  };
  let inner = '';
  const ask = async (program: string, args: readonly string[]) =>
    (await run('nsenter', ['-t', inner, '-a', program, ...args], { timeout: 30_000 })).stdout.trim();
  let system: Launched;
  try {
    system = await launch({
      name: 'systemd',
      command: 'sh',
      args: ['-c', `echo $$ > ${pidFile}; ${start}`],
      url: 'systemd:namespace',
      ready: async () => {
        inner = await enter();
        return (await ask('systemctl', ['is-active', 'systemd-journald.service'])) === 'active';
      },
      stopSignal: 'SIGKILL',
    });
  } catch (error) {
    await group.remove();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  for (const program of ['systemctl', 'journalctl']) {
    const file = join(programs, program);
    writeFileSync(file, `#!/bin/sh\nexec nsenter -t ${inner} -a /usr/bin/${program} "$@"\n`);
    chmodSync(file, 0o755);
  }
  return {
    ...system,
    programs,
    control: (...args) => ask('systemctl', args),
    stop: async () => {
      await system.stop();
      await group.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** systemd's own units of its journal, as far as they are needed. */
const JOURNAL: Readonly<Record<string, string>> = {
  'default.target': '[Unit]\nWants=systemd-journald.socket systemd-journald-dev-log.socket systemd-journald.service\n',
  'systemd-journald.socket':
    '[Unit]\nDefaultDependencies=no\n[Socket]\nListenStream=/run/systemd/journal/stdout\nListenDatagram=/run/systemd/journal/socket\nPassCredentials=yes\nPassSecurity=yes\nReceiveBuffer=8M\nService=systemd-journald.service\n',
  'systemd-journald-dev-log.socket':
    '[Unit]\nDefaultDependencies=no\n[Socket]\nListenDatagram=/run/systemd/journal/dev-log\nPassCredentials=yes\nService=systemd-journald.service\n',
  'systemd-journald.service':
    '[Unit]\nDefaultDependencies=no\nRequires=systemd-journald.socket\nAfter=systemd-journald.socket systemd-journald-dev-log.socket\n[Service]\nType=notify\nExecStart=/lib/systemd/systemd-journald\nStandardOutput=null\nSockets=systemd-journald.socket systemd-journald-dev-log.socket\nFileDescriptorStoreMax=4224\nRuntimeDirectory=systemd/journal\nRuntimeDirectoryPreserve=yes\n',
};

/** A control group below the root of the second version, where this machine has that. */
function ownGroup(): { path: string; remove(): Promise<void> } {
  const root = /^\S+ (\S+) cgroup2 /m.exec(readFileSync('/proc/mounts', 'utf8'))?.[1];
  if (root === undefined) {
    throw new Error(
      'There is no cgroup2 on this machine, in which systemd could be started. Mount it: mount -t cgroup2 none /sys/fs/cgroup'
    );
  }
  const path = join(root, `runlane-systemd-${process.pid}-${Date.now()}`);
  return { path, remove: () => removeGroup(path) };
}

/** Once its processes have ended, which a killed namespace takes a moment for. */
async function removeGroup(path: string): Promise<void> {
  await eventually('the control groups of systemd to be empty', () => {
    [...childGroups(path).reverse(), path].forEach((group) => rmdirSync(group));
    return true;
  });
}

function childGroups(path: string): string[] {
  const folders = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.flatMap(({ name }) => [join(path, name), ...childGroups(join(path, name))]);
}
