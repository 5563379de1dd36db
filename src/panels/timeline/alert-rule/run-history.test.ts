import { FieldType, toDataFrame, type DataFrame } from '@grafana/data';
import { readRuns, type Reading } from '../../../frames/run-columns';
import { framesOfPicture, readPicture, second } from '../lanes/run-picture.kit';
import { historyOf } from './run-history';

const MAIL = { fact: 'task', name: 'mail' } as const;

interface Row {
  task: string;
  source?: string;
  queue?: string;
  queued?: number;
  started?: number;
  finished?: number;
  state: string;
}

function readingOf(rows: readonly Row[], truncated = false): Reading {
  const of = (name: keyof Row, type: FieldType) => ({ name, type, values: rows.map((row) => row[name] ?? null) });
  const frame: DataFrame = toDataFrame({
    name: 'runs',
    meta: { custom: { runlane: { v: 1, view: 'timeline', truncated } } },
    fields: [
      of('task', FieldType.string),
      of('source', FieldType.string),
      of('queue', FieldType.string),
      of('queued', FieldType.time),
      of('started', FieldType.time),
      of('finished', FieldType.time),
      of('state', FieldType.string),
    ],
  });
  const result = readRuns([frame]);
  if (!result.ok) {
    throw new Error(`[run-history.test] no ${result.missing}`);
  }
  return result.reading;
}

/** A hundred completed runs that took 1 … 100 s and waited half a second, a run every second. */
const hundred = (more: Partial<Row> = {}): Row[] =>
  Array.from({ length: 100 }, (_, i) => ({
    task: 'mail',
    source: 'shop',
    queue: 'fast',
    queued: second(i) - 500,
    started: second(i),
    finished: second(i) + 1000 * (i + 1),
    state: 'completed',
    ...more,
  }));

test('counts what completed or failed in the range, and nothing else', () => {
  const { reading } = readPicture(`
    mail   | --cccc
    mail   |        -ffff
    mail   |   kkkk
    mail   |       rrrrr
    mail   |  llll
    mail   |                     cc
    report |   ff
  `);
  expect(historyOf(reading, MAIL, second(0), second(20))).toEqual({ spanMs: 20_000, ended: 3, failed: 2 });
  expect(historyOf(reading, { fact: 'task', name: 'no such' }, second(0), second(20))).toEqual({
    spanMs: 20_000,
    ended: 0,
    failed: 0,
  });
});

test('takes the p99 of durations and waits, by nearest rank, where there are enough', () => {
  const known = historyOf(readingOf(hundred()), MAIL, second(0), second(1000));
  expect(known).toMatchObject({ ended: 100, failed: 0, p99DurationMs: 99_000, p99WaitMs: 500 });
  const few = historyOf(readingOf(hundred().slice(0, 19)), MAIL, second(0), second(1000));
  expect(few).toEqual({ spanMs: 1_000_000, ended: 19, failed: 0 });
});

test('durations of failed runs say nothing of what is usual', () => {
  const rows = [...hundred(), ...hundred({ state: 'failed', finished: second(5000) })];
  expect(historyOf(readingOf(rows), MAIL, second(0), second(6000))).toMatchObject({
    ended: 200,
    failed: 100,
    p99DurationMs: 99_000,
  });
});

test('a wait that nobody reports is none that is known', () => {
  const silent = hundred().map((row) => ({ ...row, queued: undefined }));
  expect(historyOf(readingOf(silent), MAIL, second(0), second(1000))).not.toHaveProperty('p99WaitMs');
  const atOnce = hundred().map((row) => ({ ...row, queued: row.started }));
  expect(historyOf(readingOf(atOnce), MAIL, second(0), second(1000))?.p99WaitMs).toBe(0);
});

test('tells queues and sources apart', () => {
  const rows = [...hundred(), ...hundred({ source: 'blog', queue: 'slow', state: 'failed' })];
  const reading = readingOf(rows);
  const of = (subject: Parameters<typeof historyOf>[1]) => historyOf(reading, subject, second(0), second(1000));
  expect(of({ fact: 'queue', name: 'slow' })).toMatchObject({ ended: 100, failed: 100 });
  expect(of({ ...MAIL, source: 'shop' })).toMatchObject({ ended: 100, failed: 0 });
  expect(of(MAIL)).toMatchObject({ ended: 200, failed: 100 });
});

test('of a part of the runs, the pace is that of their own stretch', () => {
  const late = hundred().map((row) => ({ ...row, finished: second(900), started: second(890) }));
  expect(historyOf(readingOf(late, true), MAIL, second(0), second(1000))?.spanMs).toBe(100_000);
});

test('merged stretches are no runs', () => {
  const merged = { ...readPicture('mail | cc').reading };
  merged.columns = { ...merged.columns, parts: merged.columns.parts.map((part) => ({ ...part, merged: true })) };
  expect(historyOf(merged, MAIL, second(0), second(20))).toBeUndefined();
});

test('no runs at all are no failure', () => {
  const result = readRuns(framesOfPicture(''));
  expect(result.ok && historyOf(result.reading, MAIL, second(0), second(20))).toEqual({
    spanMs: 20_000,
    ended: 0,
    failed: 0,
  });
});
