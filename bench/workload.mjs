// The same made-up runs for every benchmark, from a seed: 50 tasks, 200 workers, 8 queues, log-normal durations with a
// slow mode, 2 % failures. Made-up data is right here and only here: it must be the same for us and the peer.

/** mulberry32, a public-domain 32-bit generator: small, fast, good enough to spread load. */
export function random(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = a;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function uuid(next) {
  const hex = (length) => {
    let text = '';
    while (text.length < length) {
      text += Math.floor(next() * 65536).toString(16).padStart(4, '0');
    }
    return text.slice(0, length);
  };
  return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
}

const ERRORS = [
  ['SMTPServerDisconnected', 'Connection unexpectedly closed'],
  ['TimeoutError', 'request to payments took longer than 30 s'],
  ['ValueError', 'invalid literal for int() with base 10'],
  ['OperationalError', 'could not connect to server: Connection refused'],
];

/** Yields `count` finished runs, in the order of their start, spread evenly over `[from, to)`. Times in epoch ms. */
export function* runs({ count, from, to, seed = 1, tasks = 50, workers = 200, queues = 8 }) {
  const next = random(seed);
  const gap = (to - from) / count;
  for (let i = 0; i < count; i++) {
    const task = Math.floor(next() * next() * tasks);
    const queuedAt = Math.floor(from + i * gap);
    const startedAt = queuedAt + Math.floor(20 + next() * 800);
    const slow = next() < 0.02 ? 10 : 1;
    const duration = Math.floor(Math.exp(5 + 1.2 * (next() + next() + next() - 1.5)) * slow * (1 + task / 10));
    const failed = next() < 0.02;
    const error = failed ? ERRORS[Math.floor(next() * ERRORS.length)] : undefined;
    yield {
      source: 'bench',
      runId: uuid(next),
      attempt: 1,
      task: `task.${task}`,
      queue: `queue-${task % queues}`,
      worker: `worker-${Math.floor(next() * workers)}`,
      queuedAt,
      startedAt,
      finishedAt: startedAt + duration,
      state: failed ? 'failed' : 'completed',
      exitCode: failed ? 1 : undefined,
      error: error && { type: error[0], message: error[1] },
      cpuSeconds: duration / 2000,
      maxRssBytes: 30_000_000 + Math.floor(next() * 200_000_000),
    };
  }
}

/** The life of a run as three events, as a worker would send them. */
export function lifeOf(run) {
  const { source, runId, attempt } = run;
  return [
    { source, runId, attempt, at: run.queuedAt, state: 'pending', substate: 'queued', task: run.task, queue: run.queue },
    { source, runId, attempt, at: run.startedAt, state: 'running', worker: run.worker },
    {
      source,
      runId,
      attempt,
      at: run.finishedAt,
      state: run.state,
      ...(run.error && { error: run.error, exitCode: run.exitCode }),
      cpuSeconds: run.cpuSeconds,
      maxRssBytes: run.maxRssBytes,
    },
  ];
}

/** All events of the runs in the order in which they would arrive. */
export function eventsInOrder(allRuns) {
  return [...allRuns].flatMap(lifeOf).sort((a, b) => a.at - b.at);
}

/** NDJSON bodies of `size` lines each. */
export function bodies(items, size = 500) {
  const result = [];
  for (let i = 0; i < items.length; i += size) {
    result.push(items.slice(i, i + size).map((item) => JSON.stringify(item)).join('\n') + '\n');
  }
  return result;
}
