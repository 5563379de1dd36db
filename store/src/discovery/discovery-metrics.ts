import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { EpochMs } from '../../../src/model/units';

const labelNames = ['discovery'] as const;

/** How looking for sources fares, by list. */
export class DiscoveryMetrics {
  private readonly up = new Gauge({
    name: 'runlane_discovery_up',
    help: 'Whether the last look at a list found a sound one; absent before the first.',
    labelNames,
    registers: [],
  });
  private readonly lastSuccess = new Gauge({
    name: 'runlane_discovery_last_success_timestamp_seconds',
    help: 'When a list was sound last; absent before the first time.',
    labelNames,
    registers: [],
  });
  private readonly sources = new Gauge({
    name: 'runlane_discovery_sources',
    help: 'Sources that are read because a list names them.',
    labelNames,
    registers: [],
  });
  private readonly leftOut = new Gauge({
    name: 'runlane_discovery_notices',
    help: 'What the last sound list was told to lack: entries that are not read, a list that is empty.',
    labelNames,
    registers: [],
  });
  private readonly errors = new Counter({
    name: 'runlane_discovery_errors_total',
    help: 'Looks at a list that was broken or could not be read.',
    labelNames,
    registers: [],
  });

  begin(discovery: string): void {
    this.errors.inc({ discovery }, 0);
  }

  succeed(discovery: string, at: EpochMs): void {
    this.up.set({ discovery }, 1);
    this.lastSuccess.set({ discovery }, at / 1000);
  }

  fail(discovery: string): void {
    this.up.set({ discovery }, 0);
    this.errors.inc({ discovery });
  }

  found(discovery: string, sources: number, notices: number): void {
    this.sources.set({ discovery }, sources);
    this.leftOut.set({ discovery }, notices);
  }

  forget(discovery: string): void {
    for (const metric of this.all) {
      metric.remove({ discovery });
    }
  }

  /** Shows them among the store's figures. */
  addTo(registry: Registry): void {
    this.all.forEach((metric) => registry.registerMetric(metric));
  }

  private get all() {
    const { up, lastSuccess, sources, leftOut, errors } = this;
    return [up, lastSuccess, sources, leftOut, errors];
  }
}
