import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { FeedEvent } from '../collected-system';
import { createSystemdFeed } from './feed';
import { SYSTEMD } from './system';

/** Programs called systemctl and journalctl that say what these tests want; the real ones are in tests/live. */
let folder: string;
const path = process.env['PATH'];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlane-systemctl-'));
  process.env['PATH'] = [folder, path].join(delimiter);
});

afterEach(() => {
  process.env['PATH'] = path;
  rmSync(folder, { recursive: true });
});

function program(name: 'systemctl' | 'journalctl', script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
}

/** What is heard in one look. */
async function listenOnce(scope: 'system' | 'user' = 'system', place?: string, timeoutMs = 20_000) {
  const feed = createSystemdFeed(
    { units: ['web', 'absent*'], scope },
    { headers: {}, settings: {}, timeoutMs, everyMs: 60_000 }
  );
  const life = new AbortController();
  const heard = { events: [] as FeedEvent[], notices: [] as string[], skipped: 0, place: '' };
  await feed.listen(
    {
      ...(place !== undefined && { place }),
      recall: async () => [],
      keep: async (events, reached = '') => {
        heard.events.push(...events);
        heard.place = reached;
        life.abort();
      },
      alive: () => undefined,
      skip: (count) => (heard.skipped += count),
      notice: (sentence) => heard.notices.push(sentence),
    },
    life.signal
  );
  return { ...heard, lacks: (await feed.lacks?.(life.signal)) ?? [] };
}

const UNIT = `printf 'Id=web.service\\nLoadState=loaded\\nActiveState=active\\nSubState=running\\nInvocationID=aa\\nExecMainStartTimestamp=Mon 2026-11-30 11:37:42.123456 UTC\\n\\nGarbage\\n'`;

test('a machine without systemd, one that is not run by it, and a silent one are told apart', async () => {
  process.env['PATH'] = folder;
  await expect(listenOnce()).rejects.toMatchObject({
    kind: 'unreachable',
    message: expect.stringContaining('There is no systemctl on this machine'),
  });
  process.env['PATH'] = [folder, path].join(delimiter);
  program(
    'systemctl',
    `echo "System has not been booted with systemd as init system (PID 1). Can't operate." >&2; exit 1`
  );
  await expect(listenOnce()).rejects.toMatchObject({
    kind: 'unreachable',
    message: expect.stringContaining('This machine is not run by systemd'),
  });
  program('systemctl', 'echo "Failed to connect to bus: No medium found" >&2; exit 1');
  await expect(listenOnce('user')).rejects.toMatchObject({ message: expect.stringContaining('XDG_RUNTIME_DIR') });
  program('systemctl', 'exec sleep 60');
  await expect(listenOnce('system', undefined, 200)).rejects.toMatchObject({ kind: 'timeout' });
});

test('what cannot be read is counted, and a pattern that matches nothing is said', async () => {
  program('systemctl', UNIT);
  program('journalctl', `echo '{"__CURSOR":"c1","MESSAGE":"x"}'; echo '{"cut'`);
  const heard = await listenOnce();
  expect(heard.events).toMatchObject([
    { runId: 'aa', task: 'web.service', state: 'running', startedAt: Date.UTC(2026, 10, 30, 11, 37, 42, 123) },
    { nativeState: 'active/running' },
  ]);
  expect(heard.notices).toEqual(['No loaded unit matches absent*. See systemctl list-units --all.']);
  expect(heard.skipped).toBe(2);
  expect(JSON.parse(heard.place)).toMatchObject({ cursor: 'c1' });
});

test('a journal that may not be read is a lack, and the units are told all the same', async () => {
  program('systemctl', UNIT);
  program('journalctl', 'echo "No journal files were opened due to insufficient permissions." >&2; exit 1');
  const heard = await listenOnce();
  expect(heard.events[0]).toMatchObject({ runId: 'aa' });
  expect(heard.lacks).toMatchObject([{ setting: 'usermod --append --groups systemd-journal USER' }]);
});

test('a place in a journal that is gone is given up for its newest entries', async () => {
  program('systemctl', UNIT);
  program(
    'journalctl',
    `case "$*" in *after-cursor*) echo "Failed to seek to cursor" >&2; exit 1;; esac; echo '{"__CURSOR":"new"}'`
  );
  const heard = await listenOnce('system', JSON.stringify({ starts: {}, cursor: 'old' }));
  expect(JSON.parse(heard.place)).toMatchObject({ cursor: 'new' });
  expect(heard.lacks).toEqual([]);
});

test('an argument is what it is: patterns are checked, and nothing is run through a shell', async () => {
  const open = (settings: Record<string, unknown>) => () =>
    SYSTEMD.open({ headers: {}, timeoutMs: 1, settings }, { onPatience: () => undefined });
  expect(open({ units: ['job@*.service'], scope: 'user' })).not.toThrow();
  for (const settings of [
    {},
    { units: [] },
    { units: ['a; rm b'] },
    { units: ['['] },
    { units: ['a'], scope: 'all' },
    { unit: 'a', units: ['a'] },
  ]) {
    expect(open(settings)).toThrow(/^\[systemd\] /);
  }
});

test('what systemd does not count of running units is told with its setting', async () => {
  const unit = (name: string, more: readonly string[]) =>
    [`Id=${name}.service`, 'LoadState=loaded', 'ActiveState=active', 'SubState=running', ...more].join('\\n');
  const off = ['CPUUsageNSec=[not set]', 'MemoryCurrent=[not set]'];
  const units = [
    unit('web', ['MainPID=7', 'CPUUsageNSec=18446744073709551615', 'MemoryCurrent=4096']),
    ...['a', 'b', 'c', 'd'].map((name) => unit(name, ['MainPID=8', ...off])),
    // What does not run uses nothing.
    unit('ended', ['MainPID=0', ...off]),
  ];
  program('systemctl', `printf '${units.join('\\n\\n')}\\n'`);
  program('journalctl', 'exit 0');
  const { lacks } = await listenOnce();
  expect(lacks.map(({ setting, message }) => [setting, message.split('. ')[0]])).toEqual([
    ['CPUAccounting=yes', 'systemd does not count the CPU time of web.service, a.service, b.service and 2 others'],
    ['MemoryAccounting=yes', 'systemd does not count the memory of a.service, b.service, c.service and 1 others'],
  ]);
});
