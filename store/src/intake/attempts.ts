import type { WritePort } from '../archive/engine';

const NONE: readonly number[] = [];

/** Which attempts there are of a run. */
export class Attempts {
  /** Those that have come since the last commit, which the engine does not know yet. */
  private readonly fresh = new Map<string, number[]>();

  constructor(private readonly engine: Pick<WritePort, 'attempts'>) {}

  /** Another one has come; the others. */
  meet(source: string, runId: string, attempt: number): Iterable<number> {
    const run = `${source}\n${runId}`;
    const fresh = this.fresh.get(run);
    const kept = this.engine.attempts(source, runId);
    if (fresh === undefined && kept.length === 0) {
      this.fresh.set(run, [attempt]);
      return NONE;
    }
    const others = new Set([...(fresh ?? NONE), ...kept]);
    this.fresh.set(run, [...others, attempt]);
    return others;
  }

  /** The engine knows all of them, or none of the new ones has come. */
  clear(): void {
    this.fresh.clear();
  }
}
