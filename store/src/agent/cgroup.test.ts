import { findMemoryCgroup, parseLimit, parseOomKills } from './cgroup';

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
