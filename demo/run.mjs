// The demo workload: real processes under `runlane run`. See README.md. Usage: node demo/run.mjs --help
import { existsSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { backfill } from './backfill.mjs';
import { createDispatcher } from './dispatcher.mjs';
import { jobs, schedule } from './mix.mjs';
import { createStoreClient } from './store-client.mjs';
import { SCHEDULED } from './tasks.mjs';

const HELP = `Usage: node demo/run.mjs [options]

  --store URL        the task store (default: $RUNLANE_STORE or http://127.0.0.1:7331); token in RUNLANE_TOKEN
  --rate N           jobs per minute (default 40)
  --seed S           a whole number; the same seed gives the same jobs in the same order (default 1)
  --backfill HOURS   first make up runs of the past, labelled origin=backfill (default 0)
  --for SECONDS      end after so long (default: until Ctrl-C)
  --list N           print the first N jobs and leave
  --cli FILE         the runlane program (default: store/bin/runlane.mjs)
  --spool DIRECTORY  where events wait while the store is away (default: a folder in the temporary directory)
  --quiet            say nothing but errors
`;

/** The first jobs come this quickly whatever the rate, so that every kind of end shows within a minute. */
const FIRST_JOBS = 20;
const FIRST_GAP_MS = 1500;

const options = readOptions();
const tell = (text) => process.stderr.write(`[demo] ${text}\n`);

if (options.list > 0) {
  for (const job of jobs(options.seed)) {
    process.stdout.write(`${JSON.stringify(job)}\n`);
    if (job.number >= options.list) {
      break;
    }
  }
} else {
  await run();
}

async function run() {
  const client = createStoreClient(options.store, process.env.RUNLANE_TOKEN, tell);
  const dispatcher = createDispatcher({ ...options, client, tell });
  for (const event of backfill(options.backfill, options.seed, Date.now())) {
    client.put(event);
  }
  // Delivers what an agent leaves behind; ends with us.
  const flusher = spawn(
    process.execPath,
    [options.cli, 'flush', '--follow', '--quiet', '--store', options.store, '--spool', options.spool],
    {
      stdio: 'ignore',
      detached: true,
    }
  );
  flusher.on('error', (error) => tell(`no flusher: ${error.message}`));

  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (stop.signal.aborted) {
        dispatcher.killAll();
        process.exit(1);
      }
      stop.abort();
    });
  }
  process.on('exit', () => {
    dispatcher.killAll();
    flusher.kill('SIGKILL');
  });
  if (options.for > 0) {
    setTimeout(() => stop.abort(), options.for * 1000).unref();
  }

  options.quiet ||
    tell(
      `real processes, ${options.rate} jobs a minute, seed ${options.seed}, to ${options.store}. Ctrl-C ends them all.`
    );
  const startedAt = Date.now();
  await Promise.all([submitJobs(dispatcher, stop.signal), submitScheduled(dispatcher, startedAt, stop.signal)]);

  options.quiet || tell('ending everything that was started.');
  await dispatcher.close();
  for (let i = 0; i < 20 && client.waiting() > 0; i++) {
    await pause(50);
  }
  flusher.kill('SIGTERM');
  await new Promise((resolve) => {
    flusher.exitCode !== null || flusher.signalCode !== null ? resolve() : flusher.on('exit', resolve);
    setTimeout(resolve, 1000).unref();
  });
  if (dispatcher.skipped() > 0) {
    tell(
      `${dispatcher.skipped()} jobs were left out because their queue was full: the rate is too high for this machine.`
    );
  }
  process.exit(0);
}

async function submitJobs(dispatcher, signal) {
  for (const job of jobs(options.seed)) {
    if (signal.aborted) {
      return;
    }
    dispatcher.submit(job);
    const gap = 60_000 / options.rate;
    await pause(job.number <= FIRST_JOBS ? Math.min(FIRST_GAP_MS, gap) : gap, signal);
  }
}

async function submitScheduled(dispatcher, startedAt, signal) {
  for (const { atMs, missed, command } of schedule(options.seed)) {
    await pause(startedAt + atMs - Date.now(), signal);
    if (signal.aborted) {
      return;
    }
    if (!missed) {
      dispatcher.submit({ ...SCHEDULED, command });
    }
  }
}

function pause(ms, signal) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, signal?.aborted ? 0 : Math.max(0, ms));
    signal?.addEventListener('abort', done);
  });
}

function readOptions() {
  let values;
  try {
    ({ values } = parseArgs({
      options: {
        store: { type: 'string' },
        rate: { type: 'string', default: '40' },
        seed: { type: 'string', default: '1' },
        backfill: { type: 'string', default: '0' },
        for: { type: 'string', default: '0' },
        list: { type: 'string', default: '0' },
        cli: { type: 'string' },
        spool: { type: 'string' },
        quiet: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    refuse(error.message);
  }
  if (values.help) {
    process.stdout.write(HELP);
    process.exit(0);
  }
  const number = (name, low, high) => {
    const value = Number(values[name]);
    return values[name].trim() !== '' && value >= low && value <= high
      ? value
      : refuse(`--${name} is "${values[name]}", want a number from ${low} to ${high}`);
  };
  const cli = values.cli ?? new URL('../store/bin/runlane.mjs', import.meta.url).pathname;
  if (!existsSync(cli)) {
    refuse(`the runlane program is not at ${cli}. Build it (node scripts/build-store.mjs) or give --cli`);
  }
  return {
    store: (values.store ?? process.env.RUNLANE_STORE ?? 'http://127.0.0.1:7331').replace(/\/+$/, ''),
    rate: number('rate', 1, 600),
    seed: number('seed', 0, 2 ** 32 - 1),
    backfill: number('backfill', 0, 24 * 90),
    for: number('for', 0, 2_000_000),
    list: number('list', 0, 1_000_000),
    cli,
    spool: values.spool ?? join(tmpdir(), `runlane-demo-spool-${process.getuid?.() ?? 0}`),
    quiet: values.quiet,
  };
}

function refuse(why) {
  process.stderr.write(`[demo] ${why}.\n\n${HELP}`);
  process.exit(2);
}
