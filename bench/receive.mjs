// Celery's events on Redis, from the moment they are published to committed runs, against Flower's own receiver on the same stream.
import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { compare } from './rounds.mjs';
import { freePort, startStore } from './store-process.mjs';

const FLOWER = '2.2.0';
/** So often what real workers published is published again, with other ids. */
const COPIES = 120;
const SENTINEL = 'bench.sentinel';
const FIXTURE = 'store/src/sources/celery/fixtures/every-end.json';

function installFlower() {
  const folder = join(homedir(), '.cache', 'runlane-bench', `flower-${FLOWER}`);
  if (!existsSync(join(folder, 'flower'))) {
    mkdirSync(folder, { recursive: true });
    const list = ['--quiet', '--no-deps', '--target', folder, '-r', 'tests/systems/python/flower.txt'];
    execFileSync('python3', ['-m', 'pip', 'install', ...list], { stdio: 'inherit' });
  }
  return folder;
}

/** Starts a program; resolves once `isReady`; gives what ends it. */
async function start(command, args, isReady, env = {}) {
  const child = spawn(command, args, { stdio: 'ignore', env: { ...process.env, ...env } });
  for (let tries = 0; tries < 600; tries++) {
    if (child.exitCode !== null) {
      break;
    }
    if (await isReady().catch(() => false)) {
      return () => new Promise((gone) => (child.once('exit', gone), child.kill('SIGKILL')));
    }
    await pause(100);
  }
  child.kill('SIGKILL');
  throw new Error(`${command} did not start`);
}

const pause = (ms) => new Promise((over) => setTimeout(over, ms));
const isThere = async (url) => (await fetch(url)).ok;

/** The stream: recorded messages with fresh ids and times, and one run at the end by which the end is seen. */
function stream() {
  const recorded = JSON.parse(readFileSync(FIXTURE, 'utf8')).messages.map((text) => {
    const envelope = JSON.parse(text);
    return { envelope, body: JSON.parse(Buffer.from(envelope.body, 'base64').toString()) };
  });
  const later = Date.now() / 1000 - 60 - [recorded.at(-1).body].flat().at(-1).timestamp;
  let events = 0;
  const message = (envelope, body) => {
    events += [body].flat().length;
    const key = envelope.properties.delivery_info.routing_key;
    return [`/0.celeryev/${key}`, JSON.stringify({ ...envelope, body: Buffer.from(JSON.stringify(body)).toString('base64') })];
  };
  const messages = [];
  for (let copy = 0; copy < COPIES; copy++) {
    const ids = new Map();
    const fresh = (id) => id && (ids.get(id) ?? (ids.set(id, randomUUID()), ids.get(id)));
    const renew = (event) => ({
      ...event,
      timestamp: event.timestamp + later + copy / 10,
      ...(event.uuid && { uuid: fresh(event.uuid) }),
      ...(event.root_id && { root_id: fresh(event.root_id) }),
      ...(event.parent_id && { parent_id: fresh(event.parent_id) }),
    });
    for (const { envelope, body } of recorded) {
      messages.push(message(envelope, Array.isArray(body) ? body.map(renew) : renew(body)));
    }
  }
  const { envelope } = recorded.find(({ body }) => Array.isArray(body));
  const common = { hostname: 'worker-1@test', utcoffset: 0, pid: 1, clock: 9e6, uuid: randomUUID(), timestamp: Date.now() / 1000 };
  messages.push(
    message(envelope, [
      { ...common, type: 'task-received', name: SENTINEL, args: '()', kwargs: '{}', retries: 0, eta: null, expires: null, root_id: common.uuid, parent_id: null },
      { ...common, type: 'task-started' },
      { ...common, type: 'task-succeeded', result: 'None', runtime: 0.1 },
    ])
  );
  return { messages, events };
}

/** Events per second, from the first message to the run that was told last. */
async function measure(redis, isSeen) {
  const { messages, events } = stream();
  const began = performance.now();
  const publishing = (async () => {
    for (let from = 0; from < messages.length; from += 500) {
      const some = redis.pipeline();
      messages.slice(from, from + 500).forEach(([channel, text]) => some.publish(channel, text));
      await some.exec();
    }
  })();
  const until = began + 300_000;
  while (!(await isSeen())) {
    if (performance.now() > until) {
      throw new Error('the last run did not come');
    }
    await pause(50);
  }
  await publishing;
  return events / ((performance.now() - began) / 1000);
}

export async function receive({ rounds }) {
  const flower = installFlower();
  const folder = mkdtempSync(join(tmpdir(), 'runlane-bench-'));
  const port = await freePort();
  const redis = new Redis({ port, host: '127.0.0.1', lazyConnect: true, retryStrategy: () => 100 });
  redis.on('error', () => undefined);
  // Redis ends a connection that is slow: here that would be an end of the measurement.
  const flags = ['--port', port, '--bind', '127.0.0.1', '--save', '', '--client-output-buffer-limit', 'pubsub 0 0 0'].map(String);
  const stopRedis = await start('/usr/bin/redis-server', flags, async () => (await redis.ping()) === 'PONG');
  const broker = `redis://127.0.0.1:${port}/0`;
  const config = join(folder, 'runlane.yaml');
  writeFileSync(config, `sources: { celery: { system: celery, url: '${broker}' } }\n`);
  const isHeard = async () => (await redis.pubsub('NUMPAT')) > 0;
  try {
    return [
      await compare({
        name: 'Celery events on Redis → committed runs',
        unit: 'events/s',
        better: 'more',
        goal: 5,
        peerName: `Flower ${FLOWER}'s receiver, memory only`,
        rounds,
        async ours() {
          const store = await startStore({ flags: ['--config', config] });
          try {
            while (!(await isHeard())) {
              await pause(50);
            }
            return await measure(redis, async () => String((await store.request('/metrics')).body).includes(`task="${SENTINEL}"`));
          } finally {
            await store.stop();
          }
        },
        async peer() {
          const own = await freePort();
          const address = `http://127.0.0.1:${own}`;
          const args = ['-m', 'celery', `--broker=${broker}`, 'flower', '--address=127.0.0.1', `--port=${own}`];
          const stop = await start('python3', args, async () => (await isThere(`${address}/healthcheck`)) && (await isHeard()), {
            PYTHONPATH: flower,
          });
          try {
            return await measure(redis, async () => (await (await fetch(`${address}/metrics`)).text()).includes(SENTINEL));
          } finally {
            await stop();
          }
        },
      }),
    ];
  } finally {
    redis.disconnect();
    await stopRedis();
    rmSync(folder, { recursive: true, force: true });
  }
}
