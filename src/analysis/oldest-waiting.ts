import type { Buckets } from './buckets';
import type { Waiting } from './tally';

/**
 * Per bucket, since when the longest waiting run waits at its end; Infinity where none does. Intervals in order of age each claim the buckets that
 * nobody older holds; claimed buckets are skipped by path compression, so the cost is almost linear.
 */
export function historyOfWaiting(waiting: Waiting[], buckets: Buckets): Float64Array {
  const oldest = new Float64Array(buckets.starts.length).fill(Infinity);
  const nextFree = Uint32Array.from({ length: buckets.starts.length + 1 }, (_, i) => i);
  const find = (i: number): number => {
    let at = i;
    while ((nextFree[at] ?? at) !== at) {
      const next = nextFree[at] ?? at;
      nextFree[at] = nextFree[next] ?? next;
      at = nextFree[at] ?? next;
    }
    return at;
  };
  waiting.sort((a, b) => a.since - b.since);
  for (const { since, from, to } of waiting) {
    const held = buckets.held(from, to);
    if (held === undefined) {
      continue;
    }
    for (let i = find(held[0]); i <= held[1]; i = find(i)) {
      oldest[i] = since;
      nextFree[i] = i + 1;
    }
  }
  return oldest;
}
