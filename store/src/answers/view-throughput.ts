import type { ThroughputAnswer } from '../../../src/model/answer';
import type { Question } from './question';
import { STATE_NUMBER } from '../archive/word-numbers';

const WHATS = ['created', 'started', 'completed', 'failed', 'cancelled'] as const;

/** The same answer as `throughputOf` of `analysis/`, from columns. */
export function throughputAnswer(question: Question): ThroughputAnswer {
  const { buckets, groups, groupBy } = question;
  const { step, live } = buckets;
  const { from, to } = buckets.range;
  const first = buckets.starts[0]!;
  const width = buckets.starts.length;
  const counts = new Int32Array(groups.names.length * WHATS.length * width);
  const seen = new Uint8Array(groups.names.length * WHATS.length);
  const whatOfState = new Int8Array(8).fill(-1);
  whatOfState[STATE_NUMBER.completed] = WHATS.indexOf('completed');
  whatOfState[STATE_NUMBER.failed] = WHATS.indexOf('failed');
  whatOfState[STATE_NUMBER.cancelled] = WHATS.indexOf('cancelled');

  const count = (series: number, at: number) => {
    if (at >= from && at < to) {
      const bucket = Math.floor((at - first) / step);
      if (bucket < live) {
        counts[series * width + bucket]!++;
        seen[series] = 1;
      }
    }
  };
  for (const { segment, rows, group } of question.each()) {
    const { created, queued, started, end, state, retried } = segment;
    for (let k = 0; k < rows.length; k++) {
      const place = group[k]!;
      if (place < 0) {
        continue;
      }
      const i = rows[k]!;
      const base = place * WHATS.length;
      const asked = created[i]!;
      count(base, asked === asked ? asked : queued[i]!);
      count(base + 1, started[i]!);
      const what = whatOfState[state[i]!]!;
      if (what >= 0 && retried[i] === 0) {
        count(base + what, end[i]!);
      }
    }
  }
  return {
    view: 'throughput',
    groupBy,
    step,
    buckets: buckets.starts,
    series: groups.names.flatMap((group, place) =>
      WHATS.flatMap((what, w) => {
        const series = place * WHATS.length + w;
        return seen[series] === 1
          ? [{ group, what, values: buckets.starts.map((_, i) => (i < live ? counts[series * width + i]! : null)) }]
          : [];
      })
    ),
    ...(groups.omitted !== undefined && { groupsOmitted: groups.omitted }),
  };
}
