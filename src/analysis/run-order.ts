import { TROUBLE } from '../model/lifecycle';
import type { RunOrder, RunSort } from '../model/task-query';
import { byText } from './order';

/** What a run is sorted by; `undefined`: not reported. */
export type OrderKey = number | string | undefined;

/** Lost runs come next to failed ones. */
export const LOST_TROUBLE = TROUBLE.failed - 0.5;

export function orderOf(sort: RunSort): { by: RunOrder; descending: boolean } {
  const descending = sort.startsWith('-');
  return { by: (descending ? sort.slice(1) : sort) as RunOrder, descending };
}

/** Which of two keys comes first: below zero the first one. Unreported ones come last, whatever the direction. */
export function compareKeys(a: OrderKey, b: OrderKey, descending: boolean): number {
  if (a === undefined || b === undefined) {
    return a === b ? 0 : a === undefined ? 1 : -1;
  }
  const way = typeof a === 'string' || typeof b === 'string' ? byText(String(a), String(b)) : a - b;
  return descending ? -way : way;
}
