import {
  FieldType,
  getDisplayProcessor,
  createTheme,
  MappingType,
  toDataFrame,
  type DataFrame,
  type Field,
} from '@grafana/data';
import type { TimelineAnswer } from '../model/answer';
import { LIFECYCLE_STATES } from '../model/lifecycle';
import type { TaskRun } from '../model/task-run';
import { ENGLISH } from './frame-context';
import type { FrameContext } from './frame-context';
import { timelineFrames } from './run-frame';
import { groupKeys, laneKeysOf } from './group-keys';
import { mergedCounts } from './merged-rows';
import { factOf, readRuns, type Reading } from './run-columns';
import { stripOf } from './strip-columns';

const NINE = Date.UTC(2026, 10, 23, 9);
const MINUTE = 60_000;
const context: FrameContext = {
  refId: 'A',
  range: { from: NINE, to: NINE + 60 * MINUTE },
  now: NINE + 60 * MINUTE,
  shade: 'dark',
  words: ENGLISH,
};

const run = (part: Partial<TaskRun>): TaskRun => ({
  source: 'celery',
  runId: 'a',
  attempt: 1,
  state: 'completed',
  task: 'email.send',
  observedAt: NINE,
  ...part,
});

function read(series: DataFrame[], choice = {}): Reading {
  const result = readRuns(series, choice);
  if (!result.ok) {
    throw new Error(`missing ${result.missing} in ${result.frame}: ${result.has.join(', ')}`);
  }
  return result.reading;
}

const states = (reading: Reading): string[] =>
  Array.from(reading.columns.state, (state, row) => (reading.columns.lost[row] ? 'lost' : LIFECYCLE_STATES[state]!));

describe("Runlane's own frames", () => {
  const answer: TimelineAnswer = {
    view: 'timeline',
    groupBy: 'task',
    total: 12_340,
    counts: { failed: 2 },
    lanes: [
      {
        name: 'email.send',
        context: 'celery · 3 workers',
        counts: { failed: 2 },
        health: 41,
        usualWaitMs: 300,
        missedAt: [NINE],
      },
    ],
    page: {
      truncated: true,
      skipped: 2,
      runs: [
        run({
          runId: 'a',
          queuedAt: NINE,
          startedAt: NINE + MINUTE,
          finishedAt: NINE + 2 * MINUTE,
          labels: { team: 'core' },
        }),
        run({ runId: 'b', createdAt: NINE + MINUTE, state: 'pending' }),
        run({ runId: 'c', startedAt: NINE + MINUTE, state: 'running', attempt: 2 }),
        run({ runId: 'd', startedAt: NINE + MINUTE, state: 'failed', substate: 'lost', observedAt: NINE + 9 * MINUTE }),
        run({ runId: 'e', queuedAt: NINE, finishedAt: NINE + 3 * MINUTE, state: 'cancelled' }),
      ],
    },
    strips: [{ run: 2, at: [NINE, NINE + MINUTE], cpuCores: [0.5, null], rssBytes: [1, 2] }],
  };
  const reading = read(timelineFrames(answer, context));
  const { columns } = reading;

  test('become columns with unknown as NaN and lost apart', () => {
    expect(states(reading)).toEqual(['completed', 'pending', 'running', 'lost', 'cancelled']);
    expect(Array.from(columns.began)).toEqual([NINE, NINE + MINUTE, NINE + MINUTE, NINE + MINUTE, NINE]);
    expect(Array.from(columns.start)).toEqual([NINE + MINUTE, NaN, NINE + MINUTE, NINE + MINUTE, NaN]);
    expect(Array.from(columns.attempt!)).toEqual([1, 1, 2, 1, 1]);
  });

  test('leave what waits or runs open, and end a lost run where it was last seen', () => {
    expect(Array.from(columns.end)).toEqual([NINE + 2 * MINUTE, NaN, NaN, NINE + 9 * MINUTE, NINE + 3 * MINUTE]);
  });

  test('carry the lanes, what was cut, and the samples of runs', () => {
    expect(reading.lanes.get('email.send')).toMatchObject({
      health: 41,
      context: 'celery · 3 workers',
      usualWait: 300,
      missed: [NINE],
    });
    expect(reading).toMatchObject({ total: 12_340, truncated: true, skipped: 2 });
    const strips = reading.strips!;
    expect(stripOf(strips, 2)).toBe(0);
    expect(stripOf(strips, 1)).toBe(-1);
    expect(Array.from(strips.cpuCores)).toEqual([0.5, NaN]);
  });

  test('group by every fact they have, labels included', () => {
    expect(laneKeysOf(columns)).toEqual(['task', 'source', 'label:team', 'state']);
    const { names, index } = groupKeys(columns, 'label:team');
    expect(Array.from(index, (at) => names[at])).toEqual(['core', '', '', '', '']);
    expect(factOf(columns, 2, 'runId')?.value).toBe('c');
    expect(factOf(columns, 2, 'queue')).toBeUndefined();
  });

  test('of two queries are joined, each with its own samples', () => {
    const other = timelineFrames(
      { ...answer, strips: [{ run: 0, at: [NINE], cpuCores: [1], rssBytes: [1] }] },
      { ...context, refId: 'B' }
    );
    const both = read([...timelineFrames(answer, context), ...other]);
    expect(both.columns.length).toBe(10);
    expect(both.total).toBe(24_680);
    expect(stripOf(both.strips!, 5)).toBe(1);
    expect(factOf(both.columns, 7, 'runId')?.value).toBe('c');
    const keys = groupKeys(both.columns, 'lane');
    expect(new Set(Array.from(keys.index, (at) => keys.names[at]))).toEqual(new Set(['email.send']));
  });
});

test('typed arrays of one frame are used as they are', () => {
  const length = 3;
  const started = Float64Array.from([1e12, 1e12, 1e12]);
  const finished = Float64Array.from([1e12 + 1, 1e12 + 2, 1e12 + 3]);
  const state = Uint8Array.from([2, 3, 2]);
  const lane = Uint16Array.from([0, 1, 0]);
  const field = (name: string, type: FieldType, values: unknown, config = {}): Field => ({
    name,
    type,
    values: values as unknown[],
    config,
  });
  const { columns } = read([
    {
      name: 'runs',
      length,
      fields: [
        field('lane', FieldType.enum, lane, { type: { enum: { text: ['a', 'b'] } } }),
        field('started', FieldType.time, started),
        field('finished', FieldType.time, finished),
        field('state', FieldType.enum, state, { type: { enum: { text: [...LIFECYCLE_STATES] } } }),
      ],
    },
  ]);
  expect(columns.start).toBe(started);
  expect(columns.began).toBe(started);
  expect(columns.end).toBe(finished);
  expect(columns.state).toBe(state);
  expect(groupKeys(columns, 'lane').index).toBe(lane);
});

test('merged stretches of a server keep their counts by state', () => {
  const frames = timelineFrames(
    {
      view: 'timeline', groupBy: 'task', total: 1_000_000, counts: { completed: 903, failed: 4 }, lanes: [{ name: 'a', counts: { completed: 903, failed: 4 } }],
      columns: { lane: [0, 0], start: [NINE, NINE + MINUTE], end: [NINE + MINUTE, NINE + 2 * MINUTE], state: [2, 3], lost: [0, 1], count: [900, 7], counts: { completed: [900, 3], failed: [0, 4] } },
    },
    context
  ); // prettier-ignore
  const reading = read(frames);
  expect(states(reading)).toEqual(['completed', 'lost']);
  const counts = mergedCounts(reading.columns)!;
  expect(Array.from(counts.runs)).toEqual([900, 7]);
  expect(counts.states.map((ofState) => Array.from(ofState))).toEqual([
    [0, 0],
    [0, 0],
    [900, 3],
    [0, 4],
    [0, 0],
    [0, 0],
  ]);
  expect(Array.from(counts.lost)).toEqual([0, 1]);
  expect(reading.told).toEqual({ counts: [0, 0, 903, 4, 0, 0], lost: 0 });
  expect(reading.total).toBe(1_000_000);
});

test('counts of the source are not those of rows that a transformation took out', () => {
  const [runs, ...others] = timelineFrames(
    {
      view: 'timeline', groupBy: 'task', total: 2, lanes: [{ name: 'a', counts: { completed: 2 } }], counts: { completed: 2 },
      page: { truncated: false, skipped: 0, total: 2, runs: ['1', '2'].map((runId) => ({ source: 's', runId, attempt: 1, task: 'a', state: 'completed', startedAt: NINE, finishedAt: NINE + 1, observedAt: NINE + 1 })) },
    },
    context
  ); // prettier-ignore
  expect(read([runs!, ...others]).told).toEqual({ counts: [0, 0, 2, 0, 0, 0], lost: 0 });
  const filtered = {
    ...runs!,
    length: 1,
    fields: runs!.fields.map((field) => ({ ...field, values: field.values.slice(0, 1) })),
  };
  expect(read([filtered, ...others]).told).toBeUndefined();
});

describe('frames of other data sources', () => {
  test('with ISO dates, job names and native words are understood', () => {
    const reading = read([
      toDataFrame({
        fields: [
          { name: 'job_name', values: ['build', 'test'] },
          { name: 'status', values: ['SUCCESS', 'Timed out'] },
          { name: 'start_time', type: FieldType.time, values: [NINE, NINE + MINUTE] },
          { name: 'end_time', type: FieldType.time, values: [NINE + MINUTE, NINE + 2 * MINUTE] },
        ],
      }),
    ]);
    expect(states(reading)).toEqual(['completed', 'failed']);
    const keys = groupKeys(reading.columns, 'task');
    expect(keys.names).toEqual(['build', 'test']);
  });

  test('with seconds and a duration get their ends from it; what runs stays open', () => {
    const reading = read([
      toDataFrame({
        fields: [
          { name: 'name', values: ['a', 'b'] },
          { name: 'state', values: ['done', 'running'] },
          { name: 'started_at', values: [NINE / 1000, NINE / 1000 + 60] },
          { name: 'duration_s', values: [90, 30] },
        ],
      }),
    ]);
    expect(Array.from(reading.columns.start)).toEqual([NINE, NINE + MINUTE]);
    expect(Array.from(reading.columns.end)).toEqual([NINE + 90_000, NaN]);
  });

  test('with spans of a trace use service, operation and status code', () => {
    const reading = read([
      toDataFrame({
        fields: [
          { name: 'traceID', values: ['t', 't'] },
          { name: 'operationName', values: ['GET /', 'SELECT'] },
          { name: 'serviceName', values: ['web', 'db'] },
          { name: 'startTime', type: FieldType.number, values: [NINE, NINE + 5] },
          { name: 'duration', values: [100, 20] },
          { name: 'statusCode', values: [0, 2] },
        ],
      }),
    ]);
    expect(states(reading)).toEqual(['completed', 'failed']);
    expect(groupKeys(reading.columns, 'source').names).toEqual(['web', 'db']);
    expect(factOf(reading.columns, 0, 'traceId')?.value).toBe('t');
  });

  test('take the fields that the user names', () => {
    const frame = toDataFrame({
      fields: [
        { name: 'a', type: FieldType.time, values: [NINE] },
        { name: 'b', type: FieldType.time, values: [NINE + MINUTE] },
        { name: 'how', values: ['weird'] },
        { name: 'what', values: ['backup'] },
      ],
    });
    expect(readRuns([frame]).ok).toBe(false);
    const reading = read([frame], { start: 'a', end: 'b', state: 'how', name: 'what' });
    expect(states(reading)).toEqual(['unknown']);
    expect(reading.columns.end[0]).toBe(NINE + MINUTE);
  });

  test('use value mappings for words that nobody knows', () => {
    const frame = toDataFrame({
      fields: [
        { name: 'name', values: ['a', 'b'] },
        { name: 'start', type: FieldType.time, values: [NINE, NINE] },
        { name: 'end', type: FieldType.time, values: [NINE + 1, NINE + 1] },
        {
          name: 'state',
          values: [0, 9],
          config: {
            mappings: [{ type: MappingType.ValueToText, options: { 0: { text: 'success' }, 9: { text: 'failed' } } }],
          },
        },
      ],
    });
    const state = frame.fields[3]!;
    state.display = getDisplayProcessor({ field: state, theme: createTheme() });
    expect(states(read([frame]))).toEqual(['completed', 'failed']);
  });

  test.each([
    ['start', [{ name: 'task', values: ['a'] }, { name: 'state', values: ['done'] }]],
    ['state', [{ name: 'start', type: FieldType.time, values: [NINE] }, { name: 'end', type: FieldType.time, values: [NINE] }, { name: 'task', values: ['a'] }]],
    ['name', [{ name: 'start', type: FieldType.time, values: [NINE] }, { name: 'end', type: FieldType.time, values: [NINE] }, { name: 'state', values: ['done'] }]],
  ])('without %s say which field is missing and which there are', (missing, fields) => {
    const result = readRuns([toDataFrame({ name: 'sheet', fields })]);
    expect(result).toMatchObject({ ok: false, missing, frame: 'sheet', has: fields.map((field) => field.name) });
  }); // prettier-ignore

  test('a year of zero, as Go writes "never", is unknown', () => {
    const reading = read([
      toDataFrame({
        fields: [
          { name: 'name', values: ['a'] },
          { name: 'state', values: ['running'] },
          { name: 'start', type: FieldType.time, values: [NINE] },
          { name: 'finished', values: ['0001-01-01T00:00:00Z'] },
        ],
      }),
    ]);
    expect(reading.columns.end[0]).toBeNaN();
  });

  test('an end before its start is an instant, and a row without any time is counted', () => {
    const reading = read([
      toDataFrame({
        fields: [
          { name: 'name', values: ['a', 'b'] },
          { name: 'state', values: ['done', 'done'] },
          { name: 'start', type: FieldType.time, values: [NINE, null] },
          { name: 'end', type: FieldType.time, values: [NINE - MINUTE, null] },
        ],
      }),
    ]);
    expect(reading.columns.end[0]).toBe(NINE);
    expect(reading.columns.undated).toBe(1);
  });
});

describe('states over time', () => {
  const times = [0, 1, 2, 3, 4].map((step) => NINE + step * MINUTE);
  const intervals = (reading: Reading): string[] => {
    const keys = groupKeys(reading.columns, 'task');
    const minute = (at: number): number => (at - NINE) / MINUTE;
    return Array.from(keys.index, (lane, row) => {
      const { start, end } = reading.columns;
      return `${keys.names[lane]} ${minute(start[row]!)}-${minute(end[row]!)} ${states(reading)[row]}`;
    });
  };

  test('of words become one interval for each stretch of equal words', () => {
    const frame = toDataFrame({
      fields: [
        { name: 'time', type: FieldType.time, values: times },
        { name: 'mail', values: ['running', 'running', 'failed', null, 'ok'] },
      ],
    });
    expect(intervals(read([frame]))).toEqual(['mail 0-2 running', 'mail 2-3 failed', 'mail 4-5 completed']);
  });

  test('of Prometheus series with a state label become intervals where there is anything to count', () => {
    const series = (state: string, values: number[]): DataFrame =>
      toDataFrame({
        fields: [
          { name: 'time', type: FieldType.time, values: times },
          { name: 'runlane_task_runs', type: FieldType.number, labels: { task: 'mail', state }, values },
        ],
      });
    expect(intervals(read([series('running', [0, 1, 2, 0, 0]), series('failed', [0, 0, 0, 1, 1])]))).toEqual([
      'mail 1-3 running',
      'mail 3-5 failed',
    ]);
  });

  test("of Prometheus' own up fail at zero, and a pause is a gap", () => {
    const frame = toDataFrame({
      fields: [
        { name: 'time', type: FieldType.time, values: [NINE, NINE + MINUTE, NINE + 2 * MINUTE, NINE + 30 * MINUTE] },
        { name: 'up', type: FieldType.number, labels: { __name__: 'up', job: 'node' }, values: [1, 0, 0, 1] },
      ],
    });
    expect(intervals(read([frame])).map((text) => text.replace(/^.* (\S+ \S+)$/, '$1'))).toEqual([
      '0-1 running',
      '1-3 failed',
      '30-31 running',
    ]);
  });
});

test('no frames at all are no runs, not a problem', () => {
  expect(read([]).columns.length).toBe(0);
});
