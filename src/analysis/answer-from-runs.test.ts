import fc from 'fast-check';
import type { StateSeries } from '../model/answer';
import { LIFECYCLE_STATES, SUBSTATES } from '../model/lifecycle';
import type { LifecycleState } from '../model/lifecycle';
import { endedAt, isAliveIn } from '../model/lifetime';
import type { TaskFilter, TaskQuery, View, ViewRequest } from '../model/task-query';
import { NO_FILTER, VIEWS } from '../model/task-query';
import { beganAt, runKey } from '../model/task-run';
import type { TaskRun } from '../model/task-run';
import { answerFromRuns } from './answer-from-runs';
import { RELATIVE_ERROR } from './log-histogram';

const BASE = 1_700_000_000_000;
const RANGE = { from: BASE, to: BASE + 1000 };
const NOW = BASE + 900;

const name = fc.constantFrom('a', 'b', 'c');
const instant = fc.integer({ min: -300, max: 1200 }).map((ms) => BASE + ms);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const lifecycle = fc.constantFrom(...LIFECYCLE_STATES).chain((state) =>
  fc.record({
    state: fc.constant(state),
    substate: fc.constantFrom(undefined, ...SUBSTATES[state]),
  })
);

const run: fc.Arbitrary<TaskRun> = fc
  .record({
    life: lifecycle,
    runId: fc.integer({ min: 0, max: 40 }).map((n) => `r${n}`),
    source: fc.constantFrom('s1', 's2'),
    task: name,
    worker: maybe(name),
    queue: maybe(name),
    times: fc.tuple(maybe(instant), maybe(instant), maybe(instant), maybe(instant), instant),
    exitCode: maybe(fc.constantFrom(0, 1, 137)),
    message: maybe(fc.constantFrom('boom 1', 'boom 2', 'timed out')),
    parentId: maybe(fc.integer({ min: 0, max: 40 }).map((n) => `r${n}`)),
    cpuSeconds: maybe(fc.double({ min: 0, max: 5, noNaN: true })),
  })
  .map(({ life, times: [createdAt, queuedAt, startedAt, finishedAt, observedAt], message, ...rest }) => ({
    ...rest,
    ...life,
    attempt: 1,
    createdAt,
    queuedAt,
    startedAt,
    finishedAt,
    observedAt,
    ...(message === undefined ? {} : { error: { message } }),
  }));

const runs = fc.uniqueArray(run, { selector: runKey, maxLength: 40 });
const step = fc.integer({ min: 7, max: 400 });

function request(view: View, stepMs: number, more: Partial<TaskQuery> = {}): ViewRequest {
  return { query: { view, filter: NO_FILTER, ...more }, range: RANGE, step: stepMs };
}

function ask<V extends View>(view: V, given: readonly TaskRun[], stepMs: number, more: Partial<TaskQuery> = {}) {
  const answer = answerFromRuns(request(view, stepMs, more), given, { now: NOW });
  if (answer.view !== view) {
    throw new Error(`asked for ${view}, got ${answer.view}`);
  }
  return answer as Extract<typeof answer, { view: V }>;
}

/** The state of a run just before an instant, spelled out. */
function stateBefore(of: TaskRun, t: number): LifecycleState | 'none' {
  const end = endedAt(of);
  if (!(beganAt(of) < t)) {
    return 'none';
  }
  if (end !== undefined && end < t) {
    return of.state;
  }
  if (of.state === 'unknown') {
    return 'unknown';
  }
  const started =
    of.state === 'pending' ? undefined : (of.startedAt ?? (of.state === 'running' ? beganAt(of) : undefined));
  return started !== undefined && started < t ? 'running' : 'pending';
}

describe('answerFromRuns', () => {
  it('gives the same answer in whatever order the runs come', () => {
    fc.assert(
      fc.property(runs, fc.constantFrom(...VIEWS), step, fc.infiniteStream(fc.nat()), (given, view, stepMs, random) => {
        const shuffled = [...given]
          .map((entry) => ({ entry, at: random.next().value ?? 0 }))
          .sort((a, b) => a.at - b.at)
          .map(({ entry }) => entry);
        // Sums of CPU shares differ in their last bits with the order of adding.
        const rounded = (of: readonly TaskRun[]): unknown =>
          JSON.parse(
            JSON.stringify(ask(view, of, stepMs), (_, value: unknown) =>
              typeof value === 'number' && value < BASE ? Number(value.toPrecision(9)) : value
            )
          );
        expect(rounded(shuffled)).toEqual(rounded(given));
      }),
      { numRuns: 400 }
    );
  });

  it('counts, at the end of each bucket, who was pending and running', () => {
    fc.assert(
      fc.property(runs, step, (given, stepMs) => {
        const answer = ask('states', given, stepMs, { groupBy: 'source' });
        const alive = given.filter((entry) => isAliveIn(entry, RANGE));
        for (const { group, state, values } of answer.series.filter(isLevel)) {
          const expected = answer.buckets.map((start) => {
            const at = Math.min(start + stepMs, RANGE.to, NOW);
            return start >= NOW
              ? null
              : alive.filter((entry) => entry.source === group && stateBefore(entry, at) === state).length;
          });
          expect({ group, state, values }).toEqual({ group, state, values: expected });
        }
      }),
      { numRuns: 300 }
    );
  });

  it('counts every end in exactly one bucket, and the totals agree', () => {
    fc.assert(
      fc.property(runs, step, (given, stepMs) => {
        const answer = ask('states', given, stepMs, { groupBy: 'source' });
        for (const total of answer.totals) {
          for (const state of ['completed', 'failed', 'cancelled'] as const) {
            const ended = given.filter(
              (entry) => entry.source === total.group && entry.state === state && isIn(endedAt(entry))
            ).length;
            const series = answer.series.find((entry) => entry.group === total.group && entry.state === state);
            expect(sum(series?.values ?? [])).toBe(ended);
            expect(total.counts[state] ?? 0).toBe(ended);
          }
        }
      }),
      { numRuns: 300 }
    );
  });

  it('counts beginnings and ends in throughput as often as they happened', () => {
    fc.assert(
      fc.property(runs, step, (given, stepMs) => {
        const answer = ask('throughput', given, stepMs, { groupBy: 'task' });
        const alive = given.filter((entry) => isAliveIn(entry, RANGE));
        for (const what of ['created', 'started', 'completed', 'failed', 'cancelled'] as const) {
          const expected = alive.filter((entry) =>
            isIn(
              what === 'created'
                ? (entry.createdAt ?? entry.queuedAt)
                : what === 'started'
                  ? entry.startedAt
                  : entry.state === what
                    ? endedAt(entry)
                    : undefined
            )
          ).length;
          const found = answer.series.filter((entry) => entry.what === what).map((entry) => sum(entry.values));
          expect(sum(found)).toBe(expected);
        }
      }),
      { numRuns: 300 }
    );
  });

  it('gives percentiles within 1 % of the exact ones, bucket by bucket', () => {
    fc.assert(
      fc.property(runs, step, (given, stepMs) => {
        const answer = ask('durations', given, stepMs, { groupBy: 'task' });
        for (const { group, what, count, p50, p95, max } of answer.series) {
          answer.buckets.forEach((start, i) => {
            const values = given
              .filter((entry) => entry.task === group && isAliveIn(entry, RANGE))
              .flatMap((entry) =>
                lengthIn(entry, what, Math.max(start, RANGE.from), Math.min(start + stepMs, RANGE.to, NOW))
              )
              .sort((a, b) => a - b);
            expect(count[i]).toBe(values.length);
            expect(max[i] ?? undefined).toBe(values[values.length - 1]);
            near(p50[i], values[Math.floor(0.5 * (values.length - 1))]);
            near(p95[i], values[Math.floor(0.95 * (values.length - 1))]);
          });
        }
      }),
      { numRuns: 100 }
    );
  });

  it('groups every failure of the range once, with its bucket', () => {
    fc.assert(
      fc.property(runs, step, (given, stepMs) => {
        const { groups } = ask('failures', given, stepMs);
        const failed = given.filter((entry) => entry.state === 'failed' && isIn(endedAt(entry)));
        expect(sum(groups.map((group) => group.count))).toBe(failed.length);
        for (const group of groups) {
          expect(sum(group.values)).toBe(group.count);
          expect(group.latest.state).toBe('failed');
          expect(endedAt(group.latest)).toBe(group.lastAt);
        }
      })
    );
  });

  it('puts the most frequent cause first, and names its tasks and its newest run', () => {
    const failed = (runId: string, finishedAt: number, more: Partial<TaskRun>) =>
      ended({ runId, state: 'failed', startedAt: BASE + 50, finishedAt: BASE + finishedAt, ...more });
    const { groups } = ask(
      'failures',
      [
        failed('older', 100, { task: 'b', error: { message: 'user 1 not found' } }),
        failed('newest', 550, { task: 'a', error: { message: 'user 2 not found' } }),
        failed('other', 700, { exitCode: 3 }),
        ended({ runId: 'well' }),
      ],
      500
    );
    expect(groups.map(({ title, count, tasks, values }) => ({ title, count, tasks, values }))).toEqual([
      { title: 'user <n> not found', count: 2, tasks: ['a', 'b'], values: [1, 1] },
      { title: 'exit 3', count: 1, tasks: ['t'], values: [0, 1] },
    ]);
    expect(groups.map(({ firstAt, lastAt }) => [firstAt - BASE, lastAt - BASE])).toEqual([
      [100, 550],
      [700, 700],
    ]);
    expect(groups[0]?.latest.runId).toBe('newest');
  });

  it('says in a timeline what is shown: exact runs, or columns in which no failure is missing', () => {
    fc.assert(
      fc.property(runs, step, (given, stepMs) => {
        const alive = given.filter((entry) => isAliveIn(entry, RANGE));
        const exact = ask('timeline', given, stepMs);
        expect(exact.page?.runs.map(runKey).sort()).toEqual(alive.map(runKey).sort());
        expect(exact.total).toBe(alive.length);
        const merged = ask('timeline', given, stepMs, { limit: 1 });
        if (alive.length <= 1) {
          return;
        }
        // As few lanes as it takes are merged; those that are not keep their runs.
        expect(merged.page?.runs.length ?? 0).toBeLessThanOrEqual(1);
        const isMerged = new Set(merged.lanes.filter((lane) => lane.merged).map((lane) => lane.name));
        expect([...isMerged].sort()).toEqual(
          [...new Set(alive.map((entry) => entry.task))]
            .filter((task) => !merged.page?.runs.some((entry) => entry.task === task))
            .sort()
        );
        const failedLanes = new Set(
          alive
            .filter((entry) => entry.state === 'failed' && beganAt(entry) < NOW && isIn(endedAt(entry)))
            .map((entry) => entry.task)
        );
        const shown = new Set(
          merged.columns?.lane
            .filter((_, i) => LIFECYCLE_STATES[merged.columns?.state[i] ?? 0] === 'failed')
            .map((lane) => merged.lanes[lane]?.name)
        );
        for (const lane of failedLanes) {
          expect(!isMerged.has(lane) || shown.has(lane)).toBe(true);
        }
      }),
      { numRuns: 200 }
    );
  });

  it('judges a run by its last attempt: three tries of one run are one run, completed', () => {
    const tries = [1, 2, 3].map((attempt) =>
      ended({
        runId: 'r1',
        attempt,
        state: attempt < 3 ? 'failed' : 'completed',
        exitCode: attempt < 3 ? 1 : 0,
        startedAt: BASE + 100 * attempt,
        finishedAt: BASE + 100 * attempt + 50,
      })
    );
    for (const given of [tries, [...tries].reverse()]) {
      const states = ask('states', given, 1000);
      expect(states.totals).toEqual([{ group: tries[0]?.task, counts: { completed: 1 }, abnormal: {} }]);
      expect(ask('failures', given, 1000).groups).toEqual([]);
      expect(ask('timeline', given, 1000).lanes[0]?.counts).toEqual({ completed: 1 });
      const { series } = ask('throughput', given, 1000);
      expect(series.filter(({ what }) => what !== 'started' && what !== 'created').map(({ what }) => what)).toEqual([
        'completed',
      ]);
      expect(ask('runs', given, 1000).runs.filter(({ retried }) => retried === true)).toHaveLength(2);
    }
  });

  it('takes retries off the score on their own, and calls no run failed that ended well', () => {
    const given = [0, 1, 2, 3].flatMap((run) =>
      [1, 2, 3].map((attempt) =>
        ended({ runId: `r${run}`, attempt, state: attempt < 3 ? 'failed' : 'completed', startedAt: BASE + attempt })
      )
    );
    const [health] = ask('health', given, 1000).groups;
    expect(health).toMatchObject({ runs: 4, failed: 0, score: 84 });
    expect(health?.deductions.map(({ reason, of }) => [reason, of])).toEqual([['retries', 12]]);
  });

  it('counts in a timeline what the view of states counts, whether runs are merged, some of them, or none', () => {
    fc.assert(
      fc.property(runs, step, fc.integer({ min: 1, max: 12 }), (given, stepMs, limit) => {
        const timeline = ask('timeline', given, stepMs, { limit });
        const { totals } = ask('states', given, stepMs);
        expect(timeline.lanes.map(({ name, counts }) => [name, counts])).toEqual(
          totals.map(({ group, counts }) => [group, counts])
        );
        for (const state of LIFECYCLE_STATES) {
          expect(timeline.counts[state] ?? 0).toBe(sum(totals.map(({ counts }) => counts[state] ?? 0)));
        }
        expect(timeline.lost ?? 0).toBe(sum(totals.map(({ abnormal }) => abnormal['lost'] ?? 0)));
      })
    );
  });

  it('keeps the most troubled groups when there are too many, and says how many it left out', () => {
    const given = ['quiet', 'busy', 'busy', 'broken'].map((task, i) =>
      ended({ runId: `r${i}`, task, state: task === 'broken' ? 'failed' : 'completed' })
    );
    const answer = ask('states', given, 100, { limit: 2 });
    expect(answer.totals.map((total) => total.group)).toEqual(['broken', 'busy']);
    expect(answer.groupsOmitted).toBe(1);
  });

  it('says null for what lies ahead of now, never zero', () => {
    const answer = ask('throughput', [ended({ runId: 'r1' })], 100);
    expect(answer.series[0]?.values).toEqual([0, 0, 0, 0, 0, 1, 0, 0, 0, null]);
  });

  it('refuses a range, a step or a number of buckets that cannot be used', () => {
    const from = (range: { from: number; to: number }, stepMs: number) => () =>
      answerFromRuns({ ...request('states', stepMs), range }, [], { now: NOW });
    expect(from({ from: 2, to: 2 }, 1)).toThrow('empty');
    expect(from({ from: NaN, to: 2 }, 1)).toThrow('empty');
    expect(from({ from: 0, to: 1000 }, 0)).toThrow('at least 1 ms');
    expect(from({ from: 0, to: 1e12 }, 1)).toThrow('more than 20000');
  });

  it('draws every run of a family, its edges, and one critical path from the eldest on', () => {
    fc.assert(
      fc.property(runs, (given) => {
        const answer = ask('lineage', given, 100);
        const ids = new Set(answer.nodes.map((node) => node.id));
        expect(ids.size).toBe(answer.nodes.length);
        for (const edge of answer.edges) {
          expect(ids.has(edge.parent) && ids.has(edge.child)).toBe(true);
        }
        for (const node of answer.nodes) {
          expect(answer.edges.filter((edge) => edge.critical && edge.parent === node.id).length).toBeLessThanOrEqual(1);
        }
      })
    );
  });

  it('marks the chain of runs that decides when a family ends', () => {
    const child = (runId: string, parentId: string | undefined, finishedAt: number) =>
      ended({ runId, parentId, startedAt: BASE + 10, finishedAt: BASE + finishedAt });
    const answer = ask(
      'lineage',
      [
        child('root', undefined, 50),
        child('short', 'root', 100),
        child('long', 'root', 90),
        child('last', 'long', 400),
      ],
      100
    );
    expect(
      answer.edges
        .filter((edge) => edge.critical)
        .map((edge) => edge.child.split('\n')[1])
        .sort()
    ).toEqual(['last', 'long']);
  });

  it('says what is used now by what runs now only, and nothing where nothing runs', () => {
    const over = ended({ runId: 'over', cpuSeconds: 3, maxRssBytes: 500 });
    const runs: TaskRun = {
      ...ended({ runId: 'runs', state: 'running', startedAt: BASE, maxRssBytes: 21 }),
      finishedAt: undefined,
    };
    expect(ask('resources', [over, runs], 100).series[0]?.now).toEqual({ rssBytes: 21 });
    expect(ask('resources', [over], 100).series[0]?.rssBytes).toContain(500);
    expect(ask('resources', [over], 100).series[0]?.now).toBeUndefined();
  });

  it('spreads the CPU time of a run over its life without losing any', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 1, max: 390 }), step, (start, length, stepMs) => {
        const one = ended({ runId: 'r', startedAt: BASE + start, finishedAt: BASE + start + length, cpuSeconds: 3 });
        const [series] = ask('resources', [one], stepMs).series;
        // The first bucket may begin before the range; the run does not.
        expect((sum(series?.cpuCores ?? []) * stepMs) / 1000).toBeCloseTo(3, 6);
      })
    );
  });
});

describe('a filter', () => {
  const given = [
    ended({ runId: 'r1', task: 'email.send', queue: 'mail', labels: { team: 'growth' } }),
    ended({
      runId: 'r2',
      task: 'report.nightly',
      state: 'failed',
      substate: 'oom',
      error: { message: '内存不足 <b>' },
    }),
    ended({ runId: 'r3', task: 'report', rootId: 'r1' }),
  ];
  const found = (filter: TaskFilter) =>
    ask('runs', given, 100, { filter })
      .runs.map((entry) => entry.runId)
      .sort();
  const match = (
    field: TaskFilter['matches'][number]['field'],
    operator: '=' | '!=' | '=~' | '!~',
    ...values: string[]
  ) => found({ matches: [{ field, operator, values }] });

  it('finds states and substates by one name', () => {
    expect(match('state', '=', 'failed')).toEqual(['r2']);
    expect(match('state', '=', 'oom')).toEqual(['r2']);
    expect(match('state', '!=', 'oom')).toEqual(['r1', 'r3']);
    expect(match('state', '=~', 'comp.*', 'oom')).toEqual(['r1', 'r2', 'r3']);
  });

  it('anchors patterns, takes several values, and sees a missing fact as empty', () => {
    expect(match('task', '=~', 'report')).toEqual(['r3']);
    expect(match('task', '=~', 'report.*')).toEqual(['r2', 'r3']);
    expect(match('task', '!~', 'report.*')).toEqual(['r1']);
    expect(match('task', '=', 'report', 'email.send')).toEqual(['r1', 'r3']);
    expect(match('queue', '=', '')).toEqual(['r2', 'r3']);
    expect(match('label:team', '=', 'growth')).toEqual(['r1']);
    expect(match('label:constructor', '!=', '')).toEqual([]);
    expect(match('task', '=')).toEqual(['r1', 'r2', 'r3']);
  });

  it('finds a family by its root, the root itself included', () => {
    expect(match('rootId', '=', 'r1')).toEqual(['r1', 'r3']);
  });

  it('finds text whatever its case or script', () => {
    expect(found({ matches: [], text: 'EMAIL' })).toEqual(['r1']);
    expect(found({ matches: [], text: '内存不足 <b>' })).toEqual(['r2']);
  });

  it('says what is wrong with a pattern', () => {
    expect(() => match('task', '=~', 'a(')).toThrow('[filter] The pattern "a(" cannot be used');
  });
});

function ended(more: Partial<TaskRun>): TaskRun {
  return {
    source: 's',
    runId: 'r',
    attempt: 1,
    task: 't',
    state: 'completed',
    startedAt: BASE + 500,
    finishedAt: BASE + 550,
    observedAt: BASE + 550,
    ...more,
  };
}

function isLevel(series: StateSeries): boolean {
  return series.state === 'pending' || series.state === 'running';
}

/** In the range, and known by now. What carries the very stamp of now is still ahead. */
function isIn(at: number | undefined): boolean {
  return at !== undefined && at >= RANGE.from && at < Math.min(RANGE.to, NOW);
}

function sum(values: ReadonlyArray<number | null>): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0);
}

function lengthIn(of: TaskRun, what: 'duration' | 'wait', from: number, to: number): number[] {
  const end = endedAt(of);
  const start = of.startedAt;
  const queued = of.queuedAt ?? of.createdAt;
  if (what === 'duration') {
    return of.state === 'completed' &&
      start !== undefined &&
      of.finishedAt !== undefined &&
      end !== undefined &&
      end >= from &&
      end < to
      ? lengthOf(start, of.finishedAt)
      : [];
  }
  return start !== undefined && queued !== undefined && start >= from && start < to
    ? lengthOf(queued, start)
    : [];
}

function near(found: number | null | undefined, exact: number | undefined): void {
  if (exact === undefined) {
    expect(found).toBeNull();
  } else {
    expect(Math.abs((found ?? NaN) - exact)).toBeLessThanOrEqual(exact * RELATIVE_ERROR * 1.000001);
  }
}

/** None where the end lies more than a second before the beginning. */
function lengthOf(from: number, to: number): number[] {
  return to < from - 1_000 ? [] : [Math.max(0, to - from)];
}
