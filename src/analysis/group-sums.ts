import type { DeductionReason } from '../model/answer';
import { elapsedMs } from '../model/elapsed';
import { LIFECYCLE_STATES } from '../model/lifecycle';
import { askedAt, leftPending, liveStateAt, LOST, rowCameAt, waitsSince } from '../model/row-life';
import { idOf, NO_NAME } from '../model/run-table';
import type { RunTable } from '../model/run-table';
import { STATE_NUMBER } from '../model/word-numbers';
import type { Buckets } from './buckets';
import type { Causes } from './causes';
import { eachLength } from './durations';
import { cpuShare, LimitsUsed, memoryShare } from './limits';
import { LogHistogram } from './log-histogram';
import { nameInSource, partsOfName } from './name-in-source';
import { historyOfWaiting } from './oldest-waiting';
import { narrow, packRows } from './packed-sums';
import type { Part, Question, SummedPart } from './question';
import type { PackedGroups, PackedHealth, PackedRows } from './summary';
import { Tally } from './tally';
import type { Waiting } from './tally';
import { TopRuns } from './top-runs';

const { completed: COMPLETED, failed: FAILED, pending: PENDING, running: RUNNING, unknown: UNKNOWN } = STATE_NUMBER;
const MOST_EXAMPLES = 20;
const RECENT_BITS = 15;
const RECENT = 2 ** RECENT_BITS;

type Example = Exclude<DeductionReason, 'missed_runs' | 'silent_workers'>;
const EXAMPLES: readonly Example[] = [
  'failures',
  'abnormal_exits',
  'lost_runs',
  'retries',
  'too_slow',
  'too_fast',
  'wait',
  'oldest_pending',
  'resource_pressure',
];

/** What lanes and scores rest on, of one group. */
export class GroupSums {
  /** Pending and running at the end of what is known; the others by their ends in the range. */
  readonly counts = new Float64Array(LIFECYCLE_STATES.length);
  started = 0;
  retries = 0;
  completed = 0;
  failed = 0;
  lost = 0;
  abnormal = 0;
  readonly durations = new LogHistogram();
  readonly waits = new LogHistogram();
  pending = 0;
  oldestPendingAt = Infinity;
  lastBeganAt = -Infinity;
  readonly sources = new Set<number>();
  readonly workers = new Set<number>();
  /** `nameInSource` of each worker that had a run. */
  readonly servedBy = new Set<number>();
  readonly limits = new LimitsUsed();
  /** When each run came, by source. */
  readonly arrivals: Array<{ source: number; at: number }> = [];
}

/** What explains a score and makes its history, of one group. */
export class HealthSums {
  readonly causes = new Map<number, { count: number; lastAt: number }>();
  readonly waiting: Waiting[] = [];
  /** Of runs that were summed before: by bucket, since when the longest waiting one waits at its end. */
  readonly oldest: Float64Array;
  /** One per bucket. */
  readonly tallies: readonly Tally[];
  readonly tops: ReadonlyMap<Example, TopRuns>;

  /** @param order of ids, among runs that are equally good examples */
  constructor({ starts }: Buckets, order: (a: number, b: number) => number) {
    this.tallies = starts.map(() => new Tally());
    this.oldest = new Float64Array(starts.length).fill(Infinity);
    this.tops = new Map(EXAMPLES.map((reason) => [reason, new TopRuns(MOST_EXAMPLES, order)]));
  }

  /** Ids of the runs behind each possible deduction, the worst first. */
  get examples(): Array<[Example, readonly number[]]> {
    return [...this.tops].map(([reason, { ids }]) => [reason, ids]);
  }

  /** A run is an example of a reason, the better the larger the value. */
  show(reason: Example, value: number, id: number): void {
    this.tops.get(reason)?.offer(value, id);
  }

  addCompleted(bucket: number, took: number, id: number): void {
    const tally = this.tallies[bucket]!;
    tally.completed++;
    if (took === took) {
      tally.durations.add(took);
      this.show('too_slow', took, id);
      this.show('too_fast', -took, id);
    }
  }

  addFailed(bucket: number, how: 'lost_runs' | 'abnormal_exits' | 'failures', at: number, id: number): void {
    const tally = this.tallies[bucket]!;
    tally.failed++;
    tally.lost += Number(how === 'lost_runs');
    tally.abnormal += Number(how === 'abnormal_exits');
    this.show(how, at, id);
  }

  addCause(cause: number, at: number): void {
    const seen = this.causes.get(cause);
    if (seen === undefined) {
      this.causes.set(cause, { count: 1, lastAt: at });
    } else {
      seen.count++;
      seen.lastAt = Math.max(seen.lastAt, at);
    }
  }

  /** @param wait NaN where it is not known */
  addStart(bucket: number, isRetry: boolean, at: number, wait: number, id: number): void {
    const tally = this.tallies[bucket]!;
    tally.started++;
    if (isRetry) {
      tally.retries++;
      this.show('retries', at, id);
    }
    if (wait === wait) {
      tally.waits.add(wait);
      this.show('wait', wait, id);
    }
  }
}

export interface Explained {
  /** One per group, by its place. */
  sums: readonly HealthSums[];
  /** Absent where no run has failed. */
  causes: Causes | undefined;
}

/**
 * The sums of each group of a question, in one pass.
 *
 * @param isExpected groups (by name) whose arrivals matter
 * @param explained filled too, where scores are explained and have a history
 */
export function sumGroups(
  question: Question,
  isExpected: (group: string) => boolean,
  explained?: Explained
): GroupSums[] {
  const all = question.groups.names.map(() => new GroupSums());
  const expected = question.groups.names.map(isExpected);
  const recent = new RecentPlaces();
  for (const part of question.each()) {
    addRows(question.buckets, part, all, explained, recent);
  }
  for (const part of question.eachSummed()) {
    mergeGroups(part, all, explained?.sums, recent);
  }
  if (expected.includes(true)) {
    for (const part of question.eachRun(({ place }) => place.some((group) => expected[group] === true))) {
      addArrivals(question, part, all, expected);
    }
  }
  return all;
}

const FIGURES = ['started', 'retries', 'completed', 'failed', 'lost', 'abnormal', 'pending'] as const;
const TALLIED = ['started', 'retries', 'completed', 'failed', 'lost', 'abnormal'] as const;

/** Sums up a part by itself. @param health filled too, by group; runs that failed have no cause */
export function sumPart(part: Part, buckets: Buckets, health: readonly HealthSums[]): GroupSums[] {
  const all = health.map(() => new GroupSums());
  addRows(buckets, part, all, { sums: health, causes: undefined }, new RecentPlaces());
  for (const sums of health) {
    sums.oldest.set(historyOfWaiting(sums.waiting, buckets));
  }
  return all;
}

export function packGroups(all: readonly GroupSums[]): PackedGroups {
  const served = all.map(({ sources, servedBy }) => [
    ...[...servedBy].map(partsOfName),
    ...[...sources].map((source) => ({ source, name: NO_NAME })),
  ]);
  let end = 0;
  return {
    counts: packRows(
      all.flatMap(({ counts }) => [...counts]),
      LIFECYCLE_STATES.length
    ),
    figures: packRows(
      all.flatMap((sums) => FIGURES.map((figure) => sums[figure])),
      FIGURES.length
    ),
    lastBeganAt: Float64Array.from(all, ({ lastBeganAt }) => lastBeganAt),
    oldestPendingAt: Float64Array.from(all, ({ oldestPendingAt }) => oldestPendingAt),
    limits: Float64Array.from(all.flatMap(({ limits: { memory, cpu, runs } }) => [memory, cpu, runs])),
    servedEnd: Uint32Array.from(served, ({ length }) => (end += length)),
    servedSource: narrow(served.flat().map(({ source }) => source)),
    servedWorker: narrow(served.flat().map(({ name }) => name)),
  };
}

export function packHealth(all: readonly HealthSums[], { starts }: Buckets, firstId: number): PackedHealth {
  const tops = all.flatMap((sums, group) =>
    [...sums.tops].flatMap(([reason, { ids, values }]) =>
      ids.map((id, i) => ({ group, reason: EXAMPLES.indexOf(reason), value: values[i]!, row: id - firstId }))
    )
  );
  const tallies = all.flatMap((sums) => TALLIED.flatMap((figure) => sums.tallies.map((tally) => tally[figure])));
  return {
    tallies: packRows(tallies, starts.length),
    oldest: Float64Array.from(all.flatMap(({ oldest }) => [...oldest])),
    topGroup: narrow(tops.map(({ group }) => group)),
    topReason: Uint8Array.from(tops, ({ reason }) => reason),
    topValue: Float64Array.from(tops, ({ value }) => value),
    topRow: narrow(tops.map(({ row }) => row)),
  };
}

function mergeGroups(
  part: SummedPart,
  all: readonly GroupSums[],
  health: readonly HealthSums[] | undefined,
  recent: RecentPlaces
): void {
  const { summary, place } = part;
  const { counts, figures, lastBeganAt, oldestPendingAt, limits, servedEnd, servedSource, servedWorker } =
    summary.groups;
  eachPacked(counts, place, (sums, state, count) => (sums.counts[state]! += count), all);
  eachPacked(figures, place, (sums, figure, count) => (sums[FIGURES[figure]!] += count), all);
  place.forEach((group, i) => {
    if (group < 0) {
      return;
    }
    const sums = all[group]!;
    sums.lastBeganAt = Math.max(sums.lastBeganAt, lastBeganAt[i]!);
    sums.oldestPendingAt = Math.min(sums.oldestPendingAt, oldestPendingAt[i]!);
    sums.limits.merge({ memory: limits[3 * i]!, cpu: limits[3 * i + 1]!, runs: limits[3 * i + 2]! });
    for (let k = i === 0 ? 0 : servedEnd[i - 1]!; k < servedEnd[i]!; k++) {
      if (recent.isNew(group, servedSource[k]!, servedWorker[k]!)) {
        addServed(sums, servedSource[k]!, servedWorker[k]!);
      }
    }
  });
  eachLength(part, (group, what, bucket, lengths) => {
    const name = what === 0 ? 'durations' : 'waits';
    all[group]![name].merge(lengths);
    health?.[group]!.tallies[bucket]![name].merge(lengths);
  });
  if (health !== undefined) {
    mergeHealth(part, health);
  }
}

function mergeHealth(
  { firstId, summary, place, lengthsBucketOf, lengthsEnds }: SummedPart,
  health: readonly HealthSums[]
): void {
  const { tallies, oldest, topGroup, topReason, topValue, topRow } = summary.health;
  const { rows, values, width } = tallies;
  rows.forEach((row, k) => {
    const group = place[Math.floor(row / TALLIED.length)]!;
    if (group >= 0) {
      const figure = TALLIED[row % TALLIED.length]!;
      for (let bucket = 0; bucket < width; bucket++) {
        health[group]!.tallies[lengthsBucketOf[bucket]!]![figure] += values[k * width + bucket]!;
      }
    }
  });
  oldest.forEach((since, i) => {
    const group = place[Math.floor(i / width)]!;
    // At the end of a bucket of the summary, which is that of the question's where both end together.
    if (group >= 0 && since < Infinity && lengthsEnds[i % width] === 1) {
      const held = health[group]!.oldest;
      const bucket = lengthsBucketOf[i % width]!;
      held[bucket] = Math.min(held[bucket]!, since);
    }
  });
  for (let k = 0; k < topGroup.length; k++) {
    const group = place[topGroup[k]!]!;
    if (group >= 0) {
      health[group]!.show(EXAMPLES[topReason[k]!]!, topValue[k]!, firstId + topRow[k]!);
    }
  }
}

function eachPacked(
  { rows, values, width }: PackedRows,
  place: Int32Array,
  add: (sums: GroupSums, column: number, count: number) => void,
  all: readonly GroupSums[]
): void {
  rows.forEach((row, k) => {
    const group = place[row]!;
    for (let column = 0; group >= 0 && column < width; column++) {
      add(all[group]!, column, values[k * width + column]!);
    }
  });
}

function addServed(sums: GroupSums, source: number, worker: number): void {
  sums.sources.add(source);
  if (worker !== NO_NAME) {
    sums.workers.add(worker);
    sums.servedBy.add(nameInSource(source, worker));
  }
}

function addRows(
  buckets: Buckets,
  { table, rows, group }: Part,
  all: readonly GroupSums[],
  explained: Explained | undefined,
  recent: RecentPlaces
): void {
  const { begin, end, state, substate, ending, started, queued, created, finished, attempt, retried } = table;
  const { source, worker, firstId, ids, limits } = table;
  for (let k = 0; k < rows.length; k++) {
    const place = group[k]!;
    if (place < 0) {
      continue;
    }
    const i = rows[k]!;
    const id = ids === undefined ? firstId + i : ids[i]!;
    const sums = all[place]!;
    const health = explained?.sums[place];
    const is = state[i]!;
    if (begin[i]! > sums.lastBeganAt) {
      sums.lastBeganAt = begin[i]!;
    }
    if (recent.isNew(place, source[i]!, worker[i]!)) {
      addServed(sums, source[i]!, worker[i]!);
    }
    const now = liveStateAt(table, i, buckets.cap);
    const endedIn = buckets.of(end[i]!);
    // An attempt that another one followed did not end its run.
    const isVerdict = endedIn >= 0 && retried[i] === 0;
    if (now >= 0) {
      sums.counts[now]!++;
    } else if (isVerdict) {
      sums.counts[is]!++;
    }
    if (limits !== undefined && (endedIn >= 0 || now === RUNNING)) {
      const share = addUse(sums.limits, table, limits, i);
      if (share === share) {
        health?.show('resource_pressure', share, id);
      }
    }
    const begun = started[i]!;
    if (isVerdict && is === COMPLETED) {
      const took = elapsedMs(begun, finished[i]!);
      sums.completed++;
      sums.durations.add(took);
      health?.addCompleted(endedIn, took, id);
    } else if (isVerdict && is === FAILED) {
      const isLost = substate[i] === LOST;
      const isAbnormal = !isLost && ending[i] !== NO_NAME;
      sums.failed++;
      sums.lost += Number(isLost);
      sums.abnormal += Number(isAbnormal);
      if (explained !== undefined && health !== undefined) {
        health.addFailed(endedIn, isLost ? 'lost_runs' : isAbnormal ? 'abnormal_exits' : 'failures', end[i]!, id);
        if (explained.causes !== undefined) {
          health.addCause(explained.causes.of(table, i), end[i]!);
        }
      }
    }
    const startedIn = buckets.of(begun);
    if (startedIn >= 0) {
      const isRetry = attempt[i]! > 1;
      const wait = elapsedMs(askedAt(queued[i]!, created[i]!), begun);
      sums.started++;
      sums.retries += Number(isRetry);
      sums.waits.add(wait);
      health?.addStart(startedIn, isRetry, begun, wait, id);
    }
    const since = is === UNKNOWN ? NaN : waitsSince(table, i);
    if (since !== since) {
      continue;
    }
    if (now === PENDING) {
      sums.pending++;
      sums.oldestPendingAt = Math.min(sums.oldestPendingAt, since);
      health?.show('oldest_pending', -since, id);
    }
    if (health !== undefined) {
      const from = Math.max(since, begin[i]!);
      const to = leftPending(table, i);
      // Most waits are over before a bucket ends: they are in no level, and left out at once.
      if (buckets.holds(from, to)) {
        health.waiting.push({ since, from, to });
      }
    }
  }
}

/** Where groups have runs, as far as it was seen lately: whatever is known is not put into sets again, run by run. */
class RecentPlaces {
  private readonly groups = new Int32Array(RECENT).fill(-1);
  private readonly sources = new Uint32Array(RECENT);
  private readonly workers = new Uint32Array(RECENT);

  isNew(group: number, source: number, worker: number): boolean {
    const { groups, sources, workers } = this;
    const at = (Math.imul(group, 0x9e3779b1) ^ Math.imul(worker, 0x85ebca6b) ^ source) >>> (32 - RECENT_BITS);
    if (groups[at] === group && sources[at] === source && workers[at] === worker) {
      return false;
    }
    groups[at] = group;
    sources[at] = source;
    workers[at] = worker;
    return true;
  }
}

/** Returns the larger share of its limits that the run came to use; NaN where none is known. */
function addUse(
  used: LimitsUsed,
  { started, finished, observed, rss, cpu }: RunTable,
  { memory, cpu: cores }: NonNullable<RunTable['limits']>,
  i: number
): number {
  // A run that still goes on is judged by what was seen of it.
  const until = finished[i]! === finished[i]! ? finished[i]! : observed[i]!;
  return used.add(memoryShare(rss[i]!, memory[i]!), cpuShare(cpu[i]!, started[i]!, until, cores[i]!));
}

function addArrivals(
  { tables }: Question,
  { table, rows, group }: Part,
  all: readonly GroupSums[],
  expected: readonly boolean[]
): void {
  for (let k = 0; k < rows.length; k++) {
    const i = rows[k]!;
    const id = idOf(table, i);
    if (expected[group[k]!] === true && (table.attempt[i] === 1 || tables.rows.firstAttempt(id) === id)) {
      all[group[k]!]!.arrivals.push({ source: table.source[i]!, at: rowCameAt(table, i) });
    }
  }
}
