import { compact } from '../../../../src/model/read-shape';
import type { Bytes, CpuSeconds, EpochMs } from '../../../../src/model/units';

/** A unit as `systemctl show` tells of it: as it is now, and its last start. */
export interface Unit {
  id: string;
  isLoaded: boolean;
  active: string;
  sub: string;
  /** `simple`, `oneshot`, `notify` … */
  type: string;
  /** `success`, `exit-code`, `signal`, `oom-kill` … of the last start. */
  result: string;
  /** Of the last start; absent before the first. */
  invocation?: string;
  pid?: number;
  exitCode?: number;
  signal?: number;
  isDumped?: true;
  startedAt?: EpochMs;
  exitedAt?: EpochMs;
  endedAt?: EpochMs;
  cpuSeconds?: CpuSeconds;
  memoryBytes?: Bytes;
  peakBytes?: Bytes;
  memoryLimitBytes?: Bytes;
  timers: string[];
  nextAt?: EpochMs;
}

export const PROPERTIES = [
  'Id',
  'LoadState',
  'ActiveState',
  'SubState',
  'Type',
  'Result',
  'InvocationID',
  'MainPID',
  'ExecMainCode',
  'ExecMainStatus',
  'ExecMainStartTimestamp',
  'ExecMainExitTimestamp',
  'InactiveExitTimestamp',
  'InactiveEnterTimestamp',
  'CPUUsageNSec',
  'MemoryCurrent',
  'MemoryPeak',
  'MemoryMax',
  'TriggeredBy',
  'NextElapseUSecRealtime',
];

/** Of the C library's `siginfo`. */
const EXITED = '1';
const KILLED = '2';
const DUMPED = '3';

/** The answer of `systemctl show --timestamp=us+utc`: blocks of `Key=Value`, in no fixed order. One without an Id is counted. */
export function readUnits(text: string): { units: Unit[]; skipped: number } {
  const blocks = text.split(/\n\s*\n/).filter((block) => block.trim() !== '');
  const units = blocks.flatMap((block) => readUnit(block) ?? []);
  return { units, skipped: blocks.length - units.length };
}

function readUnit(block: string): Unit | undefined {
  const values = new Map(
    block.split('\n').flatMap((line) => {
      const at = line.indexOf('=');
      return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)] as const];
    })
  );
  const text = (name: string) => values.get(name) ?? '';
  const id = text('Id');
  if (id === '' || text('ActiveState') === '') {
    return undefined;
  }
  const code = text('ExecMainCode');
  const status = Number(text('ExecMainStatus'));
  const pid = Number(text('MainPID'));
  const cpu = amount(text('CPUUsageNSec'));
  return compact({
    id,
    isLoaded: text('LoadState') === 'loaded',
    active: text('ActiveState'),
    sub: text('SubState'),
    type: text('Type'),
    result: text('Result'),
    invocation: text('InvocationID') || undefined,
    pid: pid > 0 ? pid : undefined,
    exitCode: code === EXITED ? status : undefined,
    signal: code === KILLED || code === DUMPED ? status : undefined,
    isDumped: code === DUMPED ? (true as const) : undefined,
    startedAt: instant(text('ExecMainStartTimestamp')) ?? instant(text('InactiveExitTimestamp')),
    exitedAt: instant(text('ExecMainExitTimestamp')),
    endedAt: instant(text('InactiveEnterTimestamp')),
    cpuSeconds: cpu === undefined ? undefined : cpu / 1e9,
    memoryBytes: amount(text('MemoryCurrent')),
    peakBytes: amount(text('MemoryPeak')),
    memoryLimitBytes: amount(text('MemoryMax')),
    timers: text('TriggeredBy')
      .split(' ')
      .filter((name) => name.endsWith('.timer')),
    nextAt: instant(text('NextElapseUSecRealtime')),
  });
}

/** 2^64-1, `[not set]` and `infinity` are no amounts: accounting is off, or there is no limit. */
function amount(text: string): number | undefined {
  return /^\d{1,19}$/.test(text) && Number(text) <= Number.MAX_SAFE_INTEGER ? Number(text) : undefined;
}

/** `Mon 2026-11-30 11:37:42.123456 UTC` */
function instant(text: string): EpochMs | undefined {
  const [, date, time] = /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d{1,3})?)\d* UTC$/.exec(text) ?? [];
  const at = Date.parse(`${date}T${time}Z`);
  return Number.isNaN(at) ? undefined : at;
}

/** What systemd writes into the journal of a unit's life, by the ids of its catalogue (sd-messages.h). */
export const MESSAGES = {
  '7d4958e842da4a758f6c1cdc7b36dcc5': 'starting',
  '39f53479d3a045ac8e11786248231fbf': 'started',
  de5b426a63be47a7b6ac3eaac82e2f6f: 'stopping',
  '9d1aaa27d60140bd96365438aad20286': 'stopped',
  be02cf6855d2428ba40df7e9d022f03d: 'start failed',
  '98e322203f7a4ed290d09fe03c09fe15': 'process exit',
  d9b373ed55a64feb8242e02dbe79a49c: 'failure',
  '7ad2d189f7e94e70a38c781354912448': 'success',
  '0e4284a0caca4bfc81c0bb6786972673': 'skipped',
  ae8f7b866b0347b9af31fe1c80b127c0: 'resources',
} as const;

type Word = (typeof MESSAGES)[keyof typeof MESSAGES];

export interface JournalEntry {
  at: EpochMs;
  word: Word;
  unit: string;
  invocation: string;
  /** `done`, `failed`, `dependency` … of a job. */
  jobResult?: string;
  /** `exit-code`, `signal` … */
  result?: string;
  exit?: { code?: number; signal?: number; isDumped?: true };
  /** A oneshot says that it has finished in the words of a start. */
  isFinished?: true;
  cpuSeconds?: CpuSeconds;
}

/** Lines of `journalctl -o json`, with the cursor after the last. What cannot be read is counted. */
export function readJournal(text: string): { entries: JournalEntry[]; cursor?: string; skipped: number } {
  const entries: JournalEntry[] = [];
  let cursor: string | undefined;
  let skipped = 0;
  for (const line of text.split('\n').filter((one) => one.trim() !== '')) {
    try {
      const fields = JSON.parse(line) as Record<string, unknown>;
      const entry = readEntry(fields);
      if (typeof fields['__CURSOR'] === 'string') {
        cursor = fields['__CURSOR'];
      }
      if (entry !== undefined) {
        entries.push(entry);
      }
    } catch (error) {
      if (!(error instanceof SyntaxError)) {
        throw error;
      }
      skipped++;
    }
  }
  return { entries, skipped, ...(cursor !== undefined && { cursor }) };
}

function readEntry(fields: Readonly<Record<string, unknown>>): JournalEntry | undefined {
  // Fields that stand there twice are lists, those that are no text are lists of bytes.
  const text = (name: string) => (typeof fields[name] === 'string' ? fields[name] : undefined);
  const unit = text('UNIT') ?? text('USER_UNIT');
  const invocation = text('INVOCATION_ID') ?? text('USER_INVOCATION_ID');
  const word = MESSAGES[text('MESSAGE_ID') as keyof typeof MESSAGES] as Word | undefined;
  const at = Math.floor(Number(text('__REALTIME_TIMESTAMP')) / 1000);
  if (unit === undefined || invocation === undefined || word === undefined || !(at > 0)) {
    return undefined;
  }
  const how = text('EXIT_CODE');
  const status = Number(text('EXIT_STATUS'));
  const cpu = amount(text('CPU_USAGE_NSEC') ?? '');
  return compact({
    at,
    word,
    unit,
    invocation,
    jobResult: text('JOB_RESULT'),
    result: text('UNIT_RESULT'),
    // Of the main process; those that prepare and clean up have other commands.
    exit:
      word !== 'process exit' || (text('COMMAND') ?? 'ExecStart') !== 'ExecStart' || !Number.isInteger(status)
        ? undefined
        : how === 'exited'
          ? { code: status }
          : compact({ signal: status, isDumped: how === 'dumped' ? (true as const) : undefined }),
    isFinished: word === 'started' && text('MESSAGE')?.startsWith('Finished ') === true ? (true as const) : undefined,
    cpuSeconds: cpu === undefined ? undefined : cpu / 1e9,
  });
}
