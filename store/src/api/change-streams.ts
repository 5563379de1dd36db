import type { ServerResponse } from 'node:http';
import type { Archive, Commit } from '../archive/archive';
import type { DurationMs } from '../../../src/model/units';
import type { StoreConfig } from '../config/config';
import { RequestError } from './errors';

const HEARTBEAT_MS = 10_000;
/** Runs in one line at most. */
const PAGE = 500;
/** A listener that has this much unread is let go; it comes back with its cursor. */
const MAX_UNREAD_BYTES = 8 * 1024 * 1024;

interface Stream {
  out: ServerResponse;
  cursor: number;
  /** False while it still catches up from the archive. */
  live: boolean;
}

/**
 * Tells many listeners what changes. A line is made once per commit and written to all who are up to date; who begins
 * behind is served from the archive first.
 */
export class ChangeStreams {
  private readonly streams = new Set<Stream>();
  /** Answers that are held back until something changes: what ends each wait. */
  private readonly held = new Set<() => void>();
  private unfollow: (() => void) | undefined;
  private heartbeat: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly archive: Archive,
    private readonly config: () => StoreConfig
  ) {}

  /** Those who listen now, on a stream or for one answer. */
  get count(): number {
    return this.streams.size + this.held.size;
  }

  /**
   * One answer: what changed after `cursor`. Where nothing has, the answer is held until something does, for `wait` at
   * most, and not begun before: whoever leaves meanwhile breaks off nothing, which a proxy in between would take for a
   * fault (Grafana 12.3.0 logs an error for every answer that its client leaves while it streams).
   */
  async once(cursor: number | undefined, limit: number, wait: DurationMs, gone: AbortSignal): Promise<string> {
    if (cursor === undefined) {
      return line((await this.archive.size()).cursor, []);
    }
    const page = () => this.archive.changes(cursor, limit);
    if (wait === 0) {
      return pageLine(await page());
    }
    this.admit();
    // Followed before it is looked up, so that nothing committed in between is missed.
    const news = this.nextCommit(cursor, wait, gone);
    const now = await page();
    if (now.runs.length > 0) {
      news.cancel();
      return pageLine(now);
    }
    await news.come;
    return pageLine(await page());
  }

  private nextCommit(cursor: number, wait: DurationMs, gone: AbortSignal): { come: Promise<void>; cancel: () => void } {
    let cancel: () => void = () => undefined;
    const come = new Promise<void>((resolve) => {
      cancel = () => {
        this.held.delete(cancel);
        clearTimeout(timer);
        unfollow();
        gone.removeEventListener('abort', cancel);
        resolve();
      };
      const timer = setTimeout(cancel, wait);
      const unfollow = this.archive.follow(({ to }) => {
        if (to > cursor) {
          cancel();
        }
      });
      gone.addEventListener('abort', cancel, { once: true });
    });
    this.held.add(cancel);
    return { come, cancel };
  }

  /** @throws RequestError when nobody more may listen. */
  private admit(): void {
    if (this.closed) {
      throw new RequestError(503, 'The store is stopping. Come back in a moment.', 1);
    }
    if (this.count >= this.config().limits.maxListeners) {
      throw new RequestError(
        503,
        `${this.count} listeners are connected, which is the limit. Close one, or raise limits.maxListeners.`,
        10
      );
    }
  }

  async open(out: ServerResponse, cursor: number | undefined): Promise<void> {
    this.admit();
    const stream: Stream = { out, cursor: cursor ?? 0, live: false };
    this.streams.add(stream);
    out.on('close', () => this.drop(stream));
    this.begin();
    try {
      // Following began above, so nothing committed from here on can be missed.
      const from = cursor ?? (await this.archive.size()).cursor;
      stream.cursor = Math.max(stream.cursor, from);
      out.writeHead(200, {
        'content-type': 'application/x-ndjson; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      out.write(`${line(stream.cursor, [])}\n`);
      await this.catchUp(stream);
    } catch (error) {
      this.drop(stream);
      if (!out.headersSent) {
        throw error;
      }
      out.end(
        `${JSON.stringify({ v: 1, cursor: String(stream.cursor), runs: [], error: error instanceof Error ? error.message : String(error) })}\n`
      );
    }
  }

  close(): void {
    this.closed = true;
    this.held.forEach((cancel) => cancel());
    for (const stream of this.streams) {
      stream.out.end();
      this.drop(stream);
    }
  }

  private async catchUp(stream: Stream): Promise<void> {
    while (this.streams.has(stream)) {
      const page = await this.archive.changes(stream.cursor, PAGE);
      if (page.runs.length > 0) {
        stream.cursor = page.cursor;
        if (!stream.out.write(`${line(page.cursor, page.runs)}\n`)) {
          await new Promise<void>((resolve) => {
            stream.out.once('drain', resolve);
            stream.out.once('close', resolve);
          });
        }
      }
      if (!page.more) {
        stream.live = true;
        return;
      }
    }
  }

  private begin(): void {
    this.unfollow ??= this.archive.follow((commit) => this.tell(commit));
    this.heartbeat ??= setInterval(() => this.beat(), HEARTBEAT_MS).unref();
  }

  private tell(commit: Commit): void {
    const runs = commit.runs ?? [];
    const lines: Array<{ to: number; text: string }> = [];
    for (let i = 0; i < runs.length; i += PAGE) {
      const some = runs.slice(i, i + PAGE);
      const to = commit.from + i + some.length;
      lines.push({ to, text: `${line(to, some)}\n` });
    }
    for (const stream of this.streams) {
      if (!stream.live) {
        continue;
      }
      if (stream.cursor < commit.from || (commit.runs === undefined && stream.cursor < commit.to)) {
        // A commit passed it by, or came without its runs because nobody followed yet: ask the archive.
        stream.live = false;
        void this.catchUp(stream).catch(() => this.letGo(stream));
        continue;
      }
      for (const { to, text } of lines) {
        if (to > stream.cursor) {
          stream.cursor = to;
          stream.out.write(text);
        }
      }
      if (stream.out.writableLength > MAX_UNREAD_BYTES) {
        this.letGo(stream);
      }
    }
  }

  private beat(): void {
    for (const stream of this.streams) {
      if (stream.live) {
        stream.out.write(`${line(stream.cursor, [])}\n`);
      }
    }
  }

  private letGo(stream: Stream): void {
    this.drop(stream);
    stream.out.destroy();
  }

  private drop(stream: Stream): void {
    this.streams.delete(stream);
    if (this.streams.size === 0) {
      this.unfollow?.();
      this.unfollow = undefined;
      clearInterval(this.heartbeat);
      this.heartbeat = undefined;
    }
  }
}

function pageLine({ cursor, runs, more }: { cursor: number; runs: readonly string[]; more: boolean }): string {
  return line(cursor, runs, more);
}

function line(cursor: number, runs: readonly string[], more = false): string {
  return `{"v":1,"cursor":"${cursor}","runs":[${runs.join(',')}]${more ? ',"more":true' : ''}}`;
}
