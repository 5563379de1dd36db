import type { DurationMs, EpochMs } from '../../../../src/model/units';
import type { CeleryEvent } from './celery-event';

interface Known {
  processed: number;
  freqMs: DurationMs;
  heardAt: EpochMs;
  /** Since when it says that it runs nothing. */
  idleSince?: EpochMs;
  /** Tasks that it had run when it was heard first. */
  before: number;
  /** It has told of a task. */
  tellsTasks: boolean;
}

/** A heart that beats rarely may miss a beat. */
const BEATS_PROMISED = 3;
const LEAST_PROMISE_MS: DurationMs = 15_000;
/** Between what a worker says of its tasks and of itself: the former is sent in batches. */
const IDLE_AFTER_MS: DurationMs = 5_000;

/** What workers say of themselves: every two seconds, whether or not they tell of tasks. */
export class Workers {
  private readonly known = new Map<string, Known>();
  /** Workers that told of tasks and not, or not yet, of themselves. */
  private readonly telling = new Set<string>();

  /**
   * @returns `isOther`: under this name there is another process now, which knows nothing of what the one before ran; `isIdleSince`:
   * since when, for certain, it runs nothing
   */
  hear({ hostname, at, freq = 2, active, processed = 0 }: CeleryEvent): { isOther: boolean; isIdleSince?: EpochMs } {
    const known = this.known.get(hostname);
    if (known !== undefined && at < known.heardAt) {
      return { isOther: false };
    }
    // It counts up from its start; pids say nothing where every container has the same.
    const isOther = known === undefined ? processed === 0 : processed < known.processed;
    // What began and ended between two beats is seen by the count alone.
    const isSameIdleness = known !== undefined && processed === known.processed;
    const idleSince = active !== 0 ? undefined : isSameIdleness ? (known.idleSince ?? at) : at;
    this.known.set(hostname, {
      processed,
      freqMs: freq * 1000,
      heardAt: at,
      before: isOther || known === undefined ? processed : known.before,
      tellsTasks: known?.tellsTasks ?? this.telling.has(hostname),
      ...(idleSince !== undefined && { idleSince }),
    });
    const isCertain = idleSince !== undefined && at - idleSince >= IDLE_AFTER_MS;
    return { isOther, ...(isCertain && { isIdleSince: idleSince }) };
  }

  /** It has told of a task. */
  tells(hostname: string): void {
    const known = this.known.get(hostname);
    if (known === undefined) {
      this.telling.add(hostname);
    } else {
      known.tellsTasks = true;
    }
  }

  /** What a run on it may promise; nothing where it was started without heartbeats. */
  promise(hostname: string): { heartbeatMs?: DurationMs } {
    const known = this.known.get(hostname);
    return known === undefined ? {} : { heartbeatMs: Math.max(LEAST_PROMISE_MS, BEATS_PROMISED * known.freqMs) };
  }

  get count(): number {
    return this.known.size;
  }

  /** Workers that have run tasks since they were first heard and told of none. */
  silentAboutTasks(): string[] {
    return [...this.known]
      .filter(([, { tellsTasks, processed, before }]) => !tellsTasks && processed > before)
      .map(([hostname]) => hostname);
  }
}
