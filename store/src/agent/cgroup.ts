import { dirname, join, normalize } from 'node:path';
import type { Bytes } from '../../../src/model/units';
import { readText } from './process-tree';

/** What a control group accounts for. */
type Controller = 'memory' | 'cpu';

/** A control group as far as one controller is concerned. */
export interface Cgroup {
  version: 1 | 2;
  /** Where its files are: `/sys/fs/cgroup/system.slice/x.service`. */
  directory: string;
  /** Where the hierarchy is mounted: limits are looked for from `directory` up to here. */
  mount: string;
}

/** A limit of this or more is "none": v1 writes unlimited as the largest multiple of the page size. */
const NO_LIMIT = 2 ** 60;

/**
 * Finds the cgroup of a controller in `/proc/<pid>/cgroup` and `/proc/<pid>/mountinfo`. Version 2 (one `0::` line) is used
 * where it has the controller; a hybrid machine, where v2 is mounted without controllers, has it in v1.
 */
export function findCgroup(cgroupText: string, mountinfo: string, controller: Controller): Cgroup | undefined {
  const paths = new Map<string, string>();
  for (const line of cgroupText.split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    for (const name of (controllers ?? '').split(',')) {
      if (path !== undefined) {
        paths.set(name, path);
      }
    }
  }
  const v1 = paths.get(controller);
  const version = v1 === undefined ? 2 : 1;
  const path = v1 ?? paths.get('');
  const mount = path === undefined ? undefined : findMount(mountinfo, version === 2 ? undefined : controller);
  if (path === undefined || mount === undefined) {
    return undefined;
  }
  // In a container only a part of the hierarchy is mounted: `mount.root` is the path that appears as its top.
  const inside = mount.root !== '/' && path.startsWith(mount.root) ? path.slice(mount.root.length) : path;
  return {
    version,
    directory: normalize(join(mount.point, inside.replaceAll('/..', ''))).replace(/(.)\/$/, '$1'),
    mount: mount.point,
  };
}

/** Where version 1 of a controller is mounted; without one, version 2. */
function findMount(mountinfo: string, controller?: Controller): { point: string; root: string } | undefined {
  for (const line of mountinfo.split('\n')) {
    const [before, after] = line.split(' - ');
    const [, , , root, point] = before?.split(' ') ?? [];
    const [type, , options] = after?.split(' ') ?? [];
    const matches =
      controller === undefined ? type === 'cgroup2' : type === 'cgroup' && options?.split(',').includes(controller);
    if (matches && root !== undefined && point !== undefined) {
      return { root, point: point.replaceAll('\\040', ' ') };
    }
  }
  return undefined;
}

/** `oom_kill 3` in v2 `memory.events` and v1 `memory.oom_control` (since Linux 4.13). */
export function parseOomKills(text: string): number | undefined {
  const match = /^oom_kill (\d+)$/m.exec(text);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

export function parseLimit(text: string): Bytes | undefined {
  const value = Number(text.trim());
  return text.trim() === 'max' || !Number.isFinite(value) || value >= NO_LIMIT ? undefined : value;
}

/** `150000 100000` in v2 `cpu.max`: one and a half cores. */
export function parseCpuMax(text: string): number | undefined {
  const [quota, period] = text.trim().split(/\s+/);
  return quota === undefined || period === undefined ? undefined : coresOf(quota, period);
}

/** Quota and period in microseconds; `max` and -1 stand for no limit. */
function coresOf(quota: string, period: string): number | undefined {
  const cores = Number(quota) / Number(period);
  return cores > 0 && Number.isFinite(cores) ? cores : undefined;
}

export function readCgroup(pid: number | 'self', controller: Controller): Cgroup | undefined {
  const cgroups = readText(`/proc/${pid}/cgroup`);
  const mounts = cgroups === undefined ? undefined : readText('/proc/self/mountinfo');
  return cgroups === undefined || mounts === undefined ? undefined : findCgroup(cgroups, mounts, controller);
}

/** How many processes the kernel has killed for memory in this group (v2: and below it) since it was made. */
export function readOomKills(group: Cgroup): number | undefined {
  const text = readText(join(group.directory, group.version === 2 ? 'memory.events' : 'memory.oom_control'));
  return text === undefined ? undefined : parseOomKills(text);
}

/** The smallest memory limit that holds for the group: its own or one above it. */
export function readMemoryLimit(group: Cgroup): Bytes | undefined {
  return smallestUpwards(group, (directory) => {
    const text = readText(join(directory, group.version === 2 ? 'memory.max' : 'memory.limit_in_bytes'));
    return text === undefined ? undefined : parseLimit(text);
  });
}

/** The smallest CPU quota that holds for the group: its own or one above it. In cores. */
export function readCpuLimit(group: Cgroup): number | undefined {
  return smallestUpwards(group, (directory) => {
    if (group.version === 2) {
      const text = readText(join(directory, 'cpu.max'));
      return text === undefined ? undefined : parseCpuMax(text);
    }
    const quota = readText(join(directory, 'cpu.cfs_quota_us'));
    const period = readText(join(directory, 'cpu.cfs_period_us'));
    return quota === undefined || period === undefined ? undefined : coresOf(quota, period);
  });
}

function smallestUpwards(group: Cgroup, limitOf: (directory: string) => number | undefined): number | undefined {
  let smallest: number | undefined;
  for (let directory = group.directory; directory.startsWith(group.mount); directory = dirname(directory)) {
    const limit = limitOf(directory);
    if (limit !== undefined && (smallest === undefined || limit < smallest)) {
      smallest = limit;
    }
    if (directory === group.mount || directory === '/') {
      break;
    }
  }
  return smallest;
}

/** OOM kills on the whole machine, in a cgroup or not (`/proc/vmstat`, since Linux 4.13). */
export function readMachineOomKills(): number | undefined {
  return parseOomKills(readText('/proc/vmstat') ?? '');
}
