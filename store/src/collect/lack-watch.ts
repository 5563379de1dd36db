import { ConnectorError } from '../../../src/model/connector-error';
import type { Lack } from '../../../src/model/source-status';
import type { DurationMs, EpochMs } from '../../../src/model/units';
import type { SourceHealth } from './source-health';

interface Lacking {
  lacks?(signal: AbortSignal): Promise<Lack[]>;
}

/** Asks now and then what a source would tell if it were set up for it. */
export class LackWatch {
  /** While something is lacking somebody may be about to set it right; otherwise ten times less often. */
  static readonly EVERY_MS: DurationMs = 60_000;
  private dueAt: EpochMs = -Infinity;

  constructor(
    private readonly source: Lacking,
    private readonly health: Pick<SourceHealth, 'learn'>,
    private readonly now: () => EpochMs
  ) {}

  /** That it cannot be told is no reason to call the source broken. */
  async look(signal: AbortSignal): Promise<void> {
    const { source, now } = this;
    if (source.lacks === undefined || now() < this.dueAt) {
      return;
    }
    try {
      const lacks = await source.lacks(signal);
      this.health.learn(lacks);
      this.dueAt = now() + LackWatch.EVERY_MS * (lacks.length === 0 ? 10 : 1);
    } catch (error) {
      if (!signal.aborted && !(error instanceof ConnectorError)) {
        throw error;
      }
    }
  }
}
