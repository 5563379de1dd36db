import { Observable } from 'rxjs';
import { compileFilter } from '../analysis/filter';
import type { Answer } from '../model/answer';
import type { TaskFilter, TimeRange } from '../model/task-query';
import { runKey } from '../model/task-run';
import type { TaskRun } from '../model/task-run';
import type { DurationMs } from '../model/units';
import type { ChangesFeed } from './changes-feed';
import { hasColumns, withRecent } from './live-columns';
import type { ColumnAnswer } from './live-columns';
import { canFollow, LiveRuns } from './live-runs';

/** What a followed query shows at a moment. */
export type LiveState = Answered | { failure: unknown };

interface Answered {
  answer: Answer;
  range: TimeRange;
  /** Why it may be out of date; absent while the feed is connected. */
  trouble?: unknown;
}

export interface LiveQuery {
  filter: TaskFilter;
  /** Most runs held. */
  limit: number;
  /** The range as of now: relative ranges move on. */
  range: () => TimeRange;
  ask: (range: TimeRange, signal: AbortSignal) => Promise<Answer>;
}

/** Changes that come within this are shown together. */
const GATHER_MS: DurationMs = 80;
/** Aggregates are asked again at most this often while changes arrive … */
const ASK_AGAIN_MS: DurationMs = 3000;
/** … and everything now and then without changes, because ranges slide and health depends on the clock. */
const ASK_ANYWAY_MS: DurationMs = 60_000;
/** How soon an ask is repeated that failed before there was any answer. Doubled each time, up to `ASK_ANYWAY_MS`. */
const RETRY_MS: DurationMs = 4000;
/** Most changed runs drawn over merged stretches until the whole is asked again. */
const MOST_RECENT = 1000;
/** How often runs that left a sliding range are dropped while nothing changes. */
const SLIDE_MS: DurationMs = 5000;

/**
 * Asks, then follows the feed. Answers that list runs are changed in place; others are asked again while changes
 * arrive. A failure before there is any answer is told as such, and the ask is repeated; later failures are told as
 * `trouble` beside the last good answer. Never completes and never fails.
 * Unsubscribing cancels whatever is under way.
 */
export function followQuery(feed: ChangesFeed, query: LiveQuery): Observable<LiveState> {
  return new Observable((observer) => {
    const life = new AbortController();
    let live: LiveRuns | undefined;
    let state: Answered | undefined;
    let retry = RETRY_MS;
    let waiting: TaskRun[] = [];
    /** Changed since a whole of merged stretches was asked for. */
    const recent = new Map<string, TaskRun>();
    let whole: ColumnAnswer | undefined;
    let trouble: unknown;
    let troubled = false;
    let asking = false;
    let stale = false;
    let askedAt = 0;
    let cost = 0;
    // A run that no longer passes the filter counts too, where it is known; elsewhere its change will be seen in a minute.
    const concerns = compileFilter(query.filter);
    let gather: ReturnType<typeof setTimeout> | undefined;
    let again: ReturnType<typeof setTimeout> | undefined;

    const emit = (answer: Answer, range: TimeRange) => {
      const next: Answered = { answer, range, ...(trouble === undefined ? {} : { trouble }) };
      state = next;
      const before = performance.now();
      observer.next(next);
      // A panel that is slow to draw is fed more slowly, so that the page stays usable.
      cost = Math.min(1000, performance.now() - before);
    };

    const askNow = async () => {
      clearTimeout(again);
      again = undefined;
      if (asking) {
        stale = true;
        return;
      }
      asking = true;
      stale = false;
      try {
        const range = query.range();
        const answer = await query.ask(range, life.signal);
        askedAt = Date.now();
        trouble = troubled ? trouble : undefined;
        retry = RETRY_MS;
        whole = hasColumns(answer) ? answer : undefined;
        recent.clear();
        live = canFollow(answer) ? new LiveRuns(answer, query.filter, range, query.limit) : undefined;
        live?.apply(waiting);
        waiting = [];
        emit(live?.answer() ?? answer, range);
      } catch (error) {
        if (!life.signal.aborted) {
          askedAt = Date.now();
          asking = false;
          if (state === undefined) {
            observer.next({ failure: error });
          } else {
            trouble = error;
            emit(state.answer, state.range);
          }
          askLater(retry);
          retry = Math.min(2 * retry, ASK_ANYWAY_MS);
        }
        return;
      } finally {
        asking = false;
      }
      if (!life.signal.aborted) {
        askLater(stale ? ASK_AGAIN_MS : ASK_ANYWAY_MS);
      }
    };

    const askLater = (wait: DurationMs) => {
      clearTimeout(again);
      const sinceLast = Date.now() - askedAt;
      again = setTimeout(() => void askNow(), Math.max(0, wait - sinceLast));
    };

    const show = () => {
      gather = undefined;
      if (whole !== undefined && recent.size > 0) {
        const range = query.range();
        emit(withRecent(whole, [...recent.values()], range.to), range);
        return;
      }
      if (live === undefined) {
        return;
      }
      const range = query.range();
      const slid = live.slide(range);
      const changed = live.apply(waiting);
      waiting = [];
      if (changed || slid) {
        emit(live.answer(), range);
      }
    };

    const overlay = (runs: readonly TaskRun[]) => {
      for (const run of runs) {
        if (concerns(run) && (recent.has(runKey(run)) || recent.size < MOST_RECENT)) {
          recent.set(runKey(run), run);
        }
      }
      showSoon();
    };

    const showSoon = () => {
      gather ??= setTimeout(show, Math.max(GATHER_MS, 4 * cost));
    };

    const unfollow = feed.follow((news) => {
      switch (news.kind) {
        case 'changes':
          if (troubled) {
            troubled = false;
            void askNow();
          }
          if (live === undefined && !asking && !news.runs.some(concerns)) {
            return;
          }
          if (live !== undefined || asking) {
            waiting.push(...news.runs);
            if (waiting.length > 2 * query.limit) {
              // More than can be shown at once: the latest state of all is cheaper to ask for.
              waiting = [];
              stale = true;
              askLater(ASK_AGAIN_MS);
              return;
            }
          }
          if (live !== undefined) {
            showSoon();
          } else if (!asking) {
            askLater(ASK_AGAIN_MS);
            if (whole !== undefined) {
              overlay(news.runs);
            }
          } else {
            stale = true;
          }
          return;
        case 'gap':
          void askNow();
          return;
        case 'trouble':
          troubled = true;
          trouble = news.error;
          if (state !== undefined) {
            emit(state.answer, state.range);
          }
          return;
      }
    });

    const slide = setInterval(showSoon, SLIDE_MS);
    void feed.ready().then(() => (life.signal.aborted ? undefined : askNow()));

    return () => {
      unfollow();
      clearInterval(slide);
      clearTimeout(gather);
      clearTimeout(again);
      life.abort(new Error('The query was cancelled.'));
    };
  });
}
