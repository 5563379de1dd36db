import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../tests/systems/eventually';
import { startFlower } from '../../tests/systems/flower';
import type { Flower } from '../../tests/systems/flower';

/** `npm run recordings:flower`: what a real Flower answers, for the fixtures of its connector. */
const FIXTURES = join(__dirname, '../../src/connectors/flower/fixtures');
const HOUR = 3_600_000;

/** Everything that the connector asks for one page of fifty. */
const PATHS = [
  '/api/workers?status=true',
  '/api/tasks?limit=1',
  '/api/workers',
  '/api/tasks?limit=50&offset=0',
  ...['PENDING', 'RECEIVED', 'STARTED', 'RETRY'].map((state) => `/api/tasks?limit=1000&state=${state}`),
];

async function textOf(flower: Flower, path: string): Promise<{ path: string; status: number; body: string }> {
  const response = await fetch(flower.url + path);
  return { path, status: response.status, body: withoutPlaces(await response.text()) };
}

/** Where the packages, the application and the machine are says nothing about Flower. */
function withoutPlaces(body: string): string {
  return body
    .replace(/\/[^" ]*\/(celery|billiard|kombu)\//g, '/srv/venv/lib/python3.11/site-packages/$1/')
    .replace(/\/[^" ]*\/flower_tasks\.py/g, '/srv/app/flower_tasks.py')
    .replace(/(gen\d+@)[\w.-]+/g, '$1host');
}

async function record(flower: Flower, file: string, situation: string): Promise<void> {
  const answers = [];
  for (const path of PATHS) {
    answers.push(await textOf(flower, path));
  }
  const now = Date.now();
  const recorded = { system: 'Flower 2.2.0, Celery 5.7.0, Redis', situation };
  const fixture = { recorded, now, range: { from: now - HOUR, to: now }, answers };
  writeFileSync(join(FIXTURES, file), `${JSON.stringify(fixture, undefined, 2)}\n`);
}

async function countOf(flower: Flower, state: string): Promise<number> {
  return Object.keys(JSON.parse((await textOf(flower, `/api/tasks?state=${state}`)).body)).length;
}

async function main(): Promise<void> {
  const flower = await startFlower();
  try {
    await flower.sendOneOfEach();
    await flower.python('[charge.apply_async(args=(n,), queue="far") for n in range(3)]');
    const revoked = await flower.python('print(build_report.delay(600).id)');
    await eventually('all that ends', async () => ((await countOf(flower, 'SUCCESS')) >= 10 ? true : undefined));
    await flower.python(`app.control.revoke("${revoked}", terminate=True, signal="SIGKILL")`);
    await eventually('the revoked one', async () => ((await countOf(flower, 'REVOKED')) >= 2 ? true : undefined));
    await fetch(`${flower.url}/api/workers?refresh=1`);
    await record(
      flower,
      'every-end-of-a-task.json',
      'Every way a task ends, waits or runs; a worker in Shanghai beside a Flower in UTC'
    );
    await flower.worker.stop();
    await eventually('the silence', async () =>
      (await textOf(flower, '/api/workers?status=true')).body.includes('"worker-1@test": false') ? true : undefined
    );
    await record(flower, 'worker-killed.json', 'The worker that runs a task was killed');
  } finally {
    await flower.stop();
  }
}

void main();
