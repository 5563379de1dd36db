import type { Bytes, EpochMs } from '../../../../src/model/units';
import type { FeedEvent } from '../collected-system';
import { sayBytes } from '../../agent/durations';
import type { BusMessage, ListedProcess, Process } from './wire';

/** A start that has not ended, as far as is known; kept between two words of PM2 and over restarts of the store. */
export interface OpenStart {
  id: number;
  startedAt: EpochMs;
  restarts: number;
  pid?: number;
  /** The list showed that it is over, and the bus has not said how yet. */
  goneAt?: EpochMs;
}

/** By run id. */
export type OpenStarts = Readonly<Record<string, OpenStart>>;

/** Starts that ended lately: PM2 says twice that it has stopped something. */
const MOST_ENDED = 1_000;

/** What PM2's bus and list say, as events. */
export class Pm2Follower {
  private events: FeedEvent[] = [];
  private readonly open: Map<string, OpenStart>;
  private readonly ended = new Set<string>();
  /** By id: the signal, or the limit, that the next end is about. */
  private readonly signals = new Map<number, string>();
  private readonly tooLarge = new Map<number, { bytes: Bytes; limitBytes: Bytes }>();

  constructor(
    before: OpenStarts,
    private readonly host: string
  ) {
    this.open = new Map(Object.entries(before));
  }

  get starts(): OpenStarts {
    return Object.fromEntries(this.open);
  }

  /** What is new since the last call. */
  take(): FeedEvent[] {
    const { events } = this;
    this.events = [];
    return events;
  }

  hear(message: BusMessage): void {
    switch (message.what) {
      case 'exited':
        this.signals.set(message.id, message.signal);
        return;
      case 'too large':
        this.tooLarge.set(message.id, message);
        return;
      case 'event':
        if (message.event === 'exit') {
          this.end(message.process, message.at);
        } else if (message.event === 'online') {
          this.begin(message.process, message.at);
        }
    }
  }

  /**
   * The list as it is now. What should be there and is not may have ended a moment ago: the bus is given until the next
   * look to say how.
   *
   * @param daemon what is known of the daemon since the last look, as a sentence
   */
  see(list: readonly ListedProcess[], now: EpochMs, daemon: string): void {
    const alive = new Map(list.filter(isAlive).map((process) => [runIdOf(process), process]));
    for (const [runId, process] of alive) {
      const { pid } = process;
      this.begin(process, now, true);
      const start = this.open.get(runId);
      if (start !== undefined && pid !== undefined && start.pid !== pid) {
        this.open.set(runId, { ...start, pid });
        this.events.push({ runId, attempt: 1, at: now, labels: labelsOf(process, pid) });
      }
    }
    for (const [runId, start] of this.open) {
      if (alive.has(runId)) {
        continue;
      }
      if (start.goneAt === undefined) {
        this.open.set(runId, { ...start, goneAt: now });
      } else {
        this.conclude(
          runId,
          start,
          start.goneAt,
          list.find(({ id }) => id === start.id),
          daemon
        );
      }
    }
  }

  private begin(process: Process, at: EpochMs, isLookedAt = false): void {
    const runId = runIdOf(process);
    const { id, startedAt, restarts } = process;
    if (this.open.has(runId) || this.ended.has(runId)) {
      return;
    }
    this.open.set(runId, { id, startedAt, restarts });
    this.events.push(
      {
        ...factsOf(process, this.host),
        at: startedAt,
        state: 'running',
        substate: 'starting',
        nativeState: 'launching',
        startedAt,
      },
      {
        runId,
        attempt: 1,
        at: Math.max(at, startedAt),
        state: 'running',
        substate: 'executing',
        nativeState: 'online',
        ...(isLookedAt && { snapshot: true }),
      }
    );
  }

  private end(process: Process, at: EpochMs): void {
    const runId = runIdOf(process);
    if (this.ended.has(runId)) {
      return;
    }
    this.begin(process, process.startedAt, true);
    const { id } = process;
    const signal = this.signals.get(id);
    const tooLarge = this.tooLarge.get(id);
    this.signals.delete(id);
    this.tooLarge.delete(id);
    this.close(runId, {
      at,
      finishedAt: at,
      nativeState: process.status,
      ...judge(process, signal, tooLarge),
    });
  }

  /** It ended while nobody listened. */
  private conclude(
    runId: string,
    start: OpenStart,
    goneAt: EpochMs,
    listed: Process | undefined,
    daemon: string
  ): void {
    const isSame = listed !== undefined && runIdOf(listed) === runId;
    // Of the next start the list still tells how the one before ended.
    const isNext =
      listed !== undefined &&
      !isSame &&
      daemon === '' &&
      listed.restarts === start.restarts + 1 &&
      listed.startedAt > start.startedAt;
    const unheard = 'It ended while nobody listened to PM2, at this time at the latest';
    const end = { at: goneAt, finishedAt: isNext ? Math.min(goneAt, listed.startedAt) : goneAt };
    if ((isSame || isNext) && (listed.exitCode ?? 0) !== 0) {
      this.close(runId, {
        ...end,
        ...judge(isSame ? listed : { ...listed, status: 'stopped' }, undefined, undefined),
        nativeState: isSame ? listed.status : 'stopped',
        evidence: `${unheard}.`,
      });
    } else if (isSame && listed.exitCode === undefined) {
      this.close(runId, {
        ...end,
        state: 'cancelled',
        substate: 'stopped',
        nativeState: listed.status,
        evidence: `${unheard}.`,
      });
    } else {
      const seen = isSame
        ? `PM2 lists it as ${listed.status} with exit code 0, which it also says of signals`
        : listed === undefined
          ? 'PM2 does not list it any more'
          : 'PM2 has started it again since';
      this.close(runId, {
        ...end,
        state: 'failed',
        substate: 'lost',
        derived: true,
        evidence: `${unheard}: ${seen}.${daemon === '' ? '' : ` ${daemon}`}`,
      });
    }
  }

  private close(runId: string, end: Omit<FeedEvent, 'runId' | 'attempt'>): void {
    this.open.delete(runId);
    this.ended.add(runId);
    if (this.ended.size > MOST_ENDED) {
      this.ended.delete([...this.ended][0]!);
    }
    this.events.push({ runId, attempt: 1, ...end });
  }
}

export function runIdOf({ name, id, startedAt }: Pick<Process, 'name' | 'id' | 'startedAt'>): string {
  return `${name}:${id}@${startedAt}`;
}

function isAlive({ status }: Process): boolean {
  return status === 'online' || status === 'launching' || status === 'stopping' || status === 'one-launch-status';
}

function factsOf(process: Process, host: string): Omit<FeedEvent, 'at'> {
  const { name, namespace, id, memoryLimitBytes } = process;
  return {
    runId: runIdOf(process),
    attempt: 1,
    kind: 'process',
    task: namespace === 'default' ? name : `${namespace}:${name}`,
    worker: `${name}:${id}`,
    host,
    ...(memoryLimitBytes !== undefined && { memoryLimitBytes }),
    labels: labelsOf(process),
  };
}

function labelsOf({ namespace, isCluster, schedule }: Process, pid?: number): Record<string, string> {
  return {
    namespace,
    mode: isCluster === true ? 'cluster' : 'fork',
    ...(schedule !== undefined && { cron_restart: schedule }),
    ...(pid !== undefined && { pid: String(pid) }),
  };
}

/** @param signal as the log names it: SIGINT also where there was none */
function judge(
  { status, exitCode = 0 }: Process,
  signal: string | undefined,
  tooLarge: { bytes: Bytes; limitBytes: Bytes } | undefined
): Pick<FeedEvent, 'state' | 'substate' | 'error' | 'exitCode' | 'signal' | 'evidence'> {
  const by = signal === undefined || signal === 'SIGINT' || exitCode !== 0 ? undefined : signal;
  const how = by !== undefined ? { signal: by } : exitCode !== 0 || status !== 'stopping' ? { exitCode } : {};
  if (tooLarge !== undefined) {
    const message = `PM2 restarted it for its memory: ${sayBytes(tooLarge.bytes)}, max_memory_restart is ${sayBytes(tooLarge.limitBytes)}`;
    return {
      ...how,
      state: 'failed',
      substate: 'oom',
      error: { type: 'MemoryLimit', message },
      evidence: `${message}.`,
    };
  }
  if (status === 'stopping') {
    return { ...how, state: 'cancelled', substate: 'stopped' };
  }
  const error =
    by !== undefined ? { type: by, message: `Killed by ${by}` } : { message: `Exited with code ${exitCode}` };
  if (status === 'errored') {
    return { ...how, state: 'failed', substate: 'start_limit', error };
  }
  if (by !== undefined) {
    return { ...how, state: 'failed', substate: 'killed', error };
  }
  return exitCode === 0
    ? { ...how, state: 'completed', substate: 'exited' }
    : { ...how, state: 'failed', substate: 'error', error };
}
