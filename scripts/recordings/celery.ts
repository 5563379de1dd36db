import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { useCelery } from '../../tests/systems/celery-ends';
import type { CeleryEnds } from '../../tests/systems/celery-ends';
import { startRedis } from '../../tests/systems/redis';

/** `npm run recordings:celery`: what real Celery workers publish on Redis, for the tests of the store's source. */
const FIXTURES = join(__dirname, '../../store/src/sources/celery/fixtures');
const pause = (ms: number) => new Promise((over) => setTimeout(over, ms));

/** Where the packages and the machine are says nothing about Celery. */
function withoutPlaces(text: string): string {
  return text
    .replace(/\/[^" ]*\/(celery|billiard|kombu)\//g, '/srv/venv/lib/python3.11/site-packages/$1/')
    .replace(/\/[^" ]*\/celery_ends\.py/g, '/srv/app/celery_ends.py')
    .replace(/(gen\d+@)[\w.-]+/g, '$1host');
}

function withoutPlacesInside(envelope: string): string {
  const message = JSON.parse(envelope) as { body: string; 'content-type': string; headers: { hostname?: string } };
  const clean = (body: string) =>
    message['content-type'] === 'application/json'
      ? Buffer.from(withoutPlaces(Buffer.from(body, 'base64').toString())).toString('base64')
      : body;
  return withoutPlaces(JSON.stringify({ ...message, body: clean(message.body) }));
}

/** Everything that is published while a situation is made; results beside events. */
async function record(
  file: string,
  situation: string,
  make: (celery: CeleryEnds) => Promise<unknown>,
  env: Readonly<Record<string, string>> = {}
): Promise<void> {
  const broker = await startRedis();
  const redis = new Redis(broker.url);
  const celery = await useCelery(broker.url, { backend: broker.url.replace(/0$/, '1'), env });
  const messages: string[] = [];
  const results: string[] = [];
  try {
    redis.on('pmessage', (_pattern, channel: string, text: string) => {
      if (channel.startsWith('/0.celeryev/')) {
        messages.push(withoutPlacesInside(text));
      } else if (channel.startsWith('celery-task-meta-')) {
        results.push(withoutPlaces(text));
      }
    });
    await redis.psubscribe('*');
    const ids = await make(celery);
    const fixture = { recorded: { system: 'Celery 5.7.0, Redis 7.0', situation }, ids, messages, results };
    writeFileSync(join(FIXTURES, file), `${JSON.stringify(fixture, undefined, 1)}\n`);
  } finally {
    redis.disconnect();
    await celery.stop();
    await broker.stop();
  }
}

async function main(): Promise<void> {
  await record('every-end.json', 'Every way a task ends, waits and runs; a worker in Shanghai', async (celery) => {
    await celery.startWorker({ name: 'worker-1@test' });
    await celery.startWorker({ name: 'worker-2@far', queue: 'far', concurrency: 1, zone: 'Asia/Shanghai' });
    const ids = await celery.sendOneOfEach();
    const far = await celery.python('print(charge.apply_async(queue="far").id)');
    // What is ignored is known to be over when its worker has been idle for a while.
    await pause(16_000);
    return { ...ids, far };
  });
  await record('worker-killed.json', 'A worker is killed with what it runs, and started anew', async (celery) => {
    const worker = await celery.startWorker({ name: 'worker-1@test', concurrency: 2 });
    const running = await celery.python('print(build_report.delay(600).id)');
    const late = await celery.python('print(build_report.apply_async((600,), queue="orders").id)');
    await pause(4_000);
    await worker.stop();
    await celery.startWorker({ name: 'worker-1@test', concurrency: 2 });
    await pause(4_000);
    return { running, late };
  });
  await record(
    'pickled.json',
    'Events that are pickled',
    async (celery) => {
      await celery.startWorker({ name: 'worker-1@test', concurrency: 1 });
      return { succeeded: await celery.python('print(charge.delay().id)') };
    },
    { RUNLANE_TEST_SERIALIZER: 'pickle' }
  );
}

void main();
