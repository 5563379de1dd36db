import { createPrometheus } from '../../src/connectors/prometheus/connector';
import type { Connector } from '../../src/connectors/connector';
import type { Answer } from '../../src/model/answer';
import type { TaskRun } from '../../src/model/task-run';
import type { TimeRange, View } from '../../src/model/task-query';
import type { DurationMs, EpochMs } from '../../src/model/units';
import { queryUntil } from './ask-prometheus';
import { prometheusHttp } from './prometheus-http';

const signal = new AbortController().signal;

/** What the connector says of a Prometheus through one profile. */
export class Asked {
  readonly connector: Connector;

  /** @param of the range and the step of every question */
  constructor(
    url: string,
    profile: string,
    private readonly of: { range: TimeRange; step: DurationMs }
  ) {
    this.connector = createPrometheus({ http: prometheusHttp(url) }, { profile });
  }

  async view<V extends View>(view: V): Promise<Extract<Answer, { view: V }>> {
    const request = { query: { view, filter: { matches: [] } }, ...this.of };
    return (await this.connector.aggregate?.(request, signal)) as Extract<Answer, { view: V }>;
  }

  /** How many in which state, by group, of the groups that have any. */
  async counts(): Promise<Record<string, unknown>> {
    const { totals } = await this.view('states');
    const counted = totals.filter(({ counts }) => Object.keys(counts).length > 0);
    return Object.fromEntries(counted.map(({ group, counts }) => [group, counts]));
  }

  async runs(): Promise<TaskRun[]> {
    const query = { filter: { matches: [] }, range: this.of.range, limit: 100 };
    return (await this.connector.runs(query, signal)).runs;
  }
}

/**
 * The next multiple of `step`, once every target has been scraped after it. A scrape is dated by its beginning: one that
 * began before would tell what happens while it is answered.
 */
export async function nextScraped(url: string, step: DurationMs): Promise<EpochMs> {
  const at = Math.ceil(Date.now() / step) * step;
  await queryUntil(url, `min(timestamp(up)) >= ${at / 1000}`);
  return at;
}

/** The end of the step that now lies in. */
export function endOfStep(step: DurationMs): EpochMs {
  return Math.ceil(Date.now() / step) * step;
}
