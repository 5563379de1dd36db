import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDagster } from '../../src/connectors/dagster/connector';
import type { HttpResponse } from '../../src/connectors/connector';
import { NO_FILTER } from '../../src/model/task-query';
import { startDagster } from '../../tests/systems/dagster';
import type { Dagster } from '../../tests/systems/dagster';
import { eventually } from '../../tests/systems/eventually';

/** `npm run recordings:dagster`: what a real Dagster answers to its connector, for the fixtures of the contract test. */
const FIXTURES = join(__dirname, '../../src/connectors/dagster/fixtures');
const HOUR = 3_600_000;
const signal = new AbortController().signal;

/** Where the packages and the machine are says nothing about Dagster. */
function withoutPlaces(body: string): string {
  return body
    .replace(/\/[^" ]*\/python-dagster-[0-9a-f]+\//g, '/srv/venv/lib/python3.11/site-packages/')
    .replace(/\/[^" ]*\/runlane-dagster-\w+\//g, '/srv/dagster/')
    .replace(/\/[^" ]*\/lib\/python3[^/"]*\//g, '/usr/lib/python3.11/')
    .replace(/\/[^" ]*\/dagster_shop\.py/g, '/srv/app/dagster_shop.py');
}

/** Asks what the contract test asks, and keeps each answer under the address that was asked. */
async function record(dagster: Dagster, file: string, situation: string): Promise<void> {
  const answers: Array<HttpResponse & { path: string }> = [];
  const http = async (path: string) => {
    const response = await fetch(dagster.url + path);
    const answer = { status: response.status, body: withoutPlaces(await response.text()) };
    answers.push({ path, ...answer });
    return answer;
  };
  const now = Date.now();
  const range = { from: now - HOUR, to: now };
  const connector = createDagster({ http }, () => now);
  await connector.check(signal);
  await connector.workers?.(NO_FILTER, range, signal);
  await connector.assets?.(signal);
  await connector.runs({ filter: NO_FILTER, range, limit: 50 }, signal);
  const recorded = { system: 'Dagster 1.13.28, SQLite', date: new Date(now).toISOString().slice(0, 10), situation };
  writeFileSync(join(FIXTURES, file), `${JSON.stringify({ recorded, now, range, answers }, undefined, 2)}\n`);
}

/** Asks the connector until a run is in one of these states, by Dagster's word. */
async function settled(dagster: Dagster, runId: string, statuses: readonly string[]): Promise<void> {
  const http = async (path: string) => {
    const response = await fetch(dagster.url + path);
    return { status: response.status, body: await response.text() };
  };
  const connector = createDagster({ http });
  await eventually(
    `the run ${runId} to be ${statuses.join(' or ')}`,
    async () => {
      const range = { from: Date.now() - HOUR, to: Date.now() };
      const { runs } = await connector.runs({ filter: NO_FILTER, range, limit: 100 }, signal);
      const run = runs.find((one) => one.runId === runId);
      return statuses.includes(run?.nativeState ?? '') ? true : undefined;
    },
    { seconds: 180, everyMs: 1000 }
  );
}

async function main(): Promise<void> {
  const dagster = await startDagster();
  try {
    await record(dagster, 'nothing-ran-yet.json', 'Just started: two code locations, no run');
    const held = await dagster.launch('order', { tags: { held: 'yes', team: 'web' } });
    const failed = await dagster.launch('refund_order');
    const ids = [];
    for (const job of ['mail', 'newsletter', 'thumbnails', 'killed_run', 'killed_step', 'nothing_to_do', 'sales']) {
      ids.push(await dagster.launch(job));
    }
    ids.push(await dagster.launch('order', { location: 'billing' }));
    await settled(dagster, failed, ['FAILURE']);
    ids.push(await dagster.retry(failed));
    for (const id of ids) {
      await settled(dagster, id, ['SUCCESS', 'FAILURE']);
    }
    const cancelled = await dagster.launch('report');
    await settled(dagster, cancelled, ['STARTED']);
    await new Promise((wait) => setTimeout(wait, 3000));
    await Promise.all([dagster.terminate(held), dagster.terminate(cancelled)]);
    await settled(dagster, cancelled, ['CANCELED']);
    await dagster.launch('order', { tags: { held: 'yes' } });
    const running = await dagster.launch('report');
    await settled(dagster, running, ['STARTED']);
    await record(
      dagster,
      'every-end-of-a-run.json',
      'Every way a run, a step and a check ends, waits or runs; a schedule, and a sensor that raises; two locations with a job of the same name'
    );
    // In the queue when the code that it would run is gone.
    const unlaunched = await dagster.launch('order');
    await dagster.shop.stop();
    await settled(dagster, unlaunched, ['FAILURE']);
    await dagster.daemon.stop();
    await new Promise((wait) => setTimeout(wait, 150_000));
    await record(
      dagster,
      'host-of-runs-and-daemon-killed.json',
      'A code location was killed with the run that it had started, a run that waited could not be launched then, and the daemon was killed two and a half minutes ago'
    );
  } finally {
    await dagster.stop();
  }
}

void main();
