import type { RunPage } from '../../../src/model/answer';
import type { Connector } from '../../../src/connectors/connector';
import { PageProgress, PAGES_REPEAT } from '../../../src/connectors/page-progress';
import { ConnectorError } from '../../../src/model/connector-error';
import { decodeEvent } from '../../../src/model/decode-event';
import { eventsOf, goneAs, supersededBy } from '../../../src/model/events-of-run';
import { LIFECYCLE_STATES } from '../../../src/model/lifecycle';
import { NO_FILTER } from '../../../src/model/task-query';
import type { RunsQuery, TaskFilter } from '../../../src/model/task-query';
import { runKey } from '../../../src/model/task-run';
import type { TaskRun } from '../../../src/model/task-run';
import type { EpochMs } from '../../../src/model/units';
import type { CollectMetrics } from './collect-metrics';
import { nextWalk } from './cursor';
import type { Cursor, Walk } from './cursor';
import { idOf, KnownRuns } from './known-runs';
import type { OpenRun } from './known-runs';
import { LackWatch } from './lack-watch';
import type { Ledger } from './ledger';
import type { SourceConfig } from './source-config';
import { SourceHealth } from './source-health';

export interface ReaderPorts {
  connector: Connector;
  ledger: Ledger;
  metrics: CollectMetrics;
  now(): EpochMs;
}

/** Runs asked for in one answer; a connector may give fewer. */
const PAGE = 1_000;
/** Runs asked for by their ids in one question. */
const MOST_IDS = 50;
/** Answers read in one poll in search of runs that the range does not hold any more. */
const MOST_SEARCHED = 10;

/**
 * Reads one source: what is alive in the range since it was read last, then what had not ended and is not in that range. It
 * advances only over what is kept, and whatever it reads twice changes nothing, so that a restart of either side costs a
 * second look and no run.
 */
export class SourceReader {
  readonly health: SourceHealth;
  private readonly known = new KnownRuns();
  private progress = new PageProgress();
  private isRecalled = false;
  private readonly lacks: LackWatch;

  constructor(
    readonly config: SourceConfig,
    private readonly ports: ReaderPorts,
    private cursor: Cursor
  ) {
    this.health = new SourceHealth(config, ports.connector.reports, ports.metrics);
    this.lacks = new LackWatch(ports.connector, this.health, ports.now);
  }

  get position(): Cursor {
    return this.cursor;
  }

  status() {
    return this.health.status(this.cursor, this.known.vanished, this.ports.now());
  }

  /**
   * Reads what is new, at most `maxPages` answers of it.
   *
   * @returns whether that was all
   * @throws what speaks against it; nothing is lost then, the next poll begins where this one did not get on
   */
  async poll(signal: AbortSignal): Promise<boolean> {
    const { config, ports } = this;
    const walk = nextWalk(this.cursor, config, ports.now());
    await this.recall(walk);
    if (this.cursor.walk === undefined) {
      this.known.beginWalk();
      this.progress = new PageProgress();
    }
    const notices = new Set<string>();
    const isDone = await this.read(walk, notices, signal);
    if (isDone) {
      await this.followUp(signal);
      this.known.endWalk();
      this.cursor = { doneTo: walk.to };
      await this.lacks.look(signal);
    }
    this.health.succeed(ports.now(), notices);
    return isDone;
  }

  /** Once after a start: what the archive has that may still change, or that this reading will meet again. */
  private async recall(walk: Walk): Promise<void> {
    if (this.isRecalled) {
      return;
    }
    const { ledger } = this.ports;
    const { name } = this.config;
    try {
      this.known.recall(await ledger.runs(name, { from: 0, to: walk.to }, ['pending', 'running', 'unknown']));
      if (this.cursor.doneTo !== undefined) {
        this.known.recall(await ledger.runs(name, walk, LIFECYCLE_STATES));
      }
      this.isRecalled = true;
    } catch (error) {
      // A store on another machine is away. The source is read all the same, the store is asked with the next poll.
      if (!(error instanceof ConnectorError)) {
        throw error;
      }
    }
  }

  private async read(walk: Walk, notices: Set<string>, signal: AbortSignal): Promise<boolean> {
    let { next } = walk;
    for (let pages = 0; pages < this.config.maxPages; pages++) {
      const page = await this.ask({ filter: NO_FILTER, range: walk, limit: PAGE }, next, signal);
      const isRepeated = page.runs.length > 0 && page.runs.every((run) => this.known.isSeen(run));
      await this.take(page.runs);
      this.health.count('skipped', page.skipped);
      page.notices?.forEach((notice) => notices.add(notice));
      if (page.next === undefined || page.next === next) {
        this.health.count('truncated', page.truncated ? 1 : 0);
        return true;
      }
      if (!this.progress.leadsOn(page.next, isRepeated)) {
        this.health.count('truncated', 1);
        notices.add(PAGES_REPEAT);
        return true;
      }
      next = page.next;
      this.cursor = { ...this.cursor, walk: { from: walk.from, to: walk.to, next } };
    }
    return false;
  }

  /** One answer, its runs under the name of the source. A place that the source does not know any more begins anew. */
  private async ask(query: RunsQuery, cursor: string | undefined, signal: AbortSignal): Promise<RunPage> {
    const { connector } = this.ports;
    try {
      // The end of a range is exclusive; what began in this very millisecond is asked for too.
      const range = { from: query.range.from, to: query.range.to + 1 };
      const page = await connector.runs({ ...query, range, ...(cursor !== undefined && { cursor }) }, signal);
      return { ...page, runs: page.runs.map((run) => asOurs(run, this.config, connector.id)) };
    } catch (error) {
      const { walk } = this.cursor;
      if (
        error instanceof ConnectorError &&
        error.kind === 'bad-request' &&
        cursor !== undefined &&
        walk !== undefined
      ) {
        this.cursor = { ...this.cursor, walk: { from: walk.from, to: walk.to } };
      }
      throw error;
    }
  }

  /** Keeps what is new. A run that the archive would refuse, an impossible id or a time of tomorrow, is skipped as it is. */
  private async take(runs: readonly TaskRun[]): Promise<void> {
    const { ledger, now } = this.ports;
    const news = this.known.newsOf(runs, now()).map((one) => ({ ...one, events: eventsOf(one.kept) }));
    const sound = news.filter(({ events }) => events.every((event) => 'event' in decodeEvent(event, now())));
    this.health.count('skipped', news.length - sound.length);
    if (sound.length > 0) {
      await ledger.keep(sound.flatMap(({ events }) => events));
      this.known.keep(sound);
      this.health.count('collected', sound.length);
    }
  }

  /** What had not ended and was not in the range: followed by another attempt, or asked for by name. */
  private async followUp(signal: AbortSignal): Promise<void> {
    const { connector, now } = this.ports;
    if (!connector.reports.attempts) {
      await this.supersede();
    }
    const due = this.known.unseen().filter(({ askAgainAt }) => askAgainAt <= now());
    if (due.length > 0) {
      const asked = await this.search(due, signal);
      await this.supersede();
      await this.conclude(asked);
      this.known.miss(asked, now(), this.config.everyMs);
    }
  }

  /** Earlier attempts of runs that went on: the source keeps one row per run, or has dropped theirs. */
  private async supersede(): Promise<void> {
    const unseen = this.known.unseen();
    const latest = this.known.latestAttempts(unseen);
    const followed = unseen.flatMap((open) => {
      const later = latest.get(idOf(open)) ?? 0;
      return later > open.attempt ? { open, event: supersededBy(open, later) } : [];
    });
    if (followed.length > 0) {
      await this.ports.ledger.keep(followed.map(({ event }) => event));
      followed.forEach(({ open }) => this.known.close(open));
    }
  }

  /** Where a source deletes what has ended: what it was asked for and does not know any more. */
  private async conclude(asked: readonly OpenRun[]): Promise<void> {
    const { connector, ledger, now } = this.ports;
    const end = connector.concludeGone?.();
    const unseen = new Set(this.known.unseen());
    const gone = asked.filter((open) => unseen.has(open));
    if (end !== undefined && gone.length > 0) {
      await ledger.keep(gone.map((open) => goneAs(open, end, now())));
      gone.forEach((open) => this.known.close(open));
    }
  }

  /**
   * Asks for runs by their ids; a source that cannot be asked so, for everything since the first of them.
   *
   * @returns those that were asked for
   */
  private async search(due: readonly OpenRun[], signal: AbortSignal): Promise<readonly OpenRun[]> {
    const wanted = new Set(due.map(runKey));
    const range = { from: Math.min(...due.map(({ beganAt }) => beganAt)), to: this.ports.now() };
    for (let answers = 0, from = 0; from < due.length; from += MOST_IDS) {
      if (answers >= MOST_SEARCHED) {
        return due.slice(0, from);
      }
      const values = [...new Set(due.slice(from, from + MOST_IDS).map(({ runId }) => runId))];
      const filter: TaskFilter = { matches: [{ field: 'runId', operator: '=', values }] };
      let page: RunPage | undefined;
      do {
        page = await this.ask({ filter, range, limit: PAGE }, page?.next, signal);
        answers++;
        await this.take(page.runs.filter((run) => wanted.delete(runKey(run))));
      } while (page.next !== undefined && wanted.size > 0 && answers < MOST_SEARCHED);
      if (page.unfiltered === true) {
        return due;
      }
    }
    return due;
  }
}

/**
 * A run under the name, and with the labels, that the operator gave the source, which connectors do not know. Its observer's promise of signs of
 * life was made to the source: here nobody would keep it.
 */
function asOurs({ heartbeatMs: _, ...run }: TaskRun, { name, labels }: SourceConfig, connector: string): TaskRun {
  return {
    ...run,
    source: run.source === connector ? name : `${name}/${run.source}`,
    ...(Object.keys(labels).length > 0 && { labels: { ...run.labels, ...labels } }),
  };
}
