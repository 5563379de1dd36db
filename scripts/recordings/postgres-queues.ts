// Records what rows of real queues in PostgreSQL say, as the source reads them: `npm run recordings:postgres-queues`.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from '../../store/src/sources/postgres-queue/describe';
import { readEngine } from '../../store/src/sources/postgres-queue/engines';
import { askPage } from '../../store/src/sources/postgres-queue/question';
import type { Row } from '../../store/src/sources/postgres-queue/question';
import { openSession } from '../../store/src/sources/postgres-queue/session';
import { databaseOf, QUEUE_ENGINES, startPostgresQueues } from '../../tests/systems/postgres-queues';
import type { PostgresQueues, QueueEngine } from '../../tests/systems/postgres-queues';

const FOLDER = join(__dirname, '..', '..', 'store', 'src', 'sources', 'postgres-queue', 'fixtures');
const signal = new AbortController().signal;

/** Each state of each run that a look every 200 ms sees, while the engine's demo runs. */
async function record(queues: PostgresQueues, engine: QueueEngine): Promise<void> {
  const mapping = readEngine(engine);
  const { hostname: host, port } = new URL(queues.url);
  const session = openSession({ host, port: Number(port), user: 'postgres', database: databaseOf(engine) }, 10_000);
  const server = { host: `${host}:${port}`, database: databaseOf(engine), timeoutMs: 10_000 };
  const described = await describe(mapping, mapping.schema, { ask: session.ask, server, anyVersion: false }, signal);
  const seen = new Map<string, { now: number; row: Row }>();
  let isOver = false;
  const look = async () => {
    for (const read of mapping.reads) {
      const { rows } = await session.ask(askPage(described, read, { from: Date.now() - 3_600_000 }, 1_000), signal);
      for (const row of rows) {
        const facts = Object.fromEntries(Object.entries(row).filter(([name]) => !name.startsWith('~')));
        const { runId, state, attempt } = row;
        seen.set([runId, state, attempt].join(), { now: Date.now(), row: facts });
      }
    }
  };
  const looking = (async () => {
    while (!isOver) {
      await look();
      await new Promise((wait) => setTimeout(wait, 200));
    }
  })();
  const program = queues.programs[engine];
  await program.crash();
  await program.demo();
  await (engine === 'pg-boss' ? program.follow() : undefined);
  // Until the worker that was killed has been silent for long enough.
  await new Promise((wait) => setTimeout(wait, engine === 'procrastinate' ? 32_000 : 500));
  isOver = true;
  await looking;
  await session.close();
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, `${engine}.json`), withoutPlaces(`${JSON.stringify([...seen.values()], null, 2)}\n`));
}

/** Where the programs lie says nothing about the engines. */
function withoutPlaces(text: string): string {
  return text
    .replace(/\/[^"\\ )]*\/(node_modules|pkg\/mod)\//g, '/srv/app/$1/')
    .replace(/\/[^"\\ )]*\/([\w.-]+\.(?:cjs|go))/g, (path, file: string) =>
      path.startsWith('/srv/app/') ? path : `/srv/app/${file}`
    );
}

async function main(): Promise<void> {
  const queues = await startPostgresQueues();
  try {
    for (const engine of QUEUE_ENGINES) {
      await record(queues, engine);
    }
  } finally {
    await queues.stop();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
