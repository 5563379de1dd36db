import type { DurationMs } from '../model/units';
import { appearances } from '../prometheus/build-query';
import { hasOwner, NAME_LABEL, named, onlyNamed, thingLabels } from '../prometheus/owned-names';
import type { Profile, Series } from '../prometheus/profile';
import { aggregate, escapeRegex, fillIn, labelName, quote, selectorOf } from '../prometheus/promql';
import type { LabelMatcher } from '../prometheus/promql';
import { placeOf } from '../prometheus/select-series';
import type { Place } from '../prometheus/select-series';
import { worldLabels } from '../prometheus/world-labels';
import { growth, lastIn, secondsOf, windowOf } from './growth';

/** The labels that everything recorded or alerted has; other systems' labels are translated to them. */
export type Canonical = 'source' | 'task' | 'queue' | 'worker';

/** Only this task, queue, worker: by its name, exactly. */
export interface Only extends Readonly<Partial<Record<Canonical, string>>> {
  /** Only in this world: label → value. */
  readonly world?: Readonly<Record<string, string>>;
}

/** A fact that an expression asked for: whether the profile knows it, and the metric it is in. */
export interface Wanted {
  fact: string;
  /** Absent when the profile does not know the fact, or not by the labels asked for. */
  series?: Series;
}

/** What `$step` of an expression of the user's own is, and `$window` of one that says what is now: two scrapes fit in. */
export const STEP_MS = 60_000;
const LEVEL_WINDOW_MS = 5 * STEP_MS;

/** The task of an exporter that counts all tasks together. */
const ALL_TASKS = 'all tasks';

/**
 * PromQL of a profile's series, with the canonical labels in place of the exporter's own. What is asked for and told by no
 * series is `undefined`; `wanted` tells afterwards what was asked for.
 */
export class CanonicalSeries {
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

  /** `metric{…}` with the series' own matchers and what the rule is only for. */
  select(series: Series, metric: string = series.metric): string {
    const matchers = Object.entries(series.match ?? {}).map(([label, value]): LabelMatcher => {
      const text = value.replace(/\\(\W)/g, '$1');
      return escapeRegex(text) === value ? { label, operator: '=', value: text } : { label, operator: '=~', value };
    });
    return selectorOf(metric, [...matchers, ...this.narrowing(series)]);
  }

  protected counted(series: Series, windowMs: DurationMs, how: Counting = {}): { expr: string } {
    return countedIn(series, (metric) => this.select(series, metric), this.thingsOf(series), windowMs, how);
  }

  /** The selector, or the user's own expression. */
  protected written(series: Series): string {
    return series.expr === undefined ? this.select(series) : this.fill(series, series.expr, LEVEL_WINDOW_MS);
  }

  /** The user's own expression over the window of a rule. One that covers a time of its own tells nothing of that. */
  protected writtenOver(series: Series, windowMs: DurationMs): string | undefined {
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
  narrowing(series: Series): Array<LabelMatcher & { of: Canonical | 'world' }> {
    const { world = {}, ...named } = this.only;
    return [
      ...Object.entries(named).flatMap(([of, value]) => {
        const place = this.placeOf(series, of as Canonical);
        return 'label' in place && place.label !== NAME_LABEL
          ? [{ of: of as Canonical, label: place.label, operator: '=' as const, value }]
          : [];
      }),
      ...Object.entries(world).map(([label, value]) => ({
        of: 'world' as const,
        label,
        operator: '=' as const,
        value,
      })),
    ];
  }

  /** The selector of a series that has the canonical labels already: a recorded one. */
  recorded(metric: string): string {
    const { world, ...named } = this.only;
    return selectorOf(
      metric,
      Object.entries({ ...named, ...world }).map(([label, value]): LabelMatcher => ({ label, operator: '=', value }))
    );
  }

  protected sum(
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
  protected combine(
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
export function growthLess(
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

export function listOf(series: Series | readonly Series[] | undefined): readonly Series[] {
  return series === undefined ? [] : 'metric' in series ? [series] : series;
}
