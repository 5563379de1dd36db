import { dirname, join, normalize } from 'node:path';
import type { Bytes } from '../../../src/model/units';
import { readText } from './process-tree';

/** A control group that accounts for memory. */
export interface MemoryCgroup {
  version: 1 | 2;
  /** Where its files are: `/sys/fs/cgroup/system.slice/x.service`. */
  directory: string;
  /** Where the hierarchy is mounted: limits are looked for from `directory` up to here. */
  mount: string;
}

/** A limit of this or more is "none": v1 writes unlimited as the largest multiple of the page size. */
const NO_LIMIT = 2 ** 60;

/**
 * Finds the memory cgroup in `/proc/<pid>/cgroup` and `/proc/<pid>/mountinfo`. Version 2 (one `0::` line) is used where
 * it accounts for memory; a hybrid machine, where v2 is mounted without controllers, has it in v1.
 */
export function findMemoryCgroup(cgroupText: string, mountinfo: string): MemoryCgroup | undefined {
  const paths = new Map<string, string>();
  for (const line of cgroupText.split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    for (const controller of (controllers ?? '').split(',')) {
      if (path !== undefined) {
        paths.set(controller, path);
      }
    }
  }
  const v1 = paths.get('memory');
  const version = v1 === undefined ? 2 : 1;
  const path = v1 ?? paths.get('');
  const mount = path === undefined ? undefined : findMount(mountinfo, version);
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

function findMount(mountinfo: string, version: 1 | 2): { point: string; root: string } | undefined {
  for (const line of mountinfo.split('\n')) {
    const [before, after] = line.split(' - ');
    const [, , , root, point] = before?.split(' ') ?? [];
    const [type, , options] = after?.split(' ') ?? [];
    const matches = version === 2 ? type === 'cgroup2' : type === 'cgroup' && options?.split(',').includes('memory');
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

export function readMemoryCgroup(pid: number | 'self'): MemoryCgroup | undefined {
  const cgroups = readText(`/proc/${pid}/cgroup`);
  const mounts = cgroups === undefined ? undefined : readText('/proc/self/mountinfo');
  return cgroups === undefined || mounts === undefined ? undefined : findMemoryCgroup(cgroups, mounts);
}

/** How many processes the kernel has killed for memory in this group (v2: and below it) since it was made. */
export function readOomKills(group: MemoryCgroup): number | undefined {
  const text = readText(join(group.directory, group.version === 2 ? 'memory.events' : 'memory.oom_control'));
  return text === undefined ? undefined : parseOomKills(text);
}

/** The smallest limit that holds for the group: its own or one above it. */
export function readMemoryLimit(group: MemoryCgroup): Bytes | undefined {
  let smallest: Bytes | undefined;
  for (let directory = group.directory; directory.startsWith(group.mount); directory = dirname(directory)) {
    const text = readText(join(directory, group.version === 2 ? 'memory.max' : 'memory.limit_in_bytes'));
    const limit = text === undefined ? undefined : parseLimit(text);
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
