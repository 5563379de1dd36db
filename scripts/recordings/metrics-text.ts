/** Samples as OpenMetrics text, which `promtool tsdb create-blocks-from openmetrics` turns into blocks of any age. */
export class MetricsText {
  private readonly lines: string[] = [];

  constructor(
    /** Seconds since 1970; a sample each `every` seconds. */
    readonly range: { from: number; to: number; every: number },
    private readonly target: Readonly<Record<string, string>>
  ) {}

  /** A series; `undefined` leaves a sample out. `i` counts samples, `share` goes from 0 to 1 over the range. */
  add(
    metric: string,
    labels: Readonly<Record<string, string>>,
    valueAt: (i: number, share: number, at: number) => number | undefined
  ): this {
    const { from, to, every } = this.range;
    const all = Object.entries({ ...this.target, ...labels });
    const text = all.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',');
    for (let at = from, i = 0; at <= to; at += every, i++) {
      const value = valueAt(i, (at - from) / (to - from), at);
      if (value !== undefined) {
        this.lines.push(`${metric}{${text}} ${say(value)} ${at}`);
      }
    }
    return this;
  }

  /** A classic histogram whose observations grow by `perSample` per bucket: upper bound → how many, cumulated here. */
  histogram(
    metric: string,
    labels: Readonly<Record<string, string>>,
    perSample: ReadonlyArray<readonly [le: string, count: number]>,
    leaveOut: readonly string[] = []
  ): this {
    let below = 0;
    for (const [le, count] of perSample) {
      below += count;
      const upTo = below;
      if (!leaveOut.includes(le)) {
        this.add(`${metric}_bucket`, { ...labels, le }, (i) => Math.floor(upTo * i));
      }
    }
    const all = below;
    return this.add(`${metric}_count`, labels, (i) => Math.floor(all * i)).add(`${metric}_sum`, labels, (i) => all * i);
  }

  toString(): string {
    return `${this.lines.join('\n')}\n# EOF\n`;
  }
}

function say(value: number): string {
  return Number.isFinite(value) ? String(value) : Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}
