import { constants } from 'node:os';
import { isatty } from 'node:tty';
import type { DurationMs, EpochMs } from '../../../src/model/units';
import { steadyNow } from './clocks';
import type { EndFacts } from './judge-end';
import type { Inherited } from './inherited';
import { readText } from './process-tree';
import { startChild } from './start-child';
import { captureStderr, type CaptureMode, type StderrCapture } from './stderr-capture';
import type { TreeMeter, TreeSample, TreeTotal } from './tree-meter';

export interface AttemptOptions {
  command: readonly string[];
  environment: Readonly<Record<string, string | undefined>>;
  inherited: Inherited;
  captureStderr: CaptureMode;
  /** Between samples that are reported. */
  intervalMs: DurationMs;
  timeoutMs?: DurationMs;
  /** Between SIGTERM and SIGKILL at a time-out. */
  killAfterMs: DurationMs;
  /** Makes the meter of a tree whose root has just started. */
  meter(rootPid: number): TreeMeter | undefined;
  onStart(pid: number, at: EpochMs): void;
  onSample(sample: TreeSample | undefined, at: EpochMs): void;
}

export interface AttemptEnd {
  facts: EndFacts;
  finishedAt: EpochMs;
  total?: TreeTotal;
  stderr: StderrCapture;
}

/** The first looks, after which they come every interval: runs of a tenth of a second are to have a figure too. */
const EARLY_LOOKS: readonly DurationMs[] = [25, 100, 400, 1000];
/** Of these the looks that are reported. */
const EARLY_REPORTS: ReadonlySet<DurationMs> = new Set([100, 1000]);
/** In between, peaks are looked for: often at first, as most runs are short, and no more once samples come regularly. */
const FIRST_PEEKS: DurationMs = 50;
const LATER_PEEKS: DurationMs = 250;
const PEEK_UNTIL: DurationMs = 5000;
/** What the first event promises: a sign of life comes at least this often. */
export const HEARTBEAT: DurationMs = 10_000;

const FORWARDED: readonly NodeJS.Signals[] = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGALRM',
  'SIGWINCH',
  'SIGCONT',
  'SIGURG',
  'SIGIO',
  'SIGVTALRM',
];
const STOP_SIGNALS: ReadonlySet<string> = new Set(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']);
/** The terminal sends these to the whole foreground group, so the command has them already. */
const SENT_BY_TERMINAL: ReadonlySet<string> = new Set(['SIGINT', 'SIGQUIT', 'SIGWINCH', 'SIGCONT']);

/**
 * Passes on signals to whoever is the current receiver, from its making on; none is lost between two attempts. Those that were ignored when
 * we were started (`nohup`) are for nobody.
 */
export interface SignalRelay {
  to(receiver: ((signal: NodeJS.Signals) => void) | undefined): void;
  /** The last signal that asks for an end; when, by the steady clock. */
  stopped(): { signal: NodeJS.Signals; at: DurationMs } | undefined;
  /** Resolves at the first signal that asks for an end. */
  whenStopped: Promise<void>;
  release(): void;
}

export function relaySignals(ignored: readonly number[] = []): SignalRelay {
  let receive: ((signal: NodeJS.Signals) => void) | undefined;
  let stopped: { signal: NodeJS.Signals; at: DurationMs } | undefined;
  let waiting: NodeJS.Signals[] = [];
  let tellStopped = (): void => undefined;
  const whenStopped = new Promise<void>((resolve) => (tellStopped = resolve));
  const listeners = FORWARDED.map((signal) => {
    const listener = (): void => {
      if (ignored.includes(constants.signals[signal])) {
        return;
      }
      if (STOP_SIGNALS.has(signal)) {
        stopped = { signal, at: steadyNow() };
        tellStopped();
      }
      if (SENT_BY_TERMINAL.has(signal) && isForeground()) {
        return;
      }
      if (receive === undefined) {
        waiting.push(signal);
      } else {
        receive(signal);
      }
    };
    process.on(signal, listener);
    return { signal, listener };
  });
  return {
    to: (receiver) => {
      receive = receiver;
      if (receiver !== undefined) {
        waiting.forEach(receiver);
        waiting = [];
      }
    },
    stopped: () => stopped,
    whenStopped,
    release: () => listeners.forEach(({ signal, listener }) => process.removeListener(signal, listener)),
  };
}

/** Whether we are in the foreground process group of a terminal. */
function isForeground(): boolean {
  const stat = readText('/proc/self/stat');
  if (stat === undefined) {
    return isatty(0);
  }
  const [, , group, , terminal, foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return terminal !== '0' && group === foreground;
}

/** Runs the command once, to its end. Never rejects: what fails is in the facts. */
export async function runAttempt(options: AttemptOptions, relay: SignalRelay): Promise<AttemptEnd> {
  const hasStderr = !options.inherited.closed.includes(2);
  const stderr = await captureStderr(hasStderr ? options.captureStderr : 'never');
  const timers = new Set<NodeJS.Timeout>();
  const after = (ms: DurationMs, work: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, ms);
    timers.add(timer);
  };
  let meter: TreeMeter | undefined;
  let timedOut = false;

  const end = await new Promise<Pick<EndFacts, 'exitCode' | 'signal' | 'spawnError'>>((resolve) => {
    let child;
    try {
      child = startChild(options.command, options.environment, options.inherited, stderr.stdio);
    } catch (error) {
      resolve({ spawnError: codeOf(error) });
      return;
    }
    const pid = child.pid;
    child.on('error', (error) => {
      if (pid === undefined) {
        resolve({ spawnError: codeOf(error) });
      }
    });
    child.on('exit', (code, signal) => resolve(signal === null ? { exitCode: code ?? undefined } : { signal }));
    if (pid === undefined) {
      return;
    }
    const startedAt = Date.now();
    const begun = steadyNow();
    const running = child;
    relay.to((signal) => running.kill(signal));
    guarded(() => stderr.started());
    guarded(() => options.onStart(pid, startedAt));
    meter = guarded(() => options.meter(pid));
    const look = (report: boolean): void => {
      void (meter?.sample() ?? Promise.resolve(undefined)).then(
        (sample) => report && guarded(() => options.onSample(sample, Date.now())),
        () => report && guarded(() => options.onSample(undefined, Date.now()))
      );
    };
    EARLY_LOOKS.forEach((ms) => after(ms, () => look(EARLY_REPORTS.has(ms))));
    const peek = (): void => {
      guarded(() => meter?.peek());
      const age = steadyNow() - begun;
      if (age < PEEK_UNTIL) {
        after(age < 1000 ? FIRST_PEEKS : LATER_PEEKS, peek);
      }
    };
    after(FIRST_PEEKS, peek);
    const again = (): void => {
      look(true);
      after(options.intervalMs, again);
    };
    after(options.intervalMs, again);
    if (options.intervalMs > HEARTBEAT) {
      const beat = (): void => {
        guarded(() => options.onSample(undefined, Date.now()));
        after(HEARTBEAT, beat);
      };
      after(HEARTBEAT, beat);
    }
    if (options.timeoutMs !== undefined) {
      after(options.timeoutMs, () => {
        timedOut = true;
        void signalTree(meter, pid, 'SIGTERM');
        after(options.killAfterMs, () => void signalTree(meter, pid, 'SIGKILL'));
      });
    }
  });

  const finishedAt = Date.now();
  const ended = steadyNow();
  relay.to(undefined);
  timers.forEach(clearTimeout);
  if (end.spawnError !== undefined) {
    guarded(() => stderr.started());
  }
  const total = await meter?.end().catch(() => undefined);
  const stopped = relay.stopped();
  return {
    finishedAt,
    total,
    stderr,
    facts: {
      ...end,
      timeoutMs: timedOut ? options.timeoutMs : undefined,
      stopped: stopped && {
        signal: stopped.signal,
        agoMs: ended - stopped.at,
        signalNumber: constants.signals[stopped.signal],
      },
      survivors: total?.survivors,
      memory: total?.memory,
      ...(await stderr.kept(500)),
    },
  };
}

async function signalTree(meter: TreeMeter | undefined, root: number, signal: NodeJS.Signals): Promise<void> {
  const pids = (await meter?.pids().catch(() => [])) ?? [];
  for (const pid of pids.length === 0 ? [root] : pids) {
    guarded(() => process.kill(pid, signal));
  }
}

/** Our own trouble must not become the command's. */
function guarded<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'UNKNOWN';
}
