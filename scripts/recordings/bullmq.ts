import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { eventually } from '../../tests/systems/eventually';
import { startBullMqEnds } from '../../tests/systems/bullmq-ends';
import { FIELDS, PLACES, TEXTS } from '../../store/src/sources/bullmq/job';
import type { BullRecord } from '../../store/src/sources/bullmq/job';

/** `npm run recordings:bullmq`: jobs of a real BullMQ as they lie in Redis, for the tests of the store's source. */
const FIXTURES = join(__dirname, '../../store/src/sources/bullmq/fixtures');
const READ = [...FIELDS, ...TEXTS];

async function recordOf(redis: Redis, queue: string, id: string): Promise<BullRecord | undefined> {
  const values = await redis.hmget(`bull:${queue}:${id}`, ...READ);
  for (const place of PLACES) {
    const at = `bull:${queue}:${place}`;
    const isList = (await redis.type(at)) === 'list';
    const found = isList ? await redis.lpos(at, id) : await redis.zscore(at, id).catch(() => null);
    if (found !== null) {
      const fields = Object.fromEntries(READ.map((field, index) => [field, withoutPlaces(values[index] ?? null)]));
      const isLocked = (await redis.exists(`bull:${queue}:${id}:lock`)) === 1;
      return { prefix: 'bull', queue, id, place, fields, ...(place === 'active' && { isLocked }) };
    }
  }
  return undefined;
}

function withoutPlaces(text: string | null): string | null {
  return text?.replace(/\/[^"() ]*\/(node_modules|bullmq)\//g, '/srv/app/$1/') ?? null;
}

async function main(): Promise<void> {
  const bull = await startBullMqEnds();
  const redis = new Redis(bull.url);
  try {
    const worker = await bull.startWorker('worker-1');
    const ids = await bull.sendOneOfEach();
    const is = (place: string, id: string) => redis.zscore(`bull:orders:${place}`, ids[id] as string);
    await eventually('the retried one', async () => (await is('completed', 'retried')) ?? undefined);
    const jobs: Record<string, BullRecord> = {};
    const record = async (name: string, id: string) => {
      const found = (await recordOf(redis, 'orders', id)) ?? (await recordOf(redis, 'nobody', id));
      if (found !== undefined) {
        jobs[name] = found;
      }
    };
    for (const [name, id] of Object.entries(ids)) {
      await record(name, id);
    }
    await worker.stop();
    const lock = `bull:orders:${ids['running']}:lock`;
    await eventually('its lock to expire', async () => ((await redis.exists(lock)) === 0 ? true : undefined));
    await record('stalled', ids['running'] as string);
    const recorded = {
      system: 'BullMQ 6.7.0, Redis 7.0',
      situation: 'Every way a job ends, waits and runs; its worker killed',
    };
    writeFileSync(join(FIXTURES, 'every-end.json'), `${JSON.stringify({ recorded, jobs }, undefined, 1)}\n`);
  } finally {
    redis.disconnect();
    await bull.stop();
  }
}

void main();
