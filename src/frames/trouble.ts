/** What is known of how a group of runs is doing. */
export interface Trouble {
  name: string;
  /** 0–100, absent where there is too little data. */
  score?: number;
  /** Runs that ended, and those of them that failed. */
  ended: number;
  failed: number;
}

const BY_NAME = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** How much a group needs a person, 0–100: what its score lacks, where there is one, else the share of its runs that failed. */
export function troubleOf({ score, ended, failed }: Omit<Trouble, 'name'>): number {
  return score === undefined ? (ended === 0 ? 0 : (100 * failed) / ended) : 100 - score;
}

/**
 * The one order of trouble, in tables and lanes alike: the most trouble first, in whole points so that nothing jumps for
 * a tenth; then the most failed, then by name.
 */
export function byTrouble(a: Trouble, b: Trouble): number {
  return Math.round(troubleOf(b)) - Math.round(troubleOf(a)) || b.failed - a.failed || BY_NAME.compare(a.name, b.name);
}
