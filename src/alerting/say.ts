import type { DurationMs, Ratio } from '../model/units';
import type { Piece } from './rule';

/** A source in a message, and where it is. */
export const SOURCE: readonly Piece[] = [{ label: 'source' }, { world: true }];

/** A task in a message. */
export const TASK: readonly Piece[] = [{ label: 'task' }, ' (', ...SOURCE, ')'];

/** `15 min`, `6 h`, `90 s`. */
export function say(ms: DurationMs): string {
  const seconds = ms / 1000;
  if (seconds % 3600 === 0) {
    return `${seconds / 3600} h`;
  }
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}

export function percent(ratio: Ratio): string {
  return `${Math.round(ratio * 1000) / 10} %`;
}
