import { missedInterval } from '../../../src/health/interval-runs';
import { earliestMs, earlyAt, expectedInstants, isFromLastRun, missedRuns } from '../../../src/health/missed-runs';
import type { ExpectedRuns, HealthSpec } from '../../../src/health/spec';
import type { TimeRange } from '../../../src/model/task-query';
import type { DurationMs, EpochMs } from '../../../src/model/units';
import { SENDERS_RETURN_MS } from '../archive/archive';
import type { Arrival, MetricsSource } from './metrics-source';
import { familyText, sampleLine } from './prometheus-text';

const DAY_MS: DurationMs = 86_400_000;
/** Runs that were due longer ago are given up. */
const LONGEST_LOOK_BACK: DurationMs = 31 * DAY_MS;
const GAP_WINDOWS: readonly DurationMs[] = [3_600_000, DAY_MS, 8 * DAY_MS, 32 * DAY_MS, 367 * DAY_MS];

interface Followed {
  schedule: ExpectedRuns;
  /** Source of the newest run that is known, where the schedule names none. */
  source: string;
  newestAt: EpochMs;
  expected: number;
  missed: number;
  /** No instant up to here has a deadline any more. */
  doneUntil: EpochMs | undefined;
  deadline: EpochMs | undefined;
  /** Where a run is expected an interval after the last one: that one, as far as instants are judged. */
  last: EpochMs | undefined;
}

/**
 * Counts the runs that schedules expect and that did not come, and tells until when the one that is due must be complete.
 *
 * Every instant is judged once, when its grace is over; a run that is told later does not undo it. Counting begins with
 * the start of the store, but only once its senders are back, and then misses nothing. What was due while the store was
 * away is not counted: a counter cannot take it back when the run is told after all. A schedule that names no source is served by runs of any; its
 * series carry the source that ran the task last, or none while no run is known.
 */
export class ExpectedMetrics {
  private readonly followed = new Map<string, Followed>();
  private judgedUntil: EpochMs;

  constructor(
    private readonly runs: Pick<MetricsSource, 'arrivals'>,
    private listeningSince: EpochMs
  ) {
    this.judgedUntil = listeningSince;
  }

  /** The store had been away. What was due meanwhile is judged once its senders are back. */
  listenAgain(since: EpochMs): void {
    this.listeningSince = since;
  }

  text(spec: HealthSpec, now: EpochMs): string {
    this.follow(spec);
    const since = Math.min(this.judgedUntil, now);
    const sendersAreBack = now >= this.listeningSince + SENDERS_RETURN_MS;
    const arrivals = this.arrivals(since, now);
    for (const followed of this.followed.values()) {
      const { task, source } = followed.schedule;
      const own = (arrivals.get(task) ?? []).filter((arrival) => source === undefined || arrival.source === source);
      noteSource(followed, own);
      if (sendersAreBack) {
        judge(followed, own, since, now);
      }
      findDeadline(followed, own, now);
    }
    if (sendersAreBack) {
      this.judgedUntil = now;
    }
    return this.lines();
  }

  /** The source that a schedule is told under; '' while nobody is known to have run its task. */
  sourceOf(schedule: ExpectedRuns): string {
    return this.followed.get(keyOf(schedule))?.source ?? schedule.source ?? '';
  }

  private follow(spec: HealthSpec): void {
    const wanted = new Map(spec.expected.map((schedule) => [keyOf(schedule), schedule]));
    for (const key of this.followed.keys()) {
      if (!wanted.has(key)) {
        this.followed.delete(key);
      }
    }
    for (const [key, schedule] of wanted) {
      const known = this.followed.get(key);
      if (known !== undefined) {
        known.schedule = schedule;
      } else {
        this.followed.set(key, {
          schedule,
          source: schedule.source ?? '',
          newestAt: -Infinity,
          expected: 0,
          missed: 0,
          doneUntil: undefined,
          deadline: undefined,
          last: undefined,
        });
      }
    }
  }

  /** Runs of the tasks that are followed, as far back as any of them needs. */
  private arrivals(since: EpochMs, now: EpochMs): ReadonlyMap<string, Arrival[]> {
    const all = [...this.followed.values()];
    if (all.length === 0) {
      return new Map();
    }
    const tasks = [...new Set(all.map(({ schedule }) => schedule.task))];
    const early = Math.max(...all.map(({ schedule }) => earliestMs(schedule)));
    const from = Math.min(...all.map((followed) => Math.min(judgedFrom(followed, since), lookBack(followed, now))));
    return this.runs.arrivals(tasks, { from: from - early, to: now + 1 }, now);
  }

  private lines(): string {
    const sums = new Map<string, { labels: { source: string; task: string }; of: Followed }>();
    for (const followed of this.followed.values()) {
      const labels = { source: followed.source, task: followed.schedule.task };
      const key = `${labels.source}\n${labels.task}`;
      const held = sums.get(key);
      if (held === undefined) {
        sums.set(key, { labels, of: { ...followed } });
      } else {
        held.of.expected += followed.expected;
        held.of.missed += followed.missed;
        held.of.deadline = earlier(held.of.deadline, followed.deadline);
      }
    }
    const each = (name: string, of: (followed: Followed) => number | undefined): string =>
      [...sums.values()]
        .map(({ labels, of: followed }) => {
          const value = of(followed);
          return value === undefined ? '' : sampleLine(name, labels, value);
        })
        .join('');
    const family = (
      type: 'counter' | 'gauge',
      name: string,
      help: string,
      of: (followed: Followed) => number | undefined
    ): string => familyText(name, type, help, each(name, of));
    return (
      family('counter', 'runlane_task_expected_runs_total', 'Expected runs whose grace is over.', (f) => f.expected) +
      family('counter', 'runlane_task_missed_runs_total', 'Expected runs that did not come in time.', (f) => f.missed) +
      family(
        'gauge',
        'runlane_task_deadline_timestamp_seconds',
        'When the run that is expected or running now must be complete; absent once it is.',
        ({ deadline }) => (deadline === undefined ? undefined : deadline / 1000)
      )
    );
  }
}

function noteSource(followed: Followed, arrivals: readonly Arrival[]): void {
  for (const { source, at } of arrivals) {
    if (followed.schedule.source === undefined && at >= followed.newestAt) {
      followed.newestAt = at;
      followed.source = source;
    }
  }
}

/** Looks back further than the instants to be judged, so that a run which served an earlier one is not taken for theirs. */
function judgedFrom({ schedule, last }: Followed, since: EpochMs): EpochMs {
  return isFromLastRun(schedule)
    ? (last ?? since - schedule.everyMs)
    : since - 3 * (schedule.graceMs + earliestMs(schedule));
}

function judge(followed: Followed, arrivals: readonly Arrival[], since: EpochMs, now: EpochMs): void {
  const { schedule } = followed;
  const came = arrivals.filter(({ isFirst }) => isFirst).map(({ at }) => at);
  if (isFromLastRun(schedule)) {
    judgeInterval(followed, schedule.everyMs, came, since, now);
    return;
  }
  const instants = expectedInstants(schedule, { from: judgedFrom(followed, since), to: now });
  const { judged, missed } = missedRuns(instants, came, schedule.graceMs, now, schedule.earlyMs);
  const isNew = (instant: EpochMs): boolean => instant + schedule.graceMs >= since;
  followed.expected += judged.filter(isNew).length;
  followed.missed += missed.filter(isNew).length;
}

function judgeInterval(
  followed: Followed,
  everyMs: DurationMs,
  came: readonly EpochMs[],
  since: EpochMs,
  now: EpochMs
): void {
  const { schedule } = followed;
  const sorted = [...came].sort((a, b) => a - b);
  // A run from before the start of the store tells when the next is due; none is due before the start.
  const before = sorted.filter((at) => at > since - everyMs && at <= since).at(-1);
  const last = followed.last ?? Math.max(before ?? since, schedule.since ?? -Infinity);
  const found = missedInterval(everyMs, schedule.graceMs, last, sorted, { now });
  followed.last = found.last;
  followed.expected += found.judged.length;
  followed.missed += found.missed.length;
}

/** The instants that deadlines count from: where runs are expected an interval after the last one, also each run's own. */
function instantsWithin(schedule: ExpectedRuns, arrivals: readonly Arrival[], range: TimeRange): EpochMs[] {
  if (!isFromLastRun(schedule)) {
    return expectedInstants(always(schedule), range);
  }
  const came = arrivals
    .filter(({ at, isFirst }) => isFirst && at < range.to)
    .map(({ at }) => at)
    .sort((a, b) => a - b);
  const due = (came.at(-1) ?? range.from) + schedule.everyMs;
  return [...new Set([...came, due])].filter((at) => at >= range.from && at < range.to);
}

/**
 * To an instant belong the runs that came from it on until the next. The deadline is the earliest of the instants whose
 * run still goes on, and of those after the newest complete one: where nothing came for an instant, but a later one
 * went well, nobody waits for it any more.
 */
function findDeadline(followed: Followed, arrivals: readonly Arrival[], now: EpochMs): void {
  const { schedule } = followed;
  followed.deadline = undefined;
  if (schedule.deadlineMs === undefined) {
    followed.doneUntil = now;
    return;
  }
  // What was due before anybody expected it, and before any run that is known, nobody can tell.
  const known = arrivals.reduce((oldest, { at }) => Math.min(oldest, at), schedule.since ?? now);
  const instants = instantsWithin(schedule, arrivals, {
    from: Math.max(lookBack(followed, now), known - schedule.graceMs),
    to: now + 1,
  });
  const starts = instants.map((instant, i) => instant - earlyAt(instants, i, schedule));
  const states = instants.map((_, i) => {
    const until = starts[i + 1] ?? Infinity;
    const own = arrivals.filter(({ at }) => at >= (starts[i] ?? 0) && at < until).map(({ state }) => state);
    return own.includes('complete') ? 'complete' : own.includes('going') ? 'going' : 'over';
  });
  const newestComplete = states.lastIndexOf('complete');
  const due = states.findIndex((state, i) => state === 'going' || (state === 'over' && i > newestComplete));
  const instant = instants[due];
  if (instant !== undefined) {
    followed.deadline = instant + schedule.deadlineMs;
  }
  const done = due < 0 ? instants.at(-1) : instants[due - 1];
  followed.doneUntil = Math.max(done ?? -Infinity, followed.doneUntil ?? -Infinity);
  if (followed.doneUntil === -Infinity) {
    followed.doneUntil = (instant ?? now) - 1;
  }
}

/** From where on instants may have a deadline: at first, far enough to find the last of them and whose task it is. */
function lookBack({ schedule, doneUntil }: Followed, now: EpochMs): EpochMs {
  const earliest = now - LONGEST_LOOK_BACK;
  return Math.max(earliest, doneUntil === undefined ? now - 2 * usualGap(schedule, now) : doneUntil + 1);
}

/** Where anything of a schedule changes, counting begins anew; when it was learned of is no part of it. */
function keyOf(schedule: ExpectedRuns): string {
  return JSON.stringify(always(schedule));
}

/** A run that goes on has a deadline though it came before its schedule was known. */
function always(schedule: ExpectedRuns): ExpectedRuns {
  return { ...schedule, since: undefined };
}

function usualGap(schedule: ExpectedRuns, now: EpochMs): DurationMs {
  if (schedule.everyMs !== undefined) {
    return schedule.everyMs;
  }
  for (const window of GAP_WINDOWS) {
    const instants = expectedInstants(always(schedule), { from: now - window, to: now });
    const [first] = instants;
    const last = instants.at(-1);
    if (first !== undefined && last !== undefined && last > first) {
      return (last - first) / (instants.length - 1);
    }
  }
  return LONGEST_LOOK_BACK;
}

function earlier(a: EpochMs | undefined, b: EpochMs | undefined): EpochMs | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}
