import type { DurationMs, Ratio } from '../model/units';
import { appearances } from '../prometheus/build-query';
import { hasOwner, NAME_LABEL, named, onlyNamed, thingLabels } from '../prometheus/owned-names';
import type { GaugeFact, CounterFact, HistogramFact, Profile, Series, TimestampFact } from '../prometheus/profile';
import { aggregate, escapeRegex, fillIn, labelName, quote, selectorOf } from '../prometheus/promql';
import type { LabelMatcher } from '../prometheus/promql';
import { placeOf } from '../prometheus/select-series';
import type { Place } from '../prometheus/select-series';
import { worldLabels } from '../prometheus/world-labels';
import { anyGrowth, growth, lastIn, overPieces, pieceGrowth, pieceOf, shapeGrowth, windowOf } from './growth';

/** The labels that everything recorded or alerted has; other systems' labels are translated to them. */
export type Canonical = 'source' | 'task' | 'queue' | 'worker';

/** Only this task, queue, worker: by its name, exactly. */
export type Only = Readonly<Partial<Record<Canonical, string>>>;

/** A fact that an expression asked for: whether the profile knows it, and the metric it is in. */
export interface Wanted {
  fact: string;
  /** Absent when the profile does not know the fact, or not by the labels asked for. */
  series?: Series;
}

/** What `$step` of an expression of the user's own is, and `$window` of one that says what is now: two scrapes fit in. */
const STEP_MS = 60_000;
const LEVEL_WINDOW_MS = 5 * STEP_MS;

/** The task of an exporter that counts all tasks together. */
const ALL_TASKS = 'all tasks';

const BY_TASK = ['source', 'task'] as const satisfies readonly Canonical[];

/** Seconds in PromQL: a window of 15 minutes is `900`. */
export function secondsOf(ms: DurationMs): string {
  return String(ms / 1000);
}

/**
 * PromQL of a profile's facts, labelled with the canonical labels and in base units. Each method answers `undefined`
 * when the profile does not know the fact by these labels; `wanted` tells afterwards what was asked for.
 */
export class Facts {
  readonly wanted: Wanted[] = [];
  /** What tells worlds apart: everything that is computed here has these labels too, where the series have them. */
  readonly worlds: readonly string[];

  constructor(
    readonly profile: Profile,
    private readonly only: Only = {}
  ) {
    this.worlds = worldLabels(profile);
  }

  /** `source,task,cluster …`: what two expressions by these labels are matched on. */
  on(...by: readonly Canonical[]): string {
    return [...by, ...this.worlds].map(labelName).join(',');
  }

  /** Runs counted in a window. */
  grown(fact: CounterFact, windowMs: DurationMs, by: readonly Canonical[] = BY_TASK): string | undefined {
    const series = this.profile.counters[fact];
    const pieceMs = pieceOf(windowMs);
    // What a user's own expression covers is its own affair, and an instant or a state tells of the whole window.
    const isCounter = listOf(series).every(({ expr, counts = 'growth' }) => expr === undefined && counts === 'growth');
    if (pieceMs === undefined || !isCounter) {
      return this.grownOf(fact, series, windowMs, by);
    }
    const inner = (one: Series) => ({
      expr: growthLess(one, (metric) => this.select(one, metric), pieceMs, pieceGrowth),
    });
    const piece = this.sum(fact, series, by, inner, undefined, pieceMs);
    if (piece === undefined) {
      return undefined;
    }
    const all = overPieces(piece, windowMs, pieceMs);
    // What is taken off in one piece was mostly counted in one before: only all of them together are never below 0.
    return listOf(series).some(({ minus }) => minus !== undefined) ? `clamp_min(${all}, 0)` : all;
  }

  /** The same for series that are no counter fact of the profile. */
  grownOf(
    fact: string,
    series: Series | readonly Series[] | undefined,
    windowMs: DurationMs,
    by: readonly Canonical[] = BY_TASK
  ): string | undefined {
    return this.sum(
      fact,
      series,
      by,
      (one) => (one.expr === undefined ? this.counted(one, windowMs) : this.writtenOver(one, windowMs)),
      undefined,
      windowMs
    );
  }

  /** Abnormal exits by how they ended, in the label `cause`. */
  abnormalByCause(windowMs: DurationMs): string | undefined {
    const { reasonLabel } = this.profile;
    const [series] = this.profile.counters.abnormal ?? [];
    if (series === undefined || reasonLabel === undefined) {
      return this.grown('abnormal', windowMs);
    }
    return this.sum('abnormal', series, BY_TASK, (one) => this.counted(one, windowMs), {
      from: reasonLabel,
      to: 'cause',
    });
  }

  /** When the fact was counted last, in seconds since 1970, within a window. To the minute. */
  lastGrowth(fact: CounterFact, windowMs: DurationMs): string | undefined {
    return this.lastGrowthOf(fact, this.profile.counters[fact], windowMs);
  }

  lastGrowthOf(fact: string, series: Series | readonly Series[] | undefined, windowMs: DurationMs): string | undefined {
    if (listOf(series).some(({ counts }) => counts === 'appearances')) {
      // Minute by minute of the things alone: whose they are is looked up once.
      return this.combine(
        'max',
        fact,
        series,
        BY_TASK,
        (one) => this.lastAppearance(one, windowMs),
        undefined,
        windowMs
      );
    }
    const grown = this.sum(
      fact,
      series,
      BY_TASK,
      (one) =>
        one.expr === undefined ? this.counted(one, 2 * MINUTE, { grow: anyGrowth }) : this.writtenOver(one, 2 * MINUTE),
      undefined,
      2 * MINUTE
    );
    return grown === undefined
      ? undefined
      : `max_over_time((time() * (${grown} > bool 0) > 0)[${windowOf(windowMs)}:1m])`;
  }

  private lastAppearance(series: Series, windowMs: DurationMs): { expr: string } {
    const { expr } = this.counted(series, 2 * MINUTE);
    return { expr: `max_over_time((time() * (${expr} > bool 0) > 0)[${windowOf(windowMs)}:1m])` };
  }

  /** How many now. */
  level(fact: GaugeFact, by: readonly Canonical[] = BY_TASK): string | undefined {
    return this.levelOf(fact, this.profile.gauges[fact], by);
  }

  /** The same for series that are no gauge fact of the profile. */
  levelOf(
    fact: string,
    series: Series | readonly Series[] | undefined,
    by: readonly Canonical[] = BY_TASK
  ): string | undefined {
    return this.sum(fact, series, by, (one) => levelOf(one, this.written(one)));
  }

  /** Growth per second of how many. */
  slope(fact: GaugeFact, windowMs: DurationMs, by: readonly Canonical[]): string | undefined {
    return this.sum(fact, this.profile.gauges[fact], by, (one) =>
      one.equals === undefined
        ? `deriv(${this.written(one)}[${windowOf(windowMs)}${one.expr === undefined ? '' : ':1m'}])`
        : undefined
    );
  }

  /** Per second, of a counter of seconds. */
  rateOf(fact: string, series: Series | undefined, windowMs: DurationMs): string | undefined {
    return this.sum(fact, series, BY_TASK, (one) => `rate(${this.select(one)}[${windowOf(windowMs)}])`);
  }

  /** The extreme of a gauge over each group, in the base unit. */
  extreme(
    how: 'min' | 'max',
    fact: string,
    series: Series | readonly Series[] | undefined,
    by: readonly Canonical[] = BY_TASK
  ): string | undefined {
    return this.combine(how, fact, series, by, (one) => this.written(one));
  }

  /** The largest value of a gauge that each group had in a window. */
  most(fact: string, series: Series | undefined, windowMs: DurationMs, by: readonly Canonical[]): string | undefined {
    return this.combine('max', fact, series, by, (one) => {
      const step = one.expr === undefined ? '' : `:${windowOf(STEP_MS)}`;
      return `max_over_time(${this.written(one)}[${windowOf(windowMs)}${step}])`;
    });
  }

  /** An instant in seconds since 1970. Ages are turned into instants. */
  instant(how: 'min' | 'max', fact: TimestampFact, by: readonly Canonical[] = BY_TASK): string | undefined {
    return this.instantOf(how, fact, this.profile.timestamps[fact], by);
  }

  instantOf(
    how: 'min' | 'max',
    fact: string,
    series: Series | readonly Series[] | undefined,
    by: readonly Canonical[] = BY_TASK
  ): string | undefined {
    return this.combine(how, fact, series, by, (one) =>
      one.age === true ? `time() - ${this.written(one)}` : this.written(one)
    );
  }

  /** A quantile of a histogram in seconds over the window that ended `endedMs` ago. */
  quantile(
    fact: HistogramFact,
    quantile: Ratio,
    windowMs: DurationMs,
    { endedMs = 0, by = BY_TASK }: { endedMs?: DurationMs; by?: readonly Canonical[] } = {}
  ): string | undefined {
    const series = this.profile.histograms[fact];
    const inner = (one: Series) => {
      const expr =
        one.expr === undefined
          ? shapeGrowth(this.select(one, `${one.metric}_bucket`), windowMs, endedMs, this.eitherForm(one))
          : // The time before is nothing that the user's expression can be asked about.
            endedMs === 0 && this.writtenOver(one, windowMs);
      return expr ? { expr } : undefined;
    };
    const buckets = this.sum(fact, series, by, inner, 'le');
    if (buckets === undefined) {
      return undefined;
    }
    const scale = series?.scale === undefined || series.scale === 1 ? '' : ` * ${series.scale}`;
    const classic = `histogram_quantile(${quantile}, ${buckets})`;
    const native = this.native(fact, windowMs, endedMs, by);
    // Of the classic form where it has anything to tell, else of the native one, in which Prometheus 3 may keep either.
    return native === undefined
      ? `${classic}${scale}`
      : `(${classic} >= 0 or histogram_quantile(${quantile}, ${native}))${scale}`;
  }

  /** Growth of a histogram in its native form. What the user's own expression gives is one or the other. */
  private native(
    fact: HistogramFact,
    windowMs: DurationMs,
    endedMs: DurationMs,
    by: readonly Canonical[]
  ): string | undefined {
    const series = this.profile.histograms[fact];
    return series === undefined || series.expr !== undefined
      ? undefined
      : this.sum(fact, series, by, (one) => ({
          expr: shapeGrowth(this.select(one), windowMs, endedMs, this.select(one, `${one.metric}_count`)),
        }));
  }

  /** What counts the same as the buckets of a histogram: they were not born where this was there. */
  private eitherForm(series: Series): string {
    return this.select(
      { ...series, match: { ...series.match, __name__: `${escapeRegex(series.metric)}(?:_count)?` } },
      ''
    );
  }

  /** How many values a histogram got in the window that ended `endedMs` ago. */
  observations(fact: HistogramFact, windowMs: DurationMs, endedMs: DurationMs = 0): string | undefined {
    const series = this.profile.histograms[fact];
    if (series?.expr !== undefined && fact === 'duration' && endedMs === 0) {
      // What buckets of the user's own count, rates or runs, nobody knows; that each run completed is told apart.
      return this.grown('completed', windowMs);
    }
    const classic = this.sum(fact, series, BY_TASK, (one) =>
      one.expr === undefined ? { expr: growth(this.select(one, `${one.metric}_count`), windowMs, endedMs) } : undefined
    );
    // The native form is counted by a function that not every engine knows: what began or completed tells about the same.
    const stead = this.profile.counters[fact === 'wait' ? 'started' : 'completed'] ?? [];
    const isCounter = stead.length > 0 && stead.every(({ expr, counts }) => expr === undefined && counts === undefined);
    const counted = isCounter
      ? this.sum(fact, stead, BY_TASK, (one) => this.counted(one, windowMs, { endedMs }))
      : undefined;
    return classic === undefined || counted === undefined ? classic : `(${classic} or ${counted})`;
  }

  /** What is usual for a task, in seconds: what the exporter says, else its durations of the time before. */
  usualDuration(
    quantile: '0.5' | '0.95' | '0.99',
    usual: { windowMs: DurationMs; leastCompleted: number }
  ): string | undefined {
    const { usualDuration } = this.profile.alerting ?? {};
    if (usualDuration !== undefined) {
      const series = { ...usualDuration, match: { ...usualDuration.match, quantile: escapeRegex(quantile) } };
      return this.extreme('max', 'usualDuration', series);
    }
    const before = { endedMs: 15 * MINUTE };
    const value = this.quantile('duration', Number(quantile), usual.windowMs, before);
    const count = this.observations('duration', usual.windowMs, before.endedMs);
    return value === undefined || count === undefined
      ? undefined
      : `(${value} and ${count} >= ${usual.leastCompleted})`;
  }

  /** The owner joined to an expression of (source, task) about what the fact counted in a window, where one is known. */
  withOwner(expr: string, fact: CounterFact, windowMs: DurationMs): string {
    const series = this.profile.alerting?.owner;
    if (series === undefined) {
      return expr;
    }
    const ones = this.combine('max', fact, this.profile.counters[fact], BY_TASK, (one) => ({
      expr: `${lastIn(this.select(one), windowMs)} ^ 0`,
    }));
    if (ones === undefined) {
      return expr;
    }
    const task = this.on('source', 'task');
    const owners = `topk by (${task}) (1, max by (${task},owner) (${this.select(series)}))`;
    return `(${expr}) * ignoring (owner) group_left (owner) (${owners} or ignoring (owner) ${ones})`;
  }

  /** `metric{…}` with the series' own matchers and what the rule is only for. */
  select(series: Series, metric: string = series.metric): string {
    const matchers = Object.entries(series.match ?? {}).map(([label, value]): LabelMatcher => {
      const text = value.replace(/\\(\W)/g, '$1');
      return escapeRegex(text) === value ? { label, operator: '=', value: text } : { label, operator: '=~', value };
    });
    return selectorOf(metric, [...matchers, ...this.narrowing(series)]);
  }

  private counted(series: Series, windowMs: DurationMs, how: Counting = {}): { expr: string } {
    return countedIn(series, (metric) => this.select(series, metric), this.thingsOf(series), windowMs, how);
  }

  /** The selector, or the user's own expression. */
  private written(series: Series): string {
    return series.expr === undefined ? this.select(series) : this.fill(series, series.expr, LEVEL_WINDOW_MS);
  }

  /** The user's own expression over the window of a rule. One that covers a time of its own tells nothing of that. */
  private writtenOver(series: Series, windowMs: DurationMs): string | undefined {
    return series.expr !== undefined && /\$window\b/.test(series.expr)
      ? this.fill(series, series.expr, windowMs)
      : undefined;
  }

  private fill(series: Series, expr: string, windowMs: DurationMs): string {
    const narrow = this.narrowing(series);
    const window = windowOf(windowMs);
    const filled = `(${fillIn(expr, { window, step: windowOf(STEP_MS), filter: selectorOf('', narrow) })})`;
    if (narrow.length === 0 || /\$filter\b/.test(expr)) {
      return filled;
    }
    const wanted = narrow.reduce(
      (one, { label, value }) =>
        `label_replace(${one}, ${quote(label)}, ${quote(value.replaceAll('$', '$$$$'))}, "", "")`,
      'vector(1)'
    );
    return `(${filled} and on (${narrow.map(({ label }) => labelName(label)).join(',')}) ${wanted})`;
  }

  /** What narrows a series to what the rule is only for, by the exporter's own labels. Labels that it lacks are not there. */
  narrowing(series: Series): Array<LabelMatcher & { of: Canonical }> {
    return Object.entries(this.only).flatMap(([of, value]) => {
      const place = this.placeOf(series, of as Canonical);
      return 'label' in place && place.label !== NAME_LABEL
        ? [{ of: of as Canonical, label: place.label, operator: '=' as const, value }]
        : [];
    });
  }

  /** The selector of a series that has the canonical labels already: a recorded one. */
  recorded(metric: string): string {
    return selectorOf(
      metric,
      Object.entries(this.only).map(([label, value]): LabelMatcher => ({ label, operator: '=', value }))
    );
  }

  private sum(
    fact: string,
    series: Series | readonly Series[] | undefined,
    by: readonly Canonical[],
    inner: (series: Series) => string | { expr: string } | undefined,
    extra?: 'le' | { from: string; to: string },
    windowMs?: DurationMs
  ): string | undefined {
    return this.combine('sum', fact, series, by, inner, extra, windowMs);
  }

  /** Several series of one fact are one: summed, or the smallest or largest of them. */
  private combine(
    how: 'sum' | 'min' | 'max',
    fact: string,
    series: Series | readonly Series[] | undefined,
    by: readonly Canonical[],
    inner: (series: Series) => string | { expr: string } | undefined,
    extra?: 'le' | { from: string; to: string },
    windowMs?: DurationMs
  ): string | undefined {
    const parts: string[] = [];
    for (const one of listOf(series)) {
      const made = inner(one);
      if (made === undefined || !this.tells(one, by)) {
        continue;
      }
      this.wanted.push({ fact, series: one });
      // A count is in no unit that could be scaled.
      const scale = typeof made === 'string' ? (one.scale ?? 1) : 1;
      const expr = typeof made === 'string' ? made : made.expr;
      const scaled = scale === 1 ? expr : `${expr} * ${scale}`;
      parts.push(this.relabel(how, one, by, this.named(one, by, how, scaled, windowMs), extra));
    }
    const labels = [...by, ...this.worlds, ...(extra === undefined ? [] : [extra === 'le' ? 'le' : extra.to])];
    if (parts.length === 0) {
      this.wanted.push({ fact });
      return undefined;
    }
    if (parts.length === 1) {
      return parts[0];
    }
    const apart = parts.map((part, i) => `label_replace(${part}, "part", "${i}", "", "")`);
    return aggregate(how, labels, apart.join(' or '));
  }

  /** Where no label names the task, the queue stands for it, else one name for all that the exporter counts. */
  private placeOf(series: Series, label: Canonical): Place {
    if (label === 'task' && hasOwner(this.profile, series)) {
      return { label: NAME_LABEL };
    }
    const place = placeOf(this.profile, series, label);
    const { labels, task } = this.profile;
    if (label !== 'task' || labels.task !== undefined || task !== undefined || 'label' in place) {
      return place;
    }
    const queue = placeOf(this.profile, series, 'queue');
    return 'label' in queue ? queue : { text: ALL_TASKS };
  }

  /** Rows of things whose task another series tells, each with its name: by the rule that the views have too. */
  private named(
    series: Series,
    by: readonly Canonical[],
    how: string,
    rows: string,
    windowMs: DurationMs = LEVEL_WINDOW_MS
  ): string {
    const { profile, only } = this;
    if (!hasOwner(profile, series) || !by.includes('task')) {
      return rows;
    }
    const own = by
      .map((label) => this.placeOf(series, label))
      .flatMap((place) => ('label' in place ? [place.label] : []));
    const kept = [...own.filter((label) => label !== NAME_LABEL), ...thingLabels(profile, series)];
    const over = `[${windowOf(windowMs + LEVEL_WINDOW_MS)}]`;
    const all = named(aggregate(how, kept, rows), profile, `last_over_time(${this.select(series)}${over})`, over);
    return only.task === undefined ? all : onlyNamed(all, { field: 'task', operator: '=', values: [only.task] });
  }

  /** Labels that tell one thing of a source from another. */
  private thingsOf(series: Series): string[] {
    const { source = 'job' } = series.labels ?? this.profile.labels;
    return [source, ...thingLabels(this.profile, series)];
  }

  private tells(series: Series, by: readonly Canonical[]): boolean {
    return by.every((label) => {
      const place = this.placeOf(series, label);
      return 'label' in place || place.text !== '';
    });
  }

  /** Aggregated by the exporter's labels, then renamed: the fewer series, the cheaper is the renaming. */
  private relabel(
    how: string,
    series: Series,
    by: readonly Canonical[],
    inner: string,
    extra: 'le' | { from: string; to: string } | undefined
  ): string {
    const renames: Array<readonly [from: string | undefined, to: string, text: string]> = by.map((to) => {
      const place = this.placeOf(series, to);
      return 'label' in place ? [place.label, to, ''] : [undefined, to, place.text];
    });
    if (typeof extra === 'object') {
      renames.push([extra.from, extra.to, '']);
    }
    const kept = [
      ...this.worlds,
      ...renames.flatMap(([from]) => (from === undefined ? [] : [from])),
      ...(extra === 'le' ? ['le'] : []),
    ];
    const native = aggregate(how, kept, inner);
    const changed = renames.filter(([from, to]) => from !== to);
    if (changed.length === 0) {
      return native;
    }
    const renamed = changed.reduce(
      (expr, [from, to, text]) =>
        from === undefined
          ? `label_replace(${expr}, ${quote(to)}, ${quote(text.replaceAll('$', '$$$$'))}, "", "")`
          : // `.` alone would stop at a line feed, and the label would stay empty.
            `label_replace(${expr}, ${quote(to)}, "$1", ${quote(from)}, "((?s:.*))")`,
      native
    );
    const labels = [...by, ...this.worlds, ...(extra === undefined ? [] : [extra === 'le' ? 'le' : extra.to])];
    return aggregate(how, labels, renamed);
  }
}

const MINUTE = 60_000;

interface Counting {
  endedMs?: DurationMs;
  grow?: typeof growth;
}

function countedIn(
  series: Series,
  select: (metric: string) => string,
  things: readonly string[],
  windowMs: DurationMs,
  { endedMs = 0, grow = growth }: Counting
): { expr: string } {
  const selected = select(series.metric);
  switch (series.counts) {
    case 'instants': {
      // Each thing once, whoever tells of it, also one that is gone since.
      const newest = aggregate('max', things, `last_over_time(${selected}[${windowOf(windowMs)}])`);
      const seconds = series.scale === undefined ? newest : `${newest} * ${series.scale}`;
      return { expr: `(${seconds} > bool (time() - ${secondsOf(windowMs)}))` };
    }
    case 'appearances':
      return { expr: appearances(series, selected, things, { step: windowMs }) };
    default: {
      const all = growthLess(series, select, windowMs, grow, endedMs);
      return { expr: series.minus === undefined ? all : `clamp_min(${all}, 0)` };
    }
  }
}

/** Growth of a counter less that of what is taken off it, which may not be there yet. */
function growthLess(
  { metric, minus }: Series,
  select: (metric: string) => string,
  windowMs: DurationMs,
  grow: typeof growth,
  endedMs: DurationMs = 0
): string {
  const all = grow(select(metric), windowMs, endedMs);
  return minus === undefined
    ? all
    : `${all} - (${grow(select(minus), windowMs, endedMs)} or 0 * ${lastIn(select(metric), windowMs, endedMs)})`;
}

function levelOf(series: Series, selected: string): string {
  return series.equals === undefined ? selected : `(${selected} == bool ${series.equals})`;
}

function listOf(series: Series | readonly Series[] | undefined): readonly Series[] {
  return series === undefined ? [] : 'metric' in series ? [series] : series;
}
