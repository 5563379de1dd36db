import { FieldType, toDataFrame } from '@grafana/data';
import type { HealthAnswer } from '../model/answer';
import { ENGLISH } from './frame-context';
import { readHealth } from './health-columns';
import type { HealthColumns } from './health-columns';
import { healthFrames } from './health-frames';

const T0 = 1_700_000_000_000;

const ANSWER: HealthAnswer = {
  view: 'health',
  groupBy: 'task',
  step: 1000,
  groups: [
    {
      group: 'fine',
      score: 100,
      notEnoughData: false,
      runs: 10,
      failed: 0,
      deductions: [],
      fine: ['failures'],
      unchecked: [],
    },
    {
      group: 'bad, "very"',
      score: 41.2,
      notEnoughData: false,
      runs: 186,
      failed: 41,
      deductions: [
        { reason: 'wait', points: 8, found: 240_000, allowed: 60_000, of: 3, runKeys: [] },
        {
          reason: 'failures',
          points: 34,
          found: 0.22,
          allowed: 0.02,
          of: 186,
          runKeys: ['celery\nr1\n2', 'celery\nr2\n1'],
        },
        { reason: 'silent_workers', points: 5, found: 1, allowed: 0, of: 3, runKeys: ['mail-2'] },
        { reason: 'missed_runs', points: 1, found: 1, allowed: 0, of: 3, runKeys: ['2026-01-01T02:00:00.000Z'] },
      ],
      fine: ['too_fast'],
      unchecked: ['resource_pressure'],
      uncheckedWhy: { resource_pressure: 'not_reported' },
      since: T0 + 1000,
      mostly: 'SMTPServerDisconnected',
    },
    {
      group: 'new',
      notEnoughData: true,
      runs: 1,
      failed: 0,
      deductions: [],
      fine: [],
      unchecked: ['failures'],
      uncheckedWhy: { failures: 'too_few' },
    },
  ],
  buckets: [T0, T0 + 1000],
  history: [
    { group: 'fine', values: [100, 100] },
    { group: 'bad, "very"', values: [96, 41] },
    { group: 'new', values: [null, null] },
  ],
};

const CONTEXT = {
  range: { from: T0, to: T0 + 2000 },
  now: T0 + 2000,
  shade: 'dark' as const,
  words: ENGLISH,
  refId: 'A',
  source: 'flower',
  links: { runId: [{ title: 'Open run', url: '/d/run?id=${__data.fields.runId}' }] },
};

function read(frames: Parameters<typeof readHealth>[0]): HealthColumns {
  const result = readHealth(frames);
  if ('missing' in result) {
    throw new Error(`missing ${result.missing}`);
  }
  return result;
}

describe('readHealth', () => {
  it('reads back what the data source wrote, the worst first and those without a score last', () => {
    const { groups, explains, meta } = read(healthFrames(ANSWER, CONTEXT));
    expect(groups.map((group) => [group.name, group.score])).toEqual([
      ['bad, "very"', 41.2],
      ['fine', 100],
      ['new', undefined],
    ]);
    expect(explains).toBe(true);
    expect(meta?.source).toBe('flower');
    const [bad, , fresh] = groups;
    expect(bad).toMatchObject({
      runs: 186,
      failed: 41,
      since: T0 + 1000,
      mostly: 'SMTPServerDisconnected',
      fine: ['too_fast'],
    });
    expect(bad?.deductions.map(({ reason, points }) => [reason, points])).toEqual([
      ['failures', 34],
      ['wait', 8],
      ['silent_workers', 5],
      ['missed_runs', 1],
    ]);
    expect(bad?.unchecked).toEqual([{ reason: 'resource_pressure', why: 'not_reported' }]);
    expect([...(bad?.line?.values ?? [])]).toEqual([96, 41]);
    expect(fresh?.notEnoughData).toBe(true);
    expect([...(fresh?.line?.values ?? [])]).toEqual([NaN, NaN]);
  });

  it('finds for each run behind a deduction the cell that has its links', () => {
    const [bad] = read(healthFrames(ANSWER, CONTEXT)).groups;
    const [first, second] = bad?.deductions[0]?.evidence ?? [];
    expect(first).toMatchObject({ kind: 'run', source: 'celery', runId: 'r1', attempt: 2, cell: { row: 0 } });
    expect(second).toMatchObject({ runId: 'r2', attempt: 1, cell: { row: 1 } });
    const cell = first?.kind === 'run' ? first.cell : undefined;
    expect([cell?.field.name, cell?.field.values[cell.row], cell?.field.config.links?.[0]?.title]).toEqual([
      'runId',
      'r1',
      'Open run',
    ]);
  });

  it('tells runs, workers and instants apart', () => {
    const [bad] = read(healthFrames(ANSWER, CONTEXT)).groups;
    expect(bad?.deductions.slice(2).map((deduction) => deduction.evidence)).toEqual([
      [{ kind: 'name', name: 'mail-2' }],
      [{ kind: 'instant', at: Date.UTC(2026, 0, 1, 2) }],
    ]);
  });

  it('keeps the answers of several queries apart', () => {
    const other = { ...ANSWER, groups: [{ ...ANSWER.groups[0]!, group: 'other', score: 50 }], history: [] };
    const { groups } = read([...healthFrames(ANSWER, CONTEXT), ...healthFrames(other, { ...CONTEXT, refId: 'B' })]);
    expect(groups.map((group) => group.name)).toEqual(['bad, "very"', 'other', 'fine', 'new']);
    expect(groups[1]?.deductions).toEqual([]);
  });

  it('takes any number over time as score and history, as Prometheus gives it', () => {
    const frame = toDataFrame({
      fields: [
        { name: 'Time', type: FieldType.time, values: [T0, T0 + 1000, T0 + 2000] },
        {
          name: 'Value',
          type: FieldType.number,
          values: [96, 41, null],
          labels: { __name__: 'runlane:health_score', task: 'email.send' },
        },
      ],
    });
    const { groups, explains } = read([frame]);
    expect(explains).toBe(false);
    expect(groups).toMatchObject([{ name: 'email.send', score: 41, notEnoughData: false, deductions: [] }]);
    expect([...(groups[0]?.line?.values ?? [])]).toEqual([96, 41, NaN]);
  });

  it('takes a table of names and numbers as one group per row', () => {
    const frame = toDataFrame({
      fields: [
        { name: 'task', values: ['a', 'b'] },
        { name: 'Value', values: [99, 12] },
      ],
    });
    expect(read([frame]).groups.map((group) => [group.name, group.score])).toEqual([
      ['b', 12],
      ['a', 99],
    ]);
  });

  it('names the field that is missing, and the frame', () => {
    const without = (name: string) =>
      healthFrames(ANSWER, CONTEXT).map((frame) => ({
        ...frame,
        fields: frame.fields.filter((field) => field.name !== name || frame.name === 'health history'),
      }));
    expect(readHealth(without('score'))).toEqual({ missing: 'score', frame: 'health' });
    expect(readHealth(without('points'))).toEqual({ missing: 'points', frame: 'deductions' });
    expect(readHealth([toDataFrame({ fields: [{ name: 'text', values: ['a'] }] })])).toEqual({ missing: 'score' });
    expect(readHealth([])).toEqual({ missing: 'score' });
  });
});
