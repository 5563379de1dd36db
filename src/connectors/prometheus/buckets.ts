import { ConnectorError } from '../../model/connector-error';
import type { TimeRange } from '../../model/task-query';
import type { DurationMs, EpochMs } from '../../model/units';
import { PROMETHEUS } from '../../prometheus/profile';

/** Prometheus refuses more points than 11,000 per series. */
const MOST_BUCKETS = 11_000;
/** A rate needs two scrapes in its window, which are a minute apart by default. */
const SHORTEST_WINDOW: DurationMs = 150_000;

/**
 * The buckets of an answer, which are the task store's: `[starts[i], starts[i] + step)`, starts at multiples of `step`.
 * Prometheus is asked for the instant at which each bucket ends.
 */
export interface Buckets {
  starts: EpochMs[];
  step: DurationMs;
  range: TimeRange;
  /** How far a rate looks back: the bucket, or what holds two scrapes where the bucket is shorter. */
  window: DurationMs;
  /** The instant up to which anything is known: the end of the range, or now. */
  cap: EpochMs;
}

/** @throws ConnectorError when the range is empty, or holds more buckets than Prometheus answers. */
export function bucketsOf(range: TimeRange, wanted: DurationMs, now: EpochMs = Date.now()): Buckets {
  const { from, to } = range;
  if (!(to > from) || !Number.isFinite(to - from)) {
    throw new ConnectorError(
      'bad-request',
      PROMETHEUS,
      `The range from ${from} to ${to} is empty. Choose an end after the start.`
    );
  }
  const step = Math.max(1000, Math.round(wanted));
  const first = Math.floor(from / step) * step;
  const count = Math.ceil((to - first) / step);
  if (count > MOST_BUCKETS) {
    throw new ConnectorError(
      'bad-request',
      PROMETHEUS,
      `${count} points of ${step} ms are more than the ${MOST_BUCKETS} that Prometheus answers. Choose a shorter range or a longer step.`
    );
  }
  return {
    starts: Array.from({ length: count }, (_, i) => first + i * step),
    step,
    range,
    window: Math.max(step, SHORTEST_WINDOW),
    cap: Math.min(to, now),
  };
}

/** One value per bucket from samples at the ends of buckets; `null` where there is none, and in buckets that lie ahead. */
export function columnOf(
  buckets: Buckets,
  samples: { at: readonly EpochMs[]; values: readonly number[] }
): Array<number | null> {
  const { starts, step, cap } = buckets;
  const first = starts[0] ?? 0;
  const column: Array<number | null> = starts.map(() => null);
  samples.at.forEach((at, i) => {
    const bucket = Math.round((at - first) / step) - 1;
    const begins = starts[bucket];
    if (begins !== undefined && begins < cap) {
      column[bucket] = samples.values[i] ?? null;
    }
  });
  return column;
}
