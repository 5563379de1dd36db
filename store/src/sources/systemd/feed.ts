import { hostname, userInfo } from 'node:os';
import { ConnectorError } from '../../../../src/model/connector-error';
import type { Lack } from '../../../../src/model/source-status';
import type { DurationMs } from '../../../../src/model/units';
import { pause } from '../../agent/pause';
import type { EventFeed, SourceAccess } from '../collected-system';
import { decodePlace, encodePlace, PROCESS_REPORTS } from '../process-manager';
import { ProgramError, runProgram } from '../run-program';
import type { ProgramOutput } from '../run-program';
import { follow } from './follow';
import { readPlace } from './place';
import { matcherOf } from './unit-patterns';
import { MESSAGES, PROPERTIES, readJournal, readUnits } from './wire';
import type { JournalEntry, Unit } from './wire';

export interface SystemdOptions {
  /** Which units, as systemctl takes them: `backup*.service`. */
  units: readonly string[];
  scope: 'system' | 'user';
}

const ID = 'systemd';
const USUAL_EVERY_MS: DurationMs = 15_000;
/** Of a journal that is met for the first time, this many entries about units; the newest. */
const MOST_HISTORY = 5_000;
const MOST_NAMED = 3;

/** Asks systemctl how the units are, then journalctl what has happened to them since. */
export function createSystemdFeed(
  options: SystemdOptions,
  { timeoutMs, everyMs = USUAL_EVERY_MS }: SourceAccess
): EventFeed {
  const host = hostname();
  const isWanted = matcherOf(options.units);
  let noJournal: string | undefined;
  let unaccounted: Lack[] = [];
  return {
    id: ID,
    reports: PROCESS_REPORTS,
    lacks: async () => [...(noJournal === undefined ? [] : [lackOf(noJournal)]), ...unaccounted],
    listen: async (hearing, signal) => {
      let place = decodePlace(hearing.place, readPlace);
      const run = { timeoutMs, signal };
      while (!signal.aborted) {
        const { units, skipped } = await askUnits(options, options.units, run);
        unaccounted = unaccountedOf(units);
        sayUnmatched(options, units).forEach((sentence) => hearing.notice(sentence));
        const timers = [...new Set(units.flatMap((unit) => unit.timers))];
        const next = timers.length === 0 ? [] : (await askUnits(options, timers, run)).units;
        const journal = await askJournal(options, place.cursor, run);
        noJournal = 'problem' in journal ? journal.problem : undefined;
        const read = 'problem' in journal ? undefined : journal;
        const { events, starts } = follow(place.starts, {
          units,
          next: new Map(next.flatMap(({ id, nextAt }) => (nextAt === undefined ? [] : [[id, nextAt]]))),
          now: Date.now(),
          host,
          ...(read !== undefined && { journal: read.entries.filter(({ unit }) => isWanted(unit)) }),
        });
        hearing.skip(skipped + (read?.skipped ?? 0));
        const cursor = read?.cursor ?? place.cursor;
        place = { starts, ...(cursor !== undefined && { cursor }) };
        await hearing.keep(events, encodePlace(place));
        await pause(read?.isCut === true ? 0 : everyMs, signal);
      }
    },
  };
}

interface Run {
  timeoutMs: DurationMs;
  signal: AbortSignal;
}

const scopeOf = ({ scope }: SystemdOptions) => (scope === 'user' ? ['--user'] : ['--system']);

async function askUnits(
  options: SystemdOptions,
  names: readonly string[],
  run: Run
): Promise<{ units: Unit[]; skipped: number }> {
  const args = [
    ...scopeOf(options),
    'show',
    // Without it a pattern stands for what is active only.
    '--all',
    '--no-pager',
    '--timestamp=us+utc',
    '--property',
    PROPERTIES.join(','),
    '--',
    ...names,
  ];
  const output = await runOrExplain('systemctl', args, run);
  if (output.isCut) {
    throw new ConnectorError(
      'truncated',
      ID,
      'systemctl show said more than 16 MiB, which is not read. Choose fewer units.'
    );
  }
  const read = readUnits(output.stdout);
  if (output.exitCode !== 0 && read.units.length === 0) {
    throw new ConnectorError('unreachable', ID, explain(options, output.stderr));
  }
  return read;
}

type Journal = { entries: JournalEntry[]; skipped: number; cursor?: string; isCut: boolean } | { problem: string };

async function askJournal(options: SystemdOptions, cursor: string | undefined, run: Run): Promise<Journal> {
  const args = [
    ...scopeOf(options),
    '--no-pager',
    '--quiet',
    '--output=json',
    ...(cursor === undefined ? [`--lines=${MOST_HISTORY}`] : [`--after-cursor=${cursor}`]),
    // Whoever may write into the journal can write these words; as whom is beyond him.
    ...(options.scope === 'system' ? ['_PID=1'] : []),
    ...Object.keys(MESSAGES).map((id) => `MESSAGE_ID=${id}`),
  ];
  try {
    const output = await runProgram('journalctl', args, run);
    const { stdout, stderr, exitCode, isCut } = output;
    // A cursor of a journal that is gone; what it has now is read anew.
    if (exitCode !== 0 && cursor !== undefined) {
      return await askJournal(options, undefined, run);
    }
    if (exitCode !== 0 || /insufficient permissions|No journal files/.test(stderr)) {
      return { problem: firstLine(stderr) };
    }
    return { ...readJournal(isCut ? stdout.slice(0, stdout.lastIndexOf('\n') + 1) : stdout), isCut };
  } catch (error) {
    if (error instanceof ProgramError) {
      return { problem: error.message };
    }
    throw error;
  }
}

async function runOrExplain(program: string, args: readonly string[], run: Run): Promise<ProgramOutput> {
  try {
    return await runProgram(program, args, run);
  } catch (error) {
    if (error instanceof ProgramError) {
      const { kind, message } = error;
      throw kind === 'timeout'
        ? new ConnectorError('timeout', ID, `${message}. Raise timeout, or see whether systemd is busy.`, {
            cause: error,
          })
        : new ConnectorError(
            'unreachable',
            ID,
            `${message}. systemd is read on the machine that it runs: use runlane collect there.`,
            { cause: error }
          );
    }
    throw error;
  }
}

function explain({ scope }: SystemdOptions, stderr: string): string {
  const said = firstLine(stderr);
  if (/not been booted with systemd|Host is down/.test(stderr)) {
    return `This machine is not run by systemd (${said}). In a container there is none: use runlane collect on its host.`;
  }
  if (scope === 'user') {
    return `The user manager of ${userInfo().username} cannot be asked (${said}). Run the collector as its user, with XDG_RUNTIME_DIR set, and loginctl enable-linger.`;
  }
  return `systemctl failed: ${said}. Try: systemctl show --property Id.`;
}

function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0]?.slice(0, 300) || 'it said nothing';
}

function sayUnmatched({ units: patterns }: SystemdOptions, units: readonly Unit[]): string[] {
  const loaded = units.filter(({ isLoaded }) => isLoaded);
  return patterns
    .filter((pattern) => !loaded.some(({ id }) => matcherOf([pattern])(id)))
    .map((pattern) => `No loaded unit matches ${pattern}. See systemctl list-units --all.`);
}

/** What running units use is told only where systemd counts it for them. */
function unaccountedOf(units: readonly Unit[]): Lack[] {
  const running = units.filter(({ pid }) => pid !== undefined);
  const lackOfUse = (what: string, setting: string, lacking: readonly Unit[]): Lack[] => {
    const names = lacking.slice(0, MOST_NAMED).map(({ id }) => id);
    const more = lacking.length > MOST_NAMED ? ` and ${lacking.length - MOST_NAMED} others` : '';
    return lacking.length === 0
      ? []
      : [
          {
            what,
            setting,
            message: `systemd does not count the ${what} of ${names.join(', ')}${more}. Set ${setting} in their [Service], or Default${setting} in /etc/systemd/system.conf.`,
          },
        ];
  };
  return [
    ...lackOfUse(
      'CPU time',
      'CPUAccounting=yes',
      running.filter(({ cpuSeconds }) => cpuSeconds === undefined)
    ),
    ...lackOfUse(
      'memory',
      'MemoryAccounting=yes',
      running.filter(({ memoryBytes }) => memoryBytes === undefined)
    ),
  ];
}

function lackOf(problem: string): Lack {
  return {
    what: 'starts between two looks',
    setting: 'usermod --append --groups systemd-journal USER',
    message: `The journal cannot be read (${problem}). With it each start of a unit is told, without it the last one that is found.`,
  };
}
