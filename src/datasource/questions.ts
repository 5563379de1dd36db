import { Observable } from 'rxjs';
import type { Connector } from '../connectors/connector';
import type { FrameContext } from '../frames/frame-context';
import type { Limits } from '../frames/limits';
import type { HealthSpec } from '../health/spec';
import type { TaskQuery, TimeRange } from '../model/task-query';
import type { DurationMs } from '../model/units';
import { ask } from './ask';
import { askCapacity } from './capacity';
import type { Capacity } from './capacity';
import { PATIENCE_MS, silenceOf } from './freshness';
import type { LiveQuery, LiveState, Told } from './live-query';
import { SharedAnswers } from './shared-answers';
import { SharedPages } from './shared-pages';
import { abortAfter } from './signals';
import { UsualLimits } from './usual-limits';
import type { LimitsWanted } from './usual-limits';

/** A history is asked for once an hour; the value itself does not wait longer for it. */
const LONGEST_HISTORY_MS: DurationMs = 30_000;

/** What is asked, whenever: the range of each time comes with the asking. */
export interface Wanted {
  query: TaskQuery & { limit: number };
  step: DurationMs;
  /** The range as it was chosen, `now-1h` to `now`: what makes a refresh the same question again. */
  chosen: { from: string | number; to: string | number; timeZone: string };
  /** Also ask what the workers can take. */
  withCapacity: boolean;
  /** Also learn what is usual, or take the fixed limits. */
  limits?: LimitsWanted;
  healthSpec?: HealthSpec;
}

/** What is said beside the values of an answer. */
export type Beside = Capacity & Pick<FrameContext, 'limits'>;

/** One question, as all panels and refreshes that ask it share it. */
export type Question = Pick<LiveQuery, 'ask' | 'standing' | 'keep'> & {
  /** As it was told with the newest answer. */
  beside: () => Beside;
};

/** All that a data source has been asked on this page. */
export class Questions {
  private readonly answers = new SharedAnswers<Told>();
  private readonly capacities = new SharedAnswers<Capacity>();
  private readonly usual = new UsualLimits();
  private readonly pages = new SharedPages();

  of(connector: Connector, { query, step, chosen, withCapacity, limits, healthSpec }: Wanted): Question {
    const key = JSON.stringify({ query, step, chosen });
    let learned: Limits | undefined;
    return {
      ask: async (range, signal) => {
        const [told, , known] = await Promise.all([
          this.answers.get(key, signal, async (shared): Promise<Told> => {
            const askedAt = Date.now();
            const answer = await ask(this.pages.of(connector), { query, range, step }, shared, healthSpec);
            return { answer, range, askedAt };
          }),
          withCapacity
            ? this.capacities.get(key, signal, (shared) => askCapacity(connector, query.filter, range, shared))
            : undefined,
          limits &&
            this.usual.of(limits, { query, range, step }, (history) =>
              ask(connector, history, abortAfter(LONGEST_HISTORY_MS), healthSpec)
            ),
        ]);
        learned = known;
        return told;
      },
      standing: () => this.answers.standing(key),
      keep: (told) => {
        if (told.askedAt >= (this.answers.standing(key).told?.askedAt ?? 0)) {
          this.answers.keep(key, told);
        }
      },
      beside: () => ({
        ...this.capacities.standing(key).told,
        ...(learned === undefined ? {} : { limits: learned }),
      }),
    };
  }

  /** The source as all panels of the page read it. */
  shared(connector: Connector): Connector {
    return this.pages.of(connector);
  }

  /** Something changed: from now on everybody asks anew. */
  clear(): void {
    this.answers.clear();
    this.capacities.clear();
  }

  /** Changes may be missed from now on: answers so far do not serve who asks later. */
  outdate(): void {
    this.answers.outdate();
    this.capacities.outdate();
  }
}

/**
 * Asks one time. Meanwhile, and where no answer comes, the last good one is shown as what it is; without one a failure is
 * told as such. Unsubscribing leaves the question.
 */
export function askOnce({ ask, standing }: Question, range: TimeRange): Observable<LiveState> {
  return new Observable((observer) => {
    const life = new AbortController();
    const tellSilence = () => {
      const { told, waitingSince, failure } = standing();
      const silence = told && silenceOf({ askedAt: told.askedAt, waitingSince, failure }, Date.now());
      if (told !== undefined && silence !== undefined) {
        observer.next({ ...told, silence });
      }
      return silence;
    };
    const answer = ask(range, life.signal);
    tellSilence();
    const since = standing().waitingSince ?? Date.now();
    const patience = setTimeout(tellSilence, Math.max(0, since + PATIENCE_MS - Date.now()) + 1);
    answer
      .then(
        (told) => observer.next(told),
        (failure: unknown) => {
          if (!life.signal.aborted && tellSilence() === undefined) {
            observer.next({ failure });
          }
        }
      )
      .finally(() => {
        clearTimeout(patience);
        observer.complete();
      });
    return () => {
      clearTimeout(patience);
      life.abort(new Error('The query was cancelled.'));
    };
  });
}
