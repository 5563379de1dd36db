import { silenceOf } from './freshness';
import type { Signs } from './freshness';

const T = 1_750_000_000_000;
const ERROR = new Error('502');
const signs = (part: Partial<Signs>): Signs => ({ askedAt: T, waitingSince: undefined, failure: undefined, ...part });

describe('the source is silent', () => {
  test('when its last answer was an error: the data are as old as the answer before', () => {
    expect(silenceOf(signs({ failure: ERROR }), T + 90_000)).toEqual({ asOf: T, why: ERROR, failed: true });
  });

  test('when a request waits for long, though nothing failed', () => {
    expect(silenceOf(signs({ waitingSince: T + 10_000 }), T + 20_000)).toBeUndefined();
    expect(silenceOf(signs({ waitingSince: T + 10_000 }), T + 85_000)).toEqual({ asOf: T, failed: false });
  });

  test('when live updates broke off: the data are good until it was last heard', () => {
    const feed = { heardAt: T + 40_000, trouble: { since: T + 65_000, why: ERROR } };
    expect(silenceOf(signs({ feed }), T + 66_000)).toEqual({ asOf: T + 40_000, why: ERROR, failed: false });
  });
});

describe('the source is not silent', () => {
  test('while live updates are heard, however old the answer they go on from', () => {
    expect(silenceOf(signs({ feed: { heardAt: T + 590_000 } }), T + 600_000)).toBeUndefined();
  });

  test('when only live updates are broken off and an answer came since', () => {
    const feed = { heardAt: T - 40_000, trouble: { since: T - 15_000, why: ERROR } };
    expect(silenceOf(signs({ feed }), T + 5000)).toBeUndefined();
    expect(silenceOf(signs({ feed }), T + 50_000)).toMatchObject({ asOf: T });
  });
});
