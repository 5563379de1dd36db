import type { Bytes, CpuSeconds, DurationMs, EpochMs } from '../../../src/model/units';
import {
  descendants,
  parseMemory,
  readAllStats,
  readProcessFile,
  readText,
  startTime,
  ticksToSeconds,
} from '../agent/process-tree';

export interface ProcessUsage {
  /** Used so far by the process, what descends from it, and what they have waited for. */
  cpuSeconds: CpuSeconds;
  /** Resident now, summed over them; pages that several share count for each. */
  rssBytes?: Bytes;
}

/** A process as its manager knows it. */
export interface ManagedProcess {
  pid: number;
  startedAt: EpochMs;
}

/** Managers note the start in whole seconds, and a moment before they fork. */
const SAME_START_MS: DurationMs = 3_000;

/**
 * CPU and memory of process trees, from `/proc`, by pid. A pid is taken for the process only if it began when the manager
 * says: the manager may be on another machine or in another namespace of pids, and pids are used again.
 */
export function measureTrees(processes: readonly ManagedProcess[], now: EpochMs): ReadonlyMap<number, ProcessUsage> {
  if (processes.length === 0) {
    return new Map();
  }
  const stats = readAllStats();
  const uptime = readText('/proc/uptime');
  const known = new Map(processes.map((process) => [process.pid, process]));
  const ours = stats.filter((stat) => {
    const began = known.has(stat.pid) ? startTime(stat, now, uptime) : undefined;
    return began !== undefined && Math.abs(began - known.get(stat.pid)!.startedAt) < SAME_START_MS;
  });
  return new Map(
    ours.map(({ pid }) => {
      const tree = descendants(stats, new Set([pid]));
      const sizes = tree.flatMap((stat) => parseMemory(readProcessFile(stat.pid, 'status') ?? '').rssBytes ?? []);
      return [
        pid,
        {
          cpuSeconds: ticksToSeconds(tree.reduce((sum, { cpuTicks }) => sum + cpuTicks, 0)),
          ...(sizes.length > 0 && { rssBytes: sizes.reduce((sum, bytes) => sum + bytes, 0) }),
        },
      ];
    })
  );
}
