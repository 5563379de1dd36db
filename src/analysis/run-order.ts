import { TROUBLE } from '../model/lifecycle';
import { endedAt } from '../model/lifetime';
import type { RunOrder, RunSort } from '../model/task-query';
import { beganAt } from '../model/task-run';
import type { TaskRun } from '../model/task-run';
import type { EpochMs } from '../model/units';
import { byKey, byText } from './grouping';

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

/** @param cap how far is known: what has not ended lasts until then */
export function orderKey(run: TaskRun, by: RunOrder, cap: EpochMs): OrderKey {
  switch (by) {
    case 'started':
      return run.startedAt ?? beganAt(run);
    case 'wait': {
      const since = run.queuedAt ?? run.createdAt;
      const until = run.startedAt ?? (run.state === 'pending' ? cap : undefined);
      return since === undefined || until === undefined ? undefined : Math.max(0, until - since);
    }
    case 'duration':
      return run.startedAt === undefined
        ? undefined
        : Math.max(0, Math.min(endedAt(run) ?? Infinity, cap) - run.startedAt);
    case 'state':
      return run.substate === 'lost' ? LOST_TROUBLE : TROUBLE[run.state];
    case 'task':
    case 'source':
      return run[by];
    case 'worker':
    case 'host':
    case 'queue':
      return run[by] === '' ? undefined : run[by];
  }
}

/**
 * One page of runs in an order, equal ones by when they began, the last first. `cursor` is the `next` of the page before.
 *
 * @throws RangeError for a cursor that is none.
 */
export function pageInOrder(
  runs: readonly TaskRun[],
  sort: RunSort | undefined,
  page: { limit: number; cursor: string | undefined; cap: EpochMs }
): { runs: TaskRun[]; next?: string } {
  const { by, descending } = orderOf(sort ?? '-started');
  const keyOf = (run: TaskRun): OrderKey => (sort === undefined ? beganAt(run) : orderKey(run, by, page.cap));
  const keyed = runs.map((run) => ({ run, key: keyOf(run) }));
  keyed.sort((a, b) => compareKeys(a.key, b.key, descending) || beganAt(b.run) - beganAt(a.run) || byKey(a.run, b.run));
  const first = page.cursor === undefined ? 0 : placeOf(page.cursor);
  const shown = keyed.slice(first, first + page.limit).map(({ run }) => run);
  const next = first + shown.length;
  return { runs: shown, ...(next < keyed.length ? { next: String(next) } : {}) };
}

/** Runs that analysis orders are all at hand: a page ends at a place among them. */
function placeOf(cursor: string): number {
  const place = Number(cursor);
  if (!Number.isSafeInteger(place) || place < 0) {
    throw new RangeError(
      `[query] The cursor ${JSON.stringify(cursor.slice(0, 80))} is none. Take it from the page before.`
    );
  }
  return place;
}
