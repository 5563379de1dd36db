import { scoreHealth } from '../health/score';
import type { HealthInput, WorkerSign } from '../health/score';
import type { EpochMs } from '../model/units';
import type { Buckets } from './buckets';
import type { HealthSources } from './health-input';
import { historyOfWaiting } from './oldest-waiting';
import { Tally } from './tally';
import type { Waiting } from './tally';

/**
 * The score at the end of each bucket, over the time of the spec's `historyWindowMs` before it (one bucket at least), by
 * the same formula as the score of the range (`input`). `null` where there is too little data, and ahead of now.
 *
 * Workers are taken as alive until they were last seen. Limits are left out: when a run came near them, its totals do not
 * tell.
 *
 * @param sums `tallies` and `oldest`: one per bucket; `waiting`: sorted here
 */
export function historyFrom(
  { group, expected, workers, baseline }: Pick<HealthInput, 'group' | 'expected' | 'workers' | 'baseline'>,
  sums: { tallies: readonly Tally[]; waiting: Waiting[]; oldest: Float64Array },
  buckets: Buckets,
  { reports, spec }: Pick<HealthSources, 'reports' | 'spec'>
): Array<number | null> {
  const size = Math.max(1, Math.round(spec.historyWindowMs / buckets.step));
  const windows = slidingSums(sums.tallies, size);
  const waiting = historyOfWaiting(sums.waiting, buckets);
  const graceMs = Math.max(0, ...spec.expected.filter((entry) => entry.task === group).map((entry) => entry.graceMs));
  return buckets.starts.map((_, i) => {
    const window = windows[i];
    if (i >= buckets.live || window === undefined) {
      return null;
    }
    const at = buckets.endOf(i);
    const from = at - Math.max(buckets.step, spec.historyWindowMs) - graceMs;
    const oldest = Math.min(waiting[i]!, sums.oldest[i]!);
    const isRecent = (instant: EpochMs): boolean => instant >= from && instant + graceMs < at;
    const score = scoreHealth(
      {
        group,
        at,
        completed: window.completed,
        failed: window.failed,
        lost: window.lost,
        ...(reports?.exits === false ? {} : { abnormal: window.abnormal }),
        started: window.started,
        ...(reports?.attempts === false ? {} : { retries: window.retries }),
        durations: window.durations,
        ...(baseline === undefined ? {} : { baseline }),
        ...(reports?.waits === false ? {} : { waits: window.waits }),
        ...(reports?.pending === false
          ? {}
          : { pending: oldest === Infinity ? 0 : 1, ...(oldest < Infinity && { oldestPendingAt: oldest }) }),
        ...(workers === undefined ? {} : { workers: workersAt(workers, at, at >= buckets.cap) }),
        ...(expected === undefined
          ? {}
          : { expected: { judged: expected.judged.filter(isRecent), missed: expected.missed.filter(isRecent) } }),
      },
      spec
    );
    return score.score ?? null;
  });
}

/** The workers as far as they can be known for an instant of the past; the source's verdict holds for now only. */
function workersAt(workers: readonly WorkerSign[], at: EpochMs, isNow: boolean): readonly WorkerSign[] {
  if (isNow || workers.every(({ alive }) => alive === undefined)) {
    return workers;
  }
  return workers.map(({ name, lastSeenAt, idle, listeningSince }) => ({
    name,
    ...(lastSeenAt === undefined ? {} : { lastSeenAt: Math.min(lastSeenAt, at) }),
    ...(idle === undefined ? {} : { idle }),
    ...(listeningSince === undefined ? {} : { listeningSince }),
  }));
}

/**
 * Sums of each `size` neighbours that end at an index (fewer at the beginning), with three additions per entry however
 * long the window: running sums from block borders in both directions (van Herk, Gil, Werman).
 */
function slidingSums(items: readonly Tally[], size: number): Tally[] {
  if (size === 1) {
    return [...items];
  }
  const forward: Tally[] = [];
  items.forEach((item, i) => {
    const before = forward[i - 1];
    forward.push(i % size === 0 || before === undefined ? item : before.plus(item));
  });
  const backward: Tally[] = new Array<Tally>(items.length);
  for (let i = items.length - 1; i >= 0; i--) {
    const item = items[i] ?? new Tally();
    const after = backward[i + 1];
    backward[i] = (i + 1) % size === 0 || after === undefined ? item : item.plus(after);
  }
  return items.map((item, i) => {
    const first = i - size + 1;
    const tail = forward[i] ?? item;
    const head = first > 0 && first % size !== 0 ? backward[first] : undefined;
    return head === undefined ? tail : head.plus(tail);
  });
}
