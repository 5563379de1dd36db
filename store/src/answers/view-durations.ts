import { LogHistogram } from '../../../src/analysis/log-histogram';
import type { DurationsAnswer } from '../../../src/model/answer';
import type { Question } from './question';
import { STATE_NUMBER } from '../archive/word-numbers';

/** With the bins that a few values fill. */
const HISTOGRAM_BYTES = 600;

function emptyHistogram({ budget }: Question): LogHistogram {
  budget.hold(HISTOGRAM_BYTES, () => 'histograms of that many buckets');
  return new LogHistogram();
}

/** The same answer as `durationsOf` of `analysis/`, from columns. */
export function durationsAnswer(question: Question): DurationsAnswer {
  const { buckets, groups, groupBy } = question;
  const { step, live } = buckets;
  const { from, to } = buckets.range;
  const first = buckets.starts[0]!;
  const width = buckets.starts.length;
  const histograms: Array<LogHistogram | undefined> = new Array<LogHistogram | undefined>(
    groups.names.length * 2 * width
  ).fill(undefined);
  const seen = new Uint8Array(groups.names.length * 2);

  const add = (series: number, at: number, ms: number) => {
    if (at >= from && at < to) {
      const bucket = Math.floor((at - first) / step);
      if (bucket < live) {
        (histograms[series * width + bucket] ??= emptyHistogram(question)).add(ms);
        seen[series] = 1;
      }
    }
  };
  for (const { segment, rows, group } of question.each()) {
    const { created, queued, started, finished, end, state } = segment;
    for (let k = 0; k < rows.length; k++) {
      const place = group[k]!;
      const i = rows[k]!;
      const begun = started[i]!;
      if (place < 0 || begun !== begun) {
        continue;
      }
      if (state[i] === STATE_NUMBER.completed && finished[i]! === finished[i]!) {
        add(place * 2, end[i]!, Math.max(0, finished[i]! - begun));
      }
      const asked = queued[i]! === queued[i]! ? queued[i]! : created[i]!;
      if (asked === asked) {
        add(place * 2 + 1, begun, Math.max(0, begun - asked));
      }
    }
  }
  return {
    view: 'durations',
    groupBy,
    step,
    buckets: buckets.starts,
    series: groups.names.flatMap((group, place) =>
      (['duration', 'wait'] as const).flatMap((what, w) => {
        const series = place * 2 + w;
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
      })
    ),
    ...(groups.omitted !== undefined && { groupsOmitted: groups.omitted }),
  };
}
