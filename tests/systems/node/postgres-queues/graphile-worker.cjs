/** The same with Graphile Worker 0.18: `node graphile-worker.cjs <url> migrate | demo | fill <count> | drain | crash`. */
const { makeWorkerUtils, run, runOnce, Logger } = require('graphile-worker');

const [url, command, count] = process.argv.slice(2);
const logger = new Logger(() => () => undefined);
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const seen = {};

async function mail({ how }, { job }) {
  const startedAt = Date.now();
  await sleep(how === 'succeeded' ? 4_000 : 50);
  seen[how] = { id: job.id, startedAt, finishedAt: Date.now() };
  if (how === 'failed' || (how === 'retried' && job.attempts === 1)) {
    throw new TypeError(`no ${how}: token=abcdef123456`);
  }
  if (how === 'killed') {
    process.stdout.write(`${JSON.stringify({ killed: { id: job.id, startedAt } })}\n`, () =>
      process.kill(process.pid, 'SIGKILL')
    );
    await sleep(60_000);
  }
}

const options = {
  connectionString: url,
  logger,
  taskList: { mail, burst: async () => undefined },
  noHandleSignals: true,
};

const commands = {
  migrate: (utils) => utils.migrate(),
  async demo(utils) {
    const add = (how, spec = {}) =>
      utils.addJob('mail', { how, password: 'hunter22' }, { maxAttempts: 1, queueName: 'letters', ...spec });
    const jobs = {
      succeeded: await add('succeeded', { priority: 5, jobKey: 'one', queueName: undefined }),
      failed: await add('failed'),
      retried: await add('retried', { maxAttempts: 2 }),
      cancelled: await add('cancelled', { runAt: new Date(Date.now() + 600_000) }),
      later: await add('later', { runAt: new Date(Date.now() + 3_600_000) }),
    };
    await sleep(1_500);
    await utils.permanentlyFailJobs([jobs.cancelled.id], 'cancelled by hand');
    const runner = await run({ ...options, concurrency: 3, pollInterval: 250 });
    for (let left = 80; left > 0 && !(seen.retried?.finishedAt > (seen.first ?? Infinity) && seen.succeeded); left--) {
      seen.first ??= seen.retried?.finishedAt;
      await sleep(250);
    }
    await sleep(500);
    await runner.stop();
    return Object.fromEntries(Object.entries(jobs).map(([how, { id }]) => [how, { id, ...seen[how] }]));
  },
  fill: (utils) =>
    utils.withPgClient((client) =>
      client.query(`select graphile_worker.add_job('burst', json_build_object('n', n)) from generate_series(1, $1) n`, [
        Number(count),
      ])
    ),
  drain: () => runOnce({ ...options, concurrency: 20 }),
  async crash(utils) {
    await utils.addJob('mail', { how: 'killed' }, { priority: -9, maxAttempts: 1 });
    await runOnce(options);
  },
};

async function main() {
  const utils = await makeWorkerUtils({ connectionString: url, logger });
  const told = await commands[command](utils);
  await utils.release();
  process.stdout.write(`${JSON.stringify(command === 'demo' ? told : {})}\n`);
  process.exit(0);
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
