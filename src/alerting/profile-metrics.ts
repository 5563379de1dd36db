import type { DurationMs, Ratio } from '../model/units';
import type { GaugeFact, CounterFact, HistogramFact, Series, TimestampFact } from '../prometheus/profile';
import { escapeRegex } from '../prometheus/promql';
import { CanonicalSeries, growthLess, listOf, STEP_MS } from './canonical-series';
import type { Canonical } from './canonical-series';
import { anyGrowth, growth, lastIn, overPieces, pieceGrowth, pieceOf, shapeGrowth, windowOf } from './growth';

const BY_TASK = ['source', 'task'] as const satisfies readonly Canonical[];

/**
 * What a profile can tell, as PromQL in base units and with the canonical labels. Each method answers `undefined` when the
 * profile does not tell it by these labels.
 */
export class ProfileMetrics extends CanonicalSeries {
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
}

const MINUTE = 60_000;

function levelOf(series: Series, selected: string): string {
  return series.equals === undefined ? selected : `(${selected} == bool ${series.equals})`;
}
