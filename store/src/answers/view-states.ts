import type { StatesAnswer, StateSeries, StateTotals } from '../../../src/model/answer';
import { LIFECYCLE_STATES } from '../../../src/model/lifecycle';
import type { LifecycleState } from '../../../src/model/lifecycle';
import type { Question } from './question';
import { STATE_NUMBER, SUBSTATE_NUMBER } from '../archive/word-numbers';
import type { Segment } from '../archive/columns';
import { NO_NAME } from '../archive/columns';

const { running: RUNNING, unknown: UNKNOWN } = STATE_NUMBER;

/** Substates that wait on purpose: see `waitsSince` of `analysis/`. As the column holds them: number + 1. */
const ON_PURPOSE = new Set(
  ['scheduled', 'deferred', 'suspended', 'rescheduled', 'retrying'].map(
    (word) => (SUBSTATE_NUMBER.get(word) ?? NaN) + 1
  )
);

/** `leftPendingAt` of `analysis/`, on columns; Infinity while the run waits. */
export function leftPending(segment: Segment, i: number): number {
  // A start before the beginning (two clocks) is taken as the beginning.
  const started = Math.max(segment.started[i]!, segment.begin[i]!);
  const end = segment.end[i]!;
  return started === started ? Math.min(started, end) : segment.state[i] === RUNNING ? segment.begin[i]! : end;
}

/** `liveStateAt` of `analysis/`: the number of pending or running, -1 for neither. */
export function liveStateAt(segment: Segment, i: number, at: number): number {
  if (segment.state[i] === UNKNOWN || !(segment.begin[i]! < at) || segment.end[i]! < at) {
    return -1;
  }
  return leftPending(segment, i) < at ? RUNNING : STATE_NUMBER.pending;
}

/** `waitsSince` of `analysis/`: NaN where the run waits on purpose. */
export function waitsSince(segment: Segment, i: number): number {
  if (ON_PURPOSE.has(segment.substate[i]!)) {
    return NaN;
  }
  const queued = segment.queued[i]!;
  const created = segment.created[i]!;
  return queued === queued ? queued : created === created ? created : segment.begin[i]!;
}

/** The same answer as `statesOf` of `analysis/`, from columns. */
export function statesAnswer(question: Question): StatesAnswer {
  const { buckets, groups, groupBy } = question;
  const { step, cap, live } = buckets;
  const first = buckets.starts[0]!;
  const width = buckets.starts.length;
  const states = LIFECYCLE_STATES.length;
  const { from, to } = buckets.range;
  // Per group: changes of the levels of pending and running, and ends by state.
  const levels = new Int32Array(groups.names.length * 2 * (width + 1));
  const ends = new Int32Array(groups.names.length * states * width);
  const totals: Totals[] = groups.names.map(() => ({
    counts: new Float64Array(states),
    abnormal: new Map(),
    oldest: Infinity,
  }));

  const hold = (row: number, since: number, until: number) => {
    if (since >= cap || live === 0) {
      return;
    }
    const a = Math.max(0, Math.floor((since - first) / step));
    const b = until >= cap ? live - 1 : Math.floor((until - first) / step) - 1;
    if (b >= a) {
      levels[row + a]!++;
      levels[row + b + 1]!--;
    }
  };

  for (const { segment, rows, group } of question.each()) {
    const { begin, end, state, ending, retried } = segment;
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
        const left = leftPending(segment, i);
        const row = place * 2 * (width + 1);
        hold(row, begin[i]!, left);
        if (left < ended) {
          hold(row + width + 1, left, ended);
        }
      }
      if (retried[i] === 0 && ended >= from && ended < to) {
        const bucket = Math.floor((ended - first) / step);
        if (bucket < live) {
          ends[(place * states + is) * width + bucket]!++;
        }
      }
      const now = liveStateAt(segment, i, cap);
      if (now >= 0) {
        total.counts[now]!++;
        if (now === STATE_NUMBER.pending) {
          const since = waitsSince(segment, i);
          if (since < total.oldest) {
            total.oldest = since;
          }
        }
      } else if (retried[i] === 0 && ended < cap && ended >= from && ended < to) {
        total.counts[is]!++;
        const how = ending[i]!;
        if (how !== NO_NAME) {
          total.abnormal.set(how, (total.abnormal.get(how) ?? 0) + 1);
        }
      }
    }
  }

  const series: StateSeries[] = [];
  groups.names.forEach((group, place) => {
    for (const state of LIFECYCLE_STATES) {
      const number = STATE_NUMBER[state];
      if (state === 'pending' || state === 'running') {
        const row = (place * 2 + number) * (width + 1);
        let level = 0;
        series.push({
          group,
          state,
          values: buckets.starts.map((_, i) => ((level += levels[row + i]!), i < live ? level : null)),
        });
      } else if (totals[place]!.counts[number]! > 0) {
        const row = (place * states + number) * width;
        series.push({ group, state, values: buckets.starts.map((_, i) => (i < live ? ends[row + i]! : null)) });
      }
    }
  });
  return {
    view: 'states',
    groupBy,
    step,
    buckets: buckets.starts,
    series,
    totals: groups.names.map((group, place) => totalsOf(question, group, totals[place]!)),
    ...(groups.omitted !== undefined && { groupsOmitted: groups.omitted }),
  };
}

interface Totals {
  counts: Float64Array;
  abnormal: Map<number, number>;
  oldest: number;
}

function totalsOf(question: Question, group: string, { counts, abnormal, oldest }: Totals): StateTotals {
  const told: Partial<Record<LifecycleState, number>> = {};
  for (const state of LIFECYCLE_STATES) {
    const count = counts[STATE_NUMBER[state]]!;
    if (count > 0) {
      told[state] = count;
    }
  }
  return {
    group,
    counts: told,
    abnormal: Object.fromEntries([...abnormal].map(([name, count]) => [question.columns.names[name] ?? '', count])),
    ...(oldest < Infinity && { oldestPendingAt: oldest }),
  };
}
