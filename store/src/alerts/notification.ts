import type { EpochMs } from '../../../src/model/units';
import type { Alert } from './alert';
import type { Language } from './alerts-config';

/** Alerts told together. */
export interface Notification {
  receiver: string;
  status: 'firing' | 'resolved';
  groupKey: string;
  groupLabels: Readonly<Record<string, string>>;
  /** Firing ones first, the newest first. */
  alerts: readonly Alert[];
  language: Language;
  /** Where Grafana is. */
  externalUrl: string;
  /** What the receiver gave back when it was told of this group last. */
  memo?: string;
}

/**
 * Tells one receiver. Resolves to what it wants to be reminded of when the same group is told again.
 *
 * @throws DeliveryError
 */
export type Deliver = (notification: Notification, signal: AbortSignal) => Promise<string | undefined>;

/** The labels that make a group, and their text as Alertmanager writes it: `{}:{task="mail"}`. */
export function groupOf(alert: Alert, groupBy: readonly string[]): { key: string; labels: Record<string, string> } {
  const names = groupBy.includes('...') ? Object.keys(alert.labels) : groupBy;
  const labels: Record<string, string> = {};
  for (const name of [...names].sort()) {
    const value = alert.labels[name];
    if (value !== undefined) {
      labels[name] = value;
    }
  }
  const text = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return { key: `{}:{${text.join(', ')}}`, labels };
}

/** What is the same in all of them. */
export function commonOf(sets: ReadonlyArray<Readonly<Record<string, string>>>): Record<string, string> {
  const [first = {}, ...others] = sets;
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => others.every((other) => other[name] === value))
  );
}

export function isoTime(at: EpochMs): string {
  return new Date(at).toISOString();
}
