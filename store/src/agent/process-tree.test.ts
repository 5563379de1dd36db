import * as fc from 'fast-check';
import {
  descendants,
  parseAddressSpaceLimit,
  parseMemory,
  parseStat,
  readStat,
  startTime,
  type ProcStat,
} from './process-tree';

const line = (pid: number, name: string, ppid = 1): string =>
  `${pid} (${name}) S ${ppid} 10 10 0 -1 4194560 100 200 0 0 7 3 20 10 20 0 1 0 345678 1000000 500 18446744073709551615 ` +
  '1 1 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 9\n';

it('reads a process whatever its name', () => {
  expect(parseStat(line(42, 'cat'))).toEqual({
    pid: 42,
    ppid: 1,
    state: 'S',
    cpuTicks: 40,
    reapedTicks: 30,
    startTicks: 345678,
    exitCode: 9,
  });
  fc.assert(
    fc.property(fc.string(), fc.nat(), (name, ppid) => expect(parseStat(line(7, name, ppid))?.ppid).toBe(ppid))
  );
});

it.each(['', 'nonsense', '1 (cut off', '1 (x) S'])('has nothing to say about %p', (text) => {
  expect(parseStat(text)).toBeUndefined();
});

it('reads memory in bytes, and nothing where the kernel says nothing', () => {
  expect(parseMemory('Name:\tx\nVmPeak:\t  900 kB\nVmHWM:\t  300 kB\nVmRSS:\t  200 kB\n')).toEqual({
    rssBytes: 200 * 1024,
    peakRssBytes: 300 * 1024,
    peakAddressSpaceBytes: 900 * 1024,
  });
  expect(parseMemory('Name:\tkworker\n').rssBytes).toBeUndefined();
});

it('reads the limit of ulimit -v', () => {
  expect(parseAddressSpaceLimit('Max address space         2048000000           unlimited            bytes')).toBe(
    2048000000
  );
  expect(
    parseAddressSpaceLimit('Max address space         unlimited            unlimited            bytes')
  ).toBeUndefined();
});

it('finds descendants, also of those that init has taken over', () => {
  const stat = (pid: number, ppid: number): ProcStat => ({
    pid,
    ppid,
    state: 'S',
    cpuTicks: 0,
    reapedTicks: 0,
    startTicks: pid,
    exitCode: 0,
  });
  const all = [stat(1, 0), stat(10, 1), stat(12, 11), stat(11, 10), stat(20, 1), stat(21, 20), stat(30, 1)];
  expect(
    descendants(all, new Set([10, 20]))
      .map(({ pid }) => pid)
      .sort()
  ).toEqual([10, 11, 12, 20, 21]);
});

it('ends with every tree, loops of a torn snapshot included', () => {
  const stat = fc.record({ pid: fc.integer({ min: 1, max: 30 }), ppid: fc.integer({ min: 0, max: 30 }) });
  fc.assert(
    fc.property(fc.uniqueArray(stat, { selector: ({ pid }) => pid }), (all) => {
      const stats = all.map((one) => ({ ...one, state: 'S', cpuTicks: 0, reapedTicks: 0, startTicks: 0, exitCode: 0 }));
      const found = descendants(stats, new Set([1]));
      expect(new Set(found).size).toBe(found.length);
    })
  );
});

it('knows when this very process started', () => {
  const stat = readStat('self');
  const uptime = process.uptime() * 1000;
  const now = Date.now();
  const since = stat && startTime(stat, now, `${(stat.startTicks / 100 + uptime / 1000).toFixed(2)} 0`);
  expect(Math.abs((since ?? 0) - (now - uptime))).toBeLessThanOrEqual(20);
});
