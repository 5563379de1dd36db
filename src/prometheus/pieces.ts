import type { DurationMs, EpochMs } from '../model/units';
import { durationOf, instantOf } from './promql';

/** The instants at which an expression is evaluated, and how far each looks back. */
export interface Moments {
  /** What a value covers: the bucket, or the whole range of an instant query. */
  step: DurationMs;
  /** What a rate is measured over: `step`, or longer, so that it holds two scrapes. */
  window: DurationMs;
  /** All that is asked for: every bucket. */
  span: DurationMs;
  /** One value for all of it, asked at `cap`, wherever that lies. */
  whole?: true;
  /** The last instant, which may lie ahead of `cap`. */
  last: EpochMs;
  /** Nothing is known from here on. */
  cap: EpochMs;
}

const SECOND: DurationMs = 1000;
/** The usual time between scrapes: shorter pieces show nothing more. */
const SHORTEST: DurationMs = 60 * SECOND;

/**
 * The length of the pieces that buckets are cut into: the shortest that divides a bucket into whole seconds and makes at
 * most `most` pieces of the range. The whole bucket where there is none.
 */
export function pieceOf({ step, span, whole }: Moments, most: number): DurationMs {
  const least = Math.max(SHORTEST, span / Math.max(1, most));
  if (most === 0 || step < 2 * least) {
    return step;
  }
  if (whole !== undefined) {
    return Math.ceil(least / SECOND) * SECOND;
  }
  for (let parts = Math.floor(step / least); parts > 1; parts--) {
    if (step % (parts * SECOND) === 0) {
      return step / parts;
    }
  }
  return step;
}

/** The sum over the pieces of a bucket that have begun. `expr` tells of one piece, the one that ends when it is asked. */
export function inPieces({ step, last, cap, whole }: Moments, piece: DurationMs, expr: string): string {
  if (piece === step) {
    return expr;
  }
  const begun = last - cap < piece ? expr : `${expr} and on () (vector(time()) < ${instantOf(cap + piece)})`;
  // The pieces end at multiples of their length; the first may begin before what is asked for.
  const end = whole === undefined ? last : Math.ceil(cap / piece) * piece;
  const length = whole === undefined ? step : Math.ceil((end - cap + step) / piece) * piece;
  const at = whole === undefined ? '' : ` @ ${instantOf(end)}`;
  // A second less than they are long: before Prometheus 3 both ends would be in it, and one piece too many.
  return `sum_over_time((${begun})[${durationOf(length - SECOND)}:${durationOf(piece)}]${at})`;
}
