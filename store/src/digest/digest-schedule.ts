import type { EpochMs } from '../../../src/model/units';
import { backOffMs } from '../alerts/back-off';
import { toDeliveryError } from '../alerts/delivery-error';
import type { DigestConfig } from './digest-config';
import { nextDue } from './digest-config';

const LOOK_EVERY_MS = 20_000;
/** A digest that cannot be sent for so long is left out; the next one comes. */
const GIVE_UP_AFTER_MS = 24 * 3_600_000;
const STOP_GRACE_MS = 2_000;
const NOTE = 'digest';

export interface DigestSchedulePorts {
  now(): EpochMs;
  /** Collects and sends the digest of the period that ends at `to`. */
  send(config: DigestConfig, to: EpochMs): Promise<void>;
  /** Remembers over restarts up to when digests were dealt with. */
  note(name: string): string | undefined;
  writeNote(name: string, value: string): void;
  log: { info(message: string): void; warn(message: string): void };
}

/**
 * Sends the digest when its time comes, at most once per period. That it is sent is written down before: a store that dies
 * meanwhile leaves one out rather than sending it twice. One that was due while the store was away is sent when it is back.
 */
export class DigestSchedule {
  private readonly timer: NodeJS.Timeout;
  private sending: Promise<void> | undefined;
  private retry: { due: EpochMs; at: EpochMs; failures: number } | undefined;

  constructor(
    private readonly config: () => DigestConfig | undefined,
    private readonly ports: DigestSchedulePorts
  ) {
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS).unref();
    this.look();
  }

  /** Looks whether a digest is due. Resolves when it is dealt with. */
  look(): Promise<void> {
    this.sending ??= this.work()
      .catch((error: unknown) => {
        // Without its note it would be sent again and again: the next look tries both.
        const reason = error instanceof Error ? error.message : String(error);
        this.ports.log.warn(`[digest] what was sent cannot be noted (${reason}), so nothing is sent.`);
      })
      .finally(() => (this.sending = undefined));
    return this.sending;
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    const patience = new Promise((resolve) => setTimeout(resolve, STOP_GRACE_MS).unref());
    await Promise.race([this.sending, patience]);
  }

  private async work(): Promise<void> {
    const { ports } = this;
    const config = this.config();
    if (config?.schedule === undefined) {
      return;
    }
    const now = ports.now();
    const due = this.newestDue(config.schedule, config.timezone, now);
    if (due !== undefined) {
      ports.writeNote(NOTE, String(due));
      this.retry = undefined;
      await this.send(config, due, 0);
    } else if (this.retry !== undefined && this.retry.at <= now) {
      await this.send(config, this.retry.due, this.retry.failures);
    }
  }

  private newestDue(schedule: string, timezone: string, now: EpochMs): EpochMs | undefined {
    const noted = Number(this.ports.note(NOTE) ?? NaN);
    if (Number.isNaN(noted)) {
      // The first start: what was due before is nothing that somebody waits for.
      this.ports.writeNote(NOTE, String(now));
      return undefined;
    }
    let newest: EpochMs | undefined;
    for (let due = nextDue({ schedule, timezone }, noted); due !== undefined && due <= now;) {
      newest = due;
      due = nextDue({ schedule, timezone }, due);
    }
    return newest;
  }

  private async send(config: DigestConfig, due: EpochMs, failures: number): Promise<void> {
    const { ports } = this;
    try {
      await ports.send(config, due);
      this.retry = undefined;
      ports.log.info(`[digest] sent to ${config.to.length} ${config.to.length === 1 ? 'address' : 'addresses'}`);
    } catch (error) {
      const { message, retry } = toDeliveryError(error);
      const at = ports.now() + 60 * backOffMs(failures + 1, () => 1);
      const goesOn = retry && at - due < GIVE_UP_AFTER_MS;
      this.retry = goesOn ? { due, at, failures: failures + 1 } : undefined;
      ports.log.warn(`[digest] ${message}. ${goesOn ? 'It is tried again.' : 'It is left out.'}`);
    }
  }
}
