import fc from 'fast-check';
import { DEFAULT_HEALTH_SPEC } from '../health/spec';
import { ABSENT } from '../model/run-table';
import type { RunTable } from '../model/run-table';
import type { GroupBy, TaskFilter, TimeRange } from '../model/task-query';
import type { TaskRun } from '../model/task-run';
import { Causes } from './causes';
import { usualDurations } from './baseline';
import type { HealthSources } from './health-input';
import { ListedRuns } from './listed-runs';
import { firstRuns } from './run-lists';
import { summarise } from './summarise';
import { SUMMARY_VERSION } from './summary';
import type { Stretch, SummedTables } from './summary';
import { NameNumbers, TableOfRuns } from './table-of-runs';
import { timelineOf } from './timeline';
import { answerOf, questionFor } from './views';
import type { TableView } from './views';

const HOUR = 3_600_000;
const START = 500_000 * HOUR;
const END = START + 6 * HOUR;

/** Many instants lie on the border of a bucket, where a millisecond matters. */
const elapsed = (most: number) =>
  fc.oneof(
    fc.nat(most),
    fc.nat(most / 1_000).map((seconds) => seconds * 1_000),
    fc.constant(0)
  );

const lives = fc.record({
  source: fc.constantFrom('shop', 'etl'),
  task: fc.constantFrom('mail', 'report', 'import'),
  queue: fc.option(fc.constantFrom('fast', 'slow'), { nil: undefined }),
  worker: fc.option(fc.constantFrom('w1', 'w2', 'w3'), { nil: undefined }),
  kind: fc.option(fc.constantFrom('task' as const, 'job' as const), { nil: undefined }),
  queued: fc.option(elapsed(5 * HOUR), { nil: undefined }),
  asked: elapsed(5 * HOUR),
  wait: fc.option(elapsed(600_000), { nil: undefined }),
  took: fc.option(elapsed(1_200_000), { nil: undefined }),
  // Most go as they should.
  ending: fc.constantFrom(
    ...Array.from({ length: 12 }, () => ({ state: 'completed' as const })),
    { state: 'completed' as const, substate: 'skipped' as const },
    { state: 'completed' as const, attempt: 2 },
    { state: 'completed' as const, retried: true as const },
    { state: 'failed' as const, exitCode: 3 },
    { state: 'failed' as const, substate: 'lost' as const },
    { state: 'failed' as const, error: { message: 'no such user' } },
    { state: 'cancelled' as const },
    { state: 'unknown' as const },
    { state: 'running' as const }
  ),
  limits: fc.option(fc.record({ memoryLimitBytes: fc.constantFrom(1e6, 2e6), maxRssBytes: fc.nat(2e6) }), {
    nil: undefined,
  }),
});

function runsOf(given: ReadonlyArray<typeof lives extends fc.Arbitrary<infer T> ? T : never>): TaskRun[] {
  return given.map(({ queued, asked, wait, took, ending, limits, queue, worker, kind, source, task }, i) => {
    const queuedAt = queued === undefined ? undefined : START + queued;
    const base = queuedAt ?? START + asked;
    const startedAt = wait === undefined ? undefined : base + wait;
    const finishedAt = took === undefined || ending.state === 'running' ? undefined : (startedAt ?? base) + took;
    return {
      attempt: 1,
      ...ending,
      ...limits,
      source,
      task,
      runId: `run-${String(i).padStart(3, '0')}`,
      observedAt: finishedAt ?? startedAt ?? base,
      ...(queue !== undefined && { queue }),
      ...(worker !== undefined && { worker }),
      ...(kind !== undefined && { kind }),
      ...(queuedAt !== undefined && { queuedAt }),
      ...(startedAt !== undefined && { startedAt }),
      ...(finishedAt !== undefined && { finishedAt }),
    };
  });
}

/** The runs as several tables, those of a part of an hour each. */
class Parted extends ListedRuns implements SummedTables {
  private readonly parts: TableOfRuns[] = [];
  private readonly ids = new NameNumbers();
  /** Summaries that questions made use of. */
  used = 0;

  constructor(
    private readonly all: readonly TaskRun[],
    size: number,
    private readonly areSummed: boolean
  ) {
    super({ alive: () => all });
    for (let first = 0; first < all.length; first += size) {
      this.parts.push(new TableOfRuns(all.slice(first, first + size), first, this.ids));
    }
  }

  override get names(): readonly string[] {
    return this.ids.names;
  }

  override overlapping(): TableOfRuns[] {
    return [...this.parts].reverse();
  }

  override run(id: number): TaskRun | undefined {
    return this.all[id];
  }

  override order(a: number, b: number): number {
    return a - b;
  }

  stretches(_range: TimeRange): Stretch[] {
    return this.overlapping().map((table) => {
      const made = this.areSummed ? summarise(table, (a, b) => a - b, 1) : undefined;
      return {
        firstId: table.firstId,
        table: () => table,
        bounds: made?.summary,
        summed: () => {
          this.used++;
          return made && { summary: made.summary, others: without(table, made.summed) };
        },
      };
    });
  }
}

function without(table: RunTable, rows: Uint8Array): RunTable {
  const state = table.state.map((is, i) => ((rows[i >> 3]! & (1 << (i & 7))) === 0 ? is : ABSENT));
  return Object.create(table, { state: { value: state } }) as RunTable;
}

const sources: HealthSources = {
  spec: {
    ...DEFAULT_HEALTH_SPEC,
    historyWindowMs: HOUR,
    expected: [{ task: 'report', everyMs: 600_000, graceMs: 30_000 }],
  },
  usual: (question) => {
    const usual = usualDurations(question);
    return (group) => usual.get(group);
  },
  workers: () => [
    { source: 'shop', name: 'w1', lastSeenAt: END - HOUR },
    { source: 'etl', name: 'w2', lastSeenAt: END },
  ],
};

const VIEWS = [
  'runs',
  'timeline',
  'states',
  'throughput',
  'durations',
  'health',
  'failures',
  'queues',
] as const satisfies readonly TableView[];

function answer(
  tables: ListedRuns,
  {
    view,
    filter,
    groupBy,
    range,
    step,
    limit,
    now,
  }: {
    view: (typeof VIEWS)[number];
    filter: TaskFilter;
    groupBy: GroupBy;
    range: TimeRange;
    step: number;
    limit: number;
    now: number;
  }
): unknown {
  const question = questionFor(tables, { view, filter, groupBy, range, step, limit, now });
  switch (view) {
    case 'runs':
      return [question.total, firstRuns(question, undefined, limit), firstRuns(question, '-duration', limit)];
    case 'timeline':
      return timelineOf(question, limit, sources);
    default:
      return answerOf(question, { view, limit }, sources, new Causes(tables));
  }
}

const asked = fc.record({
  view: fc.constantFrom(...VIEWS),
  groupBy: fc.constantFrom<GroupBy>('task', 'source', 'queue', 'state', 'worker'),
  filter: fc.constantFrom<TaskFilter>(
    { matches: [] },
    { matches: [{ field: 'task', operator: '!=', values: ['mail'] }] },
    { matches: [{ field: 'queue', operator: '=', values: ['fast', ''] }] },
    { matches: [{ field: 'state', operator: '=~', values: ['completed|lost'] }] },
    { matches: [{ field: 'state', operator: '!=', values: ['skipped', 'retried'] }] },
    { matches: [{ field: 'kind', operator: '=', values: ['job'] }] },
    { matches: [{ field: 'worker', operator: '=', values: ['w1'] }] }
  ),
  range: fc.constantFrom(
    { from: START, to: END },
    { from: START + HOUR, to: END },
    { from: START + 2.5 * HOUR + 1, to: START + 4 * HOUR },
    { from: END, to: END + HOUR }
  ),
  step: fc.constantFrom(60_000, 600_000, HOUR, 2 * HOUR, 7_000_000),
  limit: fc.constantFrom(1, 2, 20, 200),
  now: fc.constantFrom(END, START + 3 * HOUR, START + 2 * HOUR + 1),
});

test('what is summed up is answered as run by run', () => {
  let used = 0;
  fc.assert(
    fc.property(
      fc.array(lives, { minLength: 20, maxLength: 120 }),
      fc.integer({ min: 8, max: 60 }),
      asked,
      (given, size, query) => {
        const runs = runsOf(given).sort((a, b) => (a.queuedAt ?? a.observedAt) - (b.queuedAt ?? b.observedAt));
        const summed = new Parted(runs, size, true);
        expect(answer(summed, query)).toEqual(answer(new Parted(runs, size, false), query));
        used += summed.used;
      }
    ),
    { numRuns: 200, endOnFailure: true }
  );
  expect(used).toBeGreaterThan(100);
});

/** FNV-1a, 32 bits. */
function digestOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  return hash;
}

test('sums and causes of another version are made again: the version is raised when they change', () => {
  const runs = Array.from({ length: 60 }, (_, i): TaskRun => {
    const at = START + i * 61_001;
    const how =
      i % 10 === 0
        ? ({ state: 'failed', error: { type: 'OSError', message: `disk ${i} is full` } } as const)
        : ({ state: 'completed' } as const);
    return {
      source: 'shop',
      runId: String(i),
      attempt: 1,
      task: `t${i % 2}`,
      queue: 'q',
      worker: `w${i % 3}`,
      queuedAt: at,
      startedAt: at + i * 100,
      finishedAt: at + i * 1_000,
      observedAt: at,
      memoryLimitBytes: 2e6,
      maxRssBytes: 1e6,
      ...how,
    };
  });
  const tables = new ListedRuns({ alive: () => runs });
  const [table] = tables.overlapping({ from: 0, to: Infinity });
  const causes = new Causes(tables);
  const made = [summarise(table!, (a, b) => a - b, 2), causes.cause(causes.of(table!, 0))];
  const told = JSON.stringify(made, (_, value: unknown) =>
    ArrayBuffer.isView(value) ? Array.from(value as Uint8Array) : value
  );
  expect([SUMMARY_VERSION, digestOf(told)]).toEqual([1, 'cd0553495ff8ab38']);
});
