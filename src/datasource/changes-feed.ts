import type { Changes } from '../connectors/connector';
import type { TaskRun } from '../model/task-run';
import type { DurationMs, EpochMs } from '../model/units';
import type { FeedSigns } from './freshness';

/** What followers of the feed learn. */
export type FeedNews =
  /** Runs as they are now; none with a heartbeat. */
  | { kind: 'changes'; runs: readonly TaskRun[] }
  /** Changes may have been missed: ask again. */
  | { kind: 'gap' }
  /** No connection; the feed goes on trying. */
  | { kind: 'trouble'; error: unknown };

export type FeedListener = (news: FeedNews) => void;

type Follow = (cursor: string | undefined, signal: AbortSignal) => AsyncIterable<Changes>;

export interface FeedSource {
  /** What changed, as soon as something does; without runs after ten seconds. */
  held: Follow;
  /** What changed until now, at once. */
  poll: Follow;
}

/** Whether anybody can see the page. `watch` calls back on every change and returns how to stop. */
export interface PageVisibility {
  hidden(): boolean;
  watch(changed: () => void): () => void;
}

/** A held answer comes within 10 s; who is silent for longer than this is gone, or a proxy holds nothing open. */
const SILENCE_MS: DurationMs = 25_000;
const POLL_EVERY_MS: DurationMs = 2000;
/** How long to poll before a held answer is tried again where none ever came. */
const POLL_FOR_MS: DurationMs = 300_000;
/** Held answers follow each other in no less than this: many changes in a row come together. */
const HELD_EVERY_MS: DurationMs = 250;
/** How long the connection outlives its last follower: a refresh of the dashboard ends every query and begins it again. */
const LINGER_MS: DurationMs = 5000;
const FIRST_WAIT_MS: DurationMs = 500;
const LONGEST_WAIT_MS: DurationMs = 15_000;

/**
 * One request for a source's changes at a time, shared by every panel of the page: browsers allow six connections per
 * host. It is held by the source until something changes, not streamed: an answer that has begun and is left, as by a
 * page that closes, is an error in Grafana's log (12.3.0), one that has not begun is none. It goes on while anybody
 * follows and the page is visible, after failures with growing waits, from where it was; where that is not possible it
 * reports a gap.
 */
export class ChangesFeed {
  private readonly listeners = new Set<FeedListener>();
  private running: AbortController | undefined;
  private started: Promise<void> = Promise.resolve();
  private cursor: string | undefined;
  private unwatch: (() => void) | undefined;
  private linger: ReturnType<typeof setTimeout> | undefined;
  /** Where the feed was is not known any more, so changes were missed: told as a gap once it goes on. */
  private missed = false;
  private heardAt: EpochMs | undefined;
  private trouble: FeedSigns['trouble'];
  /** Held answers come here: nothing in between cuts them off. */
  private holds = false;

  constructor(
    private readonly source: FeedSource,
    private readonly page: PageVisibility,
    /** Learns of everything before the followers do. */
    private readonly first: FeedListener = () => undefined
  ) {}

  /** Number of followers; the connection is open only while there is one. */
  get followers(): number {
    return this.listeners.size;
  }

  /** When the source was heard, and since when not: what the freshness of every followed answer rests on. */
  get signs(): FeedSigns {
    const { heardAt, trouble } = this;
    return { ...(heardAt === undefined ? {} : { heardAt }), ...(trouble === undefined ? {} : { trouble }) };
  }

  follow(listener: FeedListener): () => void {
    this.listeners.add(listener);
    this.unwatch ??= this.page.watch(() => this.adjust());
    this.adjust();
    return () => {
      this.listeners.delete(listener);
      this.adjust();
    };
  }

  private adjust(): void {
    clearTimeout(this.linger);
    if (this.listeners.size === 0 && this.running !== undefined && !this.page.hidden()) {
      this.linger = setTimeout(() => this.close(), LINGER_MS);
    } else if (this.listeners.size === 0) {
      this.close();
    } else if (this.page.hidden()) {
      this.stop();
    } else if (this.running === undefined) {
      const running = new AbortController();
      this.running = running;
      this.started = new Promise((resolve) => void this.run(running.signal, resolve));
    }
  }

  /** Lets go of everything. Whoever follows next asks for the present state first. */
  private close(): void {
    this.stop();
    this.unwatch?.();
    this.unwatch = undefined;
    this.cursor = undefined;
    this.missed = false;
    this.heardAt = undefined;
    this.trouble = undefined;
  }

  private stop(): void {
    this.running?.abort(new Error('Nobody follows.'));
    this.running = undefined;
  }

  /**
   * Resolves when the feed knows from where it follows (or cannot find out now): what is asked after this and what the
   * feed tells join without a gap.
   */
  ready(): Promise<void> {
    return this.cursor !== undefined || this.running === undefined ? Promise.resolve() : this.started;
  }

  private async run(signal: AbortSignal, started: () => void): Promise<void> {
    const { held, poll } = this.source;
    signal.addEventListener('abort', started, { once: true });
    let failures = 0;
    let pollUntil = 0;
    while (!signal.aborted) {
      const polling = this.cursor === undefined || Date.now() < pollUntil;
      const asked = Date.now();
      const outcome = await this.connect(polling ? poll : held, signal);
      started();
      if (signal.aborted) {
        return;
      }
      if (outcome.heard) {
        failures = 0;
        this.holds ||= !polling;
      }
      switch (outcome.kind) {
        case 'ended':
          if (Date.now() < pollUntil) {
            await pause(POLL_EVERY_MS, signal);
          } else if (!polling) {
            await pause(Math.max(0, asked + HELD_EVERY_MS - Date.now()), signal);
          } else if (this.cursor === undefined) {
            await pause(FIRST_WAIT_MS, signal);
          }
          break;
        case 'silent':
          // Where held answers came before, or none was to be held, the source owes one; else a proxy may cut them off.
          if (polling || this.holds) {
            this.lose(outcome.error);
          } else {
            pollUntil = Date.now() + POLL_FOR_MS;
          }
          break;
        case 'failed':
          failures++;
          if (isBadCursor(outcome.error) && this.cursor !== undefined) {
            this.cursor = undefined;
          } else {
            this.lose(outcome.error);
          }
          // Where a held answer fails, asking now and then may still work, and the other way round.
          pollUntil = polling || this.holds ? 0 : Date.now() + POLL_FOR_MS;
          this.missed ||= this.cursor === undefined;
          await pause(backOff(failures), signal);
          break;
      }
    }
  }

  private lose(error: unknown): void {
    this.trouble = { since: this.trouble?.since ?? Date.now(), why: error };
    this.tell({ kind: 'trouble', error });
  }

  /** One connection until it ends, fails or falls silent. */
  private async connect(
    follow: Follow,
    signal: AbortSignal
  ): Promise<{ heard: boolean } & ({ kind: 'ended' } | { kind: 'silent' | 'failed'; error: unknown })> {
    const own = new AbortController();
    const stop = () => own.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    let heard = false;
    let silent = false;
    let watchdog: ReturnType<typeof setTimeout> | undefined;
    const watch = () => {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => {
        silent = true;
        own.abort(new Error(`Nothing was heard for ${SILENCE_MS / 1000} s.`));
      }, SILENCE_MS);
    };
    watch();
    try {
      for await (const { cursor, runs } of follow(this.cursor, own.signal)) {
        if (signal.aborted) {
          break;
        }
        watch();
        heard = true;
        this.heardAt = Date.now();
        this.trouble = undefined;
        this.cursor = cursor;
        if (this.missed) {
          this.missed = false;
          this.tell({ kind: 'gap' });
        }
        this.tell({ kind: 'changes', runs });
      }
      return { heard, kind: 'ended' };
    } catch (error) {
      // One that spoke before and then fell silent is a broken connection.
      return { heard, kind: silent && !heard ? 'silent' : 'failed', error };
    } finally {
      clearTimeout(watchdog);
      signal.removeEventListener('abort', stop);
      own.abort(new Error('Done.'));
    }
  }

  private tell(news: FeedNews): void {
    this.first(news);
    for (const listener of [...this.listeners]) {
      listener(news);
    }
  }
}

/** Twice as long after each failure, with a random part so that many pages do not come back at the same instant. */
function backOff(failures: number): DurationMs {
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(10, failures - 1));
  return wait * (0.75 + Math.random() * 0.5);
}

function isBadCursor(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'kind' in error && error.kind === 'bad-request';
}

function pause(ms: DurationMs, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}

/** The browser's own idea of visibility. */
export const BROWSER_PAGE: PageVisibility = {
  hidden: () => document.visibilityState === 'hidden',
  watch(changed) {
    document.addEventListener('visibilitychange', changed);
    return () => document.removeEventListener('visibilitychange', changed);
  },
};
