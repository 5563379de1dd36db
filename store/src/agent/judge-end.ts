import type { LifecycleState, Substate } from '../../../src/model/lifecycle';
import type { RunError } from '../../../src/model/task-run';
import type { Bytes, DurationMs } from '../../../src/model/units';
import { sayBytes, sayDuration } from './durations';
import type { MemoryFacts } from './tree-meter';

/** How a wrapped command ended, as far as anyone can see it from outside. */
export interface EndFacts {
  /** Absent when a signal ended it. */
  exitCode?: number;
  /** `SIGKILL`. */
  signal?: NodeJS.Signals;
  /** It never ran: `ENOENT`, `EACCES`. */
  spawnError?: string;
  /** The last signal that the user sent to the agent, and how long before the end. */
  stopped?: { signal: string; agoMs: DurationMs; signalNumber: number };
  /** Set when our `--timeout` ended it. */
  timeoutMs?: DurationMs;
  survivors?: number;
  memory?: MemoryFacts;
  /** What it last said on stderr. */
  stderr?: string;
  /** Why nothing is known of what it said there. */
  stderrNotKept?: StderrNotKept;
}

export type StderrNotKept = 'one-with-stdout' | 'terminal' | 'no-pipe' | 'unreadable';

const NOT_KEPT: Readonly<Record<StderrNotKept, string>> = {
  'one-with-stdout':
    'stderr was not kept: it goes where stdout goes, whose order is worth more; --capture-stderr keeps it nevertheless',
  terminal: 'stderr was not kept: it is a terminal; --capture-stderr keeps it nevertheless',
  'no-pipe': 'stderr was not kept: no pipe could be made in the temporary folder',
  unreadable: 'stderr was not kept: the file that it goes to cannot be read',
};

export interface Verdict {
  state: LifecycleState;
  substate: Substate;
  nativeState: string;
  /** Sentences: what is known, and what is only likely. */
  evidence?: string;
  error?: RunError;
}

/** An end this soon after a stop signal is taken for its effect, whatever the exit code. */
const STOP_TAKES_AT_MOST: DurationMs = 30_000;
/** This near to a limit is "at the limit": the last allocation was refused, so it never shows. */
const NEAR = 0.9;

/** What programs print when memory is refused to them. Each is the runtime's own wording, so it names the cause. */
const OUT_OF_MEMORY: ReadonlyArray<readonly [RegExp, string]> = [
  [/JavaScript heap out of memory|Array buffer allocation failed/, 'Node.js'],
  [/^MemoryError\b/m, 'Python'],
  [/std::bad_alloc/, 'C++'],
  [/java\.lang\.OutOfMemoryError/, 'Java'],
  [/System\.OutOfMemoryException/, '.NET'],
  [/fatal error: (?:runtime: )?(?:cannot allocate memory|out of memory)/, 'Go'],
  [/NoMemoryError/, 'Ruby'],
  [/memory allocation of \d+ bytes failed/, 'Rust'],
  [/Allowed memory size of \d+ bytes exhausted/, 'PHP'],
  [/^Out of memory[!:]?/m, 'Perl'],
  [/[Cc]annot allocate memory|\bENOMEM\b|memory exhausted/, 'the C library'],
];

/** Judges an end. Pure: everything that is known is in `facts`. */
export function judgeEnd(facts: EndFacts): Verdict {
  const nativeState =
    facts.spawnError !== undefined
      ? `not started: ${facts.spawnError}`
      : facts.signal !== undefined
        ? `killed by ${facts.signal}`
        : `exited ${facts.exitCode ?? '?'}`;
  const notes: string[] = [];
  const verdict = (state: LifecycleState, substate: Substate, error?: RunError): Verdict => ({
    state,
    substate,
    nativeState,
    evidence: notes.length === 0 ? undefined : notes.join('; '),
    error,
  });
  if (facts.survivors !== undefined && facts.survivors > 0) {
    notes.push(`${count(facts.survivors, 'process', 'processes')} of its tree outlived it`);
  }
  if (facts.spawnError !== undefined) {
    return verdict('failed', 'error', { type: facts.spawnError, message: describeSpawnError(facts.spawnError) });
  }
  if (facts.timeoutMs !== undefined) {
    notes.unshift(`no end after ${sayDuration(facts.timeoutMs)}, so the agent stopped it (--timeout)`);
    return verdict('failed', 'timed_out', {
      type: 'Timeout',
      message: `No end within the ${sayDuration(facts.timeoutMs)} of --timeout`,
    });
  }
  if (facts.stopped !== undefined && endedByStop(facts, facts.stopped)) {
    notes.unshift(`${facts.stopped.signal} was sent to the agent ${sayDuration(facts.stopped.agoMs)} before the end`);
    return verdict('cancelled', 'terminated');
  }
  if (facts.exitCode === 0) {
    notes.unshift(...kernelKills(facts.memory, false));
    return verdict('completed', 'success');
  }

  if (facts.stderrNotKept !== undefined) {
    notes.push(NOT_KEPT[facts.stderrNotKept]);
  }
  const error = readError(facts.stderr ?? '');
  const { certain, notes: memoryNotes, said } = judgeMemory(facts);
  notes.unshift(...memoryNotes);
  if (certain) {
    return verdict(
      'failed',
      'oom',
      error?.type === undefined ? { type: 'OutOfMemory', message: said ?? memoryNotes[0] } : error
    );
  }
  return facts.signal !== undefined
    ? verdict('failed', 'killed', error ?? { type: facts.signal, message: `Killed by ${facts.signal}` })
    : verdict('failed', 'error', error ?? { message: `Exited with code ${facts.exitCode ?? 'unknown'}` });
}

/** Whether memory ran out: `certain` when the kernel or the program's own runtime says so, else only notes. */
function judgeMemory(facts: EndFacts): { certain: boolean; notes: string[]; said?: string } {
  const { memory } = facts;
  const killed = facts.signal === 'SIGKILL' || facts.exitCode === 137;
  const notes = kernelKills(memory, killed);
  // A group of the run's own can only have lost one of its own processes; a shared one may have lost a neighbour.
  let certain = memory?.oomKills.some((kill) => killed || !kill.shared) ?? false;
  let said: string | undefined;
  for (const [pattern, runtime] of OUT_OF_MEMORY) {
    said = lineWith(facts.stderr ?? '', pattern);
    if (said !== undefined) {
      notes.push(`${runtime} reported on stderr: "${said}"`);
      certain = true;
      break;
    }
  }
  notes.push(...nearLimits(memory, killed));
  return { certain, notes, said };
}

export function kernelKills(memory: MemoryFacts | undefined, killed: boolean): string[] {
  const notes = (memory?.oomKills ?? []).map(
    (kill) =>
      `the kernel counted ${count(kill.count, 'OOM kill', 'OOM kills')} in ${kill.cgroup} during the run` +
      (kill.shared && !killed ? ', maybe of another process: the group is shared' : '')
  );
  if (notes.length === 0 && killed && (memory?.machineOomKills ?? 0) > 0) {
    notes.push(
      `the kernel counted ${count(memory?.machineOomKills ?? 0, 'OOM kill', 'OOM kills')} on this machine during the run, but none in the run's cgroup`
    );
  }
  return notes;
}

export function nearLimits(memory: MemoryFacts | undefined, killed: boolean): string[] {
  const notes: string[] = [];
  const near = (what: string, found: Bytes | undefined, limit: Bytes | undefined): void => {
    if (found !== undefined && limit !== undefined && found >= NEAR * limit) {
      notes.push(`${what} reached ${sayBytes(found)} of the ${sayBytes(limit)} allowed: memory may have run out`);
    }
  };
  if (memory?.addressSpaceLimitBytes !== undefined) {
    notes.push(`ulimit -v is ${sayBytes(memory.addressSpaceLimitBytes)}`);
  }
  near('address space', memory?.peakAddressSpaceBytes, memory?.addressSpaceLimitBytes);
  if (killed) {
    near('resident memory', memory?.peakRssBytes, memory?.cgroupLimitBytes);
  }
  return notes;
}

function endedByStop(facts: EndFacts, stopped: NonNullable<EndFacts['stopped']>): boolean {
  return (
    facts.signal === stopped.signal ||
    facts.exitCode === 128 + stopped.signalNumber ||
    (stopped.agoMs <= STOP_TAKES_AT_MOST && stopped.signal !== 'SIGHUP')
  );
}

/**
 * The error that a program printed last, where it has a shape that we know: `TypeError: x is not a function` (Node,
 * Python, Java …), with Node's `code: 'ECONNREFUSED'` as the type where the class says nothing. Else the last line.
 */
export function readError(stderr: string): RunError | undefined {
  const lines = stderr.split(/\r?\n/).map((line) => line.trimEnd());
  const spoken = lines.filter((line) => line.trim() !== '' && !/^Node\.js v\d/.test(line));
  const last = spoken.at(-1);
  if (last === undefined) {
    return undefined;
  }
  const found = [...spoken].reverse().find((line) => NAMED_ERROR.test(line));
  const [, name, message] = NAMED_ERROR.exec(found ?? '') ?? [];
  if (name === undefined) {
    return { message: last.trim() };
  }
  const code = /^\s+code: '(\w+)'/m.exec(stderr)?.[1];
  return {
    type: name === 'Error' && code !== undefined ? code : name,
    message: message === '' || message === undefined ? name : message,
    stack: stderr.trim(),
  };
}

const NAMED_ERROR =
  /^(?:Uncaught |Exception in thread "[^"]*" |Caused by: |Traceback: )?((?:[A-Za-z_]\w*[.:]{1,2})*[A-Z]\w*(?:Error|Exception|Timeout|Disconnected|Refused|Fault|Interrupt)|Error)\b(?: \[\w+\])?(?:: (.*))?$/;

function lineWith(text: string, pattern: RegExp): string | undefined {
  const line = text.split(/\r?\n/).find((candidate) => new RegExp(pattern.source, pattern.flags).test(candidate));
  return line === undefined ? undefined : line.trim().slice(0, 200);
}

function describeSpawnError(code: string): string {
  switch (code) {
    case 'ENOENT':
      return 'Command not found';
    case 'EACCES':
      return 'Command is not executable';
    default:
      return `The command could not be started (${code})`;
  }
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
