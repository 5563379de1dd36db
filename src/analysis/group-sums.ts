import type { DeductionReason } from '../model/answer';
import { elapsedMs } from '../model/elapsed';
import { LIFECYCLE_STATES } from '../model/lifecycle';
import { askedAt, leftPending, liveStateAt, LOST, rowCameAt, waitsSince } from '../model/row-life';
import { NO_NAME } from '../model/run-table';
import type { RunTable } from '../model/run-table';
import { STATE_NUMBER } from '../model/word-numbers';
import type { Buckets } from './buckets';
import type { Causes } from './causes';
import { cpuShare, LimitsUsed, memoryShare } from './limits';
import { LogHistogram } from './log-histogram';
import { nameInSource } from './name-in-source';
import type { Part, Question } from './question';
import { Tally } from './tally';
import type { Waiting } from './tally';
import { TopRuns } from './top-runs';

const { completed: COMPLETED, failed: FAILED, pending: PENDING, running: RUNNING, unknown: UNKNOWN } = STATE_NUMBER;
const MOST_EXAMPLES = 20;

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
  /** One per bucket. */
  readonly tallies: readonly Tally[];
  private readonly tops: ReadonlyMap<Example, TopRuns>;

  /** @param order of ids, among runs that are equally good examples */
  constructor({ starts }: Buckets, order: (a: number, b: number) => number) {
    this.tallies = starts.map(() => new Tally());
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
  causes: Causes;
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
  for (const part of question.each()) {
    addRows(question.buckets, part, all, explained);
    if (expected.includes(true)) {
      addArrivals(question, part, all, expected);
    }
  }
  return all;
}

function addRows(
  buckets: Buckets,
  { table, rows, group }: Part,
  all: readonly GroupSums[],
  explained: Explained | undefined
): void {
  const { begin, end, state, substate, ending, started, queued, created, finished, attempt, retried } = table;
  const { source, worker, firstId, limits } = table;
  for (let k = 0; k < rows.length; k++) {
    const place = group[k]!;
    if (place < 0) {
      continue;
    }
    const i = rows[k]!;
    const id = firstId + i;
    const sums = all[place]!;
    const health = explained?.sums[place];
    const is = state[i]!;
    if (begin[i]! > sums.lastBeganAt) {
      sums.lastBeganAt = begin[i]!;
    }
    sums.sources.add(source[i]!);
    if (worker[i] !== NO_NAME) {
      sums.workers.add(worker[i]!);
      sums.servedBy.add(nameInSource(source[i]!, worker[i]!));
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
        health.addCause(explained.causes.of(table, i), end[i]!);
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
    const id = table.firstId + i;
    if (expected[group[k]!] === true && (table.attempt[i] === 1 || tables.rows.firstAttempt(id) === id)) {
      all[group[k]!]!.arrivals.push({ source: table.source[i]!, at: rowCameAt(table, i) });
    }
  }
}
