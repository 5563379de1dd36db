// npm start: builds what is not built, then runs the task store, the demo and the preview until Ctrl-C, and a Prometheus
// that scrapes the store where this machine has one. With `--with celery` a Celery too, which the store reads through Flower.
import { existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { prepareCelery } from './celery-demo.mjs';
import { findProgram, preparePrometheus } from './local-prometheus.mjs';
import { startProcess, stopAll, whenOrphaned } from './processes.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const HELP = `Usage: npm start -- [options]

  --port N             port of the preview (default 3000, or RUNLANE_PREVIEW_PORT)
  --store-port N       port of the task store (default 7331, or RUNLANE_STORE_PORT)
  --data FOLDER        where the store keeps its archive (default .runlane/)
  --rate N             demo jobs per minute (default 40)
  --no-demo            without the demo
  --with celery        a real Celery with Flower beside it (needs redis-server, and python3 with pip)
  --prometheus FILE    a Prometheus program, started to scrape the store (default: prometheus of the PATH, if there is one)
  --prometheus-port N  its port (default 7390, or RUNLANE_PROMETHEUS_PORT)
  --no-prometheus      without Prometheus; RUNLANE_PROMETHEUS_URL names one that runs already
  --build-only         build and leave
`;

const options = readOptions();
const startedAt = Date.now();
let stopping = false;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => void leave(0, stopping ? undefined : 'Ending everything that was started …'));
}
whenOrphaned(() => void leave(0));
process.on('exit', () => stopAll.now());
// A closed terminal must not keep the children alive.
process.stdout.on('error', () => void leave(0));

try {
  if (!options.buildOnly) {
    await checkPort(options.port, 'the preview', '--port', 'RUNLANE_PREVIEW_PORT');
    await checkPort(options.storePort, 'the task store', '--store-port', 'RUNLANE_STORE_PORT');
  }
  await buildWhatIsStale();
  if (!options.buildOnly) {
    await run();
  }
} catch (error) {
  await leave(1, error instanceof Error ? error.message : String(error));
}

async function run() {
  const storeUrl = `http://127.0.0.1:${options.storePort}`;
  const previewUrl = `http://127.0.0.1:${options.port}`;

  const celery = options.celery
    ? await prepareCelery({ folder: join(options.data, 'celery'), rate: options.rate })
    : undefined;
  const configFile = celery?.config ?? (options.demo ? join(root, 'demo/store.yaml') : undefined);
  const config = configFile === undefined ? [] : ['--config', configFile];
  begin('task store', [
    'store/bin/runlane.mjs',
    'store',
    '--port',
    String(options.storePort),
    '--data',
    options.data,
    ...config,
  ]);
  await waitFor(`${storeUrl}/healthz`, 'task store', 30);
  if (options.demo) {
    const spool = join(options.data, 'demo-spool');
    begin('demo', ['demo/run.mjs', '--store', storeUrl, '--rate', String(options.rate), '--spool', spool, '--quiet']);
  }
  if (celery !== undefined) {
    await beginCelery(celery);
  }
  const prometheusUrl = await beginPrometheus(storeUrl);
  begin('preview', ['preview/dist/server.mjs', '--port', String(options.port)], {
    RUNLANE_STORE_URL: storeUrl,
    ...(prometheusUrl === undefined ? {} : { RUNLANE_PROMETHEUS_URL: prometheusUrl }),
  });
  await waitFor(`${previewUrl}/api/health`, 'preview', 30);
  if (!stopping) {
    say(
      `Ready after ${seconds(Date.now() - startedAt)}. The archive is in ${relative(root, options.data) || '.'}; Ctrl-C ends everything.`
    );
    say('');
    say(`    ${previewUrl}`);
    if (celery !== undefined) {
      say(`    ${previewUrl}/d/runlane-celery  Celery;  ${previewUrl}/d/runlane-timeline  all on one time axis`);
    }
    say('');
  }
}

/** Its address, or `undefined` where there is none. The rest does without it, so its end ends nothing else. */
async function beginPrometheus(storeUrl) {
  const { prometheus: wanted, prometheusPort: port } = options;
  const runs = wanted === undefined && (process.env.RUNLANE_PROMETHEUS_URL ?? '') !== '';
  const program = wanted === false || runs ? undefined : (wanted ?? findProgram('prometheus'));
  if (program === undefined) {
    return undefined;
  }
  try {
    await checkPort(port, 'Prometheus', '--prometheus-port', 'RUNLANE_PROMETHEUS_PORT');
  } catch (error) {
    if (wanted !== undefined) {
      throw error;
    }
    say(`${error.message} Going on without Prometheus.`);
    return undefined;
  }
  const folder = join(options.data, 'prometheus');
  startProcess({
    name: 'Prometheus',
    program,
    args: preparePrometheus({ folder, storeUrl, port, rules: join(root, 'provisioning/prometheus/rules') }),
    cwd: root,
    env: process.env,
    onEnd: ({ lastLines }) => {
      if (!stopping) {
        say(`Prometheus has ended; everything else goes on. Its last words:\n  | ${lastLines.at(-1) ?? 'none'}`);
      }
    },
  });
  const url = `http://127.0.0.1:${port}`;
  say(`Prometheus scrapes the store: ${url}`);
  return url;
}

/** Its end ends nothing else, as the end of any system that somebody watches. */
async function beginCelery({ broker, flower, workers, flowerUrl }) {
  say('Starting Celery: Redis, Flower, two workers …');
  const start = ({ name, program, args, env }) =>
    startProcess({
      name,
      program,
      args,
      cwd: root,
      env,
      onEnd: ({ lastLines }) => {
        if (!stopping) {
          say(`${name} has ended; everything else goes on. Its last words:\n  | ${lastLines.at(-1) ?? 'none'}`);
        }
      },
    });
  start(broker);
  start(flower);
  await waitFor(`${flowerUrl}/healthcheck`, 'Flower', 60);
  workers.forEach(start);
  say(`Celery runs; the store reads it through Flower: ${flowerUrl}`);
}

function begin(name, args, env = {}) {
  startProcess({
    name,
    args: args.map((arg) => (arg.endsWith('.mjs') ? join(root, arg) : arg)),
    cwd: root,
    env: { ...process.env, ...env },
    onEnd: ({ code, signal, lastLines }) => {
      if (!stopping) {
        const how = signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
        const words =
          lastLines.length > 0
            ? ` Its last words:\n${lastLines.map((line) => `  | ${line}`).join('\n')}`
            : ' It said nothing.';
        void leave(1, `The ${name} ${how}; everything else is ended too.${words}`);
      }
    },
  });
}

async function leave(code, message) {
  if (stopping) {
    return;
  }
  stopping = true;
  if (message !== undefined) {
    say(message);
  }
  await stopAll();
  process.exit(code);
}

/** What is built from what. A part is stale when one of its sources is newer than its result. */
async function buildWhatIsStale() {
  const everywhere = ['package.json', 'package-lock.json'];
  const parts = [
    {
      name: 'plugins',
      result: 'dist/module.js',
      sources: ['src', '.config', 'webpack.config.ts', ...everywhere],
      args: ['node_modules/webpack-cli/bin/cli.js', '-c', 'webpack.config.ts', '--env', 'production'],
    },
    {
      name: 'task store',
      result: 'store/dist/runlane.mjs',
      sources: ['src', 'store/src', 'store/package.json', 'scripts/build-store.mjs', ...everywhere],
      args: ['scripts/build-store.mjs'],
    },
    {
      name: 'preview',
      result: 'preview/dist/server.mjs',
      sources: ['preview', ...everywhere],
      args: ['preview/build.mjs'],
    },
  ];
  for (const { name, result, sources, args } of parts) {
    if (stopping) {
      return;
    }
    // webpack leaves a file alone whose content is the same, so its time may be older than that of the last build.
    const stamp = join(root, '.runlane/built', name.replace(' ', '-'));
    const wanted = newest(sources);
    if (existsSync(join(root, result)) && Math.max(timeOf(join(root, result)), timeOf(stamp)) >= wanted) {
      continue;
    }
    await build(name, args);
    mkdirSync(dirname(stamp), { recursive: true });
    writeFileSync(stamp, '');
    utimesSync(stamp, wanted / 1000, wanted / 1000 + 0.001);
  }
}

async function build(name, args) {
  const begun = Date.now();
  say(`Building the ${name} …`);
  const ticking = setInterval(() => say(`  still building the ${name}, ${seconds(Date.now() - begun)}`), 10_000);
  try {
    await new Promise((done, fail) => {
      startProcess({
        name: `build of the ${name}`,
        args: [join(root, args[0]), ...args.slice(1)],
        cwd: root,
        env: process.env,
        onEnd: ({ code, lastLines }) =>
          code === 0
            ? done()
            : fail(
                new Error(
                  `[start] the ${name} could not be built:\n${lastLines.map((line) => `  | ${line}`).join('\n')}`
                )
              ),
      });
    });
  } finally {
    clearInterval(ticking);
  }
  say(`  built in ${seconds(Date.now() - begun)}`);
}

/** Time of the newest source file, in ms. Tests are no part of a build. */
function newest(paths) {
  let latest = 0;
  const look = (path) => {
    const { mtimeMs } = statSync(path);
    if (!statSync(path).isDirectory()) {
      latest = Math.max(latest, mtimeMs);
      return;
    }
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (entry.name !== 'dist' && entry.name !== 'node_modules' && !/\.test\.tsx?$/.test(entry.name)) {
        look(join(path, entry.name));
      }
    }
  };
  for (const path of paths) {
    if (existsSync(join(root, path))) {
      look(join(root, path));
    }
  }
  return latest;
}

function timeOf(file) {
  return existsSync(file) ? statSync(file).mtimeMs : 0;
}

function checkPort(port, what, flag, variable) {
  return new Promise((free, fail) => {
    const probe = createServer();
    probe.once('error', (error) => {
      const reason =
        error.code === 'EADDRINUSE'
          ? 'is in use by another program'
          : error.code === 'EACCES'
            ? 'may not be used by you'
            : `cannot be used (${error.message})`;
      fail(
        new Error(
          `[start] port ${port}, wanted for ${what}, ${reason}. Choose another: npm start -- ${flag} ${port + 10}, or ${variable}=${port + 10} npm start.`
        )
      );
    });
    probe.listen(port, '127.0.0.1', () => probe.close(() => free()));
  });
}

async function waitFor(url, what, seconds) {
  const until = Date.now() + seconds * 1000;
  while (!stopping) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
    if (answer?.ok) {
      return;
    }
    if (Date.now() > until) {
      throw new Error(`[start] the ${what} did not answer at ${url} within ${seconds} s.`);
    }
    await new Promise((wait) => setTimeout(wait, 100));
  }
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}

function say(text) {
  process.stdout.write(`${text}\n`);
}

function readOptions() {
  let values;
  try {
    ({ values } = parseArgs({
      options: {
        port: { type: 'string', default: process.env.RUNLANE_PREVIEW_PORT || '3000' },
        'store-port': { type: 'string', default: process.env.RUNLANE_STORE_PORT || '7331' },
        data: { type: 'string', default: join(root, '.runlane') },
        rate: { type: 'string', default: '40' },
        'no-demo': { type: 'boolean', default: false },
        with: { type: 'string', multiple: true, default: [] },
        prometheus: { type: 'string' },
        'prometheus-port': { type: 'string', default: process.env.RUNLANE_PROMETHEUS_PORT || '7390' },
        'no-prometheus': { type: 'boolean', default: false },
        'build-only': { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }));
  } catch (error) {
    refuse(error.message);
  }
  if (values.help) {
    process.stdout.write(HELP);
    process.exit(0);
  }
  const whole = (name, text, most) => {
    const number = Number(text);
    if (!Number.isInteger(number) || number < 1 || number > most) {
      refuse(`${name} must be a whole number from 1 to ${most}, not "${text}".`);
    }
    return number;
  };
  const unknown = values.with.find((one) => one !== 'celery');
  if (unknown !== undefined) {
    refuse(`--with knows celery, not "${unknown}".`);
  }
  const read = {
    port: whole('--port', values.port, 65_535),
    storePort: whole('--store-port', values['store-port'], 65_535),
    rate: whole('--rate', values.rate, 6_000),
    data: resolve(values.data),
    demo: !values['no-demo'],
    celery: values.with.includes('celery'),
    buildOnly: values['build-only'],
    prometheus: values['no-prometheus'] ? false : values.prometheus,
    prometheusPort: whole('--prometheus-port', values['prometheus-port'], 65_535),
  };
  if (read.port === read.storePort) {
    refuse(`preview and task store cannot share port ${read.port}.`);
  }
  return read;
}

function refuse(reason) {
  process.stderr.write(`[start] ${reason}\n\n${HELP}`);
  process.exit(2);
}
