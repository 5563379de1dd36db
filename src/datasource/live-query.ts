import { Observable } from 'rxjs';
import type { Answer } from '../model/answer';
import { compileFilter } from '../model/filter';
import type { TaskFilter, TimeRange } from '../model/task-query';
import { runKey } from '../model/task-run';
import type { TaskRun } from '../model/task-run';
import type { DurationMs, EpochMs } from '../model/units';
import type { ChangesFeed } from './changes-feed';
import { silenceOf } from './freshness';
import type { Silence } from './freshness';
import { hasColumns, withRecent } from './live-columns';
import type { ColumnAnswer } from './live-columns';
import { canFollow, LiveRuns } from './live-runs';
import type { Standing } from './shared-answers';

/** What a followed query shows at a moment. */
export type LiveState = Answered | { failure: unknown };

interface Answered extends Told {
  /** That it is out of date, and since when; absent while the source answers. */
  silence?: Silence;
}

/** An answer, what it was asked for, and up to when it is known to be right. */
export interface Told {
  answer: Answer;
  range: TimeRange;
  askedAt: EpochMs;
}

export interface LiveQuery {
  filter: TaskFilter;
  /** Most runs held. */
  limit: number;
  /** The range as of now: relative ranges move on. */
  range: () => TimeRange;
  ask: (range: TimeRange, signal: AbortSignal) => Promise<Told>;
  /** How the question stands, whoever asked it: also what was told before this query began. */
  standing: () => Standing<Told>;
  /** Takes what is shown, for a query that follows this one. */
  keep: (told: Told) => void;
}

/** Changes that come within this are shown together. */
const GATHER_MS: DurationMs = 80;
/** Aggregates are asked again at most this often while changes arrive … */
const ASK_AGAIN_MS: DurationMs = 3000;
/** … and everything now and then without changes, because ranges slide and health depends on the clock. */
const ASK_ANYWAY_MS: DurationMs = 60_000;
/** How soon an ask is repeated that failed before there was any answer. Doubled each time, up to `ASK_ANYWAY_MS`. */
const RETRY_MS: DurationMs = 4000;
/** How long to wait for the feed before asking without it. */
const READY_MS: DurationMs = 5000;
/** Most changed runs drawn over merged stretches until the whole is asked again. */
const MOST_RECENT = 1000;
/** How often it is looked whether runs left a sliding range, and whether the source fell silent. */
const SLIDE_MS: DurationMs = 5000;

/**
 * Asks, then follows the feed. Answers that list runs are changed in place; others are asked again while changes
 * arrive. A failure before there is any answer is told as such, and the ask is repeated; later failures and silence are
 * told as `silence` beside the last good answer, which may be that of a query before this one. Never completes and
 * never fails. Unsubscribing leaves whatever is under way.
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
    let troubled = feed.signs.trouble !== undefined;
    let asking = false;
    let stale = false;
    /** Something changed that the answer does not show yet. */
    let owed = false;
    let askedAt = 0;
    let cost = 0;
    // A run that no longer passes the filter counts too, where it is known; elsewhere its change will be seen in a minute.
    const concerns = compileFilter(query.filter);
    let gather: ReturnType<typeof setTimeout> | undefined;
    let again: ReturnType<typeof setTimeout> | undefined;

    const silenceNow = (askedAt: EpochMs) => {
      const { waitingSince, failure } = query.standing();
      return silenceOf({ askedAt, waitingSince, failure, feed: feed.signs }, Date.now());
    };

    const emit = ({ answer, range, askedAt }: Told) => {
      const silence = silenceNow(askedAt);
      state = { answer, range, askedAt, ...(silence === undefined ? {} : { silence }) };
      const before = performance.now();
      observer.next(state);
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
        const told = await query.ask(query.range(), life.signal);
        const { answer, range } = told;
        askedAt = Date.now();
        owed = stale;
        retry = RETRY_MS;
        whole = hasColumns(answer) ? answer : undefined;
        recent.clear();
        live = canFollow(answer) ? new LiveRuns(answer, query.filter, range, query.limit) : undefined;
        live?.apply(waiting);
        waiting = [];
        emit({ ...told, answer: live?.answer() ?? answer });
      } catch (error) {
        if (!life.signal.aborted) {
          askedAt = Date.now();
          asking = false;
          tellSilence(error);
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

    /** Shows the last good answer as what it is, or, where there is none, why. */
    const tellSilence = (error: unknown) => {
      const last = state ?? query.standing().told;
      if (last === undefined) {
        observer.next({ failure: error });
      } else {
        emit(last);
      }
    };

    /** Nothing may ever come that would tell it: a request without an answer, a connection without a word. */
    const watchSilence = () => {
      const last = state ?? query.standing().told;
      if (last !== undefined && silenceNow(last.askedAt)?.asOf !== state?.silence?.asOf) {
        emit(last);
      }
    };

    const askLater = (wait: DurationMs) => {
      clearTimeout(again);
      const sinceLast = Date.now() - askedAt;
      again = setTimeout(() => void askNow(), Math.max(0, wait - sinceLast));
    };

    const show = () => {
      gather = undefined;
      const range = query.range();
      const told = { range, askedAt: state?.askedAt ?? askedAt };
      if (whole !== undefined && recent.size > 0) {
        emit({ ...told, answer: withRecent(whole, [...recent.values()], range.to) });
        return;
      }
      if (live === undefined) {
        return;
      }
      // What ended before the range goes; but nothing is known of what came since the source fell silent.
      const slid = state?.silence === undefined && live.slide(range);
      const changed = live.apply(waiting);
      waiting = [];
      if (changed || slid) {
        emit({ ...told, answer: live.answer() });
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
          // A heartbeat changes nothing.
          if (news.runs.length === 0 || (live === undefined && !asking && !news.runs.some(concerns))) {
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
            owed = true;
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
          // Where nothing is shown yet, what was asked will have its own answer.
          if ((state ?? query.standing().told) !== undefined) {
            tellSilence(news.error);
          }
          return;
      }
    });

    const slide = setInterval(() => {
      watchSilence();
      showSoon();
    }, SLIDE_MS);
    watchSilence();
    // What is asked before the feed is ready is asked again when it is: changes in between are in no answer.
    const early = setTimeout(() => void askNow(), READY_MS);
    void feed.ready().then(() => {
      clearTimeout(early);
      return life.signal.aborted ? undefined : askNow();
    });

    return () => {
      unfollow();
      clearInterval(slide);
      clearTimeout(early);
      clearTimeout(gather);
      clearTimeout(again);
      if (state !== undefined) {
        const heardAt = owed ? state.askedAt : (feed.signs.heardAt ?? state.askedAt);
        const asOf = state.silence?.asOf ?? Math.max(state.askedAt, heardAt);
        query.keep({ answer: state.answer, range: state.range, askedAt: asOf });
      }
      life.abort(new Error('The query was cancelled.'));
    };
  });
}
