import type { DurationMs, EpochMs } from '../../../../src/model/units';
import type { ProcessInfo } from './wire';

/** What the main log tells of a process. It names it without its group. */
export type LogEntry =
  /** supervisord itself came up; what ran under the one before has no parent any more. */
  | { what: 'began'; pid: number }
  | { what: 'spawned'; name: string; pid: number }
  /** It has stayed up for `startsecs`. */
  | { what: 'up'; name: string }
  | { what: 'stopping'; name: string }
  | { what: 'ended'; name: string; byRequest: boolean; isExpected: boolean; exitCode?: number; signal?: string }
  | { what: 'gave up'; name: string };

export interface LogLine {
  /** Its time as it stands there, local without a zone, read as if it were UTC. */
  wall: EpochMs;
  entry: LogEntry;
}

/**
 * The lines that tell of processes. Others (of the log's own, or what programs say at `loglevel=debug`) are passed over.
 *
 * @returns also how many lines began like one of these and could not be read
 */
export function parseMainLog(text: string): { lines: LogLine[]; skipped: number } {
  const lines: LogLine[] = [];
  let skipped = 0;
  for (const line of text.split('\n')) {
    const [, date, time, ms, message = ''] =
      /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d),(\d{3}) [A-Z]{4} (.*)$/.exec(line) ?? [];
    const wall = Date.parse(`${date}T${time}.${ms}Z`);
    const entry = parseMessage(message);
    if (entry !== undefined && !Number.isNaN(wall)) {
      lines.push({ wall, entry });
    } else if (/^(spawned|exited|stopped|gave up): /.test(message)) {
      skipped++;
    }
  }
  return { lines, skipped };
}

function parseMessage(message: string): LogEntry | undefined {
  const read = (pattern: RegExp) => pattern.exec(message)?.slice(1);
  const ended = read(
    /^(exited|stopped): (.+) \((exit status (\d+)|terminated by ([^\s;)]+)[^;]*?|unknown .*?)(; expected)?(; not expected)?\)$/
  );
  if (ended !== undefined) {
    const [how, name = '', , code, signal, expected] = ended;
    return {
      what: 'ended',
      name,
      byRequest: how === 'stopped',
      isExpected: expected !== undefined,
      ...(code !== undefined && { exitCode: Number(code) }),
      ...(signal !== undefined && { signal }),
    };
  }
  const [spawned, pid] = read(/^spawned: '(.+)' with pid (\d+)$/) ?? [];
  if (spawned !== undefined) {
    return { what: 'spawned', name: spawned, pid: Number(pid) };
  }
  const up = read(/^success: (.+) entered RUNNING state, /)?.[0];
  if (up !== undefined) {
    return { what: 'up', name: up };
  }
  const stopping = read(/^waiting for (.+) to stop$/)?.[0] ?? read(/^killing '(.+)' \(\d+\) with SIGKILL$/)?.[0];
  if (stopping !== undefined) {
    return { what: 'stopping', name: stopping };
  }
  const gaveUp = read(/^gave up: (.+) entered FATAL state, /)?.[0];
  if (gaveUp !== undefined) {
    return { what: 'gave up', name: gaveUp };
  }
  const began = read(/^supervisord started with pid (\d+)$/)?.[0];
  return began === undefined ? undefined : { what: 'began', pid: Number(began) };
}

/** Zones differ by whole quarters of an hour. */
const QUARTER_MS: DurationMs = 900_000;

/**
 * How far the clock on the wall of the log is ahead of UTC. It is not said there: what Supervisor knows of a process by epoch
 * seconds stands in the log too, by the clock on the wall, and the difference is the zone.
 *
 * @returns undefined when the two have nothing in common
 */
export function zoneOf(lines: readonly LogLine[], infos: readonly ProcessInfo[]): DurationMs | undefined {
  // From the newest line on: of the last start and the last end of each process the time is known.
  const seen = new Set<string>();
  for (let i = lines.length - 1; i >= 0; i--) {
    const { wall, entry } = lines[i]!;
    if (entry.what !== 'spawned' && entry.what !== 'ended') {
      continue;
    }
    const namesakes = infos.filter(({ name }) => name === entry.name);
    const [info] = namesakes;
    const key = `${entry.what} ${entry.name}`;
    if (info === undefined || namesakes.length > 1 || seen.has(key)) {
      continue;
    }
    seen.add(key);
    const known = entry.what === 'spawned' ? info.startedAt : info.stoppedAt;
    const offset = known === undefined ? NaN : Math.round((wall - known) / QUARTER_MS) * QUARTER_MS;
    // Whole seconds, and a moment between the note and the line. Else it is another start of the same process.
    if (known !== undefined && Math.abs(wall - offset - known) < 3_000) {
      return offset;
    }
  }
  return undefined;
}
