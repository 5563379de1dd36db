import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';

/** How alerts fare on their way out. */
export class AlertMetrics {
  /** How many notifications wait, by receiver. */
  queued: () => Iterable<[receiver: string, count: number]> = () => [];
  readonly sent = new Counter({
    name: 'runlane_store_alerts_sent_total',
    help: 'Alerts that a receiver has taken, in whatever state.',
    labelNames: ['receiver'],
    registers: [],
  });
  readonly failed = new Counter({
    name: 'runlane_store_alerts_failed_total',
    help: 'Attempts to tell a receiver that failed.',
    labelNames: ['receiver'],
    registers: [],
  });
  readonly dropped = new Counter({
    name: 'runlane_store_alerts_dropped_total',
    help: 'Notifications that were given up, and failures that became no alert, by why.',
    labelNames: ['receiver', 'reason'],
    registers: [],
  });
  readonly delivery = new Histogram({
    name: 'runlane_store_alert_delivery_seconds',
    help: 'From the moment a notification was due (after its group wait) until the receiver had taken it.',
    labelNames: ['receiver'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300, 3_600],
    registers: [],
  });
  private readonly waiting = new Gauge({
    name: 'runlane_store_alerts_queued',
    help: 'Notifications that wait for a receiver.',
    labelNames: ['receiver'],
    registers: [],
  });

  constructor() {
    const { waiting } = this;
    const queued = () => this.queued();
    Object.assign(waiting, {
      collect() {
        waiting.reset();
        for (const [receiver, count] of queued()) {
          waiting.set({ receiver }, count);
        }
      },
    });
  }

  /** Shows them among the store's figures. */
  addTo(registry: Registry): void {
    for (const metric of [this.sent, this.failed, this.dropped, this.delivery, this.waiting]) {
      registry.registerMetric(metric);
    }
  }
}
