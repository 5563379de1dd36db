import type { TaskEvent } from '../../../src/model/task-event';
import type { DurationMs, EpochMs } from '../../../src/model/units';
import { AgentError } from './agent-error';
import { HEARTBEAT } from './attempt';
import { steadyNow } from './clocks';
import type { Delivery } from './delivery';
import { judgeVanished } from './judge-vanished';
import { limitsNews } from './limits-news';
import { createMeter } from './meter';
import { createNotices } from './notices';
import { openDelivery } from './open-delivery';
import { pause } from './pause';
import type { RunningProcess } from './process-tree';
import { redactCommand, secretValues } from './redact';
import { taskName, type WatchOptions } from './run-options';
import { listProcesses, selectProcesses } from './running-process';
import type { TreeMeter } from './tree-meter';

/** How often we look who has come and who is gone: the precision of an end. */
const LOOK_EVERY: DurationMs = 1000;
const EXIT_GRACE: DurationMs = 2000;
/** Of the processes that are watched from the beginning. */
const NAMED_AT_MOST = 5;

interface Watched {
  process: RunningProcess;
  meter: TreeMeter;
  facts: Omit<TaskEvent, 'at'>;
  news: ReturnType<typeof limitsNews>;
  seenAt: EpochMs;
  /** By the steady clock. */
  beatAt: DurationMs;
  sampledAt: DurationMs;
}

/**
 * `runlane watch`: observes processes that it did not start, until those with a `--pid` are gone or a signal ends it.
 * The run's id is made of host, pid and start, so that a second watcher, or the same one started again, goes on with the same run.
 *
 * @throws AgentError when there is nothing to watch.
 */
export async function watchCommand(options: WatchOptions): Promise<void> {
  if (options.pids.length === 0 && options.match === undefined) {
    throw new AgentError('[runlane watch] nothing to watch. Give --pid 1234 or --match REGEX.');
  }
  const present = new Set((await listProcesses()).map(({ pid }) => pid));
  const missing = options.pids.find((pid) => !present.has(pid));
  if (missing !== undefined) {
    throw new AgentError(
      `[runlane watch] there is no process ${missing}. Give the pid of a process that runs, or --match.`
    );
  }

  const notices = createNotices(options.quiet);
  const delivery = openDelivery(options, notices);
  const watched = new Map<string, Watched>();
  const pids = new Set(options.pids);
  const stop = whenStopped();
  for (let first = true; !stop.aborted; first = false) {
    await look(options, watched, pids, delivery);
    if (first) {
      notices.tell(sayWatched(options, [...watched.values()]));
    }
    if (watched.size === 0 && options.match === undefined) {
      break;
    }
    await pause(LOOK_EVERY, stop);
  }

  const at = Date.now();
  for (const {
    facts,
    process: { pid },
  } of watched.values()) {
    // It lives on unseen. That is neither an end nor a loss.
    delivery.put({ ...facts, at, state: 'unknown', evidence: `the watcher was stopped while pid ${pid} was alive` });
  }
  const { undelivered } = await delivery.close(EXIT_GRACE);
  if (undelivered && options.flusher) {
    const { startFlusher } = await import('./flusher');
    await startFlusher(options);
  }
  process.exit(0);
}

/** What the watcher has found, said at once: a wrong expression must not show hours later. */
function sayWatched({ match, pids }: WatchOptions, watched: readonly Watched[]): string {
  const wanted = [...pids.map((pid) => `pid ${pid}`), ...(match === undefined ? [] : [`/${match.source}/`])].join(', ');
  if (watched.length === 0) {
    return `watch ${wanted}: nothing matches yet; waiting for what comes.`;
  }
  const named = watched
    .slice(0, NAMED_AT_MOST)
    .map(({ process, facts }) => `${process.pid} (${facts.task}: ${(facts.args ?? '').slice(0, 60)})`);
  const more = watched.length > named.length ? ` and ${watched.length - named.length} more` : '';
  return `watch ${wanted}: ${watched.length} ${watched.length === 1 ? 'process' : 'processes'}: ${named.join(', ')}${more}.`;
}

async function look(
  options: WatchOptions,
  watched: Map<string, Watched>,
  pids: Set<number>,
  delivery: Delivery
): Promise<void> {
  const all = await listProcesses();
  const now = Date.now();
  const byKey = new Map(all.map((process) => [keyOf(process), process]));

  for (const [key, entry] of watched) {
    const found = byKey.get(key);
    if (found === undefined || found.zombieStatus !== undefined) {
      watched.delete(key);
      // A pid that is used again names somebody else.
      pids.delete(entry.process.pid);
      await reportEnd(entry, found?.zombieStatus, now, delivery);
    } else {
      entry.seenAt = now;
      await reportLife(entry, options, now, delivery);
    }
  }
  for (const process of selectProcesses(all, { pids, match: options.match, self: globalThis.process.pid })) {
    if (!watched.has(keyOf(process)) && process.zombieStatus === undefined) {
      const entry = begin(process, options, now, delivery);
      watched.set(keyOf(process), entry);
      await reportLife(entry, options, now, delivery);
    }
  }
}

function begin(process: RunningProcess, options: WatchOptions, now: EpochMs, delivery: Delivery): Watched {
  const facts: Omit<TaskEvent, 'at'> = {
    source: options.source,
    runId: `${options.host}-${process.pid}-${process.start}`,
    attempt: 1,
    task: options.task ?? (taskName(process.command) || `pid ${process.pid}`),
    kind: 'process',
    worker: options.worker,
    host: options.host,
    queue: options.queue,
    startedAt: process.startedAt,
    heartbeatMs: HEARTBEAT,
    labels: options.labels,
    args: redactCommand(process.command, secretValues(globalThis.process.env)),
  };
  delivery.put({ ...facts, at: now, state: 'running', substate: 'executing', nativeState: `pid ${process.pid}` });
  return {
    process,
    facts,
    meter: createMeter(process.pid, { ownChild: false }),
    news: limitsNews(),
    seenAt: now,
    beatAt: -Infinity,
    sampledAt: -Infinity,
  };
}

async function reportLife(entry: Watched, options: WatchOptions, now: EpochMs, delivery: Delivery): Promise<void> {
  const moment = steadyNow();
  const sampleDue = moment - entry.sampledAt >= options.intervalMs;
  if (!sampleDue && moment - entry.beatAt < HEARTBEAT) {
    return;
  }
  const { source, runId, attempt, task, worker } = entry.facts;
  const sample = sampleDue ? await entry.meter.sample().catch(() => undefined) : undefined;
  delivery.put({
    source,
    runId,
    attempt,
    task,
    worker,
    at: now,
    cpuSeconds: sample?.cpuSeconds,
    rssBytes: sample?.rssBytes,
    ...entry.news.of(sample),
  });
  entry.beatAt = moment;
  if (sampleDue) {
    entry.sampledAt = moment;
  }
}

async function reportEnd(
  entry: Watched,
  zombieStatus: number | undefined,
  now: EpochMs,
  delivery: Delivery
): Promise<void> {
  const total = await entry.meter.end().catch(() => undefined);
  const verdict = judgeVanished({
    pid: entry.process.pid,
    lastSeenAt: entry.seenAt,
    goneAt: now,
    zombieStatus,
    memory: total?.memory,
  });
  delivery.put({
    ...entry.facts,
    ...verdict,
    at: now,
    finishedAt: now,
    cpuSeconds: total?.cpuSeconds,
    maxRssBytes: total?.peakRssBytes,
    memoryLimitBytes: total?.memoryLimitBytes,
    cpuLimitCores: total?.cpuLimitCores,
  });
}

function keyOf({ pid, start }: RunningProcess): string {
  return `${pid}/${start}`;
}

function whenStopped(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => stop.abort());
  }
  return stop.signal;
}
