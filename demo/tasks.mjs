import { between } from './random.mjs';

/**
 * The kinds of work of the demo. A task says which program runs with which arguments, for how long at most, and what is
 * done to it from outside (`then`): `cancel` sends SIGTERM to its agent, `lose` kills the agent with SIGKILL.
 *
 * Each `plan(random)` draws from `random` only, so that the same seed makes the same jobs.
 */
const node = (file, ...args) => ['node', file, ...args.map(String)];
const sh = (file, ...args) => ['sh', file, ...args.map(String)];

export const TASKS = {
  'mail.send': {
    queue: 'mail',
    labels: { team: 'growth', owner: 'growth-oncall' },
    weight: 10,
    plan: (random) => ({ command: node('send-mail.mjs', '--ms', between(random, 120, 900)) }),
  },
  'images.resize': {
    queue: 'media',
    labels: { team: 'media', owner: 'media-oncall' },
    weight: 3,
    plan: (random) => ({ command: node('resize-images.mjs', '--ms', between(random, 1500, 5000), '--load', 0.5) }),
  },
  'reports.build': {
    queue: 'data',
    labels: { team: 'finance', owner: 'data-platform' },
    weight: 2,
    plan: (random) => ({
      command: node('build-report.mjs', '--ms', between(random, 3000, 8000), '--mb', between(random, 40, 140)),
    }),
  },
  'orders.import': {
    queue: 'orders',
    labels: { team: 'shop', owner: 'shop-oncall' },
    weight: 5,
    plan: (random) => ({ command: node('import-orders.mjs', '--ms', between(random, 300, 1800)) }),
  },
  'orders.fulfil': {
    queue: 'orders',
    labels: { team: 'shop', owner: 'shop-oncall' },
    weight: 2,
    plan: (random) => ({ command: node('fulfil-order.mjs', '--ms', between(random, 300, 1200)) }),
  },
  'customers.sync': {
    queue: 'data',
    labels: { team: 'sales', owner: 'data-platform' },
    weight: 3,
    plan: (random) => ({ command: node('sync-customers.mjs', '--ms', between(random, 800, 2500), '--answer') }),
  },
  'payments.charge': {
    queue: 'orders',
    labels: { team: 'payments', owner: 'payments-oncall' },
    weight: 4,
    plan: (random) => ({ command: sh('charge-card.sh', random() < 0.2 ? 2 : 1), retries: 2, backoff: '1500ms' }),
  },
  'videos.transcode': {
    queue: 'media',
    labels: { team: 'media', owner: 'media-oncall' },
    weight: 1,
    plan: (random) => ({ command: node('transcode-video.mjs', '--ms', between(random, 2000, 5000)) }),
  },
  'cache.warm': {
    queue: 'ops',
    labels: { team: 'platform', owner: 'platform-oncall' },
    weight: 1,
    plan: (random) => ({ command: node('warm-cache.mjs', '--ms', between(random, 3000, 7000)) }),
  },
  'search.index': {
    queue: 'data',
    labels: { team: 'search', owner: 'search-oncall' },
    weight: 1,
    plan: (random) => ({
      command: ['node', '--max-old-space-size=64', 'index-search.mjs', '--terms', String(between(random, 40, 80))],
    }),
  },
  'ledgers.sum': {
    queue: 'data',
    labels: { team: 'finance', owner: 'data-platform' },
    weight: 1,
    plan: (random) => ({ command: sh('sum-ledgers.sh', 200, between(random, 3, 6)) }),
  },
  'sensors.read': {
    queue: 'ops',
    labels: { team: 'factory', owner: 'factory-oncall' },
    weight: 1,
    plan: (random) => ({ command: node('read-sensors.mjs', '--ms', between(random, 4000, 8000)) }),
  },
};

/** Every kind of trouble, each with the task that it befalls. `weight` is how often it is drawn among the troubles. */
export const TROUBLES = {
  'refused connection': {
    task: 'mail.send',
    weight: 3,
    plan: (random) => ({ command: node('send-mail.mjs', '--ms', between(random, 200, 800), '--refuse') }),
  },
  'exit code 1': {
    task: 'orders.import',
    weight: 3,
    plan: (random) => ({
      command: node(
        'import-orders.mjs',
        '--ms',
        between(random, 300, 1500),
        '--fail',
        'throw',
        '--row',
        between(random, 1, 240)
      ),
    }),
  },
  'exit code 3': {
    task: 'orders.import',
    weight: 2,
    plan: (random) => ({
      command: node('import-orders.mjs', '--ms', between(random, 200, 900), '--fail', 'refuse', '--row', 1),
    }),
  },
  'network time-out': {
    task: 'customers.sync',
    weight: 3,
    plan: (random) => ({ command: node('sync-customers.mjs', '--ms', between(random, 1500, 3000)) }),
  },
  'retry that succeeds': {
    task: 'payments.charge',
    weight: 3,
    plan: () => ({ command: sh('charge-card.sh', 3), retries: 3, backoff: '1s' }),
  },
  'retry that gives up': {
    task: 'payments.charge',
    weight: 1,
    plan: () => ({ command: sh('charge-card.sh', 9), retries: 2, backoff: '1s' }),
  },
  'killed by SIGKILL': {
    task: 'videos.transcode',
    weight: 2,
    plan: (random) => ({ command: node('transcode-video.mjs', '--ms', between(random, 1200, 4000), '--killed') }),
  },
  'heap full': {
    task: 'search.index',
    weight: 2,
    plan: () => ({ command: ['node', '--max-old-space-size=48', 'index-search.mjs', '--terms', '4000'] }),
  },
  'memory refused': {
    task: 'archive.pack',
    queue: 'ops',
    labels: { team: 'platform', owner: 'platform-oncall' },
    weight: 1,
    plan: () => ({ command: sh('pack-archive.sh', 2_500_000) }),
  },
  hang: {
    task: 'upstream.await',
    queue: 'ops',
    labels: { team: 'platform', owner: 'platform-oncall' },
    weight: 1,
    plan: (random) => ({ command: node('await-upstream.mjs'), timeout: `${between(random, 5, 9)}s` }),
  },
  cancelled: {
    task: 'cache.warm',
    weight: 2,
    plan: (random) => ({
      command: node('warm-cache.mjs', '--ms', 60_000),
      then: { what: 'cancel', afterMs: between(random, 2000, 6000) },
    }),
  },
  'lost agent': {
    task: 'sensors.read',
    weight: 1,
    plan: (random) => ({
      command: node('read-sensors.mjs', '--ms', 60_000),
      then: { what: 'lose', afterMs: between(random, 2000, 4000) },
    }),
  },
  'child that fails': {
    task: 'orders.fulfil',
    weight: 1,
    plan: (random) => ({ command: node('fulfil-order.mjs', '--ms', between(random, 300, 900), '--fail') }),
  },
};

/** A task that comes at fixed times, and now and then does not. */
export const SCHEDULED = {
  task: 'backup.nightly',
  queue: 'ops',
  labels: { team: 'platform', owner: 'platform-oncall', every: '30s' },
  everyMs: 30_000,
  missed: 0.2,
  plan: (random) => ({ command: sh('backup.sh', between(random, 1, 3)) }),
};
