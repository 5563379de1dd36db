import type { EpochMs } from '../../model/units';
import type { Ranking } from '../../prometheus/build-query';
import { FACT_LABEL } from '../../prometheus/build-query';
import { aggregate } from '../../prometheus/promql';
import type { WireAnswer } from './wire';
import { nameOf } from './worlds';

/** Longer than this Prometheus need not try to count every group; with 100,000 of them it would take minutes. */
export const PATIENCE = '10s';
const MOST_NAMES = 50;
const LASTS_MS = 5 * 60_000;

interface Found {
  names: string[];
  total: number;
  until: EpochMs;
}

/** The busiest of groups that are too many to count, kept for some minutes: a dashboard asks for the same ones again. */
export class ManyGroups {
  private readonly found = new Map<string, Found>();

  constructor(private readonly now: () => EpochMs = Date.now) {}

  areKnown(ranking: Ranking): boolean {
    return (this.found.get(keyOf(ranking))?.until ?? 0) > this.now();
  }

  /** The names of the busiest, the busiest first, and how many groups there are in all. */
  async busiest(ranking: Ranking, ask: (query: string) => Promise<WireAnswer>): Promise<Found> {
    const { among, by } = ranking;
    const key = keyOf(ranking);
    const known = this.found.get(key);
    if (known !== undefined && known.until > this.now()) {
      return known;
    }
    // One look at what has been counted so far: growth would need two, and a comparison of each group.
    const sums = aggregate('sum', by, among.join(' or '));
    const { series } = await ask(
      `topk(${MOST_NAMES}, ${sums}) or label_replace(count(${sums}), "${FACT_LABEL}", "groups", "", "")`
    );
    const ranked = series
      .filter(({ labels }) => !labels.has(FACT_LABEL))
      .sort((a, b) => (b.values[0] ?? 0) - (a.values[0] ?? 0));
    const found = {
      names: ranked.map(({ labels }) => nameOf(by, labels)),
      total: series.find(({ labels }) => labels.has(FACT_LABEL))?.values[0] ?? ranked.length,
      until: this.now() + LASTS_MS,
    };
    this.found.set(key, found);
    return found;
  }
}

function keyOf({ among, by }: Ranking): string {
  return [...by, ...among].join(' ');
}
