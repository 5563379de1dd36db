// Celery beside `npm start -- --with celery`: Redis, Flower, two workers and what sends them tasks, all on loopback.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram } from './local-prometheus.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** What is missing, and exactly how to get it; empty where nothing is. */
export function missingForCelery({ find = findProgram, hasPip = pipAnswers } = {}) {
  const missing = [];
  if (find('redis-server') === undefined) {
    missing.push(
      'Redis (redis-server on the PATH). Debian and Ubuntu: apt-get install redis-server; macOS: brew install redis.'
    );
  }
  if (find('python3') === undefined) {
    missing.push(
      'Python 3.9 or newer (python3 on the PATH). Debian and Ubuntu: apt-get install python3 python3-pip; macOS: brew install python.'
    );
  } else if (!hasPip()) {
    missing.push('pip for python3. Debian and Ubuntu: apt-get install python3-pip; elsewhere: python3 -m ensurepip.');
  }
  return missing;
}

function pipAnswers() {
  return spawnSync('python3', ['-m', 'pip', '--version'], { stdio: 'ignore' }).status === 0;
}

/** The store's configuration with Flower as a source: that of the demo, and one more part. */
export function storeConfigWith(demoConfig, flowerUrl) {
  return `${demoConfig.trimEnd()}\nsources:\n  celery: { system: flower, url: ${JSON.stringify(flowerUrl)}, every: 5s }\n`;
}

/**
 * What is to be started, in this order, and where the store reads it. Celery and Flower come from PyPI into the cache that the
 * tests of real systems use, pinned by the same list: nothing is installed into the machine's own Python.
 */
export async function prepareCelery({ folder, rate }) {
  const missing = missingForCelery();
  if (missing.length > 0) {
    throw new Error(`[start] --with celery needs what is not here:\n${missing.map((one) => `  - ${one}`).join('\n')}`);
  }
  const { require: requireTs } = await import('tsx/cjs/api');
  const { installPython } = requireTs('../tests/systems/install.ts', import.meta.url);
  const python = await installPython('flower');
  const [redisPort, flowerPort] = [await freePort(), await freePort()];
  mkdirSync(folder, { recursive: true });
  const flowerUrl = `http://127.0.0.1:${flowerPort}`;
  const config = join(folder, 'store.yaml');
  writeFileSync(config, storeConfigWith(readFileSync(join(root, 'demo/store.yaml'), 'utf8'), flowerUrl));
  const env = {
    ...process.env,
    ...python.env,
    PYTHONPATH: `${python.env.PYTHONPATH}:${join(root, 'demo/celery')}`,
    RUNLANE_DEMO_BROKER: `redis://127.0.0.1:${redisPort}/0`,
    FLOWER_UNAUTHENTICATED_API: 'true',
    C_FORCE_ROOT: 'true',
  };
  const celery = (name, ...args) => ({
    name,
    program: python.command,
    args: ['-m', 'celery', '-A', 'demo_tasks', ...args],
    env,
  });
  const worker = (name, queues, processes) =>
    celery(
      `Celery worker ${name}`,
      'worker',
      '-E',
      `--queues=${queues}`,
      `--hostname=${name}@demo`,
      `--concurrency=${processes}`
    );
  return {
    config,
    flowerUrl,
    broker: {
      name: 'Redis',
      program: findProgram('redis-server'),
      args: ['--port', String(redisPort), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder],
      env: process.env,
    },
    // Flower knows only what it hears.
    flower: celery('Flower', 'flower', '--address=127.0.0.1', `--port=${flowerPort}`),
    workers: [
      worker('shop', 'orders,mail', 2),
      worker('reports', 'reports', 1),
      { name: 'sender of Celery tasks', program: python.command, args: ['-m', 'demo_tasks', String(rate)], env },
    ],
  };
}

/** A port that is free now, chosen by the system. */
function freePort() {
  return new Promise((found, fail) => {
    const probe = createServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => found(port));
    });
  });
}
