import type { Bytes, CpuSeconds } from '../../../src/model/units';
import { readCgroup, readCpuLimit, readMachineOomKills, readMemoryLimit, readOomKills, type Cgroup } from './cgroup';
import {
  descendants,
  parseAddressSpaceLimit,
  parseMemory,
  hasEnded,
  processKey,
  readAllStats,
  readProcessFile,
  readStat,
  ticksToSeconds,
  type ProcStat,
} from './process-tree';

/** The most that a tree may use, as far as there are limits. */
export interface TreeLimits {
  /**
   * The smallest limit of its cgroups, or the `ulimit -v` of the process that holds nearly all of its memory: that one is
   * per process, and says nothing about a tree of many.
   */
  memoryLimitBytes?: Bytes;
  /** The smallest CPU quota of its cgroups. */
  cpuLimitCores?: number;
}

/** CPU and memory of a process and everything that descends from it, at one instant. */
export interface TreeSample extends TreeLimits {
  /** Used so far, also by processes that have ended. */
  cpuSeconds?: CpuSeconds;
  /** Summed over the processes; pages that several share count for each of them. */
  rssBytes?: Bytes;
  processes: number;
}

/** What was learnt by the end; limits as they were seen last. */
export interface TreeTotal extends TreeLimits {
  cpuSeconds?: CpuSeconds;
  /** The largest sum seen in a sample, or the largest peak of a single process where that is more. */
  peakRssBytes?: Bytes;
  /** Processes of the tree that are still alive. */
  survivors: number;
  memory: MemoryFacts;
}

/** Everything that tells whether memory ran out. */
export interface MemoryFacts {
  /** OOM kills that the kernel counted during the run, per cgroup of the tree. */
  oomKills: Array<{
    cgroup: string;
    count: number;
    /** Others ran in it too: the agent itself at least. */ shared: boolean;
  }>;
  /** The same for the whole machine. */
  machineOomKills?: number;
  cgroupLimitBytes?: Bytes;
  /** `ulimit -v` */
  addressSpaceLimitBytes?: Bytes;
  peakAddressSpaceBytes?: Bytes;
  peakRssBytes?: Bytes;
}

export interface TreeMeter {
  sample(): Promise<TreeSample>;
  /** A cheap look at the processes that are known, so that the peak of a short run is not missed between two samples. */
  peek(): void;
  /** The processes of the tree that are alive now, root first where it is. */
  pids(): Promise<number[]>;
  /** Call it when the root is gone (and reaped, where it was our child). */
  end(): Promise<TreeTotal>;
}

/** The kernel's own accounting is read for this many processes of a tree; more are summed up but not looked into. */
const LOOK_INTO = 64;
/** A process with this share of the tree's memory is the one that a limit per process is about. */
const NEARLY_ALL = 0.8;

interface Seen {
  stat: ProcStat;
  /** Whether its parent, who gets its CPU time at the end, belongs to the tree. */
  inherited: boolean;
}

/**
 * Measures a tree through `/proc`. Without a subreaper a process that is left by its parent goes to init; it is
 * followed because it was seen before, or because it carries `marker` in its environment.
 *
 * CPU time is `Σ (own + reaped)` over the live processes: what a process has reaped has vanished from `/proc` in the same instant,
 * so nothing counts twice. What init reaps is remembered as it was last seen.
 */
export function createTreeMeter(rootPid: number, options: { ownChild: boolean; marker?: string }): TreeMeter {
  let seen = new Map<string, Seen>();
  /** Looked at, and not ours. */
  let strangers = new Set<string>();
  const groups = new Map<string, { group: Cgroup; before: number; shared: boolean }>();
  const groupOf = new Map<number, string>();
  const machineBefore = readMachineOomKills();
  const reapedBefore = readStat('self')?.reapedTicks ?? 0;
  const self = process.pid;
  let reapedElsewhere = 0;
  let cpuTicks = 0;
  let peakRss: Bytes | undefined;
  /** By the text of `/proc/<pid>/cgroup`. */
  const groupLimits = new Map<string, TreeLimits>();
  let limits: TreeLimits = {};
  let memory: Pick<MemoryFacts, 'addressSpaceLimitBytes' | 'peakAddressSpaceBytes'> = {};
  let rootStart: number | undefined;

  const ownGroup = readCgroup('self', 'memory');
  noteGroup(ownGroup, true);
  if (!options.ownChild) {
    noteGroup(readCgroup(rootPid, 'memory'), true);
  }

  function noteGroup(group: Cgroup | undefined, shared: boolean): void {
    if (group !== undefined && !groups.has(group.directory)) {
      const before = readOomKills(group);
      if (before !== undefined) {
        groups.set(group.directory, { group, before, shared });
      }
    }
  }

  function members(): ProcStat[] {
    const all = readAllStats();
    rootStart ??= all.find((stat) => stat.pid === rootPid)?.startTicks;
    const roots = new Set<number>();
    for (const stat of all) {
      const key = processKey(stat);
      if ((stat.pid === rootPid && stat.startTicks === rootStart) || seen.has(key)) {
        roots.add(stat.pid);
      }
    }
    const found = descendants(all, roots);
    const strays = options.marker === undefined ? [] : findStrays(all, new Set(found.map((stat) => stat.pid)));
    return strays.length === 0 ? found : descendants(all, new Set([...roots, ...strays]));
  }

  function findStrays(all: ProcStat[], known: ReadonlySet<number>): number[] {
    const strays: number[] = [];
    const still = new Set<string>();
    for (const stat of all) {
      const key = processKey(stat);
      const young = rootStart !== undefined && stat.startTicks >= rootStart;
      if (young && stat.pid !== self && !known.has(stat.pid)) {
        const ours =
          !strangers.has(key) && `\0${readProcessFile(stat.pid, 'environ') ?? ''}\0`.includes(`\0${options.marker}\0`);
        if (ours) {
          strays.push(stat.pid);
        } else {
          still.add(key);
        }
      }
    }
    strangers = still;
    return strays;
  }

  function look(): TreeSample {
    const live = members();
    const alive = new Map<string, Seen>();
    const pids = new Set(live.map((stat) => stat.pid));
    let ticks = 0;
    for (const stat of live) {
      alive.set(processKey(stat), {
        stat,
        inherited: pids.has(stat.ppid) || (options.ownChild && stat.pid === rootPid),
      });
      ticks += stat.cpuTicks;
    }
    for (const [key, last] of seen) {
      if (!alive.has(key) && !last.inherited) {
        reapedElsewhere += last.stat.cpuTicks;
      }
    }
    seen = alive;
    cpuTicks = Math.max(cpuTicks, ticks + reapedElsewhere);
    const rssBytes = lookInto(live);
    const processes = live.filter((stat) => !hasEnded(stat)).length;
    return { cpuSeconds: ticksToSeconds(cpuTicks), rssBytes, processes, ...limits };
  }

  function lookInto(live: ProcStat[]): Bytes | undefined {
    let rss: Bytes | undefined;
    let largest: { rss: Bytes; limit?: Bytes } = { rss: 0 };
    let found: TreeLimits = {};
    for (const { pid } of live.slice(0, LOOK_INTO)) {
      const own = readMemory(pid);
      if (own.rssBytes !== undefined) {
        rss = (rss ?? 0) + own.rssBytes;
        largest = own.rssBytes > largest.rss ? { rss: own.rssBytes, limit: own.addressSpaceLimitBytes } : largest;
      }
      const cgroupText = readProcessFile(pid, 'cgroup');
      if (cgroupText !== undefined && groupOf.get(pid) !== cgroupText) {
        groupOf.set(pid, cgroupText);
        noteGroup(readCgroup(pid, 'memory'), false);
      }
      if (cgroupText !== undefined) {
        found = tighter(found, limitsOf(pid, cgroupText));
      }
    }
    peakRss = larger(peakRss, rss);
    if (rss !== undefined && largest.rss >= NEARLY_ALL * rss) {
      found = tighter(found, { memoryLimitBytes: largest.limit });
    }
    if (live.length > 0) {
      limits = found;
    }
    return rss;
  }

  function limitsOf(pid: number, cgroupText: string): TreeLimits {
    let found = groupLimits.get(cgroupText);
    if (found === undefined) {
      const memoryGroup = readCgroup(pid, 'memory');
      const cpuGroup = readCgroup(pid, 'cpu');
      found = {
        memoryLimitBytes: memoryGroup && readMemoryLimit(memoryGroup),
        cpuLimitCores: cpuGroup && readCpuLimit(cpuGroup),
      };
      groupLimits.set(cgroupText, found);
    }
    return found;
  }

  /** The resident size and its limit; peaks and limits are noted on the way. */
  function readMemory(pid: number): { rssBytes?: Bytes; addressSpaceLimitBytes?: Bytes } {
    const found = parseMemory(readProcessFile(pid, 'status') ?? '');
    peakRss = larger(peakRss, found.peakRssBytes);
    const limit = parseAddressSpaceLimit(readProcessFile(pid, 'limits') ?? '');
    if (limit !== undefined) {
      memory = {
        addressSpaceLimitBytes: Math.min(limit, memory.addressSpaceLimitBytes ?? limit),
        peakAddressSpaceBytes: larger(memory.peakAddressSpaceBytes, found.peakAddressSpaceBytes),
      };
    }
    return { rssBytes: found.rssBytes, addressSpaceLimitBytes: limit };
  }

  return {
    sample: async () => look(),
    peek: () => {
      // A pid may have been given to somebody else since the last look.
      const known = [...seen.values()].slice(0, LOOK_INTO).map(({ stat }) => stat);
      const still = known.filter(({ pid, startTicks }) => readStat(pid)?.startTicks === startTicks);
      (seen.size === 0 ? [rootPid] : still.map(({ pid }) => pid)).forEach(readMemory);
    },
    pids: async () =>
      members()
        .filter((stat) => !hasEnded(stat))
        .map(({ pid }) => pid),
    end: async () => {
      look();
      const reaped = (readStat('self')?.reapedTicks ?? 0) - reapedBefore;
      const left = [...seen.values()];
      const ticksOfLeft = left.reduce((sum, { stat }) => sum + stat.cpuTicks, 0);
      cpuTicks = Math.max(cpuTicks, options.ownChild ? reaped + ticksOfLeft + reapedElsewhere : 0);
      const cgroupLimits = [...groups.values()]
        .map(({ group }) => readMemoryLimit(group))
        .filter((limit) => limit !== undefined);
      const machineAfter = readMachineOomKills();
      return {
        cpuSeconds: ticksToSeconds(cpuTicks),
        peakRssBytes: peakRss,
        survivors: left.filter(({ stat }) => !hasEnded(stat)).length,
        ...limits,
        memory: {
          ...memory,
          peakRssBytes: peakRss,
          cgroupLimitBytes: cgroupLimits.length === 0 ? undefined : Math.min(...cgroupLimits),
          machineOomKills:
            machineBefore === undefined || machineAfter === undefined ? undefined : machineAfter - machineBefore,
          oomKills: [...groups.values()]
            .map(({ group, before, shared }) => ({
              cgroup: group.directory,
              count: (readOomKills(group) ?? before) - before,
              shared,
            }))
            .filter(({ count }) => count > 0),
        },
      };
    },
  };
}

function tighter(a: TreeLimits, b: TreeLimits): TreeLimits {
  return {
    memoryLimitBytes: smaller(a.memoryLimitBytes, b.memoryLimitBytes),
    cpuLimitCores: smaller(a.cpuLimitCores, b.cpuLimitCores),
  };
}

function smaller(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || (b !== undefined && b < a) ? b : a;
}

function larger(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || (b !== undefined && b > a) ? b : a;
}
