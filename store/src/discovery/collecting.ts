import { join } from 'node:path';
import type { AssetsNow, PartsNow } from '../../../src/model/answer';
import type { CollectedSources } from '../../../src/model/source-status';
import { Collector } from '../collect/collector';
import type { CollectorPorts } from '../collect/collector';
import { CursorFile } from '../collect/cursor-file';
import { Discovery } from './discovery';
import type { WantedSources } from './discovery';
import { KeptLists } from './kept-lists';

interface CollectingPorts extends Pick<CollectorPorts, 'ledger' | 'now' | 'random' | 'log'> {
  /** Where it is kept how far each source was read, and what each list held. */
  folder: string;
}

/** What a config says of sources, done. */
export interface Collecting {
  configure(wanted: WantedSources): Promise<void>;
  /** How sources fare, those that went among them, and lists. */
  status(): CollectedSources;
  /** What of the sources no archive holds, asked of them. */
  assets(signal: AbortSignal): Promise<AssetsNow>;
  parts(signal: AbortSignal): Promise<PartsNow>;
  metrics: readonly [Collector['metrics'], Discovery['metrics']];
  stop(): Promise<void>;
}

export function createCollecting({ folder, ...ports }: CollectingPorts): Collecting {
  const { now, random, log } = ports;
  const warn = (message: string) => log.warn(message);
  const cursors = new CursorFile(join(folder, 'collect.json'), warn);
  const collector = new Collector({ ...ports, cursors });
  const discovery = new Discovery({
    apply: (sources) => collector.configure(sources),
    forget: (source) => cursors.forget(source),
    kept: new KeptLists(join(folder, 'discovered.json'), warn),
    now,
    random,
    log,
  });
  return {
    configure: (wanted) => discovery.configure(wanted),
    status: () => ({ sources: [...collector.status(), ...discovery.goneSources()], discoveries: discovery.status() }),
    assets: (signal) => collector.assets(signal),
    parts: (signal) => collector.parts(signal),
    metrics: [collector.metrics, discovery.metrics],
    stop: async () => {
      await discovery.stop();
      await collector.stop();
    },
  };
}
