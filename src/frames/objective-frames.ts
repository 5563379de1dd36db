import { FieldType } from '@grafana/data';
import type { DataFrame } from '@grafana/data';
import type { StatesAnswer, ThroughputAnswer } from '../model/answer';
import type { FrameContext } from './frame-context';
import { floorConfig } from './limits';
import { column, makeField, makeFrame, noticesOf } from './make-frame';
import { seriesField, timeField } from './series-frames';

/** Share of ended runs that should complete, where a query does not say. */
const DEFAULT_OBJECTIVE = 0.99;

/**
 * `budget` and `budgets`: what is left of the error budget. An objective of 99 % allows one failed run in a hundred ended
 * ones; the range is the objective's period. Cancelled runs are nobody's fault and count nowhere, as in the health score.
 *
 * - `budgetLeft` of a bucket: 1 − failed so far ÷ (ended in the whole range × allowed share). 1 is untouched, 0 is used up;
 *   there is no less than nothing, and how often over it was used up is said beside it and in `budgetUsed`.
 * - `burnRate` of a bucket: its failed share ÷ allowed share. 1 spends exactly the budget.
 *
 * Source of both: "Alerting on SLOs" in the Site Reliability Workbook (Beyer et al., 2018), chapter 5.
 */
export function budgetFrames(answer: StatesAnswer, context: FrameContext): DataFrame[] {
  const { buckets, series, totals, groupBy, groupsOmitted } = answer;
  const allowed = 1 - (context.objective ?? DEFAULT_OBJECTIVE);
  const perBucket = (state: string) =>
    buckets.map((_, i) => series.reduce((sum, one) => sum + (one.state === state ? (one.values[i] ?? 0) : 0), 0));
  const failed = perBucket('failed');
  const completed = perBucket('completed');
  const ended = failed.map((count, i) => count + (completed[i] ?? 0));
  const allEnded = ended.reduce((a, b) => a + b, 0);
  const firstEnd = ended.findIndex((count) => count > 0);
  const isKnown = (bucket: number) => series.some(({ values }) => (values[bucket] ?? null) !== null);
  let spent = 0;
  // Before anything ended, and ahead of now, nothing is left and nothing is spent.
  const left = failed.map((count, i) => {
    spent += count;
    return firstEnd < 0 || i < firstEnd || !isKnown(i) ? null : leftOf(spent / (allEnded * allowed));
  });
  const used = allEnded === 0 ? undefined : spent / (allEnded * allowed);
  const burn = failed.map((count, i) => (ended[i] ? count / ended[i] / allowed : null));
  const meta = { view: 'states', groupBy };
  const share = { unit: 'percentunit', decimals: 1 };

  const counts = totals
    .map((total) => {
      const bad = total.counts.failed ?? 0;
      return { group: total.group, failed: bad, ended: bad + (total.counts.completed ?? 0) };
    })
    // What waits or runs and has no name is no task that could have a budget.
    .filter((count) => count.group !== '' || count.ended > 0);
  const number = (name: string, values: Array<number | undefined>, config = {}) =>
    makeField(context, name, FieldType.number, column(values), config);
  return [
    makeFrame(
      context,
      'budget',
      [
        timeField(context, buckets),
        makeField(context, 'budgetLeft', FieldType.number, left, {
          ...share,
          displayNameFromDS: context.words.budget(
            String(Number((100 * (1 - allowed)).toFixed(4))),
            used === undefined || used <= 1 ? undefined : sayNumber(used)
          ),
        }),
        makeField(context, 'burnRate', FieldType.number, burn, { unit: 'suffix:×', decimals: 1 }),
      ],
      meta
    ),
    makeFrame(
      context,
      'budgets',
      [
        makeField(
          context,
          'group',
          FieldType.string,
          counts.map(({ group }) => group)
        ),
        number(
          'ended',
          counts.map((count) => count.ended)
        ),
        number(
          'failed',
          counts.map((count) => count.failed)
        ),
        number(
          'failedShare',
          counts.map((count) => (count.ended === 0 ? undefined : count.failed / count.ended)),
          { unit: 'percentunit', decimals: 2 }
        ),
        number(
          'budgetLeft',
          counts.map((count) => (count.ended === 0 ? undefined : leftOf(count.failed / count.ended / allowed))),
          share
        ),
        number(
          'budgetUsed',
          counts.map((count) => (count.ended === 0 ? undefined : count.failed / count.ended / allowed)),
          { unit: 'percentunit', decimals: 0 }
        ),
      ],
      meta,
      { notices: noticesOf(context, { omitted: groupsOmitted }) }
    ),
  ];
}

/** What is left when a share of the budget is used; never less than nothing. */
function leftOf(used: number): number {
  return Math.max(0, 1 - used);
}

/** Two digits, or whole: 1.8, 18, 183. */
function sayNumber(value: number): string {
  return String(value >= 10 ? Math.round(value) : Number(value.toPrecision(2)));
}

/**
 * `rate`: ended runs per second, one series per group. A bucket that is not over yet says nothing: it would look like a
 * drop at the right edge of every chart.
 */
export function rateFrame(
  { buckets, step, series, groupBy, groupsOmitted }: ThroughputAnswer,
  context: FrameContext
): DataFrame {
  const groups = new Map<string, Array<number | null>>();
  for (const { group, what, values } of series) {
    if (what === 'created' || what === 'started') {
      continue;
    }
    const sum = groups.get(group) ?? buckets.map(() => null);
    groups.set(
      group,
      sum.map((before, i) => {
        const count = values[i] ?? null;
        return count === null ? before : (before ?? 0) + count;
      })
    );
  }
  const isOver = (bucket: number) => bucket + step <= Math.min(context.now, context.range.to);
  const { limits, words } = context;
  const fields = [...groups].map(([group, counts]) => {
    const limit = limits?.of(group);
    return seriesField(
      context,
      'perSecond',
      group,
      groupBy,
      '',
      counts.map((count, i) => (count === null || !isOver(buckets[i] ?? Infinity) ? null : count / (step / 1000))),
      {
        unit: 'suffix:/s',
        min: 0,
        ...(limits !== undefined && floorConfig(groups.size === 1 || limits.is === 'fixed' ? limit : undefined)),
        ...(limits !== undefined &&
          group === '' && {
            displayNameFromDS: limit === undefined ? words.noLimit : words.floor(sayNumber(limit), limits.is),
          }),
      }
    );
  });
  return makeFrame(
    context,
    'rate',
    [timeField(context, buckets), ...fields],
    { view: 'throughput', groupBy },
    { notices: noticesOf(context, { omitted: groupsOmitted }) }
  );
}
