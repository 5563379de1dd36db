import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findCgroup, parseCpuMax, parseLimit, parseOomKills, readCpuLimit, readMemoryLimit } from './cgroup';

const findMemoryCgroup = (cgroups: string, mounts: string) => findCgroup(cgroups, mounts, 'memory');

const MOUNTS_V2 = '30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n';
const MOUNTS_HYBRID =
  '36 32 0:29 / /sys/fs/cgroup/memory rw,relatime shared:15 - cgroup cgroup rw,memory\n' +
  '37 32 0:30 / /sys/fs/cgroup/cpu,cpuacct rw shared:16 - cgroup cgroup rw,cpu,cpuacct\n' +
  '38 32 0:31 / /sys/fs/cgroup/unified rw shared:17 - cgroup2 cgroup2 rw\n';
const MOUNTS_CONTAINER =
  '900 800 0:29 /docker/abc /sys/fs/cgroup/memory ro,relatime master:15 - cgroup cgroup rw,memory\n';

it('finds the group of a unified machine', () => {
  expect(findMemoryCgroup('0::/system.slice/cron.service\n', MOUNTS_V2)).toEqual({
    version: 2,
    directory: '/sys/fs/cgroup/system.slice/cron.service',
    mount: '/sys/fs/cgroup',
  });
  expect(findMemoryCgroup('0::/\n', MOUNTS_V2)?.directory).toBe('/sys/fs/cgroup');
});

it('takes version 1 where that is what accounts for memory', () => {
  const cgroups = '5:cpu,cpuacct:/a\n4:memory:/jobs/7\n0::/jobs\n';
  expect(findMemoryCgroup(cgroups, MOUNTS_HYBRID)).toEqual({
    version: 1,
    directory: '/sys/fs/cgroup/memory/jobs/7',
    mount: '/sys/fs/cgroup/memory',
  });
});

it('finds its place in a container, where only a part of the hierarchy is mounted', () => {
  expect(findMemoryCgroup('4:memory:/docker/abc/task\n', MOUNTS_CONTAINER)?.directory).toBe(
    '/sys/fs/cgroup/memory/task'
  );
  expect(findMemoryCgroup('0::/../other\n', MOUNTS_V2)?.directory).toBe('/sys/fs/cgroup/other');
});

it.each([
  ['', MOUNTS_V2],
  ['0::/\n', ''],
  ['nonsense', 'nonsense'],
])('finds none in %p', (cgroups, mounts) => {
  expect(findMemoryCgroup(cgroups, mounts)).toBeUndefined();
});

it('reads the counters and limits of both versions', () => {
  expect(parseOomKills('low 0\nhigh 0\nmax 12\noom 2\noom_kill 2\noom_group_kill 0\n')).toBe(2);
  expect(parseOomKills('oom_kill_disable 0\nunder_oom 0\noom_kill 1\n')).toBe(1);
  expect(parseOomKills('oom_kill_disable 0\nunder_oom 0\n')).toBeUndefined();
  expect(parseLimit('max\n')).toBeUndefined();
  expect(parseLimit('9223372036854771712\n')).toBeUndefined();
  expect(parseLimit('536870912\n')).toBe(536870912);
});

it('finds the group of the CPU where that is another', () => {
  const cgroups = '5:cpu,cpuacct:/a/b\n4:memory:/jobs/7\n0::/jobs\n';
  expect(findCgroup(cgroups, MOUNTS_HYBRID, 'cpu')).toEqual({
    version: 1,
    directory: '/sys/fs/cgroup/cpu,cpuacct/a/b',
    mount: '/sys/fs/cgroup/cpu,cpuacct',
  });
  expect(findCgroup('0::/x\n', MOUNTS_V2, 'cpu')?.directory).toBe('/sys/fs/cgroup/x');
});

it('reads CPU quotas', () => {
  expect(parseCpuMax('150000 100000\n')).toBe(1.5);
  expect(parseCpuMax('max 100000\n')).toBeUndefined();
  expect(parseCpuMax('nonsense')).toBeUndefined();
});

it('takes the smallest limit on the way up, of both versions', () => {
  const mount = mkdtempSync(join(tmpdir(), 'runlane-cgroup-'));
  const directory = join(mount, 'a', 'b');
  mkdirSync(directory, { recursive: true });
  const write = (path: string, text: string) => writeFileSync(join(mount, path), text);
  write('a/b/memory.max', 'max\n');
  write('a/memory.max', '5000\n');
  write('memory.max', '9000\n');
  write('a/b/cpu.max', '200000 100000\n');
  write('a/cpu.max', '50000 100000\n');
  write('a/b/memory.limit_in_bytes', '9223372036854771712\n');
  write('a/memory.limit_in_bytes', '7000\n');
  write('a/b/cpu.cfs_quota_us', '-1\n');
  write('a/b/cpu.cfs_period_us', '100000\n');
  write('a/cpu.cfs_quota_us', '250000\n');
  write('a/cpu.cfs_period_us', '100000\n');
  try {
    expect(readMemoryLimit({ version: 2, directory, mount })).toBe(5000);
    expect(readCpuLimit({ version: 2, directory, mount })).toBe(0.5);
    expect(readMemoryLimit({ version: 1, directory, mount })).toBe(7000);
    expect(readCpuLimit({ version: 1, directory, mount })).toBe(2.5);
    expect(readCpuLimit({ version: 1, directory: mount, mount })).toBeUndefined();
  } finally {
    rmSync(mount, { recursive: true });
  }
});
