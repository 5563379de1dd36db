import { createHash } from 'node:crypto';
import { isTerminal } from '../../../src/model/lifecycle';
import { beganAt, runKey } from '../../../src/model/task-run';
import type { TaskRun } from '../../../src/model/task-run';
import type { DurationMs, EpochMs } from '../../../src/model/units';

/** A run that had not ended when it was told of last. */
export interface OpenRun extends Pick<TaskRun, 'source' | 'runId' | 'attempt' | 'substate' | 'observedAt'> {
  beganAt: EpochMs;
  /** How often it was asked for in vain. */
  misses: number;
  askAgainAt: EpochMs;
}

/** A run that is new or has changed. */
export interface News {
  told: TaskRun;
  /**
   * The same as it is to be kept: an end that was rewritten without a newer instant was rewritten since, and is dated now, so
   * that it counts.
   */
  kept: TaskRun;
}

interface Known {
  /** Of the run as the source told it; absent for what is only known to be in the archive. */
  digest?: string;
  /** How it ended, if it has. */
  end?: string;
  observedAt: EpochMs;
  /** The reading in which the source told of it last. */
  walk: number;
  open?: OpenRun;
}

const LONGEST_REST_MS: DurationMs = 3_600_000;
const MINUTE_MS = 60_000;

/**
 * What has been kept of a source's runs: so that only what is new is kept again, and that what has not ended is asked for until
 * it has. Holds what the last readings saw and every run that is open, by `runKey`.
 */
export class KnownRuns {
  private readonly known = new Map<string, Known>();
  private walk = 0;

  /** A reading begins: what it does not see will be `unseen`. */
  beginWalk(): void {
    this.walk++;
  }

  /** Whether this reading has told of it. */
  isSeen(run: TaskRun): boolean {
    const known = this.known.get(runKey(run));
    return known?.digest !== undefined && known.walk === this.walk;
  }

  /** Runs that the archive has from before. */
  recall(runs: readonly TaskRun[]): void {
    for (const run of runs) {
      const key = runKey(run);
      if (!this.known.has(key)) {
        this.known.set(key, this.remembered(run));
      }
    }
  }

  /** The runs that are new or have changed. */
  newsOf(runs: readonly TaskRun[], now: EpochMs): News[] {
    return runs.flatMap((told) => {
      const known = this.known.get(runKey(told));
      if (known === undefined) {
        return { told, kept: told };
      }
      known.walk = this.walk;
      if (known.digest === digestOf(told)) {
        return [];
      }
      const isRewritten =
        known.end !== undefined &&
        told.observedAt <= known.observedAt &&
        (known.digest !== undefined || known.end !== endOf(told));
      return { told, kept: isRewritten ? { ...told, observedAt: Math.max(now, known.observedAt + 1) } : told };
    });
  }

  /** The news is in the archive. */
  keep(news: readonly News[]): void {
    for (const { told, kept } of news) {
      this.known.set(runKey(told), { ...this.remembered(kept), digest: digestOf(told) });
    }
  }

  /** Runs that have not ended, as far as is known, and of which this reading saw nothing. */
  unseen(): OpenRun[] {
    return [...this.known.values()].flatMap(({ walk, open }) => (walk < this.walk && open !== undefined ? open : []));
  }

  /** The latest attempt that is known of each of these runs. */
  latestAttempts(of: readonly OpenRun[]): ReadonlyMap<string, number> {
    const latest = new Map(of.map((open) => [idOf(open), 0]));
    for (const key of this.known.keys()) {
      const end = key.lastIndexOf('\n');
      const attempt = latest.get(key.slice(0, end));
      if (attempt !== undefined) {
        latest.set(key.slice(0, end), Math.max(attempt, Number(key.slice(end + 1))));
      }
    }
    return latest;
  }

  /** These were asked for. Those that the source did not tell of are asked for again, more and more rarely. */
  miss(asked: readonly OpenRun[], now: EpochMs, everyMs: DurationMs): void {
    const unseen = new Set(this.unseen());
    for (const open of asked.filter((one) => unseen.has(one))) {
      open.misses++;
      open.askAgainAt = now + Math.min(LONGEST_REST_MS, everyMs * 2 ** Math.min(open.misses, 20));
    }
  }

  /** It has ended in a way that no reading will tell. */
  close(open: OpenRun): void {
    this.known.delete(runKey(open));
  }

  get vanished(): number {
    return [...this.known.values()].filter(({ open }) => (open?.misses ?? 0) > 0).length;
  }

  /** A reading is over: ended runs that it did not see are behind its range now. */
  endWalk(): void {
    for (const [key, { walk, open }] of this.known) {
      if (open === undefined && walk < this.walk) {
        this.known.delete(key);
      }
    }
  }

  private remembered(run: TaskRun): Known {
    const { source, runId, attempt, substate, observedAt } = run;
    const end = endOf(run);
    return {
      observedAt,
      walk: this.walk,
      ...(end !== undefined
        ? { end }
        : {
            open: {
              source,
              runId,
              attempt,
              ...(substate !== undefined && { substate }),
              observedAt,
              beganAt: beganAt(run),
              misses: 0,
              askAgainAt: 0,
            },
          }),
    };
  }
}

/** Source and id of the run that an attempt belongs to. */
export function idOf({ source, runId }: Pick<TaskRun, 'source' | 'runId'>): string {
  return `${source}\n${runId}`;
}

function endOf({ state, substate }: TaskRun): string | undefined {
  return isTerminal(state) ? `${state} ${substate ?? ''}` : undefined;
}

/** That a run was looked at again is no news, once it has ended; while it goes on, it is one a minute. */
function digestOf(run: TaskRun): string {
  const { observedAt, ...rest } = run;
  const seen = isTerminal(run.state) ? 0 : Math.floor(observedAt / MINUTE_MS);
  return createHash('sha256')
    .update(`${seen} ${JSON.stringify(rest)}`)
    .digest('base64')
    .slice(0, 22);
}
