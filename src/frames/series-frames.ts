import { FieldColorModeId, FieldType } from '@grafana/data';
import type { DataFrame, Field, FieldConfig } from '@grafana/data';
import type { DurationsAnswer, ResourcesAnswer, StatesAnswer, ThroughputAnswer } from '../model/answer';
import { LIFECYCLE_STATES } from '../model/lifecycle';
import type { EpochMs } from '../model/units';
import { SERIES_FIELD } from './field-names';
import type { FrameContext } from './frame-context';
import { NO_NUMBER, column, makeField, makeFrame, noticesOf } from './make-frame';
import { sayDuration } from './say-duration';
import { ceilingConfig } from './limits';
import { withLinkFilter } from './link-filter';
import { STATE_COLORS } from './state-colors';
import type { ColoredState } from './state-colors';

type Column = ReadonlyArray<number | null>;

/** What is told of a distribution, by the names of its fields. */
const LEVELS = ['p50', 'p95', 'p99', 'max'] as const;

/** `states` (one series per group and state), `totals` (a table) and the numbers `waiting`, `running`, `finished`, `abnormal`. */
export function statesFrames(answer: StatesAnswer, context: FrameContext): DataFrame[] {
  const { buckets, series, totals, groupBy, groupsOmitted } = answer;
  const meta = { view: 'states', groupBy };
  const fields = series.map(({ group, state, values }) =>
    seriesField(context, state, group, groupBy, context.words.states[state], values, stateColor(context, state))
  );
  const sum = (state: string) =>
    sumOf(
      series.filter((one) => one.state === state).map((one) => one.values),
      buckets.length
    );
  const ends = sumOf(
    series.filter((one) => one.state !== 'pending' && one.state !== 'running').map((one) => one.values),
    buckets.length
  );
  // The first and the last bucket hold less than a whole step of the range: the mean of all is what ended per hour of it.
  const hours = (Math.min(context.range.to, context.now) - context.range.from) / 3_600_000;
  const perHour = ends.filter((value) => value !== null).length / hours;
  const ended = totalOf(totals, ['completed', 'failed', 'cancelled', 'unknown']);
  const abnormal = new Map<string, number>();
  for (const total of totals) {
    for (const [how, count] of Object.entries(total.abnormal)) {
      abnormal.set(how, (abnormal.get(how) ?? 0) + count);
    }
  }
  const abnormalCount = [...abnormal.values()].reduce((a, b) => a + b, 0);
  const number = (name: string, values: Column, says: string, color: ColoredState, config: FieldConfig = {}) =>
    makeFrame(
      context,
      name,
      [
        timeField(context, buckets),
        makeField(context, SERIES_FIELD.value, FieldType.number, column(values), {
          displayNameFromDS: says,
          ...stateColor(context, color),
          ...config,
          // What the panel says of nothing would stand there in letters as large as a number.
          ...(values.every((value) => value === null) && { displayNameFromDS: context.words.notEnough, ...NO_NUMBER }),
        }),
      ],
      meta
    );

  const reports = reportedBy(context);
  const unreported = (name: string) =>
    makeFrame(context, name, [timeField(context, buckets), untoldField(context, buckets, SERIES_FIELD.value)], meta);

  return [
    makeFrame(context, 'states', [timeField(context, buckets), ...fields], meta, {
      notices: noticesOf(context, { omitted: groupsOmitted }),
    }),
    totalsFrame(answer, context),
    reports.pending
      ? number('waiting', withLast(sum('pending'), totalOf(totals, ['pending'])), sayOldest(context, totals), 'pending')
      : unreported('waiting'),
    reports.running
      ? number('running', withLast(sum('running'), totalOf(totals, ['running'])), runningWhere(context), 'running')
      : unreported('running'),
    number(
      'finished',
      ends.map((value) => (value === null ? null : value * perHour)),
      ended === 0
        ? context.words.states.completed
        : context.words.completedShare(((100 * totalOf(totals, ['completed'])) / ended).toFixed(1)),
      'completed',
      { unit: 'suffix:/h', decimals: 0 }
    ),
    reports.exits || abnormalCount > 0
      ? makeFrame(
          context,
          'abnormal',
          [
            withLinkFilter(
              makeField(context, SERIES_FIELD.value, FieldType.number, totals.length === 0 ? [null] : [abnormalCount], {
                displayNameFromDS: sayCounts(abnormal, 2) || context.words.noFailures,
                ...stateColor(context, abnormalCount > 0 ? 'failed' : 'completed'),
                // That no run ended badly is no good news where there was none.
                ...(totals.length === 0 && { displayNameFromDS: context.words.notEnough, ...NO_NUMBER }),
              }),
              groupBy,
              totals
                .filter((total) => Object.values(total.abnormal).some((count) => count > 0))
                .map(({ group }) => group),
              mostFrequent(abnormal)
            ),
          ],
          meta
        )
      : unreported('abnormal'),
  ];
}

/** Dashes, and that it is not told: none would be as good as all well. */
function untoldField(context: FrameContext, buckets: readonly EpochMs[], name: string): Field {
  return makeField(
    context,
    name,
    FieldType.number,
    buckets.map(() => null),
    { displayNameFromDS: context.words.notReported, ...stateColor(context, 'unknown'), ...NO_NUMBER }
  );
}

/** A source that does not say what it cannot report reports all. */
function reportedBy({ reports }: FrameContext): { pending: boolean; running: boolean; exits: boolean; waits: boolean } {
  const tells = (fact: string) => reports?.[fact] !== false;
  return { pending: tells('pending'), running: tells('running'), exits: tells('exits'), waits: tells('waits') };
}

/** How long the oldest run waits; where nobody tells, whether any does. */
function sayOldest({ words, now }: FrameContext, totals: StatesAnswer['totals']): string {
  const oldest = Math.min(...totals.map((total) => total.oldestPendingAt ?? Infinity));
  return Number.isFinite(oldest)
    ? words.oldest(sayDuration(now - oldest, words.units))
    : totalOf(totals, ['pending']) > 0
      ? words.ageUnknown
      : words.nothingWaits;
}

function runningWhere({ slots, busyWorkers, words }: FrameContext): string {
  return slots !== undefined
    ? words.ofSlots(slots)
    : busyWorkers !== undefined
      ? words.onWorkers(busyWorkers)
      : words.states.running;
}

function totalsFrame({ totals, groupBy, groupsOmitted }: StatesAnswer, context: FrameContext): DataFrame {
  const text = (name: string, values: ArrayLike<unknown>) => makeField(context, name, FieldType.string, values);
  const reports = reportedBy(context);
  return makeFrame(
    context,
    'totals',
    [
      text(
        'group',
        totals.map((total) => total.group)
      ),
      ...LIFECYCLE_STATES.map((state) =>
        makeField(
          context,
          state,
          FieldType.number,
          (state === 'pending' && !reports.pending) || (state === 'running' && !reports.running)
            ? totals.map(() => null)
            : Float64Array.from(totals, (total) => total.counts[state] ?? 0),
          {
            ...stateColor(context, state),
          }
        )
      ),
      text(
        'abnormal',
        totals.map((total) => sayCounts(new Map(Object.entries(total.abnormal))) || (reports.exits ? '' : null))
      ),
      makeField(
        context,
        'oldestAge',
        FieldType.number,
        column(totals.map((t) => (t.oldestPendingAt === undefined ? undefined : context.now - t.oldestPendingAt))),
        { unit: 'ms' }
      ),
    ],
    { view: 'states', groupBy },
    { notices: noticesOf(context, { omitted: groupsOmitted }) }
  );
}

/** `throughput`: runs per bucket, one series per group and what is counted; the numbers `started` and `failed`: over the range. */
export function throughputFrames(answer: ThroughputAnswer, context: FrameContext): DataFrame[] {
  const { buckets, series, groupBy, groupsOmitted } = answer;
  const fields = series.map(({ group, what, values }) => {
    const word =
      what === 'created' || what === 'started'
        ? (context.words.fields[what] ?? what).toLowerCase()
        : context.words.states[what];
    const config =
      what === 'created' ? stateColor(context, 'pending') : stateColor(context, what === 'started' ? 'running' : what);
    return seriesField(context, what, group, groupBy, word, values, config);
  });
  return [
    makeFrame(
      context,
      'throughput',
      [timeField(context, buckets), ...fields],
      { view: 'throughput', groupBy },
      {
        notices: noticesOf(context, { omitted: groupsOmitted }),
      }
    ),
    ...(['started', 'failed'] as const).map((what) => {
      const told = series.filter((one) => one.what === what).flatMap(({ values }) => [...values]);
      const count = told.reduce<number>((sum, value) => sum + (value ?? 0), 0);
      const config = { ...stateColor(context, what === 'failed' ? what : 'running'), decimals: 0 };
      // Summed here: Grafana's own sum of nothing is 0, also where the source did not answer.
      const fields =
        told.length === 0 ? [] : [makeField(context, 'count', FieldType.number, Float64Array.of(count), config)];
      return makeFrame(context, what, fields, { view: 'throughput', groupBy });
    }),
  ];
}

/** `duration` and `wait`: percentiles per group, as fields `p50`, `p95`, `p99`, `max` and `count`. */
export function durationsFrames(answer: DurationsAnswer, context: FrameContext): DataFrame[] {
  const { buckets, series, groupBy, groupsOmitted } = answer;
  return (['duration', 'wait'] as const).map((what) => {
    const told = series.filter((one) => one.what === what);
    const fields = told.flatMap((one) => [
      ...LEVELS.map((level) =>
        seriesField(context, level, one.group, groupBy, level, one[level], {
          unit: 'ms',
          ...(what === 'duration' && level === 'p99' ? ceilingOf(context, one.group, told.length) : {}),
        })
      ),
      seriesField(context, 'count', one.group, groupBy, context.words.fields['count'] ?? 'count', one.count),
    ]);
    const isUntold = what === 'wait' && told.length === 0 && !reportedBy(context).waits;
    return makeFrame(
      context,
      what,
      [
        timeField(context, buckets),
        ...(isUntold ? LEVELS.map((level) => untoldField(context, buckets, level)) : fields),
      ],
      { view: 'durations', groupBy },
      {
        notices: noticesOf(context, { omitted: groupsOmitted }),
      }
    );
  });
}

/** The ceiling of a group's P99; beside a single number it is said, in a chart of several it is a line where it holds for all. */
function ceilingOf({ limits, words }: FrameContext, group: string, groups: number): FieldConfig {
  if (limits === undefined) {
    return {};
  }
  const limit = limits.of(group);
  return {
    ...ceilingConfig(groups === 1 || limits.is === 'fixed' ? limit : undefined),
    ...(group === '' && {
      displayNameFromDS:
        limit === undefined ? words.noLimit : words.ceiling(sayDuration(limit, words.units), limits.is),
    }),
  };
}

/** `cpu` in cores and `memory` in bytes, one series per group; `cpu now` and `memory now`, one number over all. */
export function resourcesFrames(answer: ResourcesAnswer, context: FrameContext): DataFrame[] {
  const { buckets, series, groupBy, groupsOmitted } = answer;
  const make = (name: string, what: 'cpuCores' | 'rssBytes', config: FieldConfig) =>
    makeFrame(
      context,
      name,
      [
        timeField(context, buckets),
        ...series.map((one) => seriesField(context, what, one.group, groupBy, '', one[what], config)),
      ],
      { view: 'resources', groupBy },
      { notices: noticesOf(context, { omitted: groupsOmitted }) }
    );
  /** Over all groups, its last value what runs at the end of the range: none where nothing does. */
  const makeNow = (name: string, what: 'cpuCores' | 'rssBytes', config: FieldConfig) => {
    const sums = sumOf(
      series.map((one) => one[what]),
      buckets.length
    );
    const now = series.flatMap((one) => one.now?.[what] ?? []);
    const last = now.length === 0 ? null : now.reduce((a, b) => a + b, 0);
    return makeFrame(
      context,
      name,
      [
        timeField(context, buckets),
        makeField(context, SERIES_FIELD.value, FieldType.number, column(withLast(sums, last)), {
          ...config,
          noValue: '–',
        }),
      ],
      { view: 'resources', groupBy }
    );
  };
  const cores: FieldConfig = { unit: 'none', decimals: 2, min: 0 };
  const bytes: FieldConfig = { unit: 'bytes', min: 0 };
  return [
    make('cpu', 'cpuCores', cores),
    make('memory', 'rssBytes', bytes),
    makeNow('cpu now', 'cpuCores', cores),
    makeNow('memory now', 'rssBytes', bytes),
  ];
}

/** Plain arrays, here and in `seriesField`: Grafana's time series panel appends to the values of series drawn as bars. */
export function timeField(context: FrameContext, buckets: readonly EpochMs[]): Field {
  return makeField(context, SERIES_FIELD.time, FieldType.time, [...buckets]);
}

/**
 * A series named after what it shows (`failed`, `p95`), labelled with its group, and read as "email.send failed". The
 * group is not repeated where it says the same as the name.
 */
export function seriesField(
  context: FrameContext,
  name: string,
  group: string,
  groupBy: string,
  word: string,
  values: Column,
  config: FieldConfig = {}
): Field {
  const shown = groupBy === 'state' && group === name ? word : [group, word].filter((part) => part !== '').join(' ');
  return {
    ...makeField(context, name, FieldType.number, [...values], { displayNameFromDS: shown || name, ...config }),
    labels: { [groupBy]: group },
  };
}

export function stateColor({ shade }: FrameContext, state: ColoredState): FieldConfig {
  return { color: { mode: FieldColorModeId.Fixed, fixedColor: STATE_COLORS[shade][state] } };
}

/** Bucket by bucket; `null` only where every series says nothing. */
function sumOf(columns: readonly Column[], length: number): Array<number | null> {
  return Array.from({ length }, (_, i) =>
    columns.reduce<number | null>((sum, values) => {
      const value = values[i] ?? null;
      return value === null ? sum : (sum ?? 0) + value;
    }, null)
  );
}

/** What is so now, in place of the last bucket: a bucket that is not over yet says less than the totals do. */
function withLast(values: Array<number | null>, last: number | null): Array<number | null> {
  return values.length === 0 ? values : [...values.slice(0, -1), last];
}

function totalOf(
  totals: StatesAnswer['totals'],
  states: ReadonlyArray<keyof StatesAnswer['totals'][number]['counts']>
) {
  return totals.reduce((sum, total) => sum + states.reduce((part, state) => part + (total.counts[state] ?? 0), 0), 0);
}

/** The run that a link chooses: the newest that ended as most did. */
function mostFrequent(counts: ReadonlyMap<string, number>): string | undefined {
  const [first] = [...counts].sort((a, b) => b[1] - a[1]);
  return first === undefined ? undefined : first[0] === 'lost' ? 'lost' : `failed ${first[0]}`;
}

/** "6 exit 1 · 2 oom · 1 lost", most frequent first; how many are beyond the first few. */
function sayCounts(counts: ReadonlyMap<string, number>, most = Infinity): string {
  const sorted = [...counts].filter(([, count]) => count > 0).sort((a, b) => b[1] - a[1]);
  const rest = sorted.slice(most).reduce((sum, [, count]) => sum + count, 0);
  const shown = sorted.slice(0, most).map(([how, count]) => `${count} ${how}`);
  return [...shown, ...(rest > 0 ? [`+${rest}`] : [])].join(' · ');
}
