import { constants } from 'node:os';
import type { DurationMs, EpochMs } from '../../../../src/model/units';
import type { FeedEvent } from '../collected-system';
import type { JournalEntry, Unit } from './wire';

/** The last start of a unit, as far as it is known; kept between two looks and over restarts of the store. */
export interface LastStart {
  invocation: string;
  startedAt: EpochMs;
  /** The state that was told last. */
  told: string;
  isStopping?: true;
  code?: number;
  signal?: number;
  isDumped?: true;
  /** It has ended; `held`: whether systemd starts it again or gives up is not known yet, and it is not told before. */
  end?: 'told' | { at: EpochMs; result: string };
  /** When it failed, once that was told. */
  failedAt?: EpochMs;
  labels?: string;
  /** It is not loaded any more, and the journal has not said how it ended yet. */
  goneAt?: EpochMs;
}

/** How its main process ended. */
type Exit = Pick<LastStart, 'code' | 'signal' | 'isDumped'>;

/** By unit. */
export type LastStarts = Readonly<Record<string, LastStart>>;

export interface Look {
  units: readonly Unit[];
  /** What the journal says since the last look; absent where it cannot be read. */
  journal?: readonly JournalEntry[];
  /** By timer: when it elapses next. */
  next: ReadonlyMap<string, EpochMs>;
  now: EpochMs;
  host: string;
}

/** systemd starts again what failed after RestartSec, 100 ms where nothing else is set. */
const DECIDED_MS: DurationMs = 5_000;

/** What is new since the last look: first what the journal says, entry by entry, then how each unit is now. */
export function follow(before: LastStarts, look: Look): { events: FeedEvent[]; starts: LastStarts } {
  const following = new Following(before, look);
  look.journal?.forEach((entry) => following.hear(entry));
  look.units.forEach((unit) => following.see(unit));
  following.missUnloaded();
  return { events: following.events, starts: Object.fromEntries(following.starts) };
}

class Following {
  readonly events: FeedEvent[] = [];
  readonly starts: Map<string, LastStart>;
  private readonly units: ReadonlyMap<string, Unit>;

  constructor(
    before: LastStarts,
    private readonly look: Look
  ) {
    this.starts = new Map(Object.entries(before));
    this.units = new Map(look.units.map((unit) => [unit.id, unit]));
  }

  hear(entry: JournalEntry): void {
    const { unit, invocation, at, word } = entry;
    const known = this.starts.get(unit);
    if (known?.invocation !== invocation) {
      // Only these begin something; of what began before the journal that can be read it is not known when.
      if (word !== 'starting' && word !== 'started') {
        return;
      }
      this.leave(unit, 'it was started again', at);
      this.begin(unit, invocation, at, word === 'starting' ? 'activating/start' : 'active/running');
    }
    const start = this.starts.get(unit)!;
    if (start.end === 'told') {
      // systemd gave up more than a moment after the failure; what was told of that is put right.
      if (word === 'failure' && start.failedAt !== undefined) {
        this.end(unit, start, start.failedAt, 'start-limit-hit', at);
      }
      return;
    }
    switch (word) {
      case 'starting':
        return;
      case 'started':
        return entry.isFinished === true
          ? this.end(unit, start, at, 'success')
          : this.tell(unit, start, 'active/running', at);
      case 'stopping':
        this.tell(unit, { ...start, isStopping: true }, 'deactivating/stop', at);
        return;
      case 'process exit':
        this.starts.set(unit, { ...start, ...exitOf(entry.exit) });
        return;
      case 'success':
        return this.end(unit, start, at, 'success');
      case 'skipped':
        return this.end(unit, start, at, 'exec-condition');
      case 'stopped':
        return this.finish(unit, start, at, start.end === undefined ? 'success' : start.end.result);
      case 'failure':
        return this.hearFailure(unit, start, at, entry.result ?? 'failed');
      case 'start failed':
        return this.finish(unit, start, at, entry.jobResult === 'timeout' ? 'timeout' : 'failed');
      case 'resources':
        entry.cpuSeconds !== undefined &&
          this.events.push({ runId: invocation, attempt: 1, at, cpuSeconds: entry.cpuSeconds });
    }
  }

  /** A second failure of one start is the refusal of the next: it was started again too often (systemd 252 keeps the first result). */
  private hearFailure(unit: string, start: LastStart, at: EpochMs, result: string): void {
    if (typeof start.end === 'object') {
      this.end(unit, start, start.end.at, 'start-limit-hit');
    } else {
      this.starts.set(unit, { ...start, end: { at, result } });
    }
  }

  /** The end of the job, after the end of the start itself. */
  private finish(unit: string, start: LastStart, at: EpochMs, result: string): void {
    // "Stopped" stands also between a failure and the next try.
    if (start.end === undefined) {
      this.end(unit, start, at, result);
    }
  }

  see(unit: Unit): void {
    const { id, invocation, active, sub, now } = { ...unit, now: this.look.now };
    if (!id.endsWith('.service') || invocation === undefined) {
      return;
    }
    const isOver = active === 'inactive' || active === 'failed' || sub === 'exited' || sub.startsWith('auto-restart');
    const known = this.starts.get(id);
    if (known?.invocation !== invocation) {
      const startedAt = unit.startedAt ?? unit.endedAt;
      // The journal has gone on since systemd was asked.
      if (startedAt === undefined || (known !== undefined && startedAt < known.startedAt)) {
        return;
      }
      this.leave(id, 'it was started again', now);
      this.begin(id, invocation, startedAt, 'activating/start');
    }
    const start = this.starts.get(id)!;
    if (isOver) {
      this.seeEnd(unit, start);
    } else {
      this.tell(id, start, `${active}/${sub}`);
      this.seeUse(unit);
    }
    this.seeTimer(unit);
  }

  private seeEnd(unit: Unit, start: LastStart): void {
    const { id, sub, result, exitedAt, endedAt } = unit;
    const seen = exitOf({ code: unit.exitCode, signal: unit.signal, isDumped: unit.isDumped });
    if (start.end === 'told') {
      this.addExit(id, start, seen);
      return;
    }
    const held = start.end;
    const at = held?.at ?? (sub === 'exited' ? exitedAt : (endedAt ?? exitedAt)) ?? this.look.now;
    if (sub.startsWith('auto-restart') && this.look.now - at < DECIDED_MS) {
      return;
    }
    const gaveUp = result === 'start-limit-hit';
    this.end(id, { ...seen, ...start }, Math.max(at, start.startedAt), gaveUp ? result : (held?.result ?? result));
  }

  /** The journal names no exit code where all went well. */
  private addExit(unit: string, start: LastStart, seen: Exit): void {
    if (start.code === undefined && start.signal === undefined && Object.keys(seen).length > 0) {
      this.starts.set(unit, { ...start, ...seen });
      this.events.push({ runId: start.invocation, attempt: 1, at: this.look.now, ...exitFacts(seen) });
    }
  }

  private seeUse({ id, cpuSeconds, memoryBytes, peakBytes, memoryLimitBytes }: Unit): void {
    if (cpuSeconds !== undefined || memoryBytes !== undefined) {
      this.events.push({
        runId: this.starts.get(id)!.invocation,
        attempt: 1,
        at: this.look.now,
        ...(cpuSeconds !== undefined && { cpuSeconds }),
        ...(memoryBytes !== undefined && { rssBytes: memoryBytes }),
        ...(peakBytes !== undefined && { maxRssBytes: peakBytes }),
        ...(memoryLimitBytes !== undefined && { memoryLimitBytes }),
      });
    }
  }

  /** Of what a timer starts: when it does so next. */
  private seeTimer({ id, timers }: Unit): void {
    const start = this.starts.get(id)!;
    const labels = { ...labelsOf(id, timers), ...nextOf(timers, this.look.next) };
    const said = JSON.stringify(labels);
    if (timers.length > 0 && start.labels !== said) {
      this.starts.set(id, { ...start, labels: said });
      this.events.push({ runId: start.invocation, attempt: 1, at: this.look.now, labels });
    }
  }

  /** Units that are not loaded any more have ended: those that run are loaded. */
  missUnloaded(): void {
    for (const [unit, start] of this.starts) {
      if (this.units.has(unit)) {
        continue;
      }
      // What has just ended may not be in the journal yet.
      if (start.end === undefined && start.goneAt === undefined) {
        this.starts.set(unit, { ...start, goneAt: this.look.now });
        continue;
      }
      this.leave(unit, 'the unit is not loaded any more', start.goneAt ?? this.look.now);
      this.starts.delete(unit);
    }
  }

  private begin(unit: string, invocation: string, startedAt: EpochMs, told: string): void {
    const timers = this.units.get(unit)?.timers ?? [];
    this.starts.set(unit, { invocation, startedAt, told });
    this.events.push({
      runId: invocation,
      attempt: 1,
      kind: 'unit',
      task: unit.replace(/@[^.]*\./, '@.'),
      worker: unit,
      host: this.look.host,
      labels: labelsOf(unit, timers),
      at: startedAt,
      startedAt,
      ...openState(told, this.units.get(unit)?.type === 'oneshot'),
    });
  }

  /** @param at when it came to be so; absent where it only is so now */
  private tell(unit: string, start: LastStart, told: string, at?: EpochMs): void {
    this.starts.set(unit, { ...start, told });
    if (start.told !== told && start.end === undefined) {
      this.events.push({
        runId: start.invocation,
        attempt: 1,
        at: at ?? this.look.now,
        ...(at === undefined && { snapshot: true }),
        ...openState(told, this.units.get(unit)?.type === 'oneshot'),
      });
    }
  }

  /** @param saidAt when that was said, where that was later */
  private end(unit: string, start: LastStart, at: EpochMs, result: string, saidAt: EpochMs = at): void {
    const { failedAt: _, ...rest } = start;
    const hasFailed = result !== 'success' && result !== 'exec-condition' && result !== 'start-limit-hit';
    this.starts.set(unit, { ...rest, told: result, end: 'told', ...(hasFailed && { failedAt: at }) });
    const { signal, code, isStopping } = start;
    const by = signal === undefined ? undefined : signalName(signal);
    this.events.push({
      runId: start.invocation,
      attempt: 1,
      at: saidAt,
      finishedAt: at,
      nativeState: result,
      ...exitFacts(start),
      ...judge(result, isStopping === true, code, by, start.isDumped === true),
    });
  }

  /** Nothing more will be told of its last start. */
  private leave(unit: string, because: string, at: EpochMs): void {
    const start = this.starts.get(unit);
    if (start === undefined || start.end === 'told') {
      return;
    }
    if (start.end !== undefined) {
      this.end(unit, start, start.end.at, start.end.result);
      return;
    }
    this.starts.set(unit, { ...start, end: 'told' });
    this.events.push({
      runId: start.invocation,
      attempt: 1,
      at,
      finishedAt: at,
      state: 'failed',
      substate: 'lost',
      derived: true,
      evidence: `Nobody told how it ended: ${because}.${this.look.journal === undefined ? ' systemd keeps the last start only; the journal, which tells of all, cannot be read.' : ''} Seen last as ${start.told}.`,
    });
  }
}

function exitOf({ code, signal, isDumped }: { [Key in keyof Exit]: Exit[Key] | undefined } = {}): Exit {
  return {
    ...(code !== undefined && { code }),
    ...(signal !== undefined && { signal }),
    ...(isDumped === true && { isDumped }),
  };
}

function exitFacts({ code, signal }: Exit): Pick<FeedEvent, 'exitCode' | 'signal'> {
  return {
    ...(code !== undefined && { exitCode: code }),
    ...(signal !== undefined && { signal: signalName(signal) }),
  };
}

function labelsOf(unit: string, timers: readonly string[]): Record<string, string> {
  return { unit, ...(timers[0] !== undefined && { timer: timers[0] }) };
}

function nextOf(timers: readonly string[], next: ReadonlyMap<string, EpochMs>): { next_run?: string } {
  const at = timers.flatMap((timer) => next.get(timer) ?? []).sort((a, b) => a - b)[0];
  return at === undefined ? {} : { next_run: new Date(at).toISOString() };
}

function openState(told: string, isOneshot: boolean): Pick<FeedEvent, 'state' | 'substate' | 'nativeState'> {
  const [active] = told.split('/');
  const substate =
    active === 'active' || (active === 'activating' && isOneshot)
      ? 'executing'
      : active === 'reloading'
        ? 'reloading'
        : active === 'deactivating' || active === 'maintenance'
          ? 'stopping'
          : 'starting';
  return { state: 'running', substate, nativeState: told };
}

function judge(
  result: string,
  isStopping: boolean,
  code: number | undefined,
  signal: string | undefined,
  isDumped: boolean
): Pick<FeedEvent, 'state' | 'substate' | 'error' | 'evidence'> {
  const exit =
    signal !== undefined ? `Killed by ${signal}` : code !== undefined ? `Exited with code ${code}` : undefined;
  const error = {
    type: result,
    message: exit === undefined ? `systemd says ${result}` : `${exit} (systemd says ${result})`,
  };
  switch (result) {
    case 'success':
      return isStopping ? { state: 'cancelled', substate: 'stopped' } : { state: 'completed', substate: 'exited' };
    case 'exec-condition':
      return { state: 'completed', substate: 'skipped' };
    case 'oom-kill':
      return { state: 'failed', substate: 'oom', error };
    case 'timeout':
    case 'watchdog':
      return { state: 'failed', substate: 'timed_out', error };
    case 'start-limit-hit':
      return { state: 'failed', substate: 'start_limit', error };
    case 'signal':
    case 'core-dump':
      return {
        state: 'failed',
        substate: 'killed',
        error,
        ...(isDumped && { evidence: 'It dumped its core; see coredumpctl.' }),
      };
    default:
      return { state: 'failed', substate: signal === undefined ? 'error' : 'killed', error };
  }
}

function signalName(number: number): string {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `SIG${number}`;
}
