import { ConnectorError } from '../../../src/model/connector-error';
import { decodeEvent } from '../../../src/model/decode-event';
import { LIFECYCLE_STATES } from '../../../src/model/lifecycle';
import { runKey } from '../../../src/model/task-run';
import type { TaskRun } from '../../../src/model/task-run';
import type { EpochMs } from '../../../src/model/units';
import { pause } from '../agent/pause';
import type { EventFeed, FeedEvent } from '../sources/collected-system';
import type { CollectMetrics } from './collect-metrics';
import type { Cursor } from './cursor';
import type { Ledger } from './ledger';
import { LackWatch } from './lack-watch';
import { OwnLabels } from './own-labels';
import type { SourceConfig } from './source-config';
import { SourceHealth } from './source-health';

export interface FeedPorts {
  feed: EventFeed;
  ledger: Ledger;
  metrics: CollectMetrics;
  now(): EpochMs;
  /** The place in the feed has changed. */
  onMove(): void;
}

/**
 * Listens to one source that tells by itself. What it says is on disk before it may forget it, and the place moves on only
 * after that; whether something was said while nobody listened is the source's own matter, and its feed says so.
 */
export class FeedReader {
  readonly health: SourceHealth;
  private readonly lacks: LackWatch;
  private labels: OwnLabels;

  constructor(
    readonly config: SourceConfig,
    private readonly ports: FeedPorts,
    private cursor: Cursor
  ) {
    this.health = new SourceHealth(config, ports.feed.reports, ports.metrics);
    this.lacks = new LackWatch(ports.feed, this.health, ports.now);
    this.labels = new OwnLabels(config.labels);
  }

  get position(): Cursor {
    return this.cursor;
  }

  status() {
    return this.health.status(this.cursor, 0, this.ports.now());
  }

  /**
   * Listens for as long as the connection lasts.
   *
   * @returns true when the signal ended it
   * @throws what ended it otherwise
   */
  async poll(signal: AbortSignal): Promise<boolean> {
    const { feed, now } = this.ports;
    const { place } = this.cursor;
    const notices = new Set<string>();
    const over = new AbortController();
    const hearing = {
      ...(place !== undefined && { place }),
      keep: async (events: readonly FeedEvent[], reached?: string) => {
        await this.keep(events);
        this.cursor = { doneTo: now(), ...(reached === undefined ? this.placeNow() : { place: reached }) };
        this.ports.onMove();
        this.health.succeed(now(), notices);
      },
      recall: () => this.recall(),
      alive: () => {
        this.cursor = { ...this.cursor, doneTo: now() };
        this.health.succeed(now(), notices);
      },
      skip: (count: number) => this.health.count('skipped', count),
      notice: (sentence: string) => void notices.add(sentence),
    };
    await this.recallLabels();
    const listening = feed.listen(hearing, signal).finally(() => over.abort());
    await Promise.all([listening, this.watchLacks(AbortSignal.any([signal, over.signal]))]);
    return true;
  }

  private async recall(): Promise<readonly TaskRun[]> {
    const { ledger, now } = this.ports;
    const { name, overlapMs } = this.config;
    const { doneTo } = this.cursor;
    const to = now();
    const open = await ledger.runs(name, { from: 0, to }, ['pending', 'running', 'unknown']);
    const late =
      doneTo === undefined
        ? []
        : await ledger.runs(name, { from: Math.max(0, doneTo - overlapMs), to }, LIFECYCLE_STATES);
    return [...new Map([...open, ...late].map((run) => [runKey(run), run])).values()];
  }

  /** Which of the runs that go on have their labels. Anew with each listening: what the last one could not keep has none. */
  private async recallLabels(): Promise<void> {
    this.labels = new OwnLabels(this.config.labels);
    if (!this.labels.areAny) {
      return;
    }
    try {
      this.labels.recall(await this.recall());
    } catch (error) {
      // A store on another machine is away. What is heard meanwhile waits in the spool.
      if (!(error instanceof ConnectorError)) {
        throw error;
      }
    }
  }

  private placeNow(): Pick<Cursor, 'place'> {
    const { place } = this.cursor;
    return place === undefined ? {} : { place };
  }

  /** An event that the archive would refuse is left out and counted; the others are kept. */
  private async keep(events: readonly FeedEvent[]): Promise<void> {
    const { ledger, now } = this.ports;
    const named = events.map((event) => this.labels.on({ ...event, source: this.config.name }));
    const sound = named.filter((event) => 'event' in decodeEvent(event, now()));
    this.health.count('skipped', named.length - sound.length);
    if (sound.length > 0) {
      await ledger.keep(sound);
      this.health.count('collected', sound.length);
    }
  }

  private async watchLacks(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.lacks.look(signal);
      await pause(LackWatch.EVERY_MS, signal);
    }
  }
}
