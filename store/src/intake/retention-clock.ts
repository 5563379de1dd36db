import type { DurationMs, EpochMs } from '../../../src/model/units';
import type { Clock } from '../archive/engine';

/** A store that was down for longer, or a wall clock that has jumped further, is not believed at once. */
const BELIEVED_AT_ONCE: DurationMs = 24 * 60 * 60_000;
/** Before this there was no Runlane: a machine without a clock of its own has not been told the time yet. */
const FIRST_POSSIBLE: EpochMs = Date.UTC(2025, 0);

/**
 * The time by which runs grow old: what is deleted does not come back when the clock is set right. It is the wall clock,
 * but where that is suddenly far ahead of what it was, this one follows at twice the speed of time. A jump of years then
 * takes one day more of history a day, and nothing any more once the clock is right again; a store that was down for long
 * deletes what is too old a little later. A clock that is set back is believed.
 */
export class RetentionClock {
  private believed: EpochMs;
  private looked: DurationMs;

  /** @param known what it told last, or when anything was last seen: of before the store was started */
  constructor(
    known: EpochMs | undefined,
    private readonly clock: Clock
  ) {
    this.believed = known ?? clock.now();
    this.looked = clock.steady();
  }

  now(): EpochMs {
    const wall = this.clock.now();
    const steady = this.clock.steady();
    const passed = Math.max(0, steady - this.looked);
    this.looked = steady;
    const isFar = wall - this.believed - passed > BELIEVED_AT_ONCE && this.believed >= FIRST_POSSIBLE;
    this.believed = isFar ? this.believed + 2 * passed : wall;
    return this.believed;
  }
}
