import type { RunError } from '../../../../src/model/task-run';
import type { DurationMs, EpochMs } from '../../../../src/model/units';
import type { FeedEvent } from '../collected-system';
import type { LogEntry } from './main-log';
import { fullNameOf, taskOf } from './names';
import type { ProcessInfo } from './wire';

/** The last start of a process, as far as it is known; kept between two looks and over restarts of the store. */
export interface LastStart {
  runId: string;
  pid?: number;
  startedAt: EpochMs;
  /** The state that was told last, in Supervisor's word. */
  told: string;
  /** It has ended. */
  end?: End;
}

interface End {
  at: EpochMs;
  exitCode?: number;
  signal?: string;
  /** It died while it started. Whether Supervisor tries again or gives up, it decides within a second, and it is not told before. */
  isOpen?: true;
}

/** By full name. */
export type LastStarts = Readonly<Record<string, LastStart>>;

/** A line of the main log with its time. */
export interface DatedEntry {
  at: EpochMs;
  entry: LogEntry;
}

export interface Look {
  infos: readonly ProcessInfo[];
  /** Whether each process is among them. */
  isComplete: boolean;
  /** What the main log says since the last look; absent where it cannot be read. */
  log?: readonly DatedEntry[];
  /** By the clock of Supervisor's host. */
  now: EpochMs;
  host: string;
}

export interface Followed {
  events: FeedEvent[];
  starts: LastStarts;
  /** Names of the log that two groups have, so that it does not say whose they are. */
  ambiguous: string[];
}

/** A start is noted, then forked, then logged; and notes are whole seconds. */
const SAME_START_MS: DurationMs = 3_000;
/** In which Supervisor tells when a process ended. */
const WHOLE_SECOND_MS: DurationMs = 1_000;
/** Supervisor looks at what is to be started again once a second. */
const DECIDED_MS: DurationMs = 5_000;

/** What is new since the last look: first what the log says, line by line, then how each process is now. */
export function follow(before: LastStarts, look: Look): Followed {
  const following = new Following(before, look);
  look.log?.forEach(({ at, entry }) => following.hear(at, entry));
  look.infos.forEach((info) => following.see(info));
  if (look.isComplete) {
    following.missUnlisted();
  }
  const { events, starts, ambiguous } = following;
  return { events, starts: Object.fromEntries(starts), ambiguous: [...ambiguous] };
}

class Following {
  readonly events: FeedEvent[] = [];
  readonly starts: Map<string, LastStart>;
  readonly ambiguous = new Set<string>();
  private readonly names = new Map<string, string[]>();

  constructor(
    before: LastStarts,
    private readonly look: Look
  ) {
    this.starts = new Map(Object.entries(before));
    const listed = look.infos.map(fullNameOf);
    for (const full of new Set([...listed, ...this.starts.keys()])) {
      const name = full.slice(full.indexOf(':') + 1);
      this.names.set(name, [...(this.names.get(name) ?? []), full]);
    }
  }

  hear(at: EpochMs, entry: LogEntry): void {
    if (entry.what === 'began') {
      this.beginAnew(at, entry.pid);
      return;
    }
    const full = this.fullNameFor(entry);
    if (full === undefined) {
      this.ambiguous.add(entry.name);
      return;
    }
    const start = this.starts.get(full);
    if (entry.what === 'spawned') {
      const isKnown = start?.pid === entry.pid && isSameStart(start.startedAt, at);
      if (!isKnown) {
        this.leave(full, `it was started again (pid ${entry.pid})`, at);
        this.begin(full, at, entry.pid);
      }
      return;
    }
    // What began before the log that can be read: it is not known when.
    if (start === undefined) {
      return;
    }
    switch (entry.what) {
      case 'up':
        return this.tell(full, start, 'RUNNING', at);
      case 'stopping':
        return this.tell(full, start, 'STOPPING', at);
      case 'ended':
        return this.hearEnd(full, start, at, entry);
      case 'gave up':
        // Where no process could be made there is, as far as the log says, no start to give up.
        if (start.end?.isOpen === true) {
          this.end(full, { ...start, end: start.end }, 'FATAL', { at });
        }
    }
  }

  private hearEnd(full: string, start: LastStart, at: EpochMs, entry: LogEntry & { what: 'ended' }): void {
    if (start.end !== undefined && start.end.isOpen !== true) {
      return;
    }
    const { exitCode, signal, byRequest, isExpected } = entry;
    const end: End = {
      at,
      ...(exitCode !== undefined && { exitCode }),
      ...(signal !== undefined && { signal }),
    };
    if (byRequest || isExpected || start.told !== 'STARTING') {
      this.end(full, { ...start, end }, byRequest ? 'STOPPED' : 'EXITED', { isExpected });
    } else {
      this.starts.set(full, { ...start, end: { ...end, isOpen: true } });
    }
  }

  see(info: ProcessInfo): void {
    const { startedAt, pid } = info;
    const full = fullNameOf(info);
    const known = this.starts.get(full);
    if (known !== undefined && isOfAnEarlierStart(info, known)) {
      return;
    }
    if (startedAt === undefined || (known !== undefined && startedAt < known.startedAt - SAME_START_MS)) {
      // Another supervisord knows nothing of that start, unless the log has only gone on since it was asked.
      if (known !== undefined && known.startedAt < info.now - SAME_START_MS) {
        this.leave(full, 'supervisord was started anew since');
      }
      return;
    }
    const isKnown =
      known !== undefined &&
      isSameStart(known.startedAt, startedAt) &&
      (pid === undefined || known.pid === undefined || known.pid === pid);
    if (!isKnown) {
      this.leave(full, `it was started again${pid === undefined ? '' : ` (pid ${pid})`}`);
    }
    const start = isKnown ? known : this.begin(full, startedAt, pid);
    if (pid !== undefined || info.state === 'UNKNOWN') {
      this.tell(full, start, info.state);
    } else {
      this.seeEnd(full, start, info);
    }
  }

  /** What Supervisor says of a start that has ended, where the log has not said it. */
  private seeEnd(full: string, start: LastStart, info: ProcessInfo): void {
    const { state, exitStatus, spawnError, stoppedAt = 0 } = info;
    const failedToStart = state === 'BACKOFF' || state === 'FATAL';
    if (start.end !== undefined && start.end.isOpen !== true) {
      return;
    }
    const end: End = start.end ?? {
      // Whole seconds; and of a start that made no process nothing ended.
      at: Math.max(stoppedAt, start.startedAt),
      ...(!failedToStart && exitStatus >= 0 && { exitCode: exitStatus }),
    };
    if (state === 'BACKOFF' && this.look.now - end.at < DECIDED_MS) {
      this.starts.set(full, { ...start, end: { ...end, isOpen: true } });
      return;
    }
    // Stopped while it waited for its next try: that try was none.
    const word = start.end?.isOpen === true && state === 'STOPPED' ? 'BACKOFF' : state;
    this.end(full, { ...start, end }, word, { isExpected: spawnError === '', spawnError });
  }

  /** Programs that were taken out of the config. They were stopped before, which only the log tells. */
  missUnlisted(): void {
    const listed = new Set(this.look.infos.map(fullNameOf));
    for (const full of [...this.starts.keys()].filter((name) => !listed.has(name))) {
      this.leave(full, 'Supervisor does not list it any more');
      this.starts.delete(full);
    }
  }

  private fullNameFor(entry: LogEntry & { name: string }): string | undefined {
    const names = this.names.get(entry.name) ?? [entry.name];
    if (names.length === 1) {
      return names[0];
    }
    const ofPid = this.look.infos.find(
      ({ name, pid }) => entry.what === 'spawned' && name === entry.name && pid === entry.pid
    );
    return ofPid && fullNameOf(ofPid);
  }

  private beginAnew(at: EpochMs, pid: number): void {
    for (const [full, start] of this.starts) {
      // The one that is known to run may have been seen before the log was read for the first time.
      if (start.startedAt < at) {
        this.leave(full, `supervisord was started anew (pid ${pid})`, at);
      }
    }
  }

  private begin(full: string, startedAt: EpochMs, pid?: number): LastStart {
    const seconds = Math.floor(startedAt / 1000);
    const runId = `${full}@${seconds}${pid === undefined ? '' : `-${pid}`}`;
    const start: LastStart = { runId, startedAt, told: 'STARTING', ...(pid !== undefined && { pid }) };
    this.starts.set(full, start);
    this.events.push({
      ...this.factsOf(full, start),
      at: startedAt,
      state: 'running',
      substate: 'starting',
      nativeState: 'STARTING',
      startedAt,
    });
    return start;
  }

  /** @param at when it came to be so; absent where it only is so now */
  private tell(full: string, start: LastStart, word: string, at?: EpochMs): void {
    if (start.told === word || start.end !== undefined) {
      return;
    }
    this.starts.set(full, { ...start, told: word });
    this.events.push({
      ...this.factsOf(full, start),
      at: at ?? this.look.now,
      ...(at === undefined && { snapshot: true }),
      nativeState: word,
      ...(word === 'RUNNING'
        ? { state: 'running', substate: 'executing' }
        : word === 'STOPPING'
          ? { state: 'running', substate: 'stopping' }
          : word === 'STARTING'
            ? { state: 'running', substate: 'starting' }
            : { state: 'unknown' }),
    });
  }

  private end(
    full: string,
    start: LastStart & { end: End },
    word: string,
    said: { isExpected?: boolean; spawnError?: string; at?: EpochMs }
  ): void {
    const { isOpen: _, ...end } = start.end;
    this.starts.set(full, { ...start, told: word, end });
    const { exitCode, signal, at } = end;
    this.events.push({
      ...this.factsOf(full, start),
      at: said.at ?? at,
      finishedAt: at,
      nativeState: word,
      ...(exitCode !== undefined && { exitCode }),
      ...(signal !== undefined && { signal }),
      ...verdict(word, end, said),
    });
  }

  /** Nothing more will be told of its last start. */
  private leave(full: string, because: string, at: EpochMs = this.look.now): void {
    const start = this.starts.get(full);
    if (start === undefined || (start.end !== undefined && start.end.isOpen !== true)) {
      return;
    }
    if (start.end !== undefined) {
      this.end(full, { ...start, end: start.end }, 'BACKOFF', {});
      return;
    }
    this.starts.set(full, { ...start, told: 'lost', end: { at } });
    const howToKnow =
      this.look.log === undefined
        ? ' Supervisor keeps the last start only; its main log, which tells of all, cannot be read.'
        : '';
    this.events.push({
      ...this.factsOf(full, start),
      at,
      finishedAt: at,
      state: 'failed',
      substate: 'lost',
      derived: true,
      evidence: `Nobody told how it ended: ${because}.${howToKnow} Seen last as ${start.told}.`,
    });
  }

  private factsOf(full: string, { runId, pid }: LastStart) {
    const group = full.includes(':') ? full.slice(0, full.indexOf(':')) : full;
    return {
      runId,
      attempt: 1,
      kind: 'process' as const,
      task: taskOf(full, this.look.infos),
      worker: full,
      host: this.look.host,
      labels: { group, ...(pid !== undefined && { pid: String(pid) }) },
    };
  }
}

/** The log has gone on since the processes were asked: what they show as ended had ended before this start began. */
function isOfAnEarlierStart({ pid, stoppedAt }: ProcessInfo, { startedAt }: LastStart): boolean {
  return pid === undefined && stoppedAt !== undefined && stoppedAt + WHOLE_SECOND_MS <= startedAt;
}

function isSameStart(one: EpochMs, other: EpochMs): boolean {
  return Math.abs(one - other) < SAME_START_MS;
}

function verdict(
  word: string,
  { exitCode, signal }: End,
  { isExpected = false, spawnError = '' }: { isExpected?: boolean; spawnError?: string }
): Pick<FeedEvent, 'state' | 'substate' | 'error'> {
  if (word === 'STOPPED') {
    return { state: 'cancelled', substate: 'stopped' };
  }
  if (word === 'EXITED' && isExpected) {
    return { state: 'completed', substate: 'exited' };
  }
  const error: RunError =
    signal !== undefined
      ? { type: signal, message: `Killed by ${signal}` }
      : exitCode !== undefined
        ? { message: `Exited with code ${exitCode}${word === 'EXITED' ? '' : ' while it started'}` }
        : { message: spawnError };
  if (word === 'FATAL') {
    return { state: 'failed', substate: 'start_limit', error };
  }
  if (word === 'EXITED' && exitCode === undefined) {
    return {
      state: 'failed',
      substate: 'killed',
      error: signal === undefined ? { message: 'Killed by a signal' } : error,
    };
  }
  return { state: 'failed', substate: signal === undefined ? 'error' : 'killed', error };
}
