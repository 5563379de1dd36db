import { readFileSync, readdirSync } from 'node:fs';
import type { Bytes, CpuSeconds, EpochMs } from '../../../src/model/units';

/** Linux reports CPU and start times in ticks of 1/100 s on every architecture that Node runs on (`getconf CLK_TCK`). */
const TICKS_PER_SECOND = 100;

/** A process that something else has started. */
export interface RunningProcess {
  pid: number;
  ppid: number;
  startedAt: EpochMs;
  /** Its start as the system counts it: with the pid it names the process for good, because pids are used again. */
  start: string;
  command: string[];
  /** Ended, but nobody has asked how yet: its wait status, 0 also where we may not know. */
  zombieStatus?: number;
}

/** What `/proc/<pid>/stat` says, as far as we read it. See proc(5). */
export interface ProcStat {
  pid: number;
  ppid: number;
  /** `R`, `S`, `D`, `Z` … */
  state: string;
  /** Own CPU time plus that of the children which it has waited for. */
  cpuTicks: number;
  /** Of the children which it has waited for, alone. */
  reapedTicks: number;
  /** Ticks since boot. With the pid it names a process for good: pids are used again, the pair is not. */
  startTicks: number;
  /** As `wait` gives it; the kernel shows 0 to those who may not know. Only meaningful for a zombie. */
  exitCode: number;
}

/** Parses `/proc/<pid>/stat`. The name in brackets may hold spaces, brackets and line feeds. */
export function parseStat(text: string): ProcStat | undefined {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 0 || close < open) {
    return undefined;
  }
  // fields[0] is field 3 of proc(5), `state`.
  const fields = text
    .slice(close + 2)
    .trim()
    .split(' ');
  const field = (number: number): number => Number(fields[number - 3]);
  const own = field(14) + field(15);
  const reaped = field(16) + field(17);
  const stat: ProcStat = {
    pid: Number(text.slice(0, open)),
    ppid: field(4),
    state: fields[0] ?? '',
    cpuTicks: own + reaped,
    reapedTicks: reaped,
    startTicks: field(22),
    exitCode: Number.isFinite(field(52)) ? field(52) : 0,
  };
  return [stat.pid, stat.ppid, stat.cpuTicks, stat.startTicks].every(Number.isFinite) ? stat : undefined;
}

/** Memory lines of `/proc/<pid>/status`. Absent for zombies and kernel threads. */
export interface ProcMemory {
  rssBytes?: Bytes;
  /** The largest resident size so far of this process. */
  peakRssBytes?: Bytes;
  /** The largest address space so far: what `ulimit -v` limits. */
  peakAddressSpaceBytes?: Bytes;
}

export function parseMemory(status: string): ProcMemory {
  const kib = (name: string): Bytes | undefined => {
    const match = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status);
    return match?.[1] === undefined ? undefined : Number(match[1]) * 1024;
  };
  return { rssBytes: kib('VmRSS'), peakRssBytes: kib('VmHWM'), peakAddressSpaceBytes: kib('VmPeak') };
}

/** The soft limit of `ulimit -v` in `/proc/<pid>/limits`, `undefined` when unlimited. */
export function parseAddressSpaceLimit(limits: string): Bytes | undefined {
  const match = /^Max address space\s+(\d+|unlimited)/m.exec(limits);
  return match?.[1] === undefined || match[1] === 'unlimited' ? undefined : Number(match[1]);
}

/** A zombie has ended: what is left of it is its exit status, for a parent that has not asked yet. */
export function hasEnded({ state }: Pick<ProcStat, 'state'>): boolean {
  return state === 'Z' || state === 'X';
}

/** Names a process for good. */
export function processKey(process: Pick<ProcStat, 'pid' | 'startTicks'>): string {
  return `${process.pid}/${process.startTicks}`;
}

/**
 * The processes that descend from `roots`, roots included, by parent pid. `roots` are pids that are known to belong,
 * also those whose parent has died and which init has taken over.
 */
export function descendants(all: Iterable<ProcStat>, roots: ReadonlySet<number>): ProcStat[] {
  const children = new Map<number, ProcStat[]>();
  const found: ProcStat[] = [];
  for (const stat of all) {
    if (roots.has(stat.pid)) {
      found.push(stat);
    } else {
      const siblings = children.get(stat.ppid);
      if (siblings === undefined) {
        children.set(stat.ppid, [stat]);
      } else {
        siblings.push(stat);
      }
    }
  }
  for (let i = 0; i < found.length; i++) {
    const parent = found[i];
    if (parent !== undefined) {
      found.push(...(children.get(parent.pid) ?? []));
    }
  }
  return found;
}

export function ticksToSeconds(ticks: number): CpuSeconds {
  return ticks / TICKS_PER_SECOND;
}

/**
 * When a process started, exact to a tick. `btime` is rounded to seconds, so the age against `/proc/uptime` is used:
 * it is right even after the clock was set.
 */
export function startTime(stat: ProcStat, now: EpochMs, uptimeText: string | undefined): EpochMs | undefined {
  const uptime = Number(uptimeText?.split(' ')[0]);
  return Number.isFinite(uptime) ? now - (uptime * 1000 - (stat.startTicks * 1000) / TICKS_PER_SECOND) : undefined;
}

export function readStat(pid: number | 'self'): ProcStat | undefined {
  const text = readText(`/proc/${pid}/stat`);
  return text === undefined ? undefined : parseStat(text);
}

/** Every process that we may see. Those that vanish while we read are left out. */
export function readAllStats(): ProcStat[] {
  const stats: ProcStat[] = [];
  for (const name of readDirectory('/proc')) {
    const first = name.charCodeAt(0);
    if (first >= 48 && first <= 57) {
      const stat = readStat(Number(name));
      if (stat !== undefined) {
        stats.push(stat);
      }
    }
  }
  return stats;
}

/** The arguments of a process; empty for zombies, kernel threads and processes that we may not see. */
export function readCommandLine(pid: number): string[] {
  const text = readText(`/proc/${pid}/cmdline`) ?? '';
  return text.split('\0').slice(0, text.endsWith('\0') ? -1 : undefined);
}

/** `undefined` where the process is gone, or not ours to read. */
export function readProcessFile(pid: number, file: string): string | undefined {
  return readText(`/proc/${pid}/${file}`);
}

export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // The process is gone, or not ours to read: both mean "not reported".
  }
}

function readDirectory(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
