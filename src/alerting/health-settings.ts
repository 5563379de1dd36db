import type { HealthChecks, HealthOverride, HealthSpec, Minimums } from '../health/spec';
import type { Ratio } from '../model/units';
import { quote } from '../prometheus/promql';
import { seriesOf } from './health-series';
import type { Input } from './health-series';

/**
 * A figure of the spec as PromQL: a number where no override sets it, else a vector with the figure that holds for each
 * task of `base`, the last matching override's.
 */
export class Settings {
  constructor(
    private readonly spec: HealthSpec,
    private readonly profile: string,
    /** The recorded input whose tasks are meant. */
    private readonly base: Input
  ) {}

  minimum(name: keyof Minimums): string {
    return this.pick(this.spec.minimums[name], (override) => override.minimums?.[name], 1);
  }

  check<Check extends keyof HealthChecks>(check: Check, figure: keyof HealthChecks[Check], scale = 1): string {
    const of = (checks: Partial<HealthChecks[Check]> | undefined) => checks?.[figure] as number | undefined;
    return this.pick(of(this.spec.checks[check]) ?? 0, (override) => of(override.checks?.[check]), scale);
  }

  /** The series of a recorded quantile that a check looks at. */
  quantile(input: Input, check: 'tooSlow' | 'tooFast' | 'wait'): string {
    const series = (quantile: Ratio, matcher = '') =>
      seriesOf(this.profile, input, `,quantile="${quantile}"${matcher}`);
    const parts = this.overrides((override) => override.checks?.[check]?.quantile).map(([match, quantile]) =>
      series(quantile, `,task=~${quote(match)}`)
    );
    return `max without (quantile) (${[...parts, series(this.spec.checks[check].quantile)].join(' or ignoring (quantile) ')})`;
  }

  private pick(usual: number, of: (override: HealthOverride) => number | undefined, scale: number): string {
    const number = (value: number) => String(Number((value * scale).toPrecision(12)));
    const parts = this.overrides(of).map(
      ([match, value]) => `${seriesOf(this.profile, this.base, `,task=~${quote(match)}`)} * 0 + ${number(value)}`
    );
    const others = `${seriesOf(this.profile, this.base)} * 0 + ${number(usual)}`;
    return parts.length === 0 ? number(usual) : `(${[...parts, others].join(' or ')})`;
  }

  /** Patterns and figures of the overrides that set one, the last first. */
  private overrides(of: (override: HealthOverride) => number | undefined): Array<[match: string, value: number]> {
    return this.spec.overrides
      .flatMap((override): Array<[string, number]> => {
        const value = of(override);
        return value === undefined ? [] : [[toRe2(override.match), value]];
      })
      .reverse();
  }
}

/** Overrides may write `\uHHHH` and `\u{H}`, which RE2 writes `\x{H}`. */
function toRe2(pattern: string): string {
  return pattern.replace(
    /\\(?:u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|([\s\S]))/g,
    (all, braced: string | undefined, four: string | undefined) =>
      braced === undefined && four === undefined ? all : `\\x{${braced ?? four}}`
  );
}
