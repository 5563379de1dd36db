import type { Connector } from '../connectors/connector';
import type { FrameContext } from '../frames/frame-context';
import { ConnectorError } from '../model/connector-error';
import type { TaskFilter, TimeRange } from '../model/task-query';

export type Capacity = Pick<FrameContext, 'slots' | 'busyWorkers'>;

/** How many runs the workers can take, and how many of them work: said beside the number of running runs. */
export async function askCapacity(
  connector: Connector,
  filter: TaskFilter,
  range: TimeRange,
  signal: AbortSignal
): Promise<Capacity> {
  try {
    const workers = (await connector.workers?.(filter, range, signal)) ?? [];
    const alive = workers.filter((worker) => worker.alive !== false);
    const known = alive.flatMap((worker) => worker.slots ?? []);
    const running = alive.flatMap((worker) => worker.running ?? []);
    const isTold = workers.some((worker) => worker.running !== undefined);
    return {
      ...(isTold ? { busyWorkers: running.filter((count) => count > 0).length } : {}),
      ...(known.length === 0 ? {} : { slots: known.reduce((sum, count) => sum + count, 0) }),
    };
  } catch (error) {
    // The number itself is right without what is said beside it.
    if (error instanceof ConnectorError) {
      return {};
    }
    throw error;
  }
}
