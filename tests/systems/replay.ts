import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TimeRange } from '../../src/model/task-query';
import type { DurationMs } from '../../src/model/units';
import type { Profile } from '../../src/prometheus/profile';
import { endOfStep, nextScraped } from './ask-connector';
import { queryUntil } from './ask-prometheus';
import { startPrometheus } from './prometheus';
import { stopAll } from './system';
import type { System } from './system';

interface Replay extends System {
  /** From now on the scrapes `scrapes/<exporter>-<step>.txt` are answered. The first step is 1. */
  show(step: number): void;
}

/** A Prometheus that has seen the recordings of some exporters change. */
export interface Replayed extends System {
  /** From the step in which they were as they began to the end of that in which they had changed. */
  range: TimeRange;
}

/** Has Prometheus scrape what was recorded of the profiles' exporters first, then what was recorded later. */
export async function replayed(profiles: readonly Profile[], step: DurationMs): Promise<Replayed> {
  const replay = await startReplay();
  const started: System[] = [replay];
  try {
    const prometheus = await startPrometheus({
      scrape: profiles.map(({ id }) => ({ job: id, target: replay.url, path: `/${id}` })),
    });
    started.unshift(prometheus);
    const { url, pid } = prometheus;
    await queryUntil(url, `count(up == 1) == ${profiles.length}`);
    const from = await nextScraped(url, step);
    replay.show(2);
    const shown = Date.now() / 1000;
    await queryUntil(url, `min(timestamp(up)) > ${shown}`);
    return { url, pid, range: { from, to: endOfStep(step) }, stop: () => stopAll(started) };
  } catch (error) {
    await stopAll(started);
    throw error;
  }
}

/** A line of a scrape: when it was recorded, in seconds since 1970. Its instants are moved to now then. */
const RECORDED_AT = /^# recorded at (\d+)$/m;
/** Values that are instants, of which the recording knows none older. */
const A_DAY = 86_500;

/** Recorded scrapes of exporters that cannot be installed, each at its name: `<url>/sidekiq`. */
async function startReplay(): Promise<Replay> {
  let shown = 1;
  const now = Math.floor(Date.now() / 1000);
  const server = createServer((request, response) => {
    try {
      const text = readFileSync(join(__dirname, 'scrapes', `${request.url?.slice(1)}-${shown}.txt`), 'utf8');
      response.setHeader('content-type', 'text/plain; version=0.0.4');
      response.end(moved(text, now));
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pid: process.pid,
    show: (step) => (shown = step),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

function moved(text: string, now: number): string {
  const recordedAt = Number(RECORDED_AT.exec(text)?.[1] ?? NaN);
  return text.replace(/ (\S+)$/gm, (all, value: string) =>
    Math.abs(Number(value) - recordedAt) < A_DAY ? ` ${Number(value) - recordedAt + now}` : all
  );
}
