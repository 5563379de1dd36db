import type { EpochMs } from '../../../src/model/units';
import type { Alert } from './alert';
import type { AlertMetrics } from './alert-metrics';

/**
 * The way to one receiver. Each has its own, so that one that hangs holds up no other.
 */
export interface Lane {
  readonly name: string;
  /** Notifications that wait to be delivered. */
  readonly queued: number;
  /** Whether it still has to tell something about the alert. */
  holds(id: string): boolean;
  /** An alert for this receiver began, went on or ended. */
  offer(alert: Alert): void;
  /** Waits at most `graceMs` for what is under way. */
  stop(graceMs: number): Promise<void>;
}

/** What lanes need of the world. */
export interface LanePorts {
  now(): EpochMs;
  /** 0 ≤ x < 1. */
  random(): number;
  metrics: AlertMetrics;
  log: { warn(message: string): void };
}
