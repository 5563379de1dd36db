import type { StatesAnswer, StateSeries, StateTotals } from '../model/answer';
import { LIFECYCLE_STATES } from '../model/lifecycle';
import { leftPending, liveStateAt, waitsSince } from '../model/row-life';
import { NO_NAME } from '../model/run-table';
import { STATE_NUMBER } from '../model/word-numbers';
import type { Buckets } from './buckets';
import { byText } from './order';
import { addRows, packRows } from './packed-sums';
import type { Part, Question, SummedPart } from './question';
import { toldCounts } from './state-counts';
import type { PackedStates } from './summary';

const { pending: PENDING, running: RUNNING, unknown: UNKNOWN } = STATE_NUMBER;
const STATES = LIFECYCLE_STATES.length;
/** Of a group and bucket: levels of two states, ends of all. */
const BUCKET_BYTES = 64;

/**
 * How many runs were in which state. Pending and running are levels at the end of each bucket, the others count ends in
 * it, of runs: an attempt that another one followed is no end of its run. A run in an unknown state counts where it was
 * last seen. States that never occur have no series, but pending and running always have.
 */
export function statesOf(question: Question): StatesAnswer {
  question.holdPerBucket(BUCKET_BYTES);
  const sums = new StateSums(question.groups.names.length, question.buckets);
  for (const part of question.each()) {
    sums.add(part);
  }
  for (const part of question.eachSummed()) {
    sums.merge(part);
  }
  const { buckets, groups, groupBy } = question;
  return {
    view: 'states',
    groupBy,
    step: buckets.step,
    buckets: buckets.starts,
    series: groups.names.flatMap((group, place) => sums.seriesOf(group, place)),
    totals: groups.names.map((group, place) => sums.totalsOf(group, place, question)),
    ...(groups.omitted !== undefined && { groupsOmitted: groups.omitted }),
  };
}

interface Totals {
  counts: Float64Array;
  abnormal: Map<number, number>;
  oldest: number;
}

/** What the states of groups are told from; sums of several parts are the sums of their numbers. */
export class StateSums {
  /** Per group, first of pending, then of running: +1 where the state begins to hold, -1 after it held last. */
  private readonly changes: Int32Array;
  /** Per group and state: ends by bucket. */
  private readonly ends: Int32Array;
  /** Pending and running as they are at the end of what is known; the others as they ended in the range. */
  private readonly totals: Totals[];

  constructor(
    groups: number,
    private readonly buckets: Buckets
  ) {
    const width = buckets.starts.length;
    this.changes = new Int32Array(groups * 2 * (width + 1));
    this.ends = new Int32Array(groups * STATES * width);
    this.totals = Array.from({ length: groups }, () => ({
      counts: new Float64Array(STATES),
      abnormal: new Map<number, number>(),
      oldest: Infinity,
    }));
  }

  add({ table, rows, group }: Part): void {
    const { begin, end, state, ending, retried } = table;
    const { totals, ends } = this;
    const { buckets } = this;
    const width = buckets.starts.length;
    for (let k = 0; k < rows.length; k++) {
      const place = group[k]!;
      if (place < 0) {
        continue;
      }
      const i = rows[k]!;
      const total = totals[place]!;
      const ended = end[i]!;
      const is = state[i]!;
      if (is !== UNKNOWN) {
        const left = leftPending(table, i);
        const row = place * 2 * (width + 1);
        this.hold(row, begin[i]!, left);
        if (left < ended) {
          this.hold(row + width + 1, left, ended);
        }
      }
      const now = liveStateAt(table, i, buckets.cap);
      if (now >= 0) {
        total.counts[now]!++;
        if (now === PENDING) {
          const since = waitsSince(table, i);
          if (since < total.oldest) {
            total.oldest = since;
          }
        }
        continue;
      }
      const bucket = retried[i] === 0 ? buckets.of(ended) : -1;
      if (bucket >= 0) {
        ends[(place * STATES + is) * width + bucket]!++;
        total.counts[is]!++;
        const how = ending[i]!;
        if (how !== NO_NAME) {
          total.abnormal.set(how, (total.abnormal.get(how) ?? 0) + 1);
        }
      }
    }
  }

  /** As it is kept of runs that have all ended, none of them abnormally. */
  packed(): PackedStates {
    const width = this.buckets.starts.length;
    return {
      changes: packRows(
        this.changes.map((change) => Math.max(0, change)),
        width + 1
      ),
      losses: packRows(
        this.changes.map((change) => Math.max(0, -change)),
        width + 1
      ),
      ends: packRows(this.ends, width),
    };
  }

  merge({ summary: { states, classes }, place, bucketOf }: SummedPart): void {
    const { totals } = this;
    const width = this.buckets.starts.length;
    const rowIn = (perGroup: number, length: number) => (row: number) => {
      const group = place[Math.floor(row / perGroup)]!;
      return group < 0 ? -1 : (group * perGroup + (row % perGroup)) * length;
    };
    const changesIn = rowIn(2, width + 1);
    addRows(states.changes, this.changes, changesIn, bucketOf);
    addRows(states.losses, this.changes, changesIn, bucketOf, -1);
    addRows(states.ends, this.ends, rowIn(STATES, width), bucketOf);
    place.forEach((group, i) => {
      if (group >= 0) {
        totals[group]!.counts[classes.state[i]!]! += classes.count[i]!;
      }
    });
  }

  seriesOf(group: string, place: number): StateSeries[] {
    const { changes, ends, totals } = this;
    const { starts, live } = this.buckets;
    const width = starts.length;
    return LIFECYCLE_STATES.flatMap((state): StateSeries[] => {
      const number = STATE_NUMBER[state];
      if (number === PENDING || number === RUNNING) {
        const row = (place * 2 + number) * (width + 1);
        let level = 0;
        return [
          { group, state, values: starts.map((_, i) => ((level += changes[row + i]!), i < live ? level : null)) },
        ];
      }
      const row = (place * STATES + number) * width;
      return totals[place]!.counts[number]! > 0
        ? [{ group, state, values: starts.map((_, i) => (i < live ? ends[row + i]! : null)) }]
        : [];
    });
  }

  totalsOf(group: string, place: number, names: Pick<Question, 'name'>): StateTotals {
    const { counts, abnormal, oldest } = this.totals[place]!;
    const endings = [...abnormal].map(([number, count]) => [names.name(number), count] as const);
    return {
      group,
      counts: toldCounts(counts),
      abnormal: Object.fromEntries(endings.sort(([a], [b]) => byText(a, b))),
      ...(oldest < Infinity && { oldestPendingAt: oldest }),
    };
  }

  private hold(row: number, since: number, until: number): void {
    const { buckets, changes } = this;
    if (buckets.holds(since, until)) {
      changes[row + buckets.firstHeld(since)]!++;
      changes[row + buckets.lastHeld(until) + 1]!--;
    }
  }
}
