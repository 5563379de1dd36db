import { recorded, recordedProcesses } from './fixtures.kit';
import { parseMainLog, zoneOf } from './main-log';

const line = (message: string) => `2026-11-30 16:13:54,004 INFO ${message}`;
const entriesOf = (...messages: string[]) =>
  parseMainLog(messages.map(line).join('\n')).lines.map(({ entry }) => entry);

test('lines that tell of processes are read, with how each ended', () => {
  expect(
    entriesOf(
      'supervisord started with pid 7',
      "spawned: 'web_00' with pid 12",
      'success: web_00 entered RUNNING state, process has stayed up for > than 1 seconds (startsecs)',
      'exited: web_00 (exit status 3; not expected)',
      'exited: web_00 (exit status 9; expected)',
      'exited: web_00 (terminated by SIGSEGV (core dumped); not expected)',
      'stopped: web_00 (terminated by SIGTERM)',
      'stopped: web_00 (exit status 0)',
      'waiting for web_00 to stop',
      "killing 'web_00' (12) with SIGKILL",
      'gave up: web_00 entered FATAL state, too many start retries too quickly'
    )
  ).toEqual([
    { what: 'began', pid: 7 },
    { what: 'spawned', name: 'web_00', pid: 12 },
    { what: 'up', name: 'web_00' },
    { what: 'ended', name: 'web_00', byRequest: false, isExpected: false, exitCode: 3 },
    { what: 'ended', name: 'web_00', byRequest: false, isExpected: true, exitCode: 9 },
    { what: 'ended', name: 'web_00', byRequest: false, isExpected: false, signal: 'SIGSEGV' },
    { what: 'ended', name: 'web_00', byRequest: true, isExpected: false, signal: 'SIGTERM' },
    { what: 'ended', name: 'web_00', byRequest: true, isExpected: false, exitCode: 0 },
    { what: 'stopping', name: 'web_00' },
    { what: 'stopping', name: 'web_00' },
    { what: 'gave up', name: 'web_00' },
  ]);
});

test('other lines are passed over, garbage that looks like one of these is counted', () => {
  const text = [
    line("RPC interface 'supervisor' initialized"),
    'Traceback (most recent call last):',
    line('exited: web (exi'),
    "2026-99-99 16:13:54,004 INFO spawned: 'web' with pid 12",
    '\0\0\0',
  ].join('\n');
  expect(parseMainLog(text)).toEqual({ lines: [], skipped: 2 });
});

test('the zone of the log is found by what Supervisor knows in epoch seconds', () => {
  const { lines } = parseMainLog(recorded('main-log.txt'));
  expect(zoneOf(lines, recordedProcesses())).toBe(5.5 * 3_600_000);
  expect(zoneOf(lines, [])).toBeUndefined();
});

test('of two processes of one name the log does not say whose line it is, and no zone is concluded from it', () => {
  const { lines } = parseMainLog(line("spawned: 'web' with pid 12"));
  const [web] = recordedProcesses();
  const namesakes = ['a', 'b'].map((group) => ({ ...web!, name: 'web', group, startedAt: 1_796_035_434_000 }));
  expect(zoneOf(lines, namesakes)).toBeUndefined();
  expect(zoneOf(lines, namesakes.slice(1))).toBe(5.5 * 3_600_000);
});
