/**
 * Rounds deductions to whole points so that what is read adds up: 100 minus the shown points is the shown score. Largest
 * remainders get the missing points (Hamilton's method). Where the deductions come to more than 100, each is simply
 * rounded, since no sum can match.
 *
 * `points` are the deductions, `score` what is left of 100 (unrounded).
 */
export function wholePoints(points: readonly number[], score: number): number[] {
  const taken = points.reduce((sum, one) => sum + one, 0);
  if (taken > 100) {
    return points.map(Math.round);
  }
  const whole = points.map(Math.floor);
  let rest = 100 - Math.round(score) - whole.reduce((sum, one) => sum + one, 0);
  const byRemainder = points
    .map((one, i) => ({ i, rest: one - Math.floor(one) }))
    .sort((a, b) => b.rest - a.rest || a.i - b.i);
  for (const { i } of byRemainder) {
    if (rest <= 0) {
      break;
    }
    whole[i] = (whole[i] ?? 0) + 1;
    rest -= 1;
  }
  return whole;
}
