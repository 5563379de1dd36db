import type { TaskEvent } from '../../../src/model/task-event';
import type { DurationMs, EpochMs } from '../../../src/model/units';
import { HEARTBEAT, relaySignals, runAttempt, type AttemptEnd, type SignalRelay } from './attempt';
import { leave, type Exit } from './exit';
import { readInherited, type Inherited } from './inherited';
import { judgeEnd, type Verdict } from './judge-end';
import { createMeter } from './meter';
import { createNotices, type Notices } from './notices';
import { deferDelivery, openDelivery } from './open-delivery';
import { redactText, secretValues } from './redact';
import type { RunOptions } from './run-options';
import { limitsNews } from './limits-news';
import type { TreeSample } from './tree-meter';
import { continueTrace, nextSpan, traceparent, type TraceContext } from './trace-context';

/** How long the end of the command may be held up by telling the store. */
const EXIT_GRACE: DurationMs = 2000;
const LONGEST_BACKOFF: DurationMs = 60_000;

/**
 * `runlane run`: runs the command, again where retries ask for it, and leaves the way it left. What goes wrong in the agent itself is told
 * and never stops the command.
 */
export async function runCommand(options: RunOptions): Promise<never> {
  const notices = createNotices(options.quiet);
  const survive = (error: unknown): void =>
    notices.tell(
      `the agent met an error of its own: ${error instanceof Error ? error.message : String(error)}. The command is not affected.`
    );
  process.on('uncaughtException', survive);
  process.on('unhandledRejection', survive);

  const inherited = readInherited();
  const relay = relaySignals(inherited.ignored);
  const delivery = deferDelivery(() => openDelivery(options, notices));
  const secrets = secretValues(process.env);
  let trace = continueTrace(process.env['TRACEPARENT']);
  let attempt = options.attempt;
  let createdAt: EpochMs = Date.now();
  let end: AttemptEnd | undefined;

  for (let retriesLeft = options.retries; ; retriesLeft--) {
    const facts = baseFacts(options, attempt, createdAt, trace);
    const put = (event: Partial<TaskEvent> & { at: EpochMs }): void => delivery.put({ ...facts, ...event });
    const news = limitsNews();
    const beat = (at: EpochMs, sample?: TreeSample): void => {
      const { source, runId, task, worker } = facts;
      delivery.put({
        source,
        runId,
        attempt: facts.attempt,
        task,
        worker,
        at,
        cpuSeconds: sample?.cpuSeconds,
        rssBytes: sample?.rssBytes,
        ...news.of(sample),
      });
    };
    if (attempt > options.attempt) {
      put({ at: createdAt, state: 'pending', substate: 'retrying' });
    } else if (!options.announced) {
      put({ at: createdAt, state: 'pending', substate: 'created' });
    }
    if (attempt > options.attempt && (await stoppedWhileWaiting(backoff(options, attempt), relay, beat))) {
      const at = Date.now();
      const evidence = `${relay.stopped()?.signal ?? 'a signal'} was sent to the agent while it waited to try again`;
      put({ at, finishedAt: at, state: 'cancelled', substate: 'terminated', evidence });
      end = undefined;
      break;
    }

    let startedAt: EpochMs | undefined;
    end = await runAttempt(
      {
        ...options,
        environment: environmentFor(inherited.environment, options, attempt, trace),
        inherited,
        meter: (pid) => createMeter(pid, { ownChild: true, marker: `RUNLANE_RUN_ID=${options.runId}` }),
        onStart: (pid, at) => {
          delivery.begin();
          startedAt = at;
          put({ at, startedAt, state: 'running', substate: 'executing', nativeState: `pid ${pid}` });
          // Whoever gives no sign of life cannot be missed: the first one comes at once.
          beat(at);
        },
        onSample: (sample, at) => beat(at, sample),
      },
      relay
    );
    const verdict = judgeEnd(end.facts);
    put({
      at: end.finishedAt,
      startedAt,
      finishedAt: end.finishedAt,
      ...endFacts(end, verdict, delivery.dropped(), secrets),
    });
    if (
      verdict.state !== 'failed' ||
      retriesLeft <= 0 ||
      end.facts.spawnError !== undefined ||
      relay.stopped() !== undefined
    ) {
      break;
    }
    await end.stderr.release();
    attempt++;
    trace = nextSpan(trace);
    createdAt = Date.now();
  }

  tellSpawnError(options, end, notices);
  const [leftover] = await Promise.all([delivery.close(EXIT_GRACE), end?.stderr.release().catch(() => undefined)]);
  if (leftover.undelivered && options.flusher) {
    const { startFlusher } = await import('./flusher');
    await startFlusher(options);
  }
  tellDropped(delivery.dropped(), notices);
  relay.release();
  return leave(exitOf(end, relay));
}

function baseFacts(
  options: RunOptions,
  attempt: number,
  createdAt: EpochMs,
  trace: TraceContext
): Omit<TaskEvent, 'at'> {
  return {
    source: options.source,
    runId: options.runId,
    attempt,
    task: options.task,
    kind: 'process',
    worker: options.worker,
    host: options.host,
    queue: options.queue,
    createdAt: options.announced && attempt === options.attempt ? undefined : createdAt,
    heartbeatMs: HEARTBEAT,
    maxAttempts: options.maxAttempts,
    parentId: options.parentId,
    rootId: options.rootId,
    traceId: trace.traceId,
    spanId: trace.spanId,
    parentSpanId: trace.parentSpanId,
    labels: options.labels,
    args: options.args,
  };
}

/** What the command gets to see, so that what it starts can say where it belongs. */
function environmentFor(
  inherited: Inherited['environment'],
  options: RunOptions,
  attempt: number,
  trace: TraceContext
): Record<string, string | undefined> {
  return {
    ...inherited,
    TRACEPARENT: traceparent(trace),
    // Vendor state belongs to the context that came in; with a new trace it would be a lie.
    TRACESTATE: trace.parentSpanId === undefined ? undefined : inherited['TRACESTATE'],
    RUNLANE_RUN_ID: options.runId,
    RUNLANE_PARENT: options.runId,
    RUNLANE_ROOT: options.rootId ?? options.runId,
    RUNLANE_ATTEMPT: String(attempt),
  };
}

function endFacts(
  end: AttemptEnd,
  verdict: Verdict,
  dropped: { sample: number; change: number; end: number },
  secrets: string[]
): Partial<TaskEvent> {
  const lost = dropped.sample + dropped.change + dropped.end;
  const clean = (text: string | undefined): string | undefined =>
    text === undefined ? undefined : redactText(text, secrets);
  const evidence = [
    ...(verdict.evidence === undefined ? [] : [verdict.evidence]),
    ...(lost === 0 ? [] : [`${lost} events were dropped by the agent because the spool was full`]),
  ];
  return {
    state: verdict.state,
    substate: verdict.substate,
    nativeState: verdict.nativeState,
    evidence: evidence.length === 0 ? undefined : clean(evidence.join('; ')),
    error: verdict.error && {
      type: clean(verdict.error.type),
      message: clean(verdict.error.message),
      stack: clean(verdict.error.stack),
    },
    exitCode:
      end.facts.exitCode ?? (end.facts.spawnError === undefined ? undefined : spawnErrorCode(end.facts.spawnError)),
    signal: end.facts.signal,
    cpuSeconds: end.total?.cpuSeconds,
    maxRssBytes: end.total?.peakRssBytes,
    memoryLimitBytes: end.total?.memoryLimitBytes,
    cpuLimitCores: end.total?.cpuLimitCores,
  };
}

/** Doubles with every attempt. */
function backoff(options: RunOptions, attempt: number): DurationMs {
  return Math.min(LONGEST_BACKOFF, options.backoffMs * 2 ** (attempt - options.attempt - 1));
}

async function stoppedWhileWaiting(ms: DurationMs, relay: SignalRelay, beat: (at: EpochMs) => void): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const beating = setInterval(() => beat(Date.now()), HEARTBEAT);
  await Promise.race([relay.whenStopped, new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
  clearInterval(beating);
  return relay.stopped() !== undefined;
}

/** As shells have it: 127 not found, 126 found but not executable. */
function spawnErrorCode(code: string): number {
  return code === 'ENOENT' ? 127 : 126;
}

/** `end` is absent when a signal came between two attempts. */
function exitOf(end: AttemptEnd | undefined, relay: SignalRelay): Exit {
  if (end === undefined) {
    return { signal: relay.stopped()?.signal ?? 'SIGTERM' };
  }
  const { exitCode, signal, spawnError, timeoutMs } = end.facts;
  if (timeoutMs !== undefined) {
    return { code: 124 };
  }
  if (spawnError !== undefined) {
    return { code: spawnErrorCode(spawnError) };
  }
  return signal === undefined ? { code: exitCode ?? 1 } : { signal };
}

function tellSpawnError(options: RunOptions, end: AttemptEnd | undefined, notices: Notices): void {
  const program = options.command[0] ?? '';
  switch (end?.facts.spawnError) {
    case undefined:
      return;
    case 'ENOENT':
      return notices.tell(`${program}: command not found`);
    case 'EACCES':
      return notices.tell(`${program}: permission denied: it is not executable`);
    default:
      return notices.tell(`${program}: cannot be started (${end?.facts.spawnError})`);
  }
}

function tellDropped(
  dropped: { sample: number; change: number; end: number; damaged: number },
  notices: Notices
): void {
  const lost = dropped.sample + dropped.change + dropped.end;
  if (lost > 0) {
    notices.tell(
      `the spool had no room: ${lost} events were dropped (${dropped.end} ends, ${dropped.change} other changes, ${dropped.sample} samples). Raise RUNLANE_SPOOL_MAX or bring the store back.`
    );
  }
  if (dropped.damaged > 0) {
    notices.tell(`${dropped.damaged} damaged lines in the spool were left out.`);
  }
}
