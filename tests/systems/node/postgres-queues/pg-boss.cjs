/**
 * pg-boss 12 on one database: `node pg-boss.cjs <url> migrate | demo | fill <count> | drain | crash | follow`. The last line of
 * its output is JSON: for each situation the run's id and, where it ran, the beginning and end of its last attempt.
 */
// It is an ES module, and `NODE_PATH` is for `require` alone.
const { PgBoss } = require('pg-boss');

const [url, command, count] = process.argv.slice(2);
const boss = new PgBoss({ connectionString: url, supervise: false, schedule: false });
boss.on('error', (error) => process.stderr.write(`${error.message}\n`));
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const seen = {};

async function handle([job]) {
  const startedAt = Date.now();
  const { how } = job.data;
  await sleep(50);
  seen[how] = { id: job.id, startedAt, finishedAt: Date.now() };
  if (how === 'failed' || (how === 'retried' && (job.retryCount ?? 0) === 0)) {
    throw new TypeError(`no ${how}: token=abcdef123456`);
  }
  return { how };
}

const commands = {
  async migrate() {
    await boss.createQueue('dead');
    await boss.createQueue('mail', { retryLimit: 0, deadLetter: 'dead' });
    await boss.createQueue('burst', { retryLimit: 0 });
  },
  async demo() {
    const send = (how, options = {}) => boss.send('mail', { how, password: 'hunter22' }, options);
    const ids = {
      succeeded: await send('succeeded', { priority: 5, singletonKey: 'one' }),
      failed: await send('failed'),
      retried: await send('retried', { retryLimit: 2, retryDelay: 1 }),
      cancelled: await send('cancelled', { startAfter: 600 }),
      later: await send('later', { startAfter: 3600 }),
    };
    await boss.cancel('mail', ids.cancelled);
    await boss.work('mail', { pollingIntervalSeconds: 0.5, includeMetadata: true }, handle);
    for (let left = 60; left > 0; left--) {
      const job = await boss.getJobById('mail', ids.retried);
      if (job.state === 'completed' && seen.failed !== undefined && seen.succeeded !== undefined) {
        break;
      }
      await sleep(250);
    }
    await sleep(500);
    return Object.fromEntries(Object.entries(ids).map(([how, id]) => [how, { id, ...seen[how] }]));
  },
  async fill() {
    await boss.insert(
      'burst',
      Array.from({ length: Number(count) }, (_, n) => ({ data: { how: 'burst', n } }))
    );
  },
  async drain() {
    for (;;) {
      const jobs = await boss.fetch('burst', { batchSize: 500 });
      if (jobs.length === 0) {
        return;
      }
      await boss.complete(
        'burst',
        jobs.map(({ id }) => id)
      );
    }
  },
  async crash() {
    const id = await boss.send('mail', { how: 'killed' }, { priority: 9, expireInSeconds: 1 });
    await boss.work('mail', { pollingIntervalSeconds: 0.5 }, async ([job]) => {
      if (job.id === id) {
        process.stdout.write(`${JSON.stringify({ killed: { id, startedAt: Date.now() } })}\n`, () =>
          process.kill(process.pid, 'SIGKILL')
        );
      }
      await sleep(60_000);
    });
    await sleep(60_000);
  },
  /** What another process of the same queue does about the one that was killed. */
  async follow() {
    await sleep(1_500);
    await boss.supervise('mail');
  },
};

async function main() {
  await boss.start();
  const told = await commands[command]();
  await boss.stop({ graceful: false });
  process.stdout.write(`${JSON.stringify(told ?? {})}\n`);
  process.exit(0);
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
