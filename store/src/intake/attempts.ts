import type { WritePort } from '../archive/engine';

/** Which attempts there are of a run. */
export class Attempts {
  /** Those that have come since the last commit, which the engine does not know yet. */
  private readonly fresh = new Map<string, number[]>();

  constructor(private readonly engine: Pick<WritePort, 'attempts'>) {}

  /** Another one has come; the others. */
  meet(source: string, runId: string, attempt: number): Iterable<number> {
    const run = `${source}\n${runId}`;
    const others = new Set([...(this.fresh.get(run) ?? []), ...this.engine.attempts(source, runId)]);
    this.fresh.set(run, [...others, attempt]);
    return others;
  }

  /** The engine knows all of them, or none of the new ones has come. */
  clear(): void {
    this.fresh.clear();
  }
}
