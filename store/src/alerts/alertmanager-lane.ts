import type { DurationMs } from '../../../src/model/units';
import { episodeOf } from './alert';
import type { Alert } from './alert';
import type { AlertsConfig, Endpoint, ReceiverConfig } from './alerts-config';
import { backOffMs } from './back-off';
import { toDeliveryError } from './delivery-error';
import type { Lane, LanePorts } from './lane';
import { postToAlertmanager } from './receivers/alertmanager';

/** Alerts in one request. */
const MOST_AT_ONCE = 500;
/** Characters of labels and annotations in one request, or a proxy on the way may refuse the body. */
const MOST_TEXT = 512 * 1024;
/** A higher count of an alert that is known already may wait for others. */
const UPDATE_AFTER_MS: DurationMs = 5_000;
/** What was refused is told again, by itself, after so many times the usual interval. */
const RESENDS_UNTIL_RETRY = 10;
/** Node's timers count to 2³¹ ms; longer waits are looked at again. */
const LONGEST_TIMER_MS: DurationMs = 3_600_000;

/** By a clock that nobody sets: an alert that is not told again in time would end while it fires. */
type SteadyMs = number;
const steady = (): SteadyMs => performance.now();

/** An alert that Alertmanager is to hear of, for the first time or again. */
interface Entry {
  alert: Alert;
  /** When it is to be told next. */
  dueAt: SteadyMs;
  /** Since when Alertmanager does not know that it began, or that it ended; `undefined` when it knows. */
  newsSince: SteadyMs | undefined;
  /** Alertmanager refused this episode, which is counted once, and it is told apart from others. */
  refused: boolean;
}

/**
 * The way to an Alertmanager, which groups and repeats by itself: every alert goes there at once, and again while it
 * fires. What fires is kept here anyway, so there is no queue that could be too short for it: whatever is due longest goes
 * with the next request, and one request follows the other until nothing is due.
 */
export class AlertmanagerLane implements Lane {
  readonly name: string;
  private readonly firing = new Map<string, Entry>();
  /** Ends that are not told yet. */
  private readonly ended = new Map<string, Entry>();
  private readonly aborter = new AbortController();
  private timer: { handle: NodeJS.Timeout; at: SteadyMs } | undefined;
  private sending: Promise<void> | undefined;
  private failures = 0;
  /** Halved while requests are refused, until it is known which alert is at fault. */
  private mostAtOnce = MOST_AT_ONCE;
  /** A refusal is told in the log once until something is taken again. */
  private refusalTold = false;
  private stopped = false;

  constructor(
    private readonly receiver: ReceiverConfig,
    private readonly endpoint: Endpoint,
    private readonly config: Pick<AlertsConfig, 'resendMs' | 'maxQueued' | 'giveUpAfterMs'>,
    private readonly ports: LanePorts
  ) {
    this.name = receiver.name;
  }

  get queued(): number {
    return [...this.firing.values()].filter(({ newsSince }) => newsSince !== undefined).length + this.ended.size;
  }

  holds(id: string): boolean {
    return this.firing.get(id)?.newsSince !== undefined || this.ended.has(id);
  }

  offer(alert: Alert): void {
    const known = this.firing.get(alert.id);
    if (alert.state === 'gathering' || known?.alert.version === alert.version) {
      return;
    }
    const now = steady();
    if (alert.state === 'resolved') {
      this.firing.delete(alert.id);
      // Of one that Alertmanager did not take there is no end to tell.
      if (known?.refused !== true) {
        this.queueEnd(alert, now);
      }
      return;
    }
    // Where its last end is not told yet it need not be: the alert fires again.
    this.ended.delete(alert.id);
    const goesOn = known !== undefined && episodeOf(known.alert) === episodeOf(alert);
    const entry: Entry = goesOn
      ? { ...known, alert, dueAt: known.refused ? known.dueAt : Math.min(known.dueAt, now + UPDATE_AFTER_MS) }
      : { alert, dueAt: now, newsSince: now, refused: false };
    this.firing.set(alert.id, entry);
    this.schedule(entry.dueAt);
  }

  async stop(graceMs: number): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer?.handle);
    const deadline = setTimeout(() => this.aborter.abort(), graceMs);
    await this.sending;
    clearTimeout(deadline);
  }

  private queueEnd(alert: Alert, now: SteadyMs): void {
    if (this.ended.size >= this.config.maxQueued && !this.ended.has(alert.id)) {
      // Alertmanager ends it by itself when it hears of it no more, only later.
      this.drop('queue full');
      return;
    }
    this.ended.set(alert.id, { alert, dueAt: now, newsSince: now, refused: false });
    this.schedule(now);
  }

  /** Sees to it that something is sent at `at`. After failures the next attempt stands, whatever comes in between. */
  private schedule(at: SteadyMs): void {
    const stands = this.timer !== undefined && (this.failures > 0 || this.timer.at <= at);
    if (this.stopped || this.sending !== undefined || stands || at === Infinity) {
      return;
    }
    clearTimeout(this.timer?.handle);
    const delay =
      this.failures > 0
        ? backOffMs(this.failures, this.ports.random)
        : Math.min(LONGEST_TIMER_MS, Math.max(0, at - steady()));
    const handle = setTimeout(() => {
      this.timer = undefined;
      this.sending = this.send().finally(() => {
        this.sending = undefined;
        this.schedule(this.nextDueAt());
      });
    }, delay);
    this.timer = { handle, at };
    if (delay >= UPDATE_AFTER_MS) {
      handle.unref();
    }
  }

  private nextDueAt(): SteadyMs {
    let at = Infinity;
    for (const { dueAt } of this.entries()) {
      at = Math.min(at, dueAt);
    }
    return at;
  }

  private *entries(): Iterable<Entry> {
    yield* this.ended.values();
    yield* this.firing.values();
  }

  /** What is due, longest first, as much as one request may hold. */
  private nextBatch(): Entry[] {
    const now = steady();
    const due = [...this.entries()].filter(({ dueAt }) => dueAt <= now).sort((a, b) => a.dueAt - b.dueAt);
    if (due[0]?.refused === true) {
      return due.slice(0, 1);
    }
    let text = 0;
    const batch: Entry[] = [];
    for (const entry of due) {
      text += entry.refused ? 0 : textOf(entry.alert);
      if (batch.length >= this.mostAtOnce || (batch.length > 0 && text > MOST_TEXT)) {
        break;
      }
      if (!entry.refused) {
        batch.push(entry);
      }
    }
    return batch;
  }

  private async send(): Promise<void> {
    const { ports, name } = this;
    const batch = this.nextBatch();
    if (batch.length === 0) {
      return;
    }
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
    this.refusalTold = false;
    this.mostAtOnce = Math.min(MOST_AT_ONCE, this.mostAtOnce * 2);
    ports.metrics.sent.inc({ receiver: name }, batch.length);
    const now = steady();
    for (const entry of batch) {
      const { alert, newsSince } = entry;
      if (newsSince !== undefined) {
        ports.metrics.delivery.observe({ receiver: name }, (now - newsSince) / 1_000);
      }
      if (this.ended.get(alert.id) === entry) {
        this.ended.delete(alert.id);
      }
      const fires = this.firing.get(alert.id);
      if (fires !== undefined && alert.state === 'firing' && episodeOf(fires.alert) === episodeOf(alert)) {
        fires.newsSince = undefined;
        fires.refused = false;
        // What changed meanwhile is told at its own time.
        fires.dueAt = fires === entry ? now + this.config.resendMs : fires.dueAt;
      }
    }
  }

  private failed(batch: readonly Entry[], error: unknown): void {
    const { ports, name } = this;
    const { message, retry, retryAfterMs } = toDeliveryError(error);
    ports.metrics.failed.inc({ receiver: name });
    if (!retry && batch.length > 1) {
      // One of them may be at fault, or all of them together: the others must get there.
      this.mostAtOnce = Math.ceil(batch.length / 2);
      return;
    }
    if (retry) {
      this.failures++;
      this.giveUpOldEnds();
      if (this.failures === 1) {
        ports.log.warn(`[alerts] ${name}: ${message}. It is tried again.`);
      }
      if (retryAfterMs !== undefined) {
        this.waitAtLeast(retryAfterMs);
      }
      return;
    }
    this.failures = 0;
    batch.forEach((entry) => this.refuse(entry, message));
  }

  private refuse(entry: Entry, why: string): void {
    if (!entry.refused) {
      this.drop('refused');
      if (!this.refusalTold) {
        this.refusalTold = true;
        this.ports.log.warn(
          `[alerts] ${this.name}: ${why}. An alert of ${entry.alert.task} is left out; more may follow.`
        );
      }
    }
    this.ended.delete(entry.alert.id);
    const fires = this.firing.get(entry.alert.id);
    if (fires !== undefined && episodeOf(fires.alert) === episodeOf(entry.alert)) {
      fires.refused = true;
      fires.newsSince = undefined;
      fires.dueAt = steady() + RESENDS_UNTIL_RETRY * this.config.resendMs;
    }
  }

  /** Only ends grow old: what fires is told whenever Alertmanager is back. */
  private giveUpOldEnds(): void {
    const oldest = steady() - this.config.giveUpAfterMs;
    for (const [id, { dueAt }] of this.ended) {
      if (dueAt < oldest) {
        this.ended.delete(id);
        this.drop('too old');
      }
    }
  }

  private drop(reason: string): void {
    this.ports.metrics.dropped.inc({ receiver: this.name, reason });
  }

  /** Lets the back-off be as long as the receiver asked for, by counting as many failures as it takes. */
  private waitAtLeast(ms: number): void {
    while (backOffMs(this.failures, () => 0) < ms && this.failures < 10) {
      this.failures++;
    }
  }
}

function textOf({ labels, annotations }: Alert): number {
  let length = 0;
  for (const texts of [labels, annotations]) {
    for (const name in texts) {
      length += name.length + (texts[name]?.length ?? 0);
    }
  }
  return length;
}
