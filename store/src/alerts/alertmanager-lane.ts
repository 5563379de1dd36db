import type { EpochMs } from '../../../src/model/units';
import { episodeOf } from './alert';
import type { Alert } from './alert';
import type { AlertsConfig, Endpoint, ReceiverConfig } from './alerts-config';
import { backOffMs } from './back-off';
import { toDeliveryError } from './delivery-error';
import type { Lane, LanePorts } from './lane';
import { postToAlertmanager } from './receivers/alertmanager';

/** Alerts in one request. */
const MOST_AT_ONCE = 500;
/** A higher count of an alert that is known already may wait for others. */
const UPDATE_AFTER_MS = 5_000;

interface Unsent {
  alert: Alert;
  since: EpochMs;
  /** Whether it began or ended, and not only went on. */
  news: boolean;
}

/**
 * The way to an Alertmanager, which groups and repeats by itself: every alert goes there at once, and again while it
 * fires.
 */
export class AlertmanagerLane implements Lane {
  readonly name: string;
  private readonly firing = new Map<string, Alert>();
  private readonly unsent = new Map<string, Unsent>();
  /** Episodes that it knows to be firing. */
  private readonly told = new Map<string, string>();
  private readonly resending: NodeJS.Timeout;
  private readonly aborter = new AbortController();
  private timer: { handle: NodeJS.Timeout; at: EpochMs } | undefined;
  private sending: Promise<void> | undefined;
  private failures = 0;
  private stopped = false;

  constructor(
    private readonly receiver: ReceiverConfig,
    private readonly endpoint: Endpoint,
    private readonly config: Pick<AlertsConfig, 'resendMs' | 'maxQueued' | 'giveUpAfterMs'>,
    private readonly ports: LanePorts
  ) {
    this.name = receiver.name;
    this.resending = setInterval(() => this.resend(), config.resendMs).unref();
  }

  get queued(): number {
    return this.unsent.size;
  }

  holds(id: string): boolean {
    return this.unsent.has(id);
  }

  offer(alert: Alert): void {
    if (alert.state === 'gathering') {
      return;
    }
    if (this.firing.get(alert.id)?.version === alert.version) {
      return;
    }
    const ended = alert.state === 'resolved';
    const known = this.told.get(alert.id) === episodeOf(alert);
    if (ended) {
      this.firing.delete(alert.id);
    } else {
      this.firing.set(alert.id, alert);
    }
    const news = ended || !known;
    this.queue(alert, news);
    this.schedule(news ? 0 : UPDATE_AFTER_MS);
  }

  async stop(graceMs: number): Promise<void> {
    this.stopped = true;
    clearInterval(this.resending);
    clearTimeout(this.timer?.handle);
    const deadline = setTimeout(() => this.aborter.abort(), graceMs);
    await this.sending;
    clearTimeout(deadline);
  }

  private queue(alert: Alert, news: boolean): void {
    const before = this.unsent.get(alert.id);
    if (before === undefined && this.unsent.size >= this.config.maxQueued) {
      // While it fires, it is tried again with the next round.
      this.ports.metrics.dropped.inc({ receiver: this.name, reason: 'queue full' });
      return;
    }
    this.unsent.set(alert.id, {
      alert,
      since: before !== undefined && (before.news || !news) ? before.since : this.ports.now(),
      news: news || before?.news === true,
    });
  }

  private resend(): void {
    for (const alert of this.firing.values()) {
      if (!this.unsent.has(alert.id)) {
        this.queue(alert, false);
      }
    }
    this.schedule(0);
  }

  private schedule(delayMs: number): void {
    const at = this.ports.now() + delayMs;
    if (this.stopped || this.unsent.size === 0 || this.sending !== undefined) {
      return;
    }
    // After failures the next attempt stands, whatever comes in between.
    if (this.timer !== undefined && (this.failures > 0 || this.timer.at <= at)) {
      return;
    }
    clearTimeout(this.timer?.handle);
    const handle = setTimeout(() => {
      this.timer = undefined;
      this.sending = this.send().finally(() => {
        this.sending = undefined;
        this.schedule(this.failures > 0 ? backOffMs(this.failures, this.ports.random) : this.nextDelay());
      });
    }, delayMs);
    this.timer = { handle, at };
  }

  private nextDelay(): number {
    return [...this.unsent.values()].some(({ news }) => news) ? 0 : UPDATE_AFTER_MS;
  }

  private async send(): Promise<void> {
    const { ports, unsent, name } = this;
    const batch = [...unsent.values()].slice(0, MOST_AT_ONCE);
    try {
      await postToAlertmanager(
        this.endpoint,
        batch.map(({ alert }) => alert),
        ports.now(),
        this.config.resendMs,
        AbortSignal.any([AbortSignal.timeout(this.receiver.timeoutMs), this.aborter.signal])
      );
    } catch (error) {
      this.failed(batch, error);
      return;
    }
    this.failures = 0;
    ports.metrics.sent.inc({ receiver: name }, batch.length);
    for (const { alert, since, news } of batch) {
      if (news) {
        ports.metrics.delivery.observe({ receiver: name }, (ports.now() - since) / 1_000);
      }
      if (alert.state === 'resolved') {
        this.told.delete(alert.id);
      } else {
        this.told.set(alert.id, episodeOf(alert));
      }
      if (unsent.get(alert.id)?.alert === alert) {
        unsent.delete(alert.id);
      }
    }
  }

  private failed(batch: readonly Unsent[], error: unknown): void {
    const { ports, name } = this;
    const { message, retry, retryAfterMs } = toDeliveryError(error);
    this.failures++;
    ports.metrics.failed.inc({ receiver: name });
    if (this.failures === 1 || !retry) {
      ports.log.warn(`[alerts] ${name}: ${message}. ${retry ? 'It is tried again.' : 'These alerts are dropped.'}`);
    }
    const oldest = ports.now() - this.config.giveUpAfterMs;
    for (const { alert, since } of batch) {
      if (!retry || since < oldest) {
        this.unsent.delete(alert.id);
        ports.metrics.dropped.inc({ receiver: name, reason: retry ? 'too old' : 'refused' });
      }
    }
    if (!retry) {
      this.failures = 0;
    } else if (retryAfterMs !== undefined) {
      this.waitAtLeast(retryAfterMs);
    }
  }

  /** Lets the back-off be as long as the receiver asked for, by counting as many failures as it takes. */
  private waitAtLeast(ms: number): void {
    while (backOffMs(this.failures, () => 0) < ms && this.failures < 10) {
      this.failures++;
    }
  }
}
