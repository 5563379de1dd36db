import type { Http } from '../../../src/connectors/connector';
import type { AssetsNow, PartsNow } from '../../../src/model/answer';
import type { SourceStatus } from '../../../src/model/source-status';
import type { DurationMs, EpochMs } from '../../../src/model/units';
import { pause } from '../agent/pause';
import { CollectMetrics } from './collect-metrics';
import type { CollectedSource } from '../sources/collected-system';
import type { CursorFile } from './cursor-file';
import { FeedReader } from './feed-reader';
import type { Ledger } from './ledger';
import { assetsNow, partsNow, SourceNow } from './source-now';
import { systemOf } from './source-config';
import type { SourceConfig } from './source-config';
import { SourceReader } from './source-reader';
import { restMs } from './timing';

export interface CollectorPorts {
  ledger: Ledger;
  cursors: Pick<CursorFile, 'read' | 'write'>;
  now(): EpochMs;
  random(): number;
  log: { info(message: string): void; warn(message: string): void };
  /** How a source that speaks HTTP is asked; by `fetch` where nothing else is given. */
  http?(config: SourceConfig): Http;
}

type Reader = SourceReader | FeedReader;

/** One source that is being read, until its signal. */
interface Reading {
  source: CollectedSource;
  reader: Reader;
  /** Of a source that can be asked. */
  present?: SourceNow;
  stopping: AbortController;
  stopped: Promise<void>;
}

/**
 * Reads the sources of the config, each on its own: one that hangs, fails or has much to tell holds up no other, and nothing
 * waits for any of them.
 */
export class Collector {
  readonly metrics = new CollectMetrics();
  private readonly readings = new Map<string, Reading>();
  private settled: Promise<void> = Promise.resolve();

  constructor(private readonly ports: CollectorPorts) {}

  /** Begins to read sources that are new or were changed, and ends with those that are gone; the others go on. */
  configure(sources: readonly SourceConfig[]): Promise<void> {
    // One change after the other: a source that is still ending must not begin twice.
    this.settled = this.settled.then(() => this.change(sources));
    return this.settled;
  }

  status(): SourceStatus[] {
    return [...this.readings.values()].map(({ reader }) => reader.status());
  }

  /** What the sources make, as they say now. */
  assets(signal: AbortSignal): Promise<AssetsNow> {
    return assetsNow(this.present(), signal);
  }

  /** Which of their schedulers and daemons live, as they say now. */
  parts(signal: AbortSignal): Promise<PartsNow> {
    return partsNow(this.present(), this.status(), signal);
  }

  private present(): SourceNow[] {
    return [...this.readings.values()].flatMap(({ present }) => present ?? []);
  }

  stop(): Promise<void> {
    return this.configure([]);
  }

  private async change(sources: readonly SourceConfig[]): Promise<void> {
    const wanted = new Map(sources.map((config) => [config.name, config]));
    const ended = [...this.readings].filter(([name, { reader }]) => !isSame(reader.config, wanted.get(name)));
    await Promise.all(ended.map(([name]) => this.end(name)));
    for (const [name, config] of wanted) {
      if (!this.readings.has(name)) {
        this.readings.set(name, this.begin(config));
      }
    }
  }

  private begin(config: SourceConfig): Reading {
    const { http } = this.ports;
    const patience: { ms?: DurationMs } = {};
    const source = systemOf(config).open(config, {
      onPatience: (ms) => (patience.ms = ms),
      ...(http !== undefined && { http: http(config) }),
    });
    const reader = this.readerOf(config, source);
    const stopping = new AbortController();
    const present = 'connector' in source ? new SourceNow(config.name, source.connector, this.ports.now) : undefined;
    return {
      source,
      reader,
      ...(present !== undefined && { present }),
      stopping,
      stopped: this.readOn(reader, patience, stopping.signal),
    };
  }

  private readerOf(config: SourceConfig, source: CollectedSource): Reader {
    const { metrics } = this;
    const { ledger, cursors, now } = this.ports;
    if ('connector' in source) {
      return new SourceReader(config, { connector: source.connector, ledger, metrics, now }, cursors.read(config));
    }
    const onMove = () => cursors.write(config, reader.position);
    const reader = new FeedReader(config, { feed: source.feed, ledger, metrics, now, onMove }, cursors.read(config));
    return reader;
  }

  private async end(name: string): Promise<void> {
    const reading = this.readings.get(name);
    this.readings.delete(name);
    reading?.stopping.abort();
    await reading?.stopped;
    await reading?.source.close?.();
    this.metrics.forget(name);
  }

  private async readOn(reader: Reader, patience: { ms?: DurationMs }, signal: AbortSignal): Promise<void> {
    const { cursors, now, random, log } = this.ports;
    const { config, health } = reader;
    // Not all at the same moment.
    await pause(Math.min(1_000, config.everyMs) * random(), signal);
    while (!signal.aborted) {
      let isUnfinished = false;
      delete patience.ms;
      try {
        const before = health.failures;
        isUnfinished = !(await reader.poll(signal));
        if (before > 0) {
          log.info(`[collect] ${config.name} answers again.`);
        }
      } catch (error) {
        if (signal.aborted) {
          return;
        }
        const message = health.fail(now(), error);
        if (health.failures === 1) {
          log.warn(`[collect] ${config.name} could not be read: ${message}`);
        }
      }
      cursors.write(config, reader.position);
      const { everyMs } = config;
      const { failures } = health;
      await pause(restMs({ everyMs, failures, patienceMs: patience.ms, isUnfinished }, random), signal);
    }
  }
}

function isSame(held: SourceConfig, wanted: SourceConfig | undefined): boolean {
  return wanted !== undefined && JSON.stringify(held) === JSON.stringify(wanted);
}
