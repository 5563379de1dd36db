/** What the seeded runs consist of: tasks from quiet to troubled. */
const TASKS = [
  {
    task: 'orders.charge',
    queue: 'orders',
    workers: ['orders-1', 'orders-2'],
    everyMs: 25_000,
    waitMs: 400,
    runMs: 3_000,
    failEvery: 40,
  },
  {
    task: 'email.send',
    queue: 'mail',
    workers: ['mail-1', 'mail-2'],
    everyMs: 40_000,
    waitMs: 900,
    runMs: 6_000,
    failEvery: 5,
  },
  {
    task: 'thumbnail.make',
    queue: 'images',
    workers: ['images-1'],
    everyMs: 30_000,
    waitMs: 200,
    runMs: 1_500,
    failEvery: 0,
  },
  {
    task: 'report.nightly',
    queue: 'reports',
    workers: ['reports-1'],
    everyMs: 600_000,
    waitMs: 5_000,
    runMs: 180_000,
    failEvery: 3,
  },
] as const;

export const SOURCE = 'e2e';
export const TASK_NAMES: readonly string[] = TASKS.map(({ task }) => task);
const HOUR_MS = 3_600_000;
const MIB = 1024 * 1024;

/** Events of the last hour. The same minute gives the same events, so that pictures can be compared by eye. */
export function seedEvents(now: number): object[] {
  const end = Math.floor(now / 60_000) * 60_000;
  return TASKS.flatMap((kind) => {
    const count = Math.floor(HOUR_MS / kind.everyMs);
    return Array.from({ length: count }, (_, index) =>
      eventsOfRun(kind, index, end - HOUR_MS + index * kind.everyMs, now)
    ).flat();
  }).concat(oddRuns(end));
}

function eventsOfRun(kind: (typeof TASKS)[number], index: number, createdAt: number, now: number): object[] {
  const spread = 0.5 + ((index * 7919) % 100) / 100;
  const startedAt = createdAt + Math.round(kind.waitMs * spread);
  const finishedAt = startedAt + Math.round(kind.runMs * spread);
  const failed = kind.failEvery > 0 && index % kind.failEvery === kind.failEvery - 1;
  const base = {
    source: SOURCE,
    runId: `${kind.task}-${index}`,
    attempt: 1,
    task: kind.task,
    kind: 'process',
    queue: kind.queue,
  };
  const worker = kind.workers[index % kind.workers.length];
  const events: object[] = [
    { ...base, at: createdAt, state: 'pending', substate: 'queued', createdAt, queuedAt: createdAt },
    { ...base, at: startedAt, state: 'running', substate: 'executing', startedAt, worker, host: 'e2e-host' },
  ];
  for (let at = startedAt + 5_000; at < Math.min(finishedAt, now); at += 5_000) {
    events.push({
      ...base,
      at,
      cpuSeconds: ((at - startedAt) / 1000) * 0.4,
      rssBytes: (60 + ((at / 5000) % 20)) * MIB,
    });
  }
  if (finishedAt < now) {
    const end = failed
      ? {
          state: 'failed',
          substate: 'error',
          exitCode: 1 + (index % 3),
          error: { type: 'GatewayTimeoutError', message: `no answer within ${2000 + index} ms` },
        }
      : { state: 'completed', substate: 'success', exitCode: 0 };
    events.push({
      ...base,
      at: finishedAt,
      finishedAt,
      worker,
      cpuSeconds: kind.runMs / 2500,
      maxRssBytes: 80 * MIB,
      ...end,
    });
  }
  return events;
}

/** One of each rarer end, and names that must not be taken for markup. */
function oddRuns(end: number): object[] {
  const run = (runId: string, minutesAgo: number, last: object) => {
    const startedAt = end - minutesAgo * 60_000;
    const base = {
      source: SOURCE,
      runId,
      attempt: 1,
      task: 'db.backup',
      kind: 'process',
      queue: 'ops',
      worker: 'ops-1',
      host: 'e2e-host',
    };
    return [
      { ...base, at: startedAt, state: 'running', createdAt: startedAt - 500, queuedAt: startedAt - 500, startedAt },
      { ...base, at: startedAt + 45_000, finishedAt: startedAt + 45_000, ...last },
    ];
  };
  return [
    ...run('backup-oom', 50, { state: 'failed', substate: 'oom', signal: 'SIGKILL', maxRssBytes: 900 * MIB }),
    ...run('backup-killed', 40, { state: 'failed', substate: 'killed', signal: 'SIGSEGV' }),
    ...run('backup-lost', 30, { state: 'failed', substate: 'lost', derived: true, evidence: 'no heartbeat for 45 s' }),
    ...run('backup-cancelled', 20, { state: 'cancelled', substate: 'revoked' }),
    ...run('backup-<b>html</b>', 10, {
      state: 'failed',
      substate: 'error',
      exitCode: 3,
      error: { type: 'QuotedError', message: `<img src=x onerror="document.title='broken'"> "quoted"\nsecond line` },
    }),
    {
      source: SOURCE,
      runId: 'backup-running',
      attempt: 1,
      at: end - 90_000,
      state: 'running',
      task: 'db.backup',
      kind: 'process',
      queue: 'ops',
      worker: 'ops-1',
      createdAt: end - 91_000,
      startedAt: end - 90_000,
    },
    {
      source: SOURCE,
      runId: 'backup-pending',
      attempt: 1,
      at: end - 60_000,
      state: 'pending',
      substate: 'queued',
      task: 'db.backup',
      kind: 'process',
      queue: 'ops',
      createdAt: end - 60_000,
      queuedAt: end - 60_000,
    },
  ];
}
