import { createPrometheus } from '../../src/connectors/prometheus/connector';
import type { Answer } from '../../src/model/answer';
import type { Match, TimeRange, View } from '../../src/model/task-query';
import type { GroupBy } from '../../src/model/task-query';
import type { TaskRun } from '../../src/model/task-run';
import type { DurationMs } from '../../src/model/units';
import { startPrometheus } from './prometheus';
import { prometheusHttp } from './prometheus-http';
import type { Launched } from './system';

const signal = new AbortController().signal;

/** Seconds since 1970 → the value then; `undefined` where there is no sample. */
export type ValueAt = (at: number) => number | undefined;

/** Samples of some hours that are over, as a Prometheus would have scraped them every 30 s. */
export class Past {
  private readonly lines: string[] = [];

  /** @param range in seconds since 1970 */
  constructor(private readonly range: { from: number; to: number }) {}

  add(metric: string, labels: Readonly<Record<string, string>>, valueAt: ValueAt): this {
    const text = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    for (let at = this.range.from; at <= this.range.to; at += 30) {
      const value = valueAt(at);
      if (value !== undefined) {
        this.lines.push(`${metric}{${text.join(',')}} ${value} ${at}`);
      }
    }
    return this;
  }

  toString(): string {
    return `${this.lines.join('\n')}\n# EOF\n`;
  }
}

/** Answers about a past, each by a connector that knows nothing yet. */
export class AskedOfPast {
  constructor(
    private readonly prometheus: Launched,
    private readonly profile: string,
    private readonly range: TimeRange
  ) {}

  stop(): Promise<void> {
    return this.prometheus.stop();
  }

  async runs(...matches: Match[]): Promise<TaskRun[]> {
    const { runs } = await this.connector().runs({ filter: { matches }, range: this.range, limit: 100 }, signal);
    return runs;
  }

  async values(field: string): Promise<string[]> {
    return (await this.connector().values?.(field, { matches: [] }, this.range, signal)) ?? [];
  }

  async view<V extends View>(
    view: V,
    { step = 60_000, groupBy = 'task', matches = [] }: { step?: DurationMs; groupBy?: GroupBy; matches?: Match[] } = {}
  ): Promise<Extract<Answer, { view: V }>> {
    const request = { query: { view, filter: { matches }, groupBy }, range: this.range, step };
    return (await this.connector().aggregate?.(request, signal)) as Extract<Answer, { view: V }>;
  }

  /** How many in which state, by group. */
  async counts(how: Parameters<AskedOfPast['view']>[1] = {}): Promise<Record<string, Record<string, number>>> {
    const { totals } = await this.view('states', how);
    return Object.fromEntries(totals.map(({ group, counts }) => [group, counts]));
  }

  private connector() {
    return createPrometheus({ http: prometheusHttp(this.prometheus.url) }, { profile: this.profile });
  }
}

export async function askPast(past: Past, profile: string, range: TimeRange): Promise<AskedOfPast> {
  return new AskedOfPast(await startPrometheus({ samples: String(past), intervalSeconds: 60 }), profile, range);
}
