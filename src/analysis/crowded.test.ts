import fc from 'fast-check';
import { crowdedLanes } from './crowded';

describe('crowdedLanes', () => {
  it('merges one crowded lane and leaves the others alone', () => {
    expect(crowdedLanes([3, 5_000, 2, 1], 5_000)).toEqual([false, true, false, false]);
  });

  it('merges nothing while all runs can be drawn one by one', () => {
    expect(crowdedLanes([3, 2, 0], 5)).toEqual([false, false, false]);
  });

  it('keeps the lanes in trouble, which come first, among equally full ones', () => {
    expect(crowdedLanes([2, 2, 2], 4)).toEqual([false, false, true]);
  });

  it('leaves at most as many runs as wanted, and never merges a lane that could stay', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { maxLength: 30 }), fc.nat(300), (members, most) => {
        const merged = crowdedLanes(members, most);
        const left = members.filter((_, lane) => merged[lane] !== true).reduce((sum, count) => sum + count, 0);
        expect(left).toBeLessThanOrEqual(most);
        const taken = members.filter((_, lane) => merged[lane]);
        expect(taken.length === 0 || left + Math.min(...taken) > most).toBe(true);
      })
    );
  });
});
