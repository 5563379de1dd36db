import { answerFromRuns } from '../../../src/analysis/answer-from-runs';
import type { KnownWorker } from '../../../src/analysis/worker-signs';
import { DEFAULT_HEALTH_SPEC } from '../../../src/health/spec';
import type { Answer, ResourceSample, RunStrip } from '../../../src/model/answer';
import type { TaskEvent } from '../../../src/model/task-event';
import { LIFECYCLE_STATES } from '../../../src/model/lifecycle';
import type { GroupBy, TaskFilter } from '../../../src/model/task-query';
import { RUN_ORDERS } from '../../../src/model/task-query';
import type { TaskRun } from '../../../src/model/task-run';
import { beganAt, runKey } from '../../../src/model/task-run';
import type { Archive, ArchiveView } from './archive';
import { HOUR, NOW, SETTINGS, TestClock } from './contract.kit';
import type { MakePlace, Place } from './contract.kit';

/** Numbers between 0 and 1 from a seed, the same in every run (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** The lives of many runs: every state, ending and gap in what is reported. */
function lives(count: number): TaskEvent[] {
  const next = random(7);
  const pick = <T>(...items: T[]): T => items[Math.floor(next() * items.length)]!;
  const events: TaskEvent[] = [];
  for (let i = 0; i < count; i++) {
    const attempt = next() < 0.1 ? 2 : 1;
    const base = {
      source: pick('shop', 'etl'),
      runId: attempt === 2 && i % 5 > 0 ? `run-${i - 1}` : `run-${i}`,
      attempt,
    };
    const queuedAt = NOW - Math.floor(next() * 9 * HOUR);
    const startedAt = queuedAt + Math.floor(next() * next() * 600_000);
    const finishedAt = startedAt + Math.floor(next() * next() * 2_000_000);
    const facts = {
      ...(next() < 0.95 && { task: pick('email.send', 'report', 'import "x"', '邮件') }),
      ...(next() < 0.8 && { worker: pick('w1', 'w2', 'w3') }),
      ...(next() < 0.6 && { queue: pick('fast', 'slow') }),
      ...(next() < 0.4 && { labels: { team: pick('a', 'b'), x: String(i % 3), n: String(i) } }),
      ...(next() < 0.5 && { kind: pick('task' as const, 'process' as const) }),
      ...(i % 5 === 1 && { rootId: `run-${i % 7}` }),
      ...(i % 4 === 0 && { memoryLimitBytes: 1.05e6 + i * 100 }),
      ...(i % 6 === 0 && { cpuLimitCores: 0.5 }),
    };
    if (next() < 0.9) {
      events.push({
        ...base,
        ...facts,
        at: queuedAt,
        state: 'pending',
        ...(next() < 0.3 && { substate: pick('scheduled' as const, 'queued' as const, 'created' as const) }),
      });
    }
    if (next() < 0.05) {
      events.push({ ...base, at: queuedAt + 5, state: 'unknown', nativeState: 'ODD' });
      continue;
    }
    if (next() < 0.92 && startedAt < NOW) {
      events.push({ ...base, ...facts, at: startedAt, state: 'running' });
      if (i % 3 === 0) {
        events.push({
          ...base,
          ...facts,
          at: startedAt + 1_000,
          ...(i % 2 === 0 && { cpuSeconds: 0.5 + next() / 4, rssBytes: 1e6 + i }),
        });
      }
      if (i % 9 === 0) {
        events.push({ ...base, at: startedAt + 60_000, cpuSeconds: 1 + next(), rssBytes: 1e6 - i });
        events.push({ ...base, at: startedAt + 900_000, rssBytes: 2e6 - i });
      }
    }
    if (next() < 0.9 && finishedAt < NOW) {
      const state = pick(
        'completed' as const,
        'completed' as const,
        'completed' as const,
        'failed' as const,
        'failed' as const,
        'cancelled' as const
      );
      const ending =
        state === 'failed'
          ? pick<Partial<TaskEvent>>(
              { exitCode: 3 },
              { signal: 'SIGKILL', substate: 'killed' },
              { substate: 'oom' },
              { substate: 'lost', derived: true, evidence: 'silence' },
              { error: { type: 'SMTPError', message: `connection ${i} refused` } },
              { error: { message: 'boom' } }
            )
          : {};
      events.push({
        ...base,
        at: finishedAt,
        state,
        ...(next() < 0.3 && { cpuSeconds: next() * 10, maxRssBytes: 1e6 }),
        ...ending,
      });
    }
  }
  // Later attempts come before earlier ones, too.
  return events
    .map((event) => ({ event, place: next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ event }) => event);
}

const health = {
  ...DEFAULT_HEALTH_SPEC,
  expected: [
    { task: 'report', everyMs: 600_000, graceMs: 30_000 },
    { task: 'email.send', source: 'etl', cron: '*/20 * * * *', graceMs: 60_000 },
  ],
};

/** What `workerSigns` promises, from runs; `beating` are keys of runs that give signs of life. */
function workersAt(at: number, runs: readonly TaskRun[], beating: ReadonlySet<string>): KnownWorker[] {
  const workers = new Map<string, KnownWorker & { lastSeenAt: number; lostAt: number; isBusy: boolean }>();
  for (const run of runs) {
    const end = run.state === 'pending' || run.state === 'running' ? Infinity : (run.finishedAt ?? run.observedAt);
    const isAlive = beganAt(run) < at && end >= at - health.checks.silentWorkers.forgottenAfterMs;
    if (run.worker === undefined || !isAlive || !beating.has(runKey(run))) {
      continue;
    }
    const { source, worker: name } = run;
    const key = `${source} ${name}`;
    const held = workers.get(key) ?? { source, name, lastSeenAt: -Infinity, lostAt: -Infinity, isBusy: false };
    workers.set(key, held);
    if (run.substate === 'lost') {
      held.lostAt = Math.max(held.lostAt, run.finishedAt ?? run.observedAt);
    } else {
      held.lastSeenAt = Math.max(held.lastSeenAt, run.observedAt);
      held.isBusy ||= run.startedAt !== undefined && run.startedAt < at && end >= at && run.state !== 'unknown';
    }
  }
  return [...workers.values()].map(({ source, name, lastSeenAt, lostAt, isBusy }) => ({
    source,
    name,
    lastSeenAt: Math.min(at, Math.max(lastSeenAt, lostAt)),
    ...(!isBusy && lostAt < lastSeenAt && { idle: true }),
  }));
}

/** What was told of the use of CPU and memory, by the key of the run, oldest first. */
function samplesIn(events: readonly TaskEvent[]): ReadonlyMap<string, ResourceSample[]> {
  const samples = new Map<string, ResourceSample[]>();
  for (const event of events) {
    const { at, cpuSeconds, rssBytes } = event;
    if (event.state === undefined && (cpuSeconds ?? rssBytes) !== undefined) {
      const sample = {
        at,
        ...(cpuSeconds !== undefined && { cpuSeconds }),
        ...(rssBytes !== undefined && { rssBytes }),
      };
      samples.set(
        runKey(event),
        [...(samples.get(runKey(event)) ?? []), sample].sort((a, b) => a.at - b.at)
      );
    }
  }
  return samples;
}

const FILTERS: TaskFilter[] = [
  { matches: [] },
  { matches: [{ field: 'task', operator: '=~', values: ['email\\..*', '邮件'] }] },
  {
    matches: [
      { field: 'worker', operator: '!=', values: ['w1', ''] },
      { field: 'source', operator: '=', values: ['shop'] },
    ],
  },
  { matches: [{ field: 'state', operator: '!~', values: ['oom|comp.*'] }] },
  {
    matches: [
      { field: 'state', operator: '=', values: ['lost', 'running'] },
      { field: 'kind', operator: '!=', values: ['task'] },
    ],
  },
  { matches: [{ field: 'state', operator: '=', values: ['retried'] }] },
  {
    matches: [
      { field: 'label:team', operator: '!=', values: ['a'] },
      { field: 'queue', operator: '=', values: ['fast', ''] },
    ],
  },
  { matches: [{ field: 'runId', operator: '=', values: ['run-1', 'run-2', 'run-3', 'nope'] }] },
  { matches: [{ field: 'runId', operator: '!~', values: ['run-[1-9].*'] }], text: 'SMTP' },
  { matches: [{ field: 'rootId', operator: '=', values: ['run-1', 'run-6', 'nope'] }] },
  { matches: [{ field: 'rootId', operator: '!~', values: ['run-.'] }] },
];
const GROUPS: GroupBy[] = ['task', 'worker', 'queue', 'state', 'label:team'];
const AGGREGATES: ArchiveView[] = [
  'states',
  'throughput',
  'durations',
  'health',
  'failures',
  'workers',
  'queues',
  'resources',
  'timeline',
];

/** Orders that are not promised, and figures whose sum depends on the order. */
function settled(answer: Answer): unknown {
  return JSON.parse(
    JSON.stringify(answer, (key, value: unknown) => {
      if (typeof value === 'number' && !Number.isInteger(value)) {
        return Number(value.toPrecision(9));
      }
      if (key === 'runKeys') {
        return Array.isArray(value) ? value.length : value;
      }
      return key === 'strips' && Array.isArray(value)
        ? [...(value as RunStrip[])].sort((a, b) => a.run - b.run)
        : value;
    })
  );
}

/**
 * Every view of every engine says what it says of a plain list of the same runs: `describe` this for each.
 */
export function answersContract(makePlace: MakePlace): void {
  let place: Place;
  let archive: Archive;
  let runs: TaskRun[];
  let beating: ReadonlySet<string>;
  let samples: ReadonlyMap<string, ResourceSample[]>;
  const samplesOf = (run: TaskRun) => samples.get(runKey(run)) ?? [];

  beforeAll(async () => {
    // It listens since before any of it happened.
    const clock = new TestClock();
    clock.wall = NOW - 24 * HOUR;
    place = await makePlace(clock);
    archive = await place.open({ ...SETTINGS, health });
    const events = lives(3_000);
    beating = new Set(events.filter(({ state }) => state === undefined).map(runKey));
    samples = samplesIn(events);
    await archive.append(events);
    const page = await archive.changes(0, 10_000);
    runs = page.runs.map((text) => JSON.parse(text) as TaskRun);
    expect(runs.filter(({ retried }) => retried === true).length).toBeGreaterThan(50);
  });

  afterAll(async () => {
    await archive.close();
    await place.remove();
  });

  describe.each(AGGREGATES)('the view %s', (view) => {
    test.each(FILTERS.map((filter, i) => [i, filter] as const))(
      'is that of a list of the same runs, filter %i',
      async (i, filter) => {
        for (const range of [
          { from: NOW - 6 * HOUR, to: NOW },
          { from: NOW - 3 * HOUR + 12_345, to: NOW + HOUR },
        ]) {
          const groupBy = GROUPS[i % GROUPS.length]!;
          const limit = view === 'timeline' ? 100 : 3;
          const step = 600_000;
          const expected = answerFromRuns({ query: { view, filter, groupBy, limit }, range, step }, runs, {
            now: NOW,
            healthSpec: health,
            workers: workersAt(Math.min(NOW, range.to), runs, beating),
            samples: samplesOf,
          });
          const text = await archive.query({ view, filter, groupBy, limit, range, step, now: NOW });
          expect(settled(JSON.parse(text) as Answer)).toEqual(settled(expected));
        }
      }
    );
  });

  test.each(FILTERS.map((filter, i) => [i, filter] as const))(
    'pages of runs hold every run once, newest first, filter %i',
    async (_, filter) => {
      const range = { from: NOW - 6 * HOUR, to: NOW };
      const expected = answerFromRuns({ query: { view: 'runs', filter, limit: 5_000 }, range, step: 1_000_000 }, runs, {
        now: NOW,
      });
      const found: TaskRun[] = [];
      let cursor: string | undefined;
      do {
        const query = {
          view: 'runs' as const,
          filter,
          range,
          step: 1_000_000,
          limit: 97,
          now: NOW,
          ...(cursor !== undefined && { cursor }),
        };
        const page = JSON.parse(await archive.query(query)) as Extract<Answer, { view: 'runs' }>;
        expect(page.truncated).toBe(page.next !== undefined);
        found.push(...page.runs);
        cursor = page.next;
      } while (cursor !== undefined);
      expect(expected.view === 'runs' && found.map(runKey).sort()).toEqual(
        expected.view === 'runs' && expected.runs.map(runKey).sort()
      );
    }
  );

  test.each(RUN_ORDERS.flatMap((order) => [order, `-${order}` as const]))(
    'pages of runs in the order %s hold every run once, as a list of the same runs is ordered',
    async (sort) => {
      const range = { from: NOW - 6 * HOUR, to: NOW };
      const filter = { matches: [] };
      const query = { view: 'runs' as const, filter, sort };
      const expected = answerFromRuns({ query: { ...query, limit: 5_000 }, range, step: HOUR }, runs, { now: NOW });
      const found: TaskRun[] = [];
      let cursor: string | undefined;
      do {
        const more = { range, step: HOUR, limit: 501, now: NOW, ...(cursor !== undefined && { cursor }) };
        const page = JSON.parse(await archive.query({ ...query, ...more })) as Extract<Answer, { view: 'runs' }>;
        found.push(...page.runs);
        cursor = page.next;
      } while (cursor !== undefined);
      expect(expected.view === 'runs' && expected.runs.map(runKey)).toEqual(found.map(runKey));
    }
  );

  test('a cursor of another order is refused by name', async () => {
    const query = { view: 'runs' as const, filter: { matches: [] }, range: { from: NOW - HOUR, to: NOW }, step: HOUR };
    const asked = archive.query({ ...query, limit: 1, now: NOW, sort: '-wait', cursor: '1_2' });
    await expect(asked).rejects.toThrow('cursor "1_2" is none');
  });

  describe('a timeline counts what the view of states counts', () => {
    const range = { from: NOW - 6 * HOUR, to: NOW - HOUR };
    const asked = { filter: { matches: [] }, range, step: 600_000, now: NOW };
    const ask = async <View extends ArchiveView>(view: View, groupBy: GroupBy, limit: number) =>
      JSON.parse(await archive.query({ ...asked, view, groupBy, limit })) as Extract<Answer, { view: View }>;
    const all = (totals: ReadonlyArray<Partial<Record<string, number>>>) =>
      Object.fromEntries(
        LIFECYCLE_STATES.flatMap((state) => {
          const count = totals.reduce((sum, counts) => sum + (counts[state] ?? 0), 0);
          return count === 0 ? [] : [[state, count]];
        })
      );

    test.each([
      ['all lanes are merged', 1],
      ['some lanes are merged', 700],
      ['runs come one by one', 10_000],
    ])('where %s', async (_, limit) => {
      const timeline = await ask('timeline', 'task', limit);
      const { totals } = await ask('states', 'task', 50);
      expect(timeline.lanes.map(({ name, counts }) => [name, counts])).toEqual(
        totals.map(({ group, counts }) => [group, counts])
      );
      expect(timeline.counts).toEqual(all(totals.map(({ counts }) => counts)));
      expect(timeline.lost).toBe(totals.reduce((sum, { abnormal }) => sum + (abnormal['lost'] ?? 0), 0));
    });

    test('also where there are more lanes than are sent, as of a list of the same runs', async () => {
      const timeline = await ask('timeline', 'label:n', 100);
      expect(timeline.lanesOmitted).toBeGreaterThan(0);
      const { totals } = await ask('states', 'label:n', 10_000);
      expect(timeline.counts).toEqual(all(totals.map(({ counts }) => counts)));
      const query = { view: 'timeline' as const, filter: asked.filter, groupBy: 'label:n' as const, limit: 100 };
      const expected = answerFromRuns({ query, range, step: asked.step }, runs, {
        now: NOW,
        healthSpec: health,
        workers: workersAt(range.to, runs, beating),
        samples: samplesOf,
      });
      expect(settled(timeline)).toEqual(settled(expected));
    });
  });

  test('transitions tell the life of each run in the range, the earliest first', async () => {
    const query = {
      view: 'transitions' as const,
      filter: { matches: [] },
      range: { from: NOW - HOUR, to: NOW },
      step: HOUR,
      limit: 20,
      now: NOW,
    };
    const answer = JSON.parse(await archive.query(query)) as Extract<Answer, { view: 'transitions' }>;
    expect(answer.runs).toHaveLength(20);
    expect(answer.truncated).toBe(true);
    for (const { run, transitions } of answer.runs) {
      expect(transitions.map(({ at }) => at)).toEqual(transitions.map(({ at }) => at).sort((a, b) => a - b));
      expect(transitions.some(({ state }) => state === run.state)).toBe(true);
    }
  });
}
