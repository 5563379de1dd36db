import {
  hasEnded,
  readAllStats,
  readCommandLine,
  readText,
  startTime,
  type ProcStat,
  type RunningProcess,
} from './process-tree';

export async function listProcesses(platform: NodeJS.Platform = process.platform): Promise<RunningProcess[]> {
  if (platform !== 'linux') {
    const { listProcessesByPs } = await import('./ps-processes');
    return listProcessesByPs();
  }
  const uptime = readText('/proc/uptime');
  const now = Date.now();
  return readAllStats().map((stat) => ({
    pid: stat.pid,
    ppid: stat.ppid,
    startedAt: startTime(stat, now, uptime) ?? now,
    start: String(stat.startTicks),
    command: readCommandLine(stat.pid),
    zombieStatus: zombieStatus(stat),
  }));
}

function zombieStatus(stat: ProcStat): number | undefined {
  return hasEnded(stat) ? stat.exitCode : undefined;
}

/**
 * The processes to watch: those with one of the pids, and those whose command line matches, the topmost of a family only: what descends
 * from a watched process belongs to it. Never ourselves or those that we descend from: the shell that called us
 * has the expression in its own command line.
 */
export function selectProcesses(
  all: readonly RunningProcess[],
  wanted: { pids: ReadonlySet<number>; match?: RegExp; self: number }
): RunningProcess[] {
  const byPid = new Map(all.map((process) => [process.pid, process]));
  const ancestors = new Set<number>();
  for (let at = byPid.get(wanted.self); at !== undefined && !ancestors.has(at.pid); at = byPid.get(at.ppid)) {
    ancestors.add(at.pid);
  }
  const matches = (candidate: RunningProcess): boolean =>
    candidate.zombieStatus === undefined &&
    !ancestors.has(candidate.pid) &&
    candidate.command.length > 0 &&
    (wanted.match?.test(candidate.command.join(' ')) ?? false);
  const hasMatchingAncestor = (candidate: RunningProcess): boolean => {
    const seen = new Set<number>();
    for (let at = byPid.get(candidate.ppid); at !== undefined && !seen.has(at.pid); at = byPid.get(at.ppid)) {
      if (matches(at)) {
        return true;
      }
      seen.add(at.pid);
    }
    return false;
  };
  return all.filter(
    (candidate) => wanted.pids.has(candidate.pid) || (matches(candidate) && !hasMatchingAncestor(candidate))
  );
}
