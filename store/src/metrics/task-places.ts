import type { TaskRun } from '../../../src/model/task-run';
import type { EpochMs } from '../../../src/model/units';
import { TaskSeries } from './task-series';

/** Different (source, task, queue) that have series of their own at once; the others share `OTHER`. */
const MOST_PLACES = 500;
/** Different combinations without a place that are counted. */
const MOST_FOLDED = 10 * MOST_PLACES;
/** Who has not been heard of for so long is idle: the place is free for whoever comes. */
const IDLE_MS = 15 * 60_000;
/** A failure that no success followed makes its task matter for so long. */
const FAILING_MS = 6 * 3_600_000;

export const OTHER = '(other)';

/** How much a combination matters. */
const WEIGHT = { idle: 0, recent: 1, live: 2, failing: 3 } as const;

/** One task in one queue of one source: what it is doing now, and where it is counted. */
export class Combination {
  pending = 0;
  running = 0;
  unknown = 0;
  /** Since when each pending run waits. */
  readonly waitingSince = new Map<number, number>();
  heardAt: EpochMs = -Infinity;
  /** When it failed last, unless a success came after that. */
  failedAt: EpochMs | undefined;

  constructor(
    readonly key: string,
    /** Its own series, or the one that is shared. */
    public counted: TaskSeries
  ) {}

  get isLive(): boolean {
    return this.pending > 0 || this.running > 0 || this.unknown > 0;
  }
}

/**
 * Who has series of their own. A place goes to whoever comes while there are free ones, then to those who matter more
 * than one that has a place: a task that fails takes the place of one that does not, any other only that of one that is
 * idle, so that names which come and go leave few traces in Prometheus.
 *
 * Counters never go back and nothing is counted twice: what happens without a place is counted under `OTHER` and stays
 * there; whoever gains a place begins at 0, as after a start of the store. What is going on now is told where the
 * combination is told.
 */
export class TaskPlaces {
  private readonly placed = new Map<string, Combination>();
  /** Those without a place that have runs going on. */
  private readonly others = new Map<string, Combination>();
  private readonly foldedKeys = new Set<string>();
  private shared: TaskSeries | undefined;
  /** Newest evidence of all. */
  private newest: EpochMs = -Infinity;

  /** Combinations that had no place at some time, counted up to a bound. */
  get folded(): number {
    return this.foldedKeys.size;
  }

  /** A run is heard of: its combination, with a place if it matters enough. */
  hear(run: TaskRun): Combination {
    const combination = this.of(run);
    const at = run.finishedAt ?? run.observedAt;
    combination.heardAt = Math.max(combination.heardAt, run.observedAt);
    this.newest = Math.max(this.newest, run.observedAt);
    if (run.state === 'failed') {
      combination.failedAt = Math.max(combination.failedAt ?? -Infinity, at);
    } else if (run.state === 'completed' && at > (combination.failedAt ?? Infinity)) {
      combination.failedAt = undefined;
    }
    if (!this.placed.has(combination.key)) {
      this.place(combination, run);
    }
    return combination;
  }

  of({ source, task, queue }: Pick<TaskRun, 'source' | 'task' | 'queue'>): Combination {
    const key = `${source}\n${task}\n${queue ?? ''}`;
    let combination = this.placed.get(key) ?? this.others.get(key);
    if (combination === undefined) {
      combination = new Combination(key, this.other());
      this.others.set(key, combination);
    }
    return combination;
  }

  /** Nothing more is known of the combination now: without a place and without runs it is forgotten. */
  settle(combination: Combination): void {
    if (!combination.isLive) {
      this.others.delete(combination.key);
    }
  }

  /** All that have a place, and those that share one. */
  *all(): Generator<Combination> {
    yield* this.placed.values();
    yield* this.others.values();
  }

  /** The series of all that have a place, and the shared one once something was counted there. */
  series(): TaskSeries[] {
    const own = [...this.placed.values()].map(({ counted }) => counted);
    return this.shared === undefined || this.foldedKeys.size === 0 ? own : [...own, this.shared];
  }

  private place(combination: Combination, { source, task, queue }: TaskRun): void {
    if (this.placed.size >= MOST_PLACES) {
      const least = this.least();
      const isFailing = this.weightOf(combination) === WEIGHT.failing;
      if (least === undefined || this.weightOf(least) > (isFailing ? WEIGHT.live : WEIGHT.idle)) {
        if (this.foldedKeys.size < MOST_FOLDED) {
          this.foldedKeys.add(combination.key);
        }
        return;
      }
      this.placed.delete(least.key);
      least.counted = this.other();
      if (this.foldedKeys.size < MOST_FOLDED) {
        this.foldedKeys.add(least.key);
      }
      if (least.isLive) {
        this.others.set(least.key, least);
      }
    }
    this.others.delete(combination.key);
    this.placed.set(combination.key, combination);
    combination.counted = new TaskSeries(source, task, queue ?? '');
  }

  /** The one with a place that matters least; of equals, the one that was heard of longest ago. */
  private least(): Combination | undefined {
    let least: Combination | undefined;
    let weight = Infinity;
    for (const candidate of this.placed.values()) {
      const own = this.weightOf(candidate);
      if (own < weight || (own === weight && candidate.heardAt < least!.heardAt)) {
        least = candidate;
        weight = own;
      }
    }
    return least;
  }

  private weightOf({ failedAt, heardAt, isLive }: Combination): number {
    if (failedAt !== undefined && this.newest - failedAt < FAILING_MS) {
      return WEIGHT.failing;
    }
    return isLive ? WEIGHT.live : this.newest - heardAt < IDLE_MS ? WEIGHT.recent : WEIGHT.idle;
  }

  private other(): TaskSeries {
    this.shared ??= new TaskSeries(OTHER, OTHER, OTHER);
    return this.shared;
  }
}
