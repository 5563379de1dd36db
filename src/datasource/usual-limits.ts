import { fixedLimits, learnedCeilings, learnedFloors } from '../frames/limits';
import type { Limits } from '../frames/limits';
import type { Answer } from '../model/answer';
import type { TimeRange, ViewRequest } from '../model/task-query';
import type { DurationMs } from '../model/units';

const HOUR: DurationMs = 3_600_000;
/** What is usual is learned from this long before the range. */
const HISTORY_MS: DurationMs = 24 * HOUR;
/** Histories kept: one per panel and filter that was looked at lately. */
const MOST_KEPT = 50;

type Asked = ViewRequest & { query: { limit: number } };
export type LimitsWanted = 'usual' | 'fixed';

/**
 * The limits of a view, learned from the day before the range by asking the same view about it, in whole hours. A
 * history is asked once and serves until the range begins in another hour.
 */
export class UsualLimits {
  private readonly kept = new Map<string, Promise<Limits | undefined>>();

  /** @param ask must not depend on who waits: the answer serves others. `undefined`: the history is not known now. */
  of(wanted: LimitsWanted, request: Asked, ask: (request: Asked) => Promise<Answer>): Promise<Limits | undefined> {
    const { view } = request.query;
    if (view !== 'durations' && view !== 'throughput') {
      return Promise.resolve(undefined);
    }
    if (wanted === 'fixed') {
      return Promise.resolve(fixedLimits(view));
    }
    const history = { query: request.query, range: dayBefore(request.range), step: HOUR };
    const key = JSON.stringify(history);
    let limits = this.kept.get(key);
    if (limits === undefined) {
      // The value itself is right without its limit: a history that cannot be had is asked again the next time.
      limits = ask(history).then(learned, () => {
        this.kept.delete(key);
        return undefined;
      });
      this.kept.set(key, limits);
      for (const oldest of this.kept.keys()) {
        if (this.kept.size <= MOST_KEPT) {
          break;
        }
        this.kept.delete(oldest);
      }
    }
    return limits;
  }
}

function learned(answer: Answer): Limits | undefined {
  return answer.view === 'durations'
    ? learnedCeilings(answer)
    : answer.view === 'throughput'
      ? learnedFloors(answer)
      : undefined;
}

function dayBefore({ from }: TimeRange): TimeRange {
  const to = Math.floor(from / HOUR) * HOUR;
  return { from: to - HISTORY_MS, to };
}
