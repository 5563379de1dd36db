import type { DurationMs, EpochMs } from '../../../../src/model/units';
import type { Question } from './question';

export const ASK_CLOCK: Question = {
  text: 'select (extract(epoch from clock_timestamp()) * 1000)::float8 as now',
  values: [],
};

/** Less is what asking takes, and what machines differ by anyway. */
const WORTH_MENDING_MS: DurationMs = 5_000;
/** Each look differs a little: an ended run must not be told anew for that. */
const STEADY_MS: DurationMs = 2_000;

/** How far the database's clock is ahead of this machine's: whole seconds, that stay the same while they roughly hold. */
export class DatabaseClock {
  private ahead: DurationMs = 0;

  /** @param asked,answered when it was asked, by this machine's clock */
  learn(told: EpochMs, asked: EpochMs, answered: EpochMs): void {
    const ahead = told - (asked + answered) / 2;
    if (Math.abs(ahead) < WORTH_MENDING_MS + (answered - asked) / 2) {
      this.ahead = 0;
    } else if (Math.abs(ahead - this.ahead) > STEADY_MS) {
      this.ahead = Math.round(ahead / 1_000) * 1_000;
    }
  }

  get aheadMs(): DurationMs | undefined {
    return this.ahead === 0 ? undefined : this.ahead;
  }

  notices(): string[] {
    const { ahead } = this;
    return ahead === 0
      ? []
      : [
          `The clock of PostgreSQL is ${Math.abs(ahead) / 1_000} s ${ahead > 0 ? 'ahead of' : 'behind'} this machine's. Times are corrected by that; set one of the clocks.`,
        ];
  }
}
