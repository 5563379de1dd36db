// Every GET route over a million runs and a 24 h window, while ingest runs at 5,000 events/s, against PostgreSQL 15
// with the same rows and index, idle. The peer answers in SQL what the route answers; turning its rows into the answer's
// shape is not counted against it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startPostgres } from './peers/postgres.mjs';
import { judge, median, percentile, show } from './rounds.mjs';
import { post, startStore } from './store-process.mjs';
import { bodies, eventsInOrder, runs } from './workload.mjs';

const DAY = 86_400_000;
const STEP = 60_000 * 10;
const COLUMN = 60_000;

/** One event that tells a whole finished run. */
export function finished(run) {
  return { ...run, at: run.finishedAt };
}

export const SCHEMA = `
  create table run (
    source text, run_id text, attempt int, task text, queue text, worker text, state smallint, exit_code int,
    error_type text, error_message text, queued_at bigint, started_at bigint, finished_at bigint,
    cpu_seconds double precision, max_rss bigint, primary key (source, run_id, attempt)
  )`;

export function csv(run) {
  return [
    run.source,
    run.runId,
    run.attempt,
    run.task,
    run.queue,
    run.worker,
    run.state === 'failed' ? 3 : 2,
    run.exitCode ?? '',
    run.error?.type ?? '',
    run.error?.message ?? '',
    run.queuedAt,
    run.startedAt,
    run.finishedAt,
    run.cpuSeconds,
    run.maxRssBytes,
  ].join(',');
}

/** What each route asks, and the SQL that answers the same. `$1`, `$2`: the window. */
export function questions(sample, cursor, { step = STEP, column = COLUMN } = {}) {
  const within = 'finished_at >= $1 and queued_at < $2';
  return {
    runs: { query: '&limit=500', sql: `select *, count(*) over () from run where ${within} order by started_at desc limit 500` },
    timeline: {
      query: `&groupBy=task&step=${column}`,
      sql: `select task, (started_at - $1) / ${column} as c, max(state), count(*) from run where ${within} group by 1, 2`,
    },
    states: {
      query: `&groupBy=task&step=${step}`,
      sql: `select task, state, (finished_at - $1) / ${step} as b, count(*) from run where ${within} group by 1, 2, 3`,
    },
    throughput: {
      query: `&groupBy=task&step=${step}`,
      sql: `select task, state, (finished_at - $1) / ${step} as b, count(*) from run where ${within} group by 1, 2, 3`,
    },
    durations: {
      query: `&groupBy=task&step=${step}`,
      sql: `select task, (finished_at - $1) / ${step} as b, percentile_cont(array[0.5, 0.95, 0.99]) within group (order by finished_at - started_at), max(finished_at - started_at) from run where ${within} group by 1, 2`,
    },
    health: {
      query: `&groupBy=task&step=${step}`,
      sql: `select task, (finished_at - $1) / ${step} as b, count(*), count(*) filter (where state = 3), percentile_cont(0.95) within group (order by finished_at - started_at), percentile_cont(0.95) within group (order by started_at - queued_at) from run where ${within} group by 1, 2`,
    },
    failures: {
      query: `&step=${step}`,
      sql: `select error_type, error_message, array_agg(distinct task), count(*), min(finished_at), max(finished_at) from run where ${within} and state = 3 group by 1, 2 order by 4 desc limit 100`,
    },
    workers: {
      query: '',
      sql: `select worker, count(*) filter (where state = 2), count(*) filter (where state = 3), max(finished_at) from run where ${within} group by 1`,
    },
    queues: {
      query: '',
      sql: `select queue, count(*) filter (where state = 2), count(*) filter (where state = 3), percentile_cont(0.95) within group (order by started_at - queued_at) from run where ${within} group by 1`,
    },
    resources: {
      query: `&groupBy=task&step=${step}`,
      sql: `select task, (finished_at - $1) / ${step} as b, sum(cpu_seconds), max(max_rss) from run where ${within} group by 1, 2`,
    },
    values: { query: '&field=task', sql: `select task, count(*) from run where ${within} group by 1 order by 2 desc limit 500` },
    [`runs/${encodeURIComponent([sample.source, sample.runId, sample.attempt].join('\n'))}`]: {
      name: 'runs/:key',
      query: '',
      sql: `select * from run where source = 'bench' and run_id = '${sample.runId}' and attempt = 1 and $1::bigint < $2::bigint`,
    },
    // As a listener asks that was away for 500 changes.
    changes: { query: `&wait=0&limit=500&cursor=${cursor - 500}`, sql: `select * from run where ${within} order by finished_at desc limit 500` },
  };
}

export async function reads({ rounds, count = 1_000_000 }) {
  const now = Date.now();
  const from = now - DAY;
  const store = await startStore();
  const postgres = await startPostgres();
  const results = [];
  let ingesting = true;
  let background;
  try {
    process.stdout.write(`  loading ${show(count)} runs into both\n`);
    const file = join(postgres.folder, 'runs.csv');
    const all = [...runs({ count, from, to: now - 60_000, seed: 7 })];
    const sample = all[Math.floor(all.length / 2)];
    for (let i = 0; i < all.length; i += 50_000) {
      const part = all.slice(i, i + 50_000);
      await post(store, bodies(part.map(finished)));
      writeFileSync(file, part.map(csv).join('\n') + '\n', { flag: i === 0 ? 'w' : 'a', mode: 0o644 });
    }
    await postgres.client.query(SCHEMA);
    await postgres.client.query(`copy run from '${file}' with (format csv, null '')`);
    await postgres.client.query('create index on run (finished_at, state); create index on run (started_at)');
    await postgres.client.query('vacuum analyze run');
    all.length = 0;

    background = ingestAt(store, 5000, () => ingesting);
    const window = `from=${from}&to=${now}`;
    const { cursor } = JSON.parse((await store.request('/api/v1/changes?wait=0')).body.toString());
    for (const [route, { name = route, query, sql }] of Object.entries(questions(sample, Number(cursor)))) {
      const ratios = [];
      const ours = [];
      const theirs = [];
      for (let round = 0; round < rounds; round++) {
        const a = await p95(async () => {
          const answer = await store.request(`/api/v1/${route}?${window}${query}`);
          if (answer.status !== 200) {
            throw new Error(`GET /api/v1/${name} answered ${answer.status}: ${answer.body.toString().slice(0, 300)}`);
          }
        });
        const b = await p95(() => postgres.client.query(sql, [from, now]));
        ours.push(a);
        theirs.push(b);
        ratios.push(a / b);
      }
      const result = judge({
        name: `GET ${name}, p95, ${show(count)} runs, 24 h, ingest at 5k/s`,
        unit: 'ms',
        better: 'less',
        goal: 2,
        peerName: 'PostgreSQL 15, same rows and index, idle',
        ours: median(ours),
        peer: median(theirs),
        ratio: median(ratios),
      });
      process.stdout.write(`  GET ${name}: ours ${show(result.ours)} ms, PostgreSQL ${show(result.peer)} ms, ratio ${show(result.ratio)}\n`);
      results.push(result);
    }
  } finally {
    ingesting = false;
    await background;
    await postgres.stop();
    await store.stop();
  }
  return results;
}

/** Milliseconds that 95 of 100 requests stay under; fewer requests where one takes long. */
async function p95(once) {
  await once();
  const times = [];
  const until = performance.now() + 1500;
  while (times.length < 100 && (times.length < 8 || performance.now() < until)) {
    const began = performance.now();
    await once();
    times.push(performance.now() - began);
  }
  return percentile(times, 0.95);
}

/** Posts new runs at a steady rate in batches of 500 events until told to stop. */
async function ingestAt(store, eventsPerSecond, goOn) {
  const batch = 500;
  for (let seed = 1000; goOn(); seed++) {
    const began = performance.now();
    const now = Date.now();
    const events = eventsInOrder(runs({ count: Math.ceil(batch / 3), from: now - 2000, to: now - 1000, seed }));
    await post(store, bodies(events), 1);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, (1000 * batch) / eventsPerSecond - (performance.now() - began))));
  }
}
