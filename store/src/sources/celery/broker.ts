import type { DurationMs } from '../../../../src/model/units';
import type { Heard } from './message';

/** A connection on which events of Celery come. */
export interface Broker {
  /**
   * What has come: at once where there is something, nothing after `waitMs`.
   *
   * @throws ConnectorError when the connection is over
   */
  next(waitMs: DurationMs): Promise<readonly Heard[]>;
  /** All that `next` has given is safe. */
  done(): void;
  /** Messages that had no room, since this was asked last. */
  dropped(): number;
  close(): Promise<void>;
}

/** How a broker is reached. `place` names what it keeps for this store while nobody listens. */
export type OpenBroker = (place: string, signal: AbortSignal, wait: (why: string) => void) => Promise<Broker>;
