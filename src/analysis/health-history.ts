import { scoreHealth } from '../health/score';
import type { HealthInput, WorkerSign } from '../health/score';
import { endedAt, leftPendingAt, waitsSince } from '../model/lifetime';
import type { GroupBy } from '../model/task-query';
import { beganAt, isAbnormalExit, verdictOf } from '../model/task-run';
import type { TaskRun } from '../model/task-run';
import type { EpochMs } from '../model/units';
import type { Buckets } from './buckets';
import { measuredDuration, measuredWait } from './durations';
import { expectedOf, servingWorkers } from './health-input';
import type { HealthSources } from './health-input';
import { LogHistogram } from './log-histogram';

/** What happened in one bucket or in several together. */
export class Tally {
  started = 0;
  retries = 0;
  completed = 0;
  failed = 0;
  lost = 0;
  abnormal = 0;
  readonly durations = new LogHistogram();
  readonly waits = new LogHistogram();

  plus(other: Tally): Tally {
    const sum = new Tally();
    for (const part of [this, other]) {
      sum.started += part.started;
      sum.retries += part.retries;
      sum.completed += part.completed;
      sum.failed += part.failed;
      sum.lost += part.lost;
      sum.abnormal += part.abnormal;
      sum.durations.merge(part.durations);
      sum.waits.merge(part.waits);
    }
    return sum;
  }
}

/**
 * The score at the end of each bucket, over the time of the spec's `historyWindowMs` before it (one bucket at least), by
 * the same formula as the score of the range. `null` where there is too little data, and ahead of now.
 *
 * Workers are taken as alive until they were last seen. Limits are left out: when a run came near them, its totals do not
 * tell.
 */
export function healthHistory(
  group: string,
  runs: readonly TaskRun[],
  groupBy: GroupBy,
  buckets: Buckets,
  sources: HealthSources
): Array<number | null> {
  return historyFrom(
    group,
    {
      tallies: tallies(runs, buckets),
      waiting: waitingRuns(runs),
      expected: expectedOf(group, runs, groupBy, buckets, sources.spec).expected,
      ...servingWorkers(group, runs, groupBy, sources.workers),
    },
    buckets,
    sources
  );
}

/** What the history of a group rests on; a source that keeps runs as columns fills it itself. */
export interface HistoryFacts {
  /** One per bucket. */
  tallies: readonly Tally[];
  /** Runs that waited for a worker, and from when to when they did. */
  waiting: Waiting[];
  expected: HealthInput['expected'];
  /** The workers that serve the group, where the source reports any. */
  workers?: readonly WorkerSign[];
}

export interface Waiting {
  since: EpochMs;
  from: EpochMs;
  to: EpochMs;
}

export function historyFrom(
  group: string,
  facts: HistoryFacts,
  buckets: Buckets,
  sources: HealthSources
): Array<number | null> {
  const { reports, spec } = sources;
  const { expected, workers } = facts;
  const size = Math.max(1, Math.round(spec.historyWindowMs / buckets.step));
  const windows = slidingSums(facts.tallies, size);
  const oldest = oldestWaiting(facts.waiting, buckets);
  const baseline = sources.baseline?.(group);
  const graceMs = Math.max(0, ...spec.expected.filter((entry) => entry.task === group).map((entry) => entry.graceMs));
  return buckets.starts.map((_, i) => {
    const window = windows[i];
    if (i >= buckets.live || window === undefined) {
      return null;
    }
    const at = buckets.endOf(i);
    const from = at - Math.max(buckets.step, spec.historyWindowMs) - graceMs;
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
        ...(reports?.pending === false ? {} : { pending: oldest[i] === undefined ? 0 : 1, oldestPendingAt: oldest[i] }),
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

function tallies(runs: readonly TaskRun[], buckets: Buckets): Tally[] {
  const result = buckets.starts.map(() => new Tally());
  const at = (instant: EpochMs | undefined): Tally | undefined =>
    instant === undefined ? undefined : result[buckets.of(instant)];
  for (const run of runs) {
    const end = at(endedAt(run));
    const verdict = verdictOf(run);
    if (end !== undefined && verdict === 'completed') {
      end.completed += 1;
      end.durations.add(measuredDuration(run)?.ms ?? NaN);
    } else if (end !== undefined && verdict === 'failed') {
      end.failed += 1;
      end.lost += run.substate === 'lost' ? 1 : 0;
      end.abnormal += run.substate !== 'lost' && isAbnormalExit(run) ? 1 : 0;
    }
    const begin = at(run.startedAt);
    if (begin !== undefined) {
      begin.started += 1;
      begin.retries += run.attempt > 1 ? 1 : 0;
      begin.waits.add(measuredWait(run)?.ms ?? NaN);
    }
  }
  return result;
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

/**
 * Per bucket, since when the longest waiting run waits at its end. Intervals in order of age each claim the buckets that
 * nobody older holds; claimed buckets are skipped by path compression, so the cost is almost linear.
 */
function oldestWaiting(waiting: Waiting[], buckets: Buckets): Array<EpochMs | undefined> {
  const oldest: Array<EpochMs | undefined> = buckets.starts.map(() => undefined);
  const nextFree = Uint32Array.from({ length: buckets.starts.length + 1 }, (_, i) => i);
  const find = (i: number): number => {
    let at = i;
    while ((nextFree[at] ?? at) !== at) {
      const next = nextFree[at] ?? at;
      nextFree[at] = nextFree[next] ?? next;
      at = nextFree[at] ?? next;
    }
    return at;
  };
  waiting.sort((a, b) => a.since - b.since);
  for (const { since, from, to } of waiting) {
    const held = buckets.held(from, to);
    if (held === undefined) {
      continue;
    }
    for (let i = find(held[0]); i <= held[1]; i = find(i)) {
      oldest[i] = since;
      nextFree[i] = i + 1;
    }
  }
  return oldest;
}

function waitingRuns(runs: readonly TaskRun[]): Waiting[] {
  return runs.flatMap((run) => {
    const since = run.state === 'unknown' ? undefined : waitsSince(run);
    return since === undefined
      ? []
      : [{ since, from: Math.max(since, beganAt(run)), to: leftPendingAt(run) ?? Infinity }];
  });
}
