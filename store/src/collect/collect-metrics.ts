import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { EpochMs } from '../../../src/model/units';

const labelNames = ['source'] as const;

/** How collecting fares, by source. */
export class CollectMetrics {
  readonly collected = new Counter({
    name: 'runlane_source_runs_collected_total',
    help: 'Attempts that were new or had changed when a source was read; each of their changes counts.',
    labelNames,
    registers: [],
  });
  readonly skipped = new Counter({
    name: 'runlane_source_records_skipped_total',
    help: 'Records that could not be read or taken; one that stays in the source counts each time it is read.',
    labelNames,
    registers: [],
  });
  readonly truncated = new Counter({
    name: 'runlane_source_polls_truncated_total',
    help: 'Polls in which a source had more than it gave.',
    labelNames,
    registers: [],
  });
  private readonly up = new Gauge({
    name: 'runlane_source_up',
    help: 'Whether the last poll of a source was answered in full; absent before the first.',
    labelNames,
    registers: [],
  });
  private readonly lastSuccess = new Gauge({
    name: 'runlane_source_last_success_timestamp_seconds',
    help: 'When a source was last read in full; absent before the first time.',
    labelNames,
    registers: [],
  });
  private readonly lacks = new Gauge({
    name: 'runlane_source_lacks',
    help: 'Settings by which a source would tell more than it does; which ones, /api/v1/sources says. Absent until it was looked at.',
    labelNames,
    registers: [],
  });
  private readonly errors = new Counter({
    name: 'runlane_source_errors_total',
    help: 'Polls that failed, by why.',
    labelNames: ['source', 'kind'],
    registers: [],
  });

  private readonly kinds = new Map<string, Set<string>>();

  /** A source that is read has its counters, from 0 on. */
  begin(source: string): void {
    for (const counter of [this.collected, this.skipped, this.truncated]) {
      counter.inc({ source }, 0);
    }
  }

  succeed(source: string, at: EpochMs): void {
    this.up.set({ source }, 1);
    this.lastSuccess.set({ source }, at / 1000);
  }

  learn(source: string, lacks: number): void {
    this.lacks.set({ source }, lacks);
  }

  fail(source: string, kind: string): void {
    this.up.set({ source }, 0);
    this.errors.inc({ source, kind });
    this.kinds.set(source, (this.kinds.get(source) ?? new Set()).add(kind));
  }

  /** The source is read no more. */
  forget(source: string): void {
    for (const metric of [this.collected, this.skipped, this.truncated, this.up, this.lastSuccess, this.lacks]) {
      metric.remove({ source });
    }
    for (const kind of this.kinds.get(source) ?? []) {
      this.errors.remove({ source, kind });
    }
    this.kinds.delete(source);
  }

  /** Shows them among the store's figures. */
  addTo(registry: Registry): void {
    const { collected, skipped, truncated, up, lastSuccess, lacks, errors } = this;
    for (const metric of [collected, skipped, truncated, up, lastSuccess, lacks, errors]) {
      registry.registerMetric(metric);
    }
  }
}
