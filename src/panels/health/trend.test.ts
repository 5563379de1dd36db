import type { ScoreLine } from '../../frames/health-columns';
import { toDataFrame } from '@grafana/data';
import { latestOf, trendOf } from './trend';

function lineOf(...values: number[]): ScoreLine {
  const frame = toDataFrame({ fields: [{ name: 'score', values }] });
  const [field] = frame.fields;
  if (field === undefined) {
    throw new Error('the frame has a field');
  }
  return { times: Float64Array.from(values, (_, i) => i * 1000), values: Float64Array.from(values), field, frame };
}

describe('trendOf', () => {
  it('compares with the last score before the trouble began', () => {
    expect(trendOf(41, lineOf(90, NaN, 96, 60, 41), 3000)).toEqual({ score: 96, at: 2000 });
  });

  it('compares with the first score of the range when nothing is in trouble', () => {
    expect(trendOf(99, lineOf(NaN, 91, 96), undefined)).toEqual({ score: 91, at: 1000 });
  });

  it('says nothing when nothing is known or nothing changed', () => {
    expect(trendOf(41, undefined, 3000)).toBeUndefined();
    expect(trendOf(41, lineOf(41, 40), 0)).toBeUndefined();
    expect(trendOf(95, lineOf(96, 95), undefined)).toBeUndefined();
  });
});

describe('latestOf', () => {
  it('tells the newest score only where it differs from that of the range', () => {
    expect(latestOf(88, lineOf(100, 41, NaN))).toBe(41);
    expect(latestOf(88, lineOf(100, 90))).toBeUndefined();
    expect(latestOf(88, undefined)).toBeUndefined();
  });
});
