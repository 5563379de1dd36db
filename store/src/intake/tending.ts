import type { DurationMs, EpochMs } from '../../../src/model/units';
import type { Clock } from '../archive/engine';
import type { Intake } from './intake';

/** How often the archive is tended while the store is at work. */
export const TEND_EVERY_MS: DurationMs = 5_000;
/** A store that lets more pass was away: stopped, its machine asleep or paused, its disk stalled, its thread held up. */
const AWAY_AFTER_MS: DurationMs = 2 * TEND_EVERY_MS;

/**
 * What has to be done now and then, and when not to: nobody was silent while nobody listened. After an absence of its own,
 * the store takes what waits and gives its senders the time that they need to come back, before it judges anybody's
 * silence.
 */
export class Tending {
  private looked: { steady: DurationMs; wall: EpochMs };

  /** @param onReturn told the time at which the store began to listen again */
  constructor(
    private readonly intake: Intake,
    private readonly clock: Clock,
    private readonly onReturn: (at: EpochMs) => void
  ) {
    this.looked = { steady: clock.steady(), wall: clock.now() };
  }

  /**
   * Call it every `TEND_EVERY_MS`. Returns how many runs were concluded to be lost.
   *
   * @throws ArchiveError when something cannot be written; the next call tries again
   */
  tend(): number {
    const away = this.wasAway();
    if (away) {
      this.intake.listenAgain();
      this.onReturn(this.clock.now());
    }
    this.intake.noteSchedules();
    this.intake.noteAge();
    return away ? 0 : this.intake.concludeLost();
  }

  /** By both clocks: the steady one stands still while a machine sleeps, and the wall clock may be set back meanwhile. */
  private wasAway(): boolean {
    const { steady, wall } = this.looked;
    this.looked = { steady: this.clock.steady(), wall: this.clock.now() };
    return Math.max(this.looked.steady - steady, this.looked.wall - wall) > AWAY_AFTER_MS;
  }
}
