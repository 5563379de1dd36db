import fc from 'fast-check';
import { wholePoints } from './points';

describe('wholePoints', () => {
  it('gives whole points that add up with the shown score to 100', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.01, max: 40, noNaN: true }), { maxLength: 8 }), (points) => {
        const taken = points.reduce((sum, one) => sum + one, 0);
        const score = Math.max(0, 100 - taken);
        const whole = wholePoints(points, score);
        if (taken <= 100) {
          expect(Math.round(score) + whole.reduce((sum, one) => sum + one, 0)).toBe(100);
        }
        whole.forEach((one, i) => expect(Math.abs(one - (points[i] ?? 0))).toBeLessThanOrEqual(1));
      }),
      { numRuns: 1000 }
    );
  });
});
