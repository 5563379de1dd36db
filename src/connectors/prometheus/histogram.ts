/** A classic histogram: how many values lie at or below each bound. In no order; a bound may be there twice. */
export type Cumulative = ReadonlyArray<readonly [bound: number, count: number]>;

/** `1.0` and `+Inf`, as Prometheus spells bounds. */
export function boundOf(text: string): number {
  return text === '+Inf' ? Infinity : Number(text);
}

/**
 * The percentile as Prometheus' `histogram_quantile` reads it: linear between two bounds, the last finite bound for what
 * lies above it. `undefined` where nothing was counted, or the histogram has no bucket `+Inf`, or no other.
 */
export function quantileOf(quantile: number, buckets: Cumulative): number | undefined {
  const sorted = ascending(buckets);
  const all = sorted.at(-1);
  if (all === undefined || all[0] !== Infinity || sorted.length < 2 || all[1] <= 0) {
    return undefined;
  }
  const rank = quantile * all[1];
  const found = sorted.findIndex(([, count]) => count >= rank);
  const [bound = 0, count = 0] = sorted[found] ?? [];
  if (bound === Infinity) {
    return sorted.at(-2)?.[0];
  }
  if (found === 0 && bound <= 0) {
    return bound;
  }
  const [from, below] = sorted[found - 1] ?? [0, 0];
  return from + ((bound - from) * (rank - below)) / (count - below);
}

/** How many values lie above the last finite bound. */
export function beyondOf(buckets: Cumulative): number {
  const sorted = ascending(buckets);
  const [, all] = sorted.find(([bound]) => bound === Infinity) ?? [];
  const [, within] = sorted.filter(([bound]) => bound !== Infinity).at(-1) ?? [];
  return all === undefined || within === undefined ? 0 : Math.max(0, all - within);
}

/** By bound, each once, and never falling: parts of a histogram may be from before and after a scrape. */
function ascending(buckets: Cumulative): Array<[bound: number, count: number]> {
  const counts = new Map<number, number>();
  for (const [bound, count] of buckets) {
    counts.set(bound, (counts.get(bound) ?? 0) + count);
  }
  let most = 0;
  return [...counts].sort(([a], [b]) => a - b).map(([bound, count]) => [bound, (most = Math.max(most, count))]);
}
