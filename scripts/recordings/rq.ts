import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { eventually } from '../../tests/systems/eventually';
import { startRq } from '../../tests/systems/rq';
import { FIELDS } from '../../store/src/sources/rq/job';
import type { RqRecord } from '../../store/src/sources/rq/job';

/** `npm run recordings:rq`: jobs of a real RQ as they lie in Redis, for the tests of the store's source. */
const FIXTURES = join(__dirname, '../../store/src/sources/rq/fixtures');

async function recordOf(redis: Redis, id: string): Promise<RqRecord> {
  const values = await redis.hmget(`rq:job:${id}`, ...FIELDS);
  const fields = Object.fromEntries(FIELDS.map((field, at) => [field, values[at] ?? null]));
  const results = await redis.xrange(`rq:results:${id}`, '-', '+');
  const executions = await redis.zrange('rq:wip:orders', '0', '-1', 'WITHSCORES');
  const at = executions.findIndex((execution) => execution.startsWith(`${id}:`));
  return { id, fields, results, ...(at >= 0 && { aliveUntil: Number(executions[at + 1]) }) };
}

async function main(): Promise<void> {
  const rq = await startRq();
  const redis = new Redis(rq.url);
  try {
    const worker = await rq.startWorker('worker-1');
    const ids = await rq.sendOneOfEach();
    const status = (name: string) => redis.hget(`rq:job:${ids[name]}`, 'status');
    await eventually('the last to end', async () => ((await status('polled')) === 'finished' ? true : undefined));
    ids['running'] = await rq.python('print(orders.enqueue(build, 600).id)');
    await eventually('it to run', async () => ((await status('running')) === 'started' ? true : undefined));
    await worker.stop();
    const jobs = Object.fromEntries(
      await Promise.all(Object.entries(ids).map(async ([name, id]) => [name, await recordOf(redis, id)] as const))
    );
    const recorded = {
      system: 'RQ 3.0.0, Redis 7.0',
      situation: 'Every way a job ends, waits and runs; its worker killed',
    };
    writeFileSync(
      join(FIXTURES, 'every-end.json'),
      `${JSON.stringify({ recorded, now: Date.now(), jobs }, undefined, 1)}\n`
    );
  } finally {
    redis.disconnect();
    await rq.stop();
  }
}

void main();
