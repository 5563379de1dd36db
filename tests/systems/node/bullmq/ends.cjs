/**
 * Jobs of BullMQ that end in every way it knows. Arguments: the port of Redis, the prefix of keys, and `send`, which adds one of each and
 * prints name of the situation → id as JSON, or `work NAME`, which works on the queue `orders` until it is ended.
 */
const { FlowProducer, Queue, UnrecoverableError, Worker } = require('bullmq');

const [port, prefix, what, name] = process.argv.slice(2);
const connection = { host: '127.0.0.1', port: Number(port), maxRetriesPerRequest: null };

function fail() {
  throw new RangeError('no such order: 7');
}

const JOBS = {
  'orders.charge': () => 'paid',
  'orders.refund': fail,
  'orders.void': () => {
    throw new UnrecoverableError('already void');
  },
  'mail.send': ({ attemptsMade }) => (attemptsMade >= 1 ? 'sent' : fail()),
  'mail.wait': fail,
  'report.build': () => new Promise(() => {}),
};

async function send() {
  const queue = new Queue('orders', { connection, prefix });
  const nobody = new Queue('nobody', { connection, prefix });
  const flows = new FlowProducer({ connection, prefix });
  const add = async (job, opts = {}, data = {}) => (await queue.add(job, data, opts)).id;
  const flow = await flows.add({
    name: 'orders.charge',
    queueName: 'orders',
    children: [{ name: 'orders.charge', queueName: 'orders' }],
  });
  const stuck = await flows.add({
    name: 'orders.charge',
    queueName: 'orders',
    children: [{ name: 'orders.charge', queueName: 'nobody' }],
  });
  const ids = {
    succeeded: await add('orders.charge', {}, { amount: 7, password: 'hunter2' }),
    failed: await add('orders.refund'),
    unrecoverable: await add('orders.void', { attempts: 3 }),
    retried: await add('mail.send', { attempts: 3, backoff: 200 }),
    waiting_again: await add('mail.wait', { attempts: 3, backoff: 3_600_000 }),
    delayed: await add('orders.charge', { delay: 3_600_000 }),
    removed: await add('orders.charge', { removeOnComplete: true }),
    parent: flow.job.id,
    child: flow.children[0].job.id,
    waits_for_child: stuck.job.id,
    unconsumed: (await nobody.add('orders.charge', {})).id,
    prioritized: (await nobody.add('orders.charge', {}, { priority: 3 })).id,
    running: await add('report.build'),
  };
  await Promise.all([queue.close(), nobody.close(), flows.close()]);
  return ids;
}

if (what === 'send') {
  send().then((ids) => process.stdout.write(JSON.stringify(ids)));
} else {
  const worker = new Worker('orders', (job) => JOBS[job.name](job), { connection, prefix, name, concurrency: 4, lockDuration: 4_000 });
  worker.on('error', (error) => console.error(error));
  worker.on('ready', () => console.log('ready'));
}
