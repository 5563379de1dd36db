import type { DiscoveryStatus, SourceStatus } from '../../../src/model/source-status';
import type { EpochMs } from '../../../src/model/units';
import { systemOf } from '../collect/source-config';
import type { SourceConfig } from '../collect/source-config';
import type { DiscoveryConfig } from './discovery-config';
import { DiscoveryMetrics } from './discovery-metrics';
import { createFinder } from './finders';
import { foundSources } from './found-sources';
import type { Found } from './found-sources';
import type { GoneSource, KeptList, KeptLists } from './kept-lists';
import { ListWatch } from './list-watch';
import type { WatchPorts } from './list-watch';
import { keyOf } from './target';
import type { Finder, Target } from './target';

export interface DiscoveryPorts extends Pick<WatchPorts, 'now' | 'random' | 'log'> {
  /** These are to be read, and no others. */
  apply(sources: readonly SourceConfig[]): Promise<void>;
  /** Nothing is kept any more of how far this one was read. */
  forget(source: string): void;
  kept: Pick<KeptLists, 'read' | 'write'>;
  /** How a list is looked at; as its config says where nothing else is given. */
  finderOf?(config: DiscoveryConfig): Finder;
}

/** What a config says of sources. */
export interface WantedSources {
  sources: readonly SourceConfig[];
  discovery: readonly DiscoveryConfig[];
}

/** Of each list; whoever else went is not shown any more. */
const MOST_GONE = 200;

/** Sources of the config and those that lists lead to: what is found is read without a restart, what went is no more. */
export class Discovery {
  readonly metrics = new DiscoveryMetrics();
  private watches: ReadonlyMap<string, ListWatch> = new Map();
  private found = new Map<string, Found>();
  private gone = new Map<string, readonly GoneSource[]>();
  private fixed: readonly SourceConfig[] = [];
  private settled: Promise<void> = Promise.resolve();

  constructor(private readonly ports: DiscoveryPorts) {}

  /** Begins to look at lists that are new or were changed, whose sources go on meanwhile, and ends with those that are gone. */
  configure(wanted: WantedSources): Promise<void> {
    // One change after the other: a list that is still ending must not begin twice.
    this.settled = this.settled.then(() => this.change(wanted));
    return this.settled;
  }

  /** How the lists fare. */
  status(): DiscoveryStatus[] {
    return [...this.watches].map(([name, watch]) => {
      const { sources = [], notices = [] } = this.found.get(name) ?? {};
      return watch.status(sources.length, notices);
    });
  }

  /** Sources that a list named once. What they told is in the archive. */
  goneSources(): SourceStatus[] {
    return [...this.gone.values()].flat().map(({ name, system, url, foundBy, since, everyMs }) => ({
      name,
      system,
      systemName: systemOf({ system }).name,
      ...(url !== undefined && { url }),
      foundBy,
      goneSince: since,
      everyMs,
      collected: 0,
      skipped: 0,
      truncated: 0,
      vanished: 0,
      unreported: [],
      lacks: [],
      notices: [],
    }));
  }

  async stop(): Promise<void> {
    await this.settled;
    await Promise.all([...this.watches.values()].map((watch) => watch.stop()));
  }

  private async change({ sources, discovery }: WantedSources): Promise<void> {
    const wanted = new Map(discovery.map((config) => [config.name, config]));
    const changed = [...this.watches].filter(
      ([name, watch]) => JSON.stringify(watch.config) !== JSON.stringify(wanted.get(name))
    );
    // All of them first: until then, what another list tells is still weighed with all lists there.
    await Promise.all(changed.map(([, watch]) => watch.stop()));
    const held = new Map(changed.map(([name, { targets }]) => [name, targets]));
    this.watches = new Map([...this.watches].filter(([name]) => !held.has(name)));
    for (const name of held.keys()) {
      this.metrics.forget(name);
      if (!wanted.has(name)) {
        this.found.delete(name);
        this.gone.delete(name);
      }
    }
    this.fixed = sources;
    // In the order of the config: of two that lead to one name, the first does.
    const watches = discovery.map((config) => {
      return [config.name, this.watches.get(config.name) ?? this.begin(config, held.get(config.name))] as const;
    });
    this.watches = new Map(watches);
    await this.tell();
  }

  private begin(config: DiscoveryConfig, held: readonly Target[] | undefined): ListWatch {
    const { kept, now, random, log, finderOf = ({ lookup }) => createFinder(lookup) } = this.ports;
    const last = kept.read(config.name);
    if (!this.gone.has(config.name)) {
      this.gone.set(config.name, last.gone);
    }
    const targets = held ?? last.targets;
    const ports = {
      finder: finderOf(config),
      metrics: this.metrics,
      now,
      random,
      log,
      onLook: (hasChanged: boolean) => (hasChanged || this.hasForgettable()) && void this.tell(),
    };
    return new ListWatch(config, ports, new Map(targets.map((target) => [keyOf(target), target])));
  }

  /** Works out what is to be read, and since when the rest is gone. */
  private async tell(): Promise<void> {
    const { ports, metrics } = this;
    const taken = new Set(this.fixed.map(({ name }) => name));
    const before = this.found;
    this.found = new Map();
    for (const [list, { config, targets }] of this.watches) {
      const found = foundSources(config, targets, taken);
      found.sources.forEach(({ name }) => taken.add(name));
      this.found.set(list, found);
      metrics.found(list, found.sources.length, found.notices.length);
    }
    for (const [list, { config }] of this.watches) {
      this.gone.set(list, this.goneOf(config, before.get(list)?.sources ?? [], taken));
    }
    ports.kept.write(new Map([...this.watches].map(([list, { targets }]) => [list, this.keptOf(list, targets)])));
    await ports.apply([...this.fixed, ...[...this.found.values()].flatMap(({ sources }) => sources)]);
  }

  private hasForgettable(): boolean {
    const { now } = this.ports;
    return [...this.watches].some(([list, { config }]) =>
      this.gone.get(list)?.some(({ since }) => since <= now() - config.rememberMs)
    );
  }

  private keptOf(list: string, targets: readonly Target[]): KeptList {
    return { targets, gone: this.gone.get(list) ?? [] };
  }

  private goneOf(config: DiscoveryConfig, before: readonly SourceConfig[], taken: ReadonlySet<string>): GoneSource[] {
    const { now, forget } = this.ports;
    const went = before.map(({ name, system, endpoint, everyMs }) => ({
      name,
      system,
      everyMs,
      ...(endpoint !== undefined && { url: endpoint.url }),
      foundBy: config.name,
      since: now(),
    }));
    const remembered = new Map([...went, ...(this.gone.get(config.name) ?? [])].map((gone) => [gone.name, gone]));
    const gone = [...remembered.values()].filter(({ name }) => !taken.has(name));
    const kept = gone.filter(({ since }) => since > now() - config.rememberMs).slice(0, MOST_GONE);
    gone.filter((one) => !kept.includes(one)).forEach(({ name }) => forget(name));
    return kept;
  }
}
