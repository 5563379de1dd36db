import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { readText } from './process-tree';

/** What a command would have inherited without us, as far as Node does not hand it on by itself. */
export interface Inherited {
  /** The soft limit of open files, where Node has raised it. */
  openFiles?: number;
  /** Numbers of signals that are ignored. */
  ignored: readonly number[];
  /** Numbers of signals that are blocked. */
  blocked: readonly number[];
  /** Which of stdin, stdout and stderr are closed. */
  closed: readonly number[];
  /** Open files above stderr. */
  files: readonly number[];
  /** As Node can hand it on: what is no UTF-8 is spoilt. */
  environment: Readonly<Record<string, string | undefined>>;
  /** Values that are no UTF-8. */
  rawValues: ReadonlyMap<string, Buffer>;
  /** Our own arguments that are no UTF-8, by their place from the end: 0 is the last. */
  rawArguments: ReadonlyMap<number, Buffer>;
}

/** Written by `bin/runlane.mjs` before Node starts. */
const NOTE = 'RUNLANE_INHERITED';
const ENVIRON = 'RUNLANE_ENVIRON';

/**
 * Reads what the shell noted before Node started. Where Node was started without it (`node runlane.mjs run …`), the limit of open
 * files is taken from the process that called us, and signals, closed and further files are not known.
 */
export function readInherited(): Inherited {
  const environ = splitAtNul(readBytes('/proc/self/environ'));
  const note = process.env[NOTE];
  // Whoever exported the note by accident has it in every process.
  const ours = note?.startsWith(`pid=${process.pid} `) === true ? note : undefined;
  const noted = parseNote(ours ?? '');
  const openFiles = noted.openFiles ?? limitOfCaller();
  const original = restoreEnviron(environ);
  delete process.env[NOTE];
  delete process.env[ENVIRON];
  return {
    ...noted,
    openFiles: openFiles === softLimit('self') ? undefined : openFiles,
    ...(ours !== undefined && original !== undefined
      ? readEnvironment(original)
      : { ...readEnvironment(environ), environment: { ...process.env } }),
    rawArguments: new Map(
      splitAtNul(readBytes('/proc/self/cmdline'))
        .reverse()
        .flatMap((bytes, place) => (isText(bytes) ? [] : [[place, bytes]]))
    ),
  };
}

/** `pid=12 nofile=1024 SigBlk: 00… SigIgn: 00… closed=0 fd=3`. */
export function parseNote(note: string): Pick<Inherited, 'openFiles' | 'ignored' | 'blocked' | 'closed' | 'files'> {
  const numbers = (name: string): number[] =>
    [...note.matchAll(new RegExp(`\\b${name}=(\\d+)`, 'g'))].map(([, number]) => Number(number));
  return {
    openFiles: numbers('nofile')[0],
    ignored: signalsOf(/SigIgn:\s*([0-9a-f]+)/.exec(note)?.[1]),
    blocked: signalsOf(/SigBlk:\s*([0-9a-f]+)/.exec(note)?.[1]),
    closed: numbers('closed'),
    files: numbers('fd').filter((fd) => fd > 2),
  };
}

/** The numbers in a mask of `/proc/<pid>/status`, real-time signals aside. */
function signalsOf(mask = '0'): number[] {
  const bits = BigInt(`0x${mask}`);
  return [...new Set(Object.values(constants.signals))].filter((number) => (bits >> BigInt(number - 1)) & 1n);
}

/** The limit of the process that called us, unless its hard limit shows that ours was set on the way. */
function limitOfCaller(): number | undefined {
  const [caller, own] = [limits(process.ppid), limits('self')];
  return caller?.hard !== undefined && caller.hard === own?.hard ? caller.soft : undefined;
}

function softLimit(pid: 'self'): number | undefined {
  return limits(pid)?.soft;
}

function limits(pid: number | 'self'): { soft: number; hard: number } | undefined {
  const [, soft, hard] = /^Max open files\s+(\d+)\s+(\d+)/m.exec(readText(`/proc/${pid}/limits`) ?? '') ?? [];
  return soft === undefined ? undefined : { soft: Number(soft), hard: Number(hard) };
}

/**
 * The entries as they were before the shell: it hands them on with the line feeds as `\x01` and the ends as line feeds. An entry
 * that the shell has left alone is taken from what we got from it, as the text does not tell a line feed from a `\x01`.
 */
export function restoreEnviron(environ: readonly Buffer[]): Buffer[] | undefined {
  const text = environ.find((entry) => entry.toString('latin1').startsWith(`${ENVIRON}=`));
  if (text === undefined) {
    return undefined;
  }
  const untouched = new Map(environ.map((entry) => [entry.toString('latin1').replaceAll('\n', '\x01'), entry]));
  return text
    .toString('latin1')
    .slice(ENVIRON.length + 1)
    .split('\n')
    .map((entry) => untouched.get(entry) ?? Buffer.from(entry.replaceAll('\x01', '\n'), 'latin1'));
}

export function readEnvironment(environ: readonly Buffer[]): Pick<Inherited, 'environment' | 'rawValues'> {
  const environment = Object.create(null) as Record<string, string>;
  const rawValues = new Map<string, Buffer>();
  for (const entry of environ) {
    const at = entry.indexOf('=');
    const name = entry.toString('utf8', 0, at);
    // The first of two with one name counts, as for getenv.
    if (at > 0 && name !== NOTE && name !== ENVIRON && !Object.hasOwn(environment, name)) {
      const value = entry.subarray(at + 1);
      environment[name] = value.toString('utf8');
      if (!isText(value)) {
        rawValues.set(name, value);
      }
    }
  }
  return { environment, rawValues };
}

function isText(bytes: Buffer): boolean {
  return bytes.equals(Buffer.from(bytes.toString('utf8')));
}

function splitAtNul(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let from = 0, to = bytes.indexOf(0); to >= 0; from = to + 1, to = bytes.indexOf(0, from)) {
    parts.push(bytes.subarray(from, to));
  }
  return parts;
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0); // No /proc: what Node tells has to do.
  }
}
