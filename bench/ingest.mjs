// Durable events per second, HTTP NDJSON to acknowledged commit, one process, against Celery's events.State.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { compare } from './rounds.mjs';
import { post, startStore } from './store-process.mjs';
import { bodies, eventsInOrder, runs } from './workload.mjs';

const CELERY = '5.5.3';
/** Senders at once, as from as many hosts: each waits for the commit of its batch before it sends the next. */
const SENDERS = 32;

function installCelery() {
  const folder = join(homedir(), '.cache', 'runlane-bench', `celery-${CELERY}`);
  if (!existsSync(join(folder, 'celery'))) {
    mkdirSync(folder, { recursive: true });
    execFileSync('python3', ['-m', 'pip', 'install', '--quiet', '--target', folder, `celery==${CELERY}`], { stdio: 'inherit' });
  }
  return folder;
}

export async function ingest({ rounds }) {
  const celery = installCelery();
  const folder = mkdtempSync(join(tmpdir(), 'runlane-bench-'));
  const now = Date.now();
  const count = 100_000;
  const ndjson = join(folder, 'events.ndjson');
  const result = await compare({
    name: 'durable events/s',
    unit: 'events/s',
    better: 'more',
    goal: 2,
    peerName: `Celery ${CELERY} events.State, memory only`,
    rounds,
    async ours(round) {
      const events = eventsInOrder(runs({ count, from: now - 600_000, to: now, seed: 100 + round }));
      writeFileSync(ndjson, events.map((event) => JSON.stringify(event)).join('\n'));
      const store = await startStore();
      try {
        return events.length / (await post(store, bodies(events), SENDERS));
      } finally {
        await store.stop();
      }
    },
    peer: () =>
      Number(execFileSync('python3', ['bench/peers/celery_state.py', ndjson], { env: { ...process.env, PYTHONPATH: celery } })),
  });
  rmSync(folder, { recursive: true, force: true });
  return [result];
}
