import type { DiscoveryStatus } from '../../../src/model/source-status';
import type { EpochMs } from '../../../src/model/units';
import { pause } from '../agent/pause';
import { restMs } from '../collect/timing';
import type { DiscoveryConfig } from './discovery-config';
import type { DiscoveryMetrics } from './discovery-metrics';
import { sayPlace } from './finders';
import { keyOf } from './target';
import type { Finder, Target } from './target';

export interface WatchPorts {
  finder: Finder;
  metrics: DiscoveryMetrics;
  now(): EpochMs;
  random(): number;
  log: { info(message: string): void; warn(message: string): void };
  /** It was looked at and found sound. */
  onLook(hasChanged: boolean): void;
}

/** Somebody is mending a broken list, and looking at one costs little: after failures, four times the interval at most. */
const MOST_BACK_OFF = 2;

type Targets = ReadonlyMap<string, Target>;

/**
 * Looks at one list again and again. What two looks in a row agree on is so: a file that is just being written, or an answer
 * from half of the name servers, changes nothing. After a look that found a change the second follows at once.
 */
export class ListWatch {
  private last: Targets | undefined;
  private up: boolean | undefined;
  private lastGoodAt: EpochMs | undefined;
  private lastError: DiscoveryStatus['lastError'];
  private failures = 0;
  private said: readonly string[] = [];
  private readonly stopping = new AbortController();
  private readonly stopped: Promise<void>;

  /** @param taken what the list held when it was sound last */
  constructor(
    readonly config: DiscoveryConfig,
    private readonly ports: WatchPorts,
    private taken: Targets
  ) {
    ports.metrics.begin(config.name);
    this.stopped = this.watch(this.stopping.signal);
  }

  get targets(): readonly Target[] {
    return [...this.taken.values()];
  }

  /** Whether the list has been sound since this watch began. */
  get isKnown(): boolean {
    return this.lastGoodAt !== undefined;
  }

  /** @param found sources that are read because of it @param notices what of it is not, and why */
  status(found: number, notices: readonly string[]): DiscoveryStatus {
    const { config, up, lastGoodAt, lastError } = this;
    return {
      name: config.name,
      where: sayPlace(config.lookup),
      everyMs: config.everyMs,
      ...(up !== undefined && { up }),
      ...(lastGoodAt !== undefined && { lastGoodAt }),
      ...(lastError !== undefined && { lastError }),
      found,
      notices: [...this.said, ...notices],
    };
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.stopped;
  }

  private async watch(signal: AbortSignal): Promise<void> {
    const { config, ports } = this;
    while (!signal.aborted) {
      let isUnsettled = false;
      try {
        isUnsettled = await this.look(signal);
      } catch (error) {
        if (signal.aborted) {
          return;
        }
        this.fail(error);
      }
      const { everyMs } = config;
      const failures = Math.min(this.failures, MOST_BACK_OFF);
      await pause(restMs({ everyMs, failures, isUnfinished: isUnsettled }, ports.random), signal);
    }
  }

  /** @returns whether it has to be seen again before it counts */
  private async look(signal: AbortSignal): Promise<boolean> {
    const { config, ports } = this;
    const { targets, notices } = await ports.finder.look(signal);
    signal.throwIfAborted();
    const seen: Targets = new Map(targets.map((target) => [keyOf(target), target]));
    const before = this.taken;
    const isFirst = !this.isKnown;
    this.taken = settled(before, this.last ?? new Map(before), seen);
    this.last = seen;
    this.said = notices;
    if (this.failures > 0) {
      ports.log.info(`[discovery] ${config.name} is sound again.`);
    }
    this.failures = 0;
    this.up = true;
    this.lastGoodAt = ports.now();
    ports.metrics.succeed(config.name, this.lastGoodAt);
    ports.onLook(isFirst || !isSame(before, this.taken));
    return !isSame(seen, this.taken);
  }

  private fail(error: unknown): void {
    const { config, ports } = this;
    const text = error instanceof Error ? error.message : String(error);
    const message = text.replaceAll('the data source settings', `discovery.${config.name} of the store's config`);
    this.failures++;
    this.up = false;
    this.lastError = { at: ports.now(), message };
    ports.metrics.fail(config.name);
    if (this.failures === 1) {
      ports.log.warn(`[discovery] ${config.name} is broken, the last sound list stays in force: ${message}`);
    }
  }
}

/** In is what both looks have, out what neither has; of the rest it is as it was. */
function settled(taken: Targets, last: Targets, seen: Targets): Targets {
  const stays = [...taken].filter(([key]) => last.has(key) || seen.has(key));
  const comes = [...seen].filter(([key]) => last.has(key));
  return new Map([...stays, ...comes]);
}

function isSame(one: Targets, other: Targets): boolean {
  return one.size === other.size && [...one.keys()].every((key) => other.has(key));
}
