/**
 * The first place in `[from, to)` at which something has come true, `to` where it has not. Binary search: once it is true,
 * it must stay so up to `to`.
 */
export function firstPlace(from: number, to: number, isTrue: (place: number) => boolean): number {
  let low = from;
  let high = to;
  while (low < high) {
    // Instants are places as well: their distance may be beyond the 32 bits of a shift.
    const middle = low + Math.floor((high - low) / 2);
    if (isTrue(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}
