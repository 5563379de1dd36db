import { byOurClock, CLOCK_TOLERANCE_MS } from '../../../src/model/sender-clock';
import type { RunRecord } from '../../../src/model/run-record';
import type { TaskEvent } from '../../../src/model/task-event';
import { runKey } from '../../../src/model/task-run';
import type { DurationMs, EpochMs } from '../../../src/model/units';

/**
 * The events of a batch by our clock, where they cannot be by it: nothing has happened after it was told. Events of one run
 * are moved together, by as much as the one that is furthest ahead, so that what lies between them stays; and by as much
 * as those that came before, where that is enough.
 *
 * @param known what is known of a run already, by its key
 */
export function believable(
  events: readonly TaskEvent[],
  arrivedAt: EpochMs,
  known: (key: string) => RunRecord | undefined
): readonly TaskEvent[] {
  const latest = arrivedAt + CLOCK_TOLERANCE_MS;
  const ahead = new Map<string, { furthest: DurationMs; workers: Set<string> }>();
  for (const event of events) {
    if (event.at > latest) {
      const key = runKey(event);
      const found = ahead.get(key) ?? { furthest: 0, workers: new Set() };
      found.furthest = Math.max(found.furthest, event.at - arrivedAt);
      if (event.worker !== undefined) {
        found.workers.add(event.worker);
      }
      ahead.set(key, found);
    }
  }
  if (ahead.size === 0) {
    return events;
  }
  return events.map((event) => {
    const key = runKey(event);
    const found = ahead.get(key);
    if (found === undefined || !(event.at > latest || found.workers.has(event.worker ?? ''))) {
      return event;
    }
    const before = known(key)?.run.clockAheadMs ?? 0;
    const isEnough = before > 0 && found.furthest - before <= CLOCK_TOLERANCE_MS;
    return byOurClock(event, isEnough ? before : found.furthest, (creation) => creation > latest);
  });
}

/**
 * An event that came before, and was moved then because it was ahead, may come again when our clock has caught up with it:
 * it is still the same event.
 */
export function asItCame(event: TaskEvent, { run, transitions }: RunRecord): TaskEvent {
  const { clockAheadMs = 0 } = run;
  const isKnown = ({ at, state }: { at: EpochMs; state: string }) =>
    at === event.at - clockAheadMs && state === event.state;
  return clockAheadMs > 0 && event.clockAheadMs === undefined && event.state !== undefined && transitions.some(isKnown)
    ? byOurClock(event, clockAheadMs, () => false)
    : event;
}
