import { hostname } from 'node:os';
import { ConnectorError } from '../../../../src/model/connector-error';
import { ShapeError } from '../../../../src/model/read-shape';
import type { Rows } from '../../../../src/model/read-shape';
import type { Lack } from '../../../../src/model/source-status';
import type { DurationMs, EpochMs } from '../../../../src/model/units';
import { pause } from '../../agent/pause';
import type { EventFeed, FeedEvent, Hearing, SourceAccess } from '../collected-system';
import { decodePlace, encodePlace, PROCESS_REPORTS } from '../process-manager';
import { measureTrees } from '../process-usage';
import { follow } from './follow';
import type { DatedEntry, LastStarts } from './follow';
import { readNews } from './log-reader';
import type { LogPlace } from './log-reader';
import { parseMainLog, zoneOf } from './main-log';
import type { LogLine } from './main-log';
import { readPlace } from './place';
import type { Place } from './place';
import { createRpc } from './rpc-http';
import type { Rpc } from './rpc-http';
import { readProcessInfos } from './wire';
import type { ProcessInfo } from './wire';

const ID = 'supervisor';
const USUAL_EVERY_MS: DurationMs = 15_000;
/** Of a log that is met for the first time, this many lines that tell of processes; the newest. */
const MOST_LINES = 20_000;
/** A clock that differs by less is taken for ours: the answer took its time, and says whole seconds. */
const SAME_CLOCK_MS: DurationMs = 5_000;

/** Looks at Supervisor every few seconds: at its processes, then at what its main log says since. */
export function createSupervisorFeed(access: SourceAccess): EventFeed {
  const rpc = createRpc(access);
  const host = hostOf(access);
  let canReadLog: boolean | undefined;
  return {
    id: ID,
    reports: PROCESS_REPORTS,
    lacks: async () => (canReadLog === false ? [NO_LOG] : []),
    listen: async (hearing, signal) => {
      let place = decodePlace(hearing.place, readPlace);
      await checkVersion(rpc, signal);
      while (!signal.aborted) {
        const seen = await look(rpc, place, signal);
        canReadLog = seen.log !== undefined;
        place = await tell(seen, place, host, hearing);
        await pause(access.everyMs ?? USUAL_EVERY_MS, signal);
      }
    },
  };
}

const NO_LOG: Lack = {
  what: 'starts between two looks, and signals',
  setting: 'logfile = /var/log/supervisor/supervisord.log',
  message:
    'The main log cannot be read, because it is off, empty or no file. With logfile in [supervisord], and loglevel = info, each start and its signal is told.',
};

interface Seen {
  infos: Rows<ProcessInfo>;
  log?: { lines: LogLine[]; skipped: number; isFirst: boolean; isRotated: boolean; place: LogPlace };
}

/** First the processes, then the log, which so tells all that the processes show. */
async function look(rpc: Rpc, place: Place, signal: AbortSignal): Promise<Seen> {
  const infos = await askProcesses(rpc, signal);
  let news = await readNews(rpc, place.log, signal);
  if (news === undefined) {
    return { infos };
  }
  const isEmpty = news.text === '' && news.place.offset === 0;
  if (isEmpty && infos.rows.some(({ startedAt }) => startedAt !== undefined)) {
    return { infos };
  }
  const { isRotated } = news;
  let lines: LogLine[] = [];
  let skipped = 0;
  for (;;) {
    const parsed = parseMainLog(news.text);
    lines = [...lines, ...parsed.lines].slice(-MOST_LINES);
    skipped += parsed.skipped + (news.garbage > 0 ? 1 : 0);
    const more: typeof news | undefined = news.isCut ? await readNews(rpc, news.place, signal) : undefined;
    if (more === undefined) {
      const isFirst = place.log === undefined || isRotated;
      return { infos, log: { lines, skipped, isFirst, isRotated, place: news.place } };
    }
    news = more;
  }
}

/** Keeps what is new, and gives where the next look begins. */
async function tell(seen: Seen, before: Place, host: string, hearing: Hearing): Promise<Place> {
  const { infos, log } = seen;
  const clock = clockOf(infos.rows);
  const zoneMs = log && (zoneOf(log.lines, infos.rows) ?? before.zoneMs);
  const { events, starts, ambiguous } = follow(before.starts, {
    infos: infos.rows,
    isComplete: infos.skipped === 0,
    now: clock.now,
    host,
    ...(log !== undefined && { log: datedBy(log.lines, zoneMs, log.isFirst) }),
  });
  hearing.skip(infos.skipped + (log?.skipped ?? 0));
  clock.notice !== undefined && hearing.notice(clock.notice);
  if (log?.isRotated === true) {
    hearing.notice('The main log was rotated or cleared. What it said between the last look and that is not told.');
  }
  if (ambiguous.length > 0) {
    hearing.notice(
      `Two groups have a process called ${ambiguous.join(', ')}, which the main log does not tell apart: of these only the last start is told.`
    );
  }
  const place: Place = {
    starts,
    ...(log !== undefined && { log: log.place }),
    ...(zoneMs !== undefined && { zoneMs }),
  };
  await hearing.keep([...events, ...usages(starts, clock.now)], encodePlace(place));
  return place;
}

/** What the processes that live use, where they live on this machine. */
function usages(starts: LastStarts, now: EpochMs): FeedEvent[] {
  const living = Object.values(starts).flatMap(({ end, pid, startedAt, runId }) =>
    end === undefined && pid !== undefined ? { pid, startedAt, runId } : []
  );
  const used = measureTrees(living, now);
  return living.flatMap(({ pid, runId }) => {
    const usage = used.get(pid);
    return usage === undefined ? [] : { runId, attempt: 1, at: now, ...usage };
  });
}

/**
 * Lines with their instants. A line that is read for the first time may be from another half of the year: where this machine lives in the
 * zone of the log, its rules of summer time hold.
 */
function datedBy(lines: readonly LogLine[], zoneMs: DurationMs | undefined, isFirst: boolean): DatedEntry[] {
  const last = lines.at(-1)?.wall;
  const isOurZone = last !== undefined && (zoneMs === undefined || ourZoneAt(last) === zoneMs);
  return lines.map(({ wall, entry }) => ({
    at: wall - (zoneMs === undefined || (isFirst && isOurZone) ? ourZoneAt(wall) : zoneMs),
    entry,
  }));
}

/** How far clocks on the walls of this machine were ahead of UTC when they showed this. */
function ourZoneAt(wall: EpochMs): DurationMs {
  const shown = new Date(wall);
  const there = new Date(
    shown.getUTCFullYear(),
    shown.getUTCMonth(),
    shown.getUTCDate(),
    shown.getUTCHours(),
    shown.getUTCMinutes(),
    shown.getUTCSeconds(),
    shown.getUTCMilliseconds()
  );
  return wall - there.getTime();
}

/** The time at Supervisor's host. */
function clockOf(infos: readonly ProcessInfo[]): { now: EpochMs; notice?: string } {
  const ours = Date.now();
  const theirs = infos.at(-1)?.now;
  const ahead = theirs === undefined ? 0 : theirs - ours;
  if (theirs === undefined || Math.abs(ahead) < SAME_CLOCK_MS) {
    return { now: ours };
  }
  return {
    now: theirs + 999,
    notice: `The clock of Supervisor's host is ${Math.round(Math.abs(ahead) / 1000)} s ${ahead > 0 ? 'ahead of' : 'behind'} the collector's; its times are told as they are.`,
  };
}

async function checkVersion(rpc: Rpc, signal: AbortSignal): Promise<void> {
  const answer = await rpc('supervisor.getAPIVersion', [], signal);
  const version = 'value' in answer ? answer.value : undefined;
  if (version !== '3.0') {
    throw new ConnectorError(
      'unsupported-version',
      ID,
      `getAPIVersion answered ${JSON.stringify(answer).slice(0, 100)}, wanted 3.0. Supervisor 3 and 4 can be read.`
    );
  }
}

async function askProcesses(rpc: Rpc, signal: AbortSignal): Promise<Rows<ProcessInfo>> {
  const answer = await rpc('supervisor.getAllProcessInfo', [], signal);
  if ('fault' in answer) {
    const { code, message } = answer.fault;
    throw new ConnectorError('unreachable', ID, `getAllProcessInfo failed: ${message} (${code}). It is asked again.`);
  }
  try {
    return readProcessInfos(answer.value);
  } catch (error) {
    if (error instanceof ShapeError) {
      throw new ConnectorError('unexpected-shape', ID, `${error.message}. See whether this is Supervisor 3 or 4.`, {
        cause: error,
      });
    }
    throw error;
  }
}

/** A socket, and a loopback address, are this machine's. */
function hostOf({ endpoint }: SourceAccess): string {
  const { protocol, hostname: name } = new URL(endpoint?.url ?? '');
  return protocol === 'unix:' || /^(localhost|127\..*|\[::1\])$/.test(name) ? hostname() : name;
}
