import type { DurationMs } from '../../../src/model/units';

/** Why a notification did not arrive. The message holds no address, token or password. */
export class DeliveryError extends Error {
  constructor(
    message: string,
    /** Whether the same may work later. */
    readonly retry: boolean,
    readonly retryAfterMs?: DurationMs
  ) {
    super(message);
    this.name = 'DeliveryError';
  }
}

export function toDeliveryError(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) {
    return error;
  }
  return new DeliveryError(error instanceof Error ? error.message : String(error), true);
}
