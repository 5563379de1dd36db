import type { QueryParams } from '../../../src/model/query-params';
import type { TimeRange } from '../../../src/model/task-query';
import type { EpochMs } from '../../../src/model/units';
import type { StoreConfig } from '../config/config';
import { RequestError } from './errors';

const HOUR_MS = 3_600_000;

/**
 * The range that a question names: an hour, up to now, where it names none.
 *
 * @throws RequestError for one that is empty or too long.
 */
export function rangeOf(params: QueryParams, { limits }: StoreConfig, now: EpochMs): TimeRange {
  const to = params.to ?? now;
  const from = params.from ?? to - HOUR_MS;
  if (!(to > from)) {
    throw new RequestError(
      400,
      `from=${from} is not before to=${to}. Give a range that ends after it begins, in epoch milliseconds.`
    );
  }
  if (to - from > limits.maxRangeMs) {
    throw new RequestError(
      400,
      `The range is ${Math.round((to - from) / HOUR_MS / 24)} days long, at most ${Math.round(limits.maxRangeMs / HOUR_MS / 24)} are answered. Choose a shorter one, or raise limits.maxRange.`
    );
  }
  return { from, to };
}

/**
 * Most rows of an answer; `usual` where the question names no number.
 *
 * @throws RequestError for a number that no answer has.
 */
export function limitOf(asked: number | undefined, usual: number, { limits }: StoreConfig): number {
  if (asked === undefined) {
    return Math.min(usual, limits.maxPage);
  }
  if (!Number.isInteger(asked) || asked < 1 || asked > limits.maxPage) {
    throw new RequestError(400, `limit=${asked}: want a whole number from 1 to ${limits.maxPage} (limits.maxPage).`);
  }
  return asked;
}
