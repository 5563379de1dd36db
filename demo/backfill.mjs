import { between, createRandom } from './random.mjs';
import { WORKERS } from './dispatcher.mjs';
import { TASKS } from './tasks.mjs';

/** Runs per hour over all tasks. */
const PER_HOUR = 120;
/** A bad hour in every so many: failures pile up, so that wide ranges have something to find. */
const BAD_EVERY = 9;

/**
 * Made-up runs of the past `hours`, for looking at wide ranges. Nothing of it has happened: each run says so in its
 * label `origin=backfill` and in its evidence. Yields one event per run, its end, with everything in it.
 */
export function* backfill(hours, seed, now) {
  const random = createRandom(seed ^ 0xbacf111);
  const names = Object.keys(TASKS);
  const total = Math.round(hours * PER_HOUR);
  for (let i = 0; i < total; i++) {
    const createdAt = now - Math.round(((i + random()) / total) * hours * 3_600_000) - 60_000;
    const task = names[Math.floor(random() ** 2 * names.length)];
    const { queue, labels } = TASKS[task];
    const bad = Math.floor(createdAt / 3_600_000) % BAD_EVERY === 0;
    const failed = random() < (bad ? 0.25 : 0.02);
    const startedAt = createdAt + between(random, 20, bad ? 9000 : 700);
    const finishedAt = startedAt + Math.round(400 * Math.exp(random() * 3));
    yield {
      source: 'demo',
      runId: `backfill-${seed}-${createdAt}-${i}`,
      attempt: 1,
      at: finishedAt,
      task,
      kind: 'process',
      queue,
      worker: WORKERS[queue][i % WORKERS[queue].length],
      labels: { ...labels, origin: 'backfill' },
      evidence: 'made up by demo/run.mjs --backfill',
      createdAt,
      queuedAt: createdAt,
      startedAt,
      finishedAt,
      cpuSeconds: Math.round((finishedAt - startedAt) * (0.2 + random() * 0.5)) / 1000,
      maxRssBytes: between(random, 30, 180) * 1024 * 1024,
      ...(failed
        ? {
            state: 'failed',
            substate: 'error',
            exitCode: 1,
            error: { type: 'ConnectTimeoutError', message: 'no answer in 2500 ms' },
          }
        : { state: 'completed', substate: 'success', exitCode: 0 }),
    };
  }
}
