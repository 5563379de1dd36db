import type { ThroughputAnswer } from '../model/answer';
import { STATE_NUMBER } from '../model/word-numbers';
import type { Buckets } from './buckets';
import { addRows, packRows } from './packed-sums';
import type { PackedRows } from './summary';
import type { Part, Question, SummedPart } from './question';

type Series = ThroughputAnswer['series'][number];

const WHATS = ['created', 'started', 'completed', 'failed', 'cancelled'] as const satisfies ReadonlyArray<
  Series['what']
>;
const BUCKET_BYTES = 60;

/** By state: the place of its end among `WHATS`, -1 for none. */
const WHAT_OF_STATE = new Int8Array(8).fill(-1);
for (const what of ['completed', 'failed', 'cancelled'] as const) {
  WHAT_OF_STATE[STATE_NUMBER[what]] = WHATS.indexOf(what);
}

/** How many attempts were created and started, and how many runs ended, per bucket. A series without any event is left out. */
export function throughputOf(question: Question): ThroughputAnswer {
  question.holdPerBucket(BUCKET_BYTES);
  const { buckets, groups, groupBy } = question;
  const events = new EventCounts(groups.names.length, buckets);
  for (const part of question.each()) {
    events.add(part);
  }
  for (const part of question.eachSummed()) {
    events.merge(part);
  }
  return {
    view: 'throughput',
    groupBy,
    step: buckets.step,
    buckets: buckets.starts,
    series: groups.names.flatMap((group, place) => events.seriesOf(group, place)),
    ...(groups.omitted !== undefined && { groupsOmitted: groups.omitted }),
  };
}

/** Events of groups; sums of several parts are the sums of their numbers. */
export class EventCounts {
  /** Per group and event: counts by bucket. */
  private readonly counts: Int32Array;
  private readonly seen: Uint8Array;

  constructor(
    groups: number,
    private readonly buckets: Buckets
  ) {
    this.counts = new Int32Array(groups * WHATS.length * buckets.starts.length);
    this.seen = new Uint8Array(groups * WHATS.length);
  }

  add({ table, rows, group }: Part): void {
    const { created, queued, started, end, state, retried } = table;
    for (let k = 0; k < rows.length; k++) {
      const place = group[k]!;
      if (place < 0) {
        continue;
      }
      const i = rows[k]!;
      const series = place * WHATS.length;
      this.count(series, created[i]! === created[i]! ? created[i]! : queued[i]!);
      this.count(series + 1, started[i]!);
      const what = WHAT_OF_STATE[state[i]!]!;
      if (what >= 0 && retried[i] === 0) {
        this.count(series + what, end[i]!);
      }
    }
  }

  packed(): PackedRows {
    return packRows(this.counts, this.buckets.starts.length);
  }

  merge({ summary: { events }, place, bucketOf }: SummedPart): void {
    const width = this.buckets.starts.length;
    const seriesOf = (row: number) => {
      const group = place[Math.floor(row / WHATS.length)]!;
      return group < 0 ? -1 : group * WHATS.length + (row % WHATS.length);
    };
    addRows(events, this.counts, (row) => seriesOf(row) * width, bucketOf);
    events.rows.forEach((row) => {
      const series = seriesOf(row);
      if (series >= 0) {
        this.seen[series] = 1;
      }
    });
  }

  seriesOf(group: string, place: number): Series[] {
    const { counts, seen } = this;
    const { starts, live } = this.buckets;
    return WHATS.flatMap((what, w) => {
      const series = place * WHATS.length + w;
      const row = series * starts.length;
      return seen[series] === 1
        ? [{ group, what, values: starts.map((_, i) => (i < live ? counts[row + i]! : null)) }]
        : [];
    });
  }

  private count(series: number, at: number): void {
    const bucket = this.buckets.of(at);
    if (bucket >= 0) {
      this.counts[series * this.buckets.starts.length + bucket]!++;
      this.seen[series] = 1;
    }
  }
}
