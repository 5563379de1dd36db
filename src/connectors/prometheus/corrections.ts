/**
 * Counts per bucket of a counter that has corrections taken off: what a later bucket takes back was counted in an earlier
 * one, so it is taken off there, newest first. No bucket is below zero, and the sum stays what it is; what was counted
 * before the first bucket is not of this range, and is passed over.
 */
export function settleCorrections(values: ReadonlyArray<number | null>): Array<number | null> {
  const settled = [...values];
  for (let i = 0; i < settled.length; i++) {
    let owed = -(settled[i] ?? 0);
    if (owed <= 0) {
      continue;
    }
    settled[i] = 0;
    for (let before = i - 1; before >= 0 && owed > 0; before--) {
      const count = settled[before] ?? 0;
      const taken = Math.min(count, owed);
      if (taken > 0) {
        settled[before] = count - taken;
        owed -= taken;
      }
    }
  }
  return settled;
}
