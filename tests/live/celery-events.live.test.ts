import { rmSync } from 'node:fs';
import { connect } from 'amqplib';
import { Redis } from 'ioredis';
import type { TaskRun } from '../../src/model/task-run';
import { runsOfSource, sourceStatus } from '../systems/ask-store';
import { ENDS } from '../../store/src/sources/celery/recorded.kit';
import { startCeleryOn } from '../systems/celery-ends';
import type { CeleryEnds } from '../systems/celery-ends';
import { eventually } from '../systems/eventually';
import { startRabbitMq } from '../systems/rabbitmq';
import { startRedis } from '../systems/redis';
import { startStore } from '../systems/store';
import { stopAll, temporaryFolder } from '../systems/system';
import type { Launched, System } from '../systems/system';

/** Celery 5.7 on Redis and on RabbitMQ, each heard by a real store. */
let redis: System;
let rabbit: System;
let onRedis: CeleryEnds;
let onRabbit: CeleryEnds;
let worker: Launched;
let store: Launched;
const data = temporaryFolder('celery-events');
const signal = new AbortController().signal;

const startListening = () => {
  const { username: user, password, host } = new URL(rabbit.url);
  const onResults = { resultBackend: redis.url.replace(/0$/, '1') };
  const sources = {
    onRedis: { system: 'celery', url: redis.url, settings: onResults },
    onRabbit: { system: 'celery', url: `amqp://${host}`, user, passwordEnv: 'BROKER_PASSWORD', every: '1s' },
  };
  return startStore({ data, env: { BROKER_PASSWORD: password }, config: { sources, lost: { after: '5s' } } });
};

const isUp = (name: string) =>
  eventually(`${name} to be heard`, async () => ((await sourceStatus(store, name)).up === true ? true : undefined));

const say = ({ attempt, task, state, substate }: TaskRun) => `${attempt} ${task} ${state}/${substate}`;

/** The attempts of a run, once they are as wanted. */
function attempts(source: string, id: string, wanted: readonly string[], seconds = 90): Promise<TaskRun[]> {
  const seen: string[] = [];
  return eventually(
    `${id} to be ${wanted.join()}`,
    async () => {
      const found = (await runsOfSource(store, source)).filter(({ runId }) => runId === id);
      const now = found.map(say).join();
      if (now !== seen.at(-1)) {
        seen.push(now);
      }
      return now === wanted.join() ? found : undefined;
    },
    { seconds, everyMs: 500, lastSeen: () => `One after the other it was: ${seen.join('; ')}` }
  );
}

/** When workers said that tasks ended, read by nothing of ours: milliseconds by task. */
async function recordEnds(connection: Redis): Promise<(id: string) => number[]> {
  const told: Array<{ uuid?: string; type: string; timestamp: number }> = [];
  connection.on('pmessage', (_pattern, _channel, text: string) => {
    const body = JSON.parse(Buffer.from(JSON.parse(text).body, 'base64').toString());
    told.push(...[body].flat());
  });
  await connection.psubscribe('/0.celeryev/task.*');
  const isEnd = (type: string) => /-(succeeded|failed|revoked|rejected)$/.test(type);
  return (id) =>
    told.flatMap(({ uuid, type, timestamp }) => (uuid === id && isEnd(type) ? [Math.round(timestamp * 1000)] : []));
}

beforeAll(async () => {
  [redis, rabbit] = await Promise.all([startRedis(), startRabbitMq()]);
  onRedis = await startCeleryOn(redis.url, { backend: redis.url.replace(/0$/, '1') });
  onRabbit = await startCeleryOn(rabbit.url);
  // The listener first: on Redis it knows only what it hears.
  store = await startListening();
  await isUp('onRedis');
  [worker] = await Promise.all([
    onRedis.startWorker({ name: 'worker-1@test' }),
    onRabbit.startWorker({ name: 'worker-1@rabbit' }),
    onRedis.startWorker({ name: 'worker-2@far', queue: 'far', concurrency: 1, zone: 'Asia/Shanghai' }),
  ]);
  await isUp('onRabbit');
}, 900_000);

afterAll(async () => {
  await stopAll([store]);
  await onRedis?.stop();
  await onRabbit?.stop();
  await stopAll([redis, rabbit]);
  rmSync(data, { recursive: true, force: true });
}, 120_000);

test('on Redis, every end is told as Celery has it, and when', async () => {
  const raw = new Redis(redis.url);
  const ends = await recordEnds(raw);
  const sent = await onRedis.sendOneOfEach();
  const far = await onRedis.python('print(charge.apply_async(queue="far").id)');
  const backend = new Redis(redis.url.replace(/0$/, '1'));
  try {
    for (const [situation, wanted] of ENDS) {
      await attempts('onRedis', sent[situation] as string, wanted);
    }
    await attempts('onRedis', sent['chord'] as string, ['1 orders.sum completed/success']);
    // No event tells of it.
    const [failed] = await attempts('onRedis', sent['chord_failed'] as string, ['1 (unnamed) failed/error']);
    expect(failed?.error?.type).toBe('ChordError');
    const [ignored] = await attempts('onRedis', sent['ignored'] as string, ['1 cache.skip unknown/undefined']);
    expect(ignored?.evidence).toMatch(/raises Ignore/);
    await attempts('onRedis', far, ['1 orders.charge completed/success']);
    // What the result backend has of each, by its own word.
    const last = new Map((await runsOfSource(store, 'onRedis')).map((run) => [run.runId, run]));
    let compared = 0;
    for (const [id, run] of last) {
      const meta = JSON.parse((await backend.get(`celery-task-meta-${id}`)) ?? '{}');
      if (meta.date_done && meta.worker && run.state !== 'unknown') {
        compared++;
        const nearest = Math.min(...ends(id).map((at) => Math.abs(at - (run.finishedAt ?? 0))));
        expect(nearest < 1_000 ? 'near' : JSON.stringify({ run, meta, ends: ends(id) })).toBe('near');
        expect([id, run.worker, run.queue]).toEqual([id, meta.worker, meta.queue]);
        expect([id, meta.result?.exc_type === 'Reject' ? undefined : meta.result?.exc_type]).toEqual([
          id,
          run.state === 'failed' && run.substate !== 'expired'
            ? run.error?.type
            : meta.result?.exc_type && expect.any(String),
        ]);
      }
    }
    expect(compared).toBeGreaterThan(15);
    expect(await sourceStatus(store, 'onRedis')).toMatchObject({ up: true, skipped: 0, lacks: [] });
  } finally {
    backend.disconnect();
    raw.disconnect();
  }
}, 300_000);

test('on RabbitMQ, nothing is lost or doubled while the store is away, however it went', async () => {
  const sent = await onRabbit.sendOneOfEach();
  process.kill(store.pid, 'SIGKILL');
  await store.stop();
  const meanwhile = JSON.parse(await onRabbit.python('print(json.dumps([charge.delay(n).id for n in range(20)]))'));
  store = await startListening();
  for (const [situation, wanted] of ENDS) {
    await attempts('onRabbit', sent[situation] as string, wanted);
  }
  for (const id of meanwhile) {
    await attempts('onRabbit', id, ['1 orders.charge completed/success']);
  }
  expect(await sourceStatus(store, 'onRabbit')).toMatchObject({ up: true, skipped: 0 });
}, 300_000);

test('a message that is none of Celery is counted, and what comes after it is heard', async () => {
  const connection = await connect(rabbit.url);
  const channel = await connection.createChannel();
  channel.publish('celeryev', 'task.multi', Buffer.from('[{"type":"task-started"'), {
    contentType: 'application/json',
  });
  channel.publish('celeryev', 'task.multi', Buffer.from('x'), { contentType: 'application/x-python-serialize' });
  await channel.close();
  await connection.close();
  const id = await onRabbit.python('print(charge.delay().id)');
  await attempts('onRabbit', id, ['1 orders.charge completed/success']);
  const { skipped, notices } = await sourceStatus(store, 'onRabbit');
  expect(skipped).toBe(2);
  expect(notices.join()).toMatch(/only JSON is read/);
}, 120_000);

test('what a killed worker ran is lost, by its silence', async () => {
  const id = await onRedis.python('print(build_report.delay(600).id)');
  await attempts('onRedis', id, ['1 report.build running/executing']);
  await eventually('a heartbeat to vouch for it', async () => {
    const [run] = (await runsOfSource(store, 'onRedis')).filter(({ runId }) => runId === id);
    return run?.heartbeatMs;
  });
  await worker.stop();
  const [lost] = await attempts('onRedis', id, ['1 report.build failed/lost'], 120);
  expect(lost?.evidence).toMatch(
    /no sign of life for \d+ s, one every 15 s was promised; last one .* from worker-1@test/
  );
}, 240_000);

test('a broker that is away is said to be; what runs is unknown then, and not lost', async () => {
  const id = await onRabbit.python('print(build_report.delay(45).id)');
  await attempts('onRabbit', id, ['1 report.build running/executing']);
  await eventually('its source to fail', async () => {
    if ((await sourceStatus(store, 'onRabbit')).up === true) {
      await rabbit.stop();
    }
    return (await sourceStatus(store, 'onRabbit')).up === false ? true : undefined;
  });
  await attempts('onRabbit', id, ['1 report.build unknown/undefined']);
  expect((await sourceStatus(store, 'onRabbit')).lastError).toMatchObject({
    kind: 'unreachable',
    message: expect.stringMatching(/^\[celery\] RabbitMQ at 127\.0\.0\.1:\d+ cannot be reached/),
  });
}, 240_000);
