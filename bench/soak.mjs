// Memory of the store under steady load: 2,000 events a second and the questions of an open dashboard, for a while.
// It passes when the end is flat: the last third of the time needs no more than the third before it. Columns are kept
// small, so that they are full early: whatever else grows shows.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judge, percentile, show } from './rounds.mjs';
import { startStore } from './store-process.mjs';
import { eventsInOrder, runs } from './workload.mjs';

const EVENTS_PER_SECOND = 2_000;
const EVENTS_PER_RUN = 3;
/** The last third may need this much more than the one before. */
const MOST_GROWTH = 1.05;
const CONFIG = 'limits: { maxCache: 32MiB }\n';
const SAMPLE_MS = 5_000;
const VIEWS = ['timeline', 'states', 'health', 'durations', 'failures', 'workers'];
const MIB = 2 ** 20;

/** Resident memory of a process in bytes, as Linux has it. */
function residentBytes(pid) {
  return 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? NaN);
}

/**
 * Posts one second's worth of runs that just ended, and again, until `until`; behind time, it sends at once. Resolves to
 * how many events a second that came to.
 */
async function load(store, until) {
  const began = Date.now();
  let posted = 0;
  for (let second = 0; Date.now() < until; second++) {
    const to = Date.now();
    const events = eventsInOrder(
      runs({ count: Math.round(EVENTS_PER_SECOND / EVENTS_PER_RUN), from: to - 1_000, to, seed: 1 + second })
    );
    for (let i = 0; i < events.length; i += 200) {
      const body = events.slice(i, i + 200).map((event) => JSON.stringify(event)).join('\n');
      const answer = await store.request('/api/v1/events', { method: 'POST', body });
      if (answer.status !== 202) {
        throw new Error(`POST /api/v1/events answered ${answer.status}: ${answer.body.toString().slice(0, 300)}`);
      }
    }
    posted += events.length;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, began + (second + 1) * 1_000 - Date.now())));
  }
  return (1_000 * posted) / (Date.now() - began);
}

/** Asks what a dashboard of an hour asks, every ten seconds, and scrapes. */
async function look(store, until) {
  while (Date.now() < until) {
    const to = Date.now();
    for (const view of VIEWS) {
      await store.request(`/api/v1/${view}?from=${to - 3_600_000}&to=${to}&step=30000`);
    }
    await store.request('/metrics');
    await new Promise((resolve) => setTimeout(resolve, 10_000));
  }
}

export async function soak({ minutes }) {
  const folder = mkdtempSync(join(tmpdir(), 'runlane-soak-'));
  const config = join(folder, 'runlane.yaml');
  writeFileSync(config, CONFIG);
  const store = await startStore({ flags: ['--config', config] });
  try {
    const until = Date.now() + minutes * 60_000;
    const samples = [];
    let rate = 0;
    const sampling = setInterval(() => {
      samples.push(residentBytes(store.pid));
      if (samples.length % 6 === 0) {
        process.stdout.write(`  ${samples.length * (SAMPLE_MS / 1000)} s: ${Math.round(samples.at(-1) / MIB)} MiB\n`);
      }
    }, SAMPLE_MS);
    try {
      [rate] = await Promise.all([load(store, until), look(store, until)]);
    } finally {
      clearInterval(sampling);
    }
    const third = Math.floor(samples.length / 3);
    // The median: what waits for the collector of garbage goes up and down by a fifth.
    const middle = percentile(samples.slice(third, 2 * third), 0.5);
    const end = percentile(samples.slice(-third), 0.5);
    return [
      judge({
        name: `memory at ${show(rate)} events/s, last third of ${minutes} min`,
        unit: 'MiB',
        better: 'less',
        goal: MOST_GROWTH,
        peerName: 'the third before it',
        ours: end / MIB,
        peer: middle / MIB,
        ratio: end / middle,
        exact: true,
      }),
    ];
  } finally {
    await store.stop();
    rmSync(folder, { recursive: true });
  }
}
