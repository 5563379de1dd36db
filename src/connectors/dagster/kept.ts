import type { EpochMs } from '../../model/units';

/** A run as it was when something was read of it. */
interface Seen {
  runId: string;
  updatedAt: EpochMs;
  finishedAt?: EpochMs;
}

export interface Kept<T> {
  get(run: Seen): T | undefined;
  /** Of a run that has not ended nothing is kept. */
  keep(run: Seen, value: T): void;
}

/** Things read of runs that have ended: they stay as they are unless the run is changed. The `most` newest are kept. */
export function createKept<T>(most: number): Kept<T> {
  const kept = new Map<string, { updatedAt: EpochMs; value: T }>();
  return {
    get({ runId, updatedAt }) {
      const found = kept.get(runId);
      return found?.updatedAt === updatedAt ? found.value : undefined;
    },
    keep({ runId, updatedAt, finishedAt }, value) {
      if (finishedAt === undefined) {
        return;
      }
      kept.delete(runId);
      kept.set(runId, { updatedAt, value });
      const [oldest] = kept.keys();
      if (kept.size > most && oldest !== undefined) {
        kept.delete(oldest);
      }
    },
  };
}
