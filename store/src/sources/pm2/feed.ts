import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { ConnectorError } from '../../../../src/model/connector-error';
import { ShapeError } from '../../../../src/model/read-shape';
import type { Rows } from '../../../../src/model/read-shape';
import type { DurationMs, EpochMs } from '../../../../src/model/units';
import type { EventFeed, FeedEvent, SourceAccess } from '../collected-system';
import { decodePlace, encodePlace, PROCESS_REPORTS } from '../process-manager';
import { measureTrees } from '../process-usage';
import { Pm2Follower, runIdOf } from './follow';
import { readPlace } from './place';
import { askDaemon, Bus } from './sockets';
import { readList } from './wire';
import type { ListedProcess } from './wire';

const ID = 'pm2';
const USUAL_EVERY_MS: DurationMs = 15_000;

/**
 * Listens to PM2's bus, and looks at its list when it begins and every few seconds: for CPU and memory, and for what happened
 * while nobody listened.
 *
 * @param home PM2_HOME of the daemon
 */
export function createPm2Feed(home: string, { timeoutMs, everyMs = USUAL_EVERY_MS }: SourceAccess): EventFeed {
  const host = hostname();
  return {
    id: ID,
    reports: PROCESS_REPORTS,
    listen: async (hearing, signal) => {
      const before = decodePlace(hearing.place, readPlace);
      const bus = await Bus.connect(join(home, 'pub.sock'), timeoutMs);
      try {
        const daemon = await daemonPid(home);
        let followed = sayFollowed(before.daemon, daemon);
        const follower = new Pm2Follower(before.starts, host);
        let lookAt = 0;
        while (!signal.aborted) {
          const { messages, skipped } = bus.take();
          messages.forEach((message) => follower.hear(message));
          hearing.skip(skipped);
          let usages: FeedEvent[] = [];
          if (Date.now() >= lookAt) {
            const { rows, skipped: unread } = await askList(home, timeoutMs, signal);
            const now = Date.now();
            hearing.skip(unread);
            follower.see(rows, now, followed);
            usages = usagesOf(rows, now).filter(({ runId }) => runId in follower.starts);
            // What seems to have ended while nobody listened is looked at again soon.
            const isPending = Object.values(follower.starts).some(({ goneAt }) => goneAt !== undefined);
            followed = isPending ? followed : '';
            lookAt = now + (isPending ? Math.min(everyMs, 1_000) : everyMs);
          }
          const place = encodePlace({ starts: follower.starts, ...(daemon !== undefined && { daemon }) });
          await hearing.keep([...follower.take(), ...usages], place);
          await bus.wait(Math.max(0, lookAt - Date.now()), signal);
        }
      } finally {
        bus.close();
      }
    },
  };
}

async function askList(home: string, timeoutMs: DurationMs, signal: AbortSignal): Promise<Rows<ListedProcess>> {
  const answer = await askDaemon(join(home, 'rpc.sock'), 'getMonitorData', { timeoutMs, signal });
  try {
    return readList(answer);
  } catch (error) {
    // Its message would show what was found, which may hold an environment.
    if (error instanceof ShapeError) {
      throw new ConnectorError('unexpected-shape', ID, 'getMonitorData answered no list. PM2 5 to 7 can be read.');
    }
    throw error;
  }
}

/** Of the whole tree where the process is found, else what PM2 tells, which is the memory of the process alone. */
function usagesOf(list: readonly ListedProcess[], now: EpochMs): FeedEvent[] {
  const living = list.flatMap((process) => (process.pid === undefined ? [] : { ...process, pid: process.pid }));
  const trees = measureTrees(living, now);
  return living.flatMap((process) => {
    const { pid, rssBytes } = process;
    const usage = trees.get(pid) ?? (rssBytes === undefined ? undefined : { rssBytes });
    return usage === undefined ? [] : { runId: runIdOf(process), attempt: 1, at: now, ...usage };
  });
}

async function daemonPid(home: string): Promise<string | undefined> {
  try {
    return (await readFile(join(home, 'pm2.pid'), 'utf8')).trim();
  } catch {
    return undefined;
  }
}

function sayFollowed(before: string | undefined, now: string | undefined): string {
  return before === undefined || now === undefined || before === now
    ? ''
    : `PM2's daemon with pid ${before} is gone, one with pid ${now} has followed.`;
}
