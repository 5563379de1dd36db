// What keeping many runs costs: how fast they arrive, how much disk they take, how soon a restarted store answers, and
// every GET route over the whole of them, against PostgreSQL 15 with the same rows and indexes, idle. Apart from the
// other benchmarks, because ten million runs take an hour: `npm run bench -- --scale [--count 1000000] [--no-peer]`.
import { createWriteStream, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from './peers/postgres.mjs';
import { csv, finished, questions, SCHEMA } from './reads.mjs';
import { judge, percentile, show } from './rounds.mjs';
import { post, startStore } from './store-process.mjs';
import { bodies, runs } from './workload.mjs';

const DAY = 86_400_000;
const DAYS = 7;
const PART = 50_000;
const MILLION = 1_000_000;
const MIB = 2 ** 20;
/** As the boards ask: a step for about a thousand buckets of a chart, a column for each pixel of the timeline. */
const STEP = 3_600_000 / 2;
const COLUMN = 600_000;
/** Asked so often: the first answers are those of a board that nobody had open. */
const ASKED = 8;

/** Resident memory of a process in bytes, as Linux has it. */
function residentBytes(pid) {
  return 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? NaN);
}

/** Milliseconds of processor time that a process has used, as Linux has it: what neighbours on the machine do not move. */
function worked(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

function bytesIn(folder) {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

const seconds = (ms) => `${show(ms / 1000)} s`;
const tell = (line) => process.stdout.write(`  ${line}\n`);

/** Resolves once the store has nothing more to do by itself: its file has not changed for a while. */
async function settled(folder, mostMs) {
  const until = Date.now() + mostMs;
  let before = '';
  for (let same = 0; same < 4 && Date.now() < until;) {
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const now = readdirSync(folder)
      .map((name) => `${name} ${statSync(join(folder, name)).mtimeMs}`)
      .join();
    same = now === before ? same + 1 : 0;
    before = now;
  }
}

async function ask(store, path) {
  const began = performance.now();
  const answer = await store.request(path);
  if (answer.status !== 200) {
    throw new Error(`GET ${path} answered ${answer.status}: ${answer.body.toString().slice(0, 300)}`);
  }
  return performance.now() - began;
}

/** @param count runs, spread over seven days */
export async function scale({ count, peer = true }) {
  const now = Date.now();
  const from = now - DAYS * DAY;
  const folder = mkdtempSync(join(tmpdir(), 'runlane-scale-'));
  const postgres = peer ? await startPostgres() : undefined;
  const results = [];
  const goal = (name, unit, ours, most, peerName = 'the goal, a figure') =>
    results.push(
      judge({
        name: `${name}, ${show(count)} runs`,
        unit,
        better: 'less',
        goal: 1,
        peerName,
        ours,
        peer: most,
        ratio: ours / most,
      })
    );
  let store;
  try {
    store = await startStore({ folder });
    const file = postgres && join(postgres.folder, 'runs.csv');
    const out = file && createWriteStream(file, { mode: 0o644 });
    const perMillion = [];
    let sample;
    let part = [];
    let posted = 0;
    let spent = 0;
    let workedBefore = 0;
    const flush = async () => {
      const texts = bodies(part.map(finished));
      spent += await post(store, texts);
      if (out !== undefined && !out.write(part.map(csv).join('\n') + '\n')) {
        await once(out, 'drain');
      }
      posted += part.length;
      sample ??= posted >= count / 2 ? part[0] : undefined;
      part = [];
      if (posted % MILLION === 0 || posted === count) {
        perMillion.push(spent);
        const work = worked(store.pid);
        tell(
          `${show(posted)} runs: the last took ${seconds(1000 * spent)}, ${seconds(work - workedBefore)} of processors, ${show(bytesIn(folder) / posted)} B a run on disk, ${show(residentBytes(store.pid) / MIB)} MiB resident`
        );
        spent = 0;
        workedBefore = work;
      }
    };
    for (const run of runs({ count, from, to: now - 60_000, seed: 7 })) {
      part.push(run);
      if (part.length === PART) {
        await flush();
      }
    }
    if (part.length > 0) {
      await flush();
    }
    if (out !== undefined) {
      out.end();
      await once(out, 'close');
    }
    if (count >= 2 * MILLION) {
      const ratio = perMillion[0] / perMillion[Math.floor(count / MILLION) - 1];
      results.push(
        judge({
          name: `finished runs/s, last million against the first of ${show(count)}`,
          unit: 's',
          better: 'more',
          goal: 0.9,
          peerName: 'itself',
          ours: perMillion.at(-1),
          peer: perMillion[0],
          ratio,
        })
      );
    }
    await settled(folder, 600_000);
    await store.stop({ keep: true });
    goal('disk per run', 'B', bytesIn(folder) / count, 160);

    const stopped = performance.now();
    store = await startStore({ folder });
    goal('restart to /readyz', 'ms', performance.now() - stopped, 2_000);
    goal(
      'first 24 h timeline after it',
      'ms',
      await ask(store, `/api/v1/timeline?groupBy=task&step=60000&from=${now - DAY}&to=${now}`),
      1_000
    );

    if (postgres !== undefined) {
      await postgres.client.query(SCHEMA);
      await postgres.client.query(`copy run from '${file}' with (format csv, null '')`);
      rmSync(file);
      await postgres.client.query('create index on run (finished_at, state); create index on run (started_at)');
      await postgres.client.query('vacuum analyze run');
    }
    const { cursor } = JSON.parse((await store.request('/api/v1/changes?wait=0')).body.toString());
    for (const [route, { name = route, query, sql }] of Object.entries(
      questions(sample, Number(cursor), { step: STEP, column: COLUMN })
    )) {
      const path = `/api/v1/${route}?from=${from}&to=${now}${query}`;
      const times = [];
      const theirs = [];
      const before = worked(store.pid);
      const asked = name === 'runs/:key' || name === 'changes' ? 100 : ASKED;
      for (let i = 0; i < asked; i++) {
        times.push(await ask(store, path));
        if (postgres !== undefined && (asked > ASKED || i < 3)) {
          const began = performance.now();
          await postgres.client.query(sql, [from, now]);
          theirs.push(performance.now() - began);
        }
      }
      const p95 = percentile(times, 0.95);
      tell(
        `GET ${name}: first ${show(times[0])} ms, p50 ${show(percentile(times, 0.5))} ms, p95 ${show(p95)} ms, processors ${show((worked(store.pid) - before) / asked)} ms each${postgres === undefined ? '' : `, PostgreSQL p95 ${show(percentile(theirs, 0.95))} ms`}, ${show(residentBytes(store.pid) / MIB)} MiB resident`
      );
      goal(`GET ${name}, p95, 7 d`, 'ms', p95, 1_000);
      if (postgres !== undefined) {
        const most = name === 'runs/:key' ? 1 : 1 / 5;
        results.push(
          judge({
            name: `GET ${name}, p95, 7 d, ${show(count)} runs`,
            unit: 'ms',
            better: 'less',
            goal: most,
            peerName: 'PostgreSQL 15, same rows and index, idle',
            ours: p95,
            peer: percentile(theirs, 0.95),
            ratio: p95 / percentile(theirs, 0.95),
          })
        );
      }
    }
    goal('resident memory after every route', 'MiB', residentBytes(store.pid) / MIB, 600);
  } finally {
    await store?.stop();
    await postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  return results;
}
