import { execFile } from 'node:child_process';
import type { Bytes } from '../../../src/model/units';
import type { RunningProcess } from './process-tree';
import type { TreeMeter, TreeSample } from './tree-meter';

/** The processes of a machine without `/proc` (macOS), through `ps`. */
export async function listProcessesByPs(): Promise<RunningProcess[]> {
  const text = await runPs(['-A', '-o', 'pid=,ppid=,state=,lstart=,args=']);
  return text.split('\n').flatMap((line) => parsePsLine(line) ?? []);
}

/** `  412     1 Ss Mon Nov 23 15:00:41 2026 /usr/sbin/thing --flag`: `lstart` has 24 characters in the C locale. */
export function parsePsLine(line: string): RunningProcess | undefined {
  const [, pid, ppid, state, start, command] =
    /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4})\s*(.*)$/.exec(line) ?? [];
  const startedAt = start === undefined ? NaN : Date.parse(start);
  return pid === undefined || Number.isNaN(startedAt)
    ? undefined
    : {
        pid: Number(pid),
        ppid: Number(ppid),
        startedAt,
        start: String(startedAt / 1000),
        command: (command ?? '').split(' '),
        ...(state?.startsWith('Z') === true && { zombieStatus: 0 }),
      };
}

/**
 * Measures a tree through `ps` and pidusage. Coarser than `/proc`: CPU time of processes that came and went between two
 * samples is missed, peaks are those of samples, and nothing tells about limits or OOM kills.
 */
export function createPsMeter(rootPid: number): TreeMeter {
  let last = new Map<number, number>();
  let ended = 0;
  let cpuMs = 0;
  let peakRss: Bytes | undefined;

  async function pids(): Promise<number[]> {
    const children = new Map<number, number[]>();
    const zombies = new Set<number>();
    for (const line of (await runPs(['-A', '-o', 'pid=,ppid=,state='])).split('\n')) {
      const [pid, ppid] = line.trim().split(/\s+/).map(Number);
      if (pid !== undefined && ppid !== undefined) {
        if (/\sZ\S*$/.test(line.trim())) {
          zombies.add(pid);
        }
        children.set(ppid, [...(children.get(ppid) ?? []), pid]);
      }
    }
    const found = [rootPid, ...[...last.keys()].filter((pid) => pid !== rootPid)];
    for (let i = 0; i < found.length; i++) {
      found.push(...(children.get(found[i] ?? -1) ?? []).filter((pid) => !found.includes(pid)));
    }
    return found.filter((pid) => !zombies.has(pid));
  }

  async function sample(): Promise<TreeSample> {
    const { default: pidusage } = await import('pidusage');
    const usages = await pidusage(await pids(), { usePs: true }).catch(() => ({}));
    const now = new Map<number, number>();
    let rss: Bytes | undefined;
    for (const usage of Object.values(usages)) {
      if (usage !== null && usage !== undefined) {
        now.set(usage.pid, usage.ctime);
        rss = (rss ?? 0) + usage.memory;
      }
    }
    for (const [pid, ms] of last) {
      ended += now.has(pid) ? 0 : ms;
    }
    last = now;
    cpuMs = Math.max(
      cpuMs,
      [...now.values()].reduce((sum, ms) => sum + ms, ended)
    );
    peakRss = rss === undefined ? peakRss : Math.max(peakRss ?? 0, rss);
    return { cpuSeconds: cpuMs / 1000, rssBytes: rss, processes: now.size };
  }

  return {
    sample,
    // Each look starts a `ps`: not cheap.
    peek: () => undefined,
    pids,
    end: async () => {
      const { cpuSeconds, processes } = await sample();
      return {
        cpuSeconds,
        peakRssBytes: peakRss,
        survivors: processes,
        memory: { oomKills: [], peakRssBytes: peakRss },
      };
    },
  };
}

function runPs(args: string[]): Promise<string> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, LC_ALL: 'C' }, maxBuffer: 64 * 1024 * 1024 };
    // Without `ps` nothing is reported, and nothing fails.
    execFile('ps', args, options, (_error, stdout) => resolve(stdout));
  });
}
