import { byOurClock, CLOCK_TOLERANCE_MS } from '../../../src/model/sender-clock';
import type { RunRecord } from '../../../src/model/run-record';
import type { TaskEvent } from '../../../src/model/task-event';
import { runKey } from '../../../src/model/task-run';
import type { TaskRun } from '../../../src/model/task-run';
import type { DurationMs, EpochMs } from '../../../src/model/units';

/** Clocks that are set wrong are mostly wrong by a time zone. */
const ZONE_STEP_MS: DurationMs = 30 * 60_000;

/** What a batch tells of a run that is ahead of our clock. */
interface Ahead {
  furthest: DurationMs;
  /** The first of what is ahead, by the wrong clock. */
  first: EpochMs;
  workers: Set<string>;
  /** When the run was asked for, by a clock that is right. */
  asked: EpochMs | undefined;
}

/**
 * The events of a batch by our clock, where they cannot be by it: nothing has happened after it was told. Events of one run
 * are moved together, so that what lies between them stays.
 *
 * @param known what is known of a run already, by its key
 */
export function believable(
  events: readonly TaskEvent[],
  arrivedAt: EpochMs,
  known: (key: string) => RunRecord | undefined
): readonly TaskEvent[] {
  const latest = arrivedAt + CLOCK_TOLERANCE_MS;
  const ahead = new Map<string, Ahead>();
  for (const event of events) {
    if (event.at > latest) {
      note(ahead, event, arrivedAt);
    }
  }
  if (ahead.size === 0) {
    return events;
  }
  for (const event of events) {
    const found = ahead.get(runKey(event));
    if (found !== undefined && event.at <= latest && event.state === 'pending') {
      found.asked = Math.min(found.asked ?? Infinity, event.queuedAt ?? event.createdAt ?? event.at);
    }
  }
  return events.map((event) => {
    const key = runKey(event);
    const found = ahead.get(key);
    return found !== undefined && (event.at > latest || found.workers.has(event.worker ?? ''))
      ? byOurClock(event, aheadBy(found, known(key)?.run), (creation) => creation > latest)
      : event;
  });
}

function note(ahead: Map<string, Ahead>, event: TaskEvent, arrivedAt: EpochMs): void {
  const key = runKey(event);
  const found = ahead.get(key) ?? { furthest: 0, first: Infinity, workers: new Set<string>(), asked: undefined };
  found.furthest = Math.max(found.furthest, event.at - arrivedAt);
  found.first = Math.min(found.first, event.at, event.startedAt ?? Infinity);
  if (event.worker !== undefined) {
    found.workers.add(event.worker);
  }
  ahead.set(key, found);
}

/**
 * By how much the clock was ahead: at least as far as its events. As far as before, where that is enough; by whole half
 * hours, where nothing then began before it was asked for, or where they fit; else as far as the furthest event.
 */
function aheadBy({ furthest, first, asked }: Ahead, run: TaskRun | undefined): DurationMs {
  const before = run?.clockAheadMs ?? 0;
  if (before > 0 && furthest <= before + CLOCK_TOLERANCE_MS) {
    return before;
  }
  const zone = Math.ceil(furthest / ZONE_STEP_MS) * ZONE_STEP_MS;
  const since = asked ?? run?.queuedAt ?? run?.createdAt;
  const fits = zone <= furthest + CLOCK_TOLERANCE_MS || (since !== undefined && first - zone >= since);
  return fits ? zone : furthest;
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
