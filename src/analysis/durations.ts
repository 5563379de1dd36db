import type { DurationsAnswer } from '../model/answer';
import { elapsedMs } from '../model/elapsed';
import { askedAt } from '../model/row-life';
import { STATE_NUMBER } from '../model/word-numbers';
import type { Buckets } from './buckets';
import { LogHistogram } from './log-histogram';
import type { HistogramBins } from './log-histogram';
import { histogramIn, packHistograms } from './packed-sums';
import type { PackedHistograms } from './summary';
import type { Part, Question, SummedPart } from './question';

type Series = DurationsAnswer['series'][number];

const WHATS = ['duration', 'wait'] as const satisfies ReadonlyArray<Series['what']>;
const BUCKET_BYTES = 96;
/** With the bins that a few values fill. */
const HISTOGRAM_BYTES = 600;

/**
 * Percentiles per bucket, within 1 % (`LogHistogram`): of the durations of completed runs, known at their end (a failure's
 * says how long it took to fail, which is another thing), and of the waits of runs that started, whatever became of them,
 * known at their start. A series without any value is left out.
 */
export function durationsOf(question: Question): DurationsAnswer {
  question.holdPerBucket(BUCKET_BYTES);
  const { buckets, groups, groupBy } = question;
  const lengths = new Lengths(groups.names.length, buckets, () => {
    question.budget.hold(HISTOGRAM_BYTES, () => 'histograms of that many buckets');
  });
  for (const part of question.each()) {
    lengths.add(part);
  }
  for (const part of question.eachSummed()) {
    lengths.merge(part);
  }
  return {
    view: 'durations',
    groupBy,
    step: buckets.step,
    buckets: buckets.starts,
    series: groups.names.flatMap((group, place) => lengths.seriesOf(group, place)),
    ...(groups.omitted !== undefined && { groupsOmitted: groups.omitted }),
  };
}

/** Durations and waits of groups; sums of several parts are the sums of their numbers. */
export class Lengths {
  /** Per group, of durations, then of waits: a histogram by bucket, where there is any value. */
  private readonly histograms: Array<LogHistogram | undefined>;
  private readonly seen: Uint8Array;
  private readonly width: number;

  /** @param onHistogram called before one is made */
  constructor(
    groups: number,
    private readonly buckets: Buckets,
    private readonly onHistogram: () => void = () => undefined
  ) {
    const series = groups * WHATS.length;
    this.width = buckets.starts.length;
    this.histograms = new Array<LogHistogram | undefined>(series * this.width).fill(undefined);
    this.seen = new Uint8Array(series);
  }

  add({ table, rows, group }: Part): void {
    const { created, queued, started, finished, end, state } = table;
    for (let k = 0; k < rows.length; k++) {
      const place = group[k]!;
      const i = rows[k]!;
      const begun = started[i]!;
      if (place < 0 || begun !== begun) {
        continue;
      }
      const took = elapsedMs(begun, finished[i]!);
      if (state[i] === STATE_NUMBER.completed && took === took) {
        this.measure(place * WHATS.length, end[i]!, took);
      }
      const waited = elapsedMs(askedAt(queued[i]!, created[i]!), begun);
      if (waited === waited) {
        this.measure(place * WHATS.length + 1, begun, waited);
      }
    }
  }

  packed(): PackedHistograms {
    return packHistograms(this.histograms);
  }

  merge(part: SummedPart): void {
    eachLength(part, (group, what, bucket, lengths) => {
      const series = group * WHATS.length + what;
      this.histogramAt(series, bucket).merge(lengths);
      this.seen[series] = 1;
    });
  }

  seriesOf(group: string, place: number): Series[] {
    const { histograms, seen, width } = this;
    return WHATS.flatMap((what, w) => {
      const series = place * WHATS.length + w;
      if (seen[series] === 0) {
        return [];
      }
      const own = histograms.slice(series * width, (series + 1) * width);
      return [
        {
          group,
          what,
          count: own.map((histogram) => histogram?.count ?? 0),
          p50: own.map((histogram) => histogram?.quantile(0.5) ?? null),
          p95: own.map((histogram) => histogram?.quantile(0.95) ?? null),
          p99: own.map((histogram) => histogram?.quantile(0.99) ?? null),
          max: own.map((histogram) => histogram?.max ?? null),
        },
      ];
    });
  }

  private measure(series: number, at: number, ms: number): void {
    const bucket = this.buckets.of(at);
    if (bucket >= 0) {
      this.histogramAt(series, bucket).add(ms);
      this.seen[series] = 1;
    }
  }

  private histogramAt(series: number, bucket: number): LogHistogram {
    const place = series * this.width + bucket;
    let histogram = this.histograms[place];
    if (histogram === undefined) {
      this.onHistogram();
      this.histograms[place] = histogram = new LogHistogram();
    }
    return histogram;
  }
}

/** What was packed of lengths, as they are asked for: durations are `what` 0, waits 1. */
export function eachLength(
  { summary: { lengths }, place, lengthsBucketOf }: SummedPart,
  tell: (group: number, what: number, bucket: number, lengths: HistogramBins) => void
): void {
  const width = lengths.count.length / (place.length * WHATS.length);
  for (let i = 0; i < lengths.count.length; i++) {
    const series = Math.floor(i / width);
    const group = place[Math.floor(series / WHATS.length)]!;
    const own = group < 0 ? undefined : histogramIn(lengths, i);
    if (own !== undefined) {
      tell(group, series % WHATS.length, lengthsBucketOf[i % width]!, own);
    }
  }
}
