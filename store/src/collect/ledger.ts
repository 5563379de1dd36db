import type { RunsAnswer } from '../../../src/model/answer';
import type { LifecycleState } from '../../../src/model/lifecycle';
import type { TaskFilter, TimeRange } from '../../../src/model/task-query';
import type { TaskEvent } from '../../../src/model/task-event';
import type { TaskRun } from '../../../src/model/task-run';
import type { Archive } from '../archive/archive';

/** Where the collector keeps what it finds: the archive beside it, or a store that it sends to. */
export interface Ledger {
  /** Runs of a source that were alive in the range and are in one of the states; without states, in any. */
  runs(source: string, range: TimeRange, states: readonly LifecycleState[]): Promise<TaskRun[]>;
  /** Resolves when the events are safe. */
  keep(events: readonly TaskEvent[]): Promise<void>;
}

const BATCH_EVENTS = 2_000;
const PAGE = 5_000;

/** The archive in this process. Events take the way of all others: they are checked, cut and put to our clock there. */
export function createArchiveLedger(archive: Pick<Archive, 'ingest' | 'query'>): Ledger {
  return {
    async runs(source, range, states) {
      const found: TaskRun[] = [];
      const query = {
        view: 'runs' as const,
        filter: filterOf(source, states),
        range,
        step: range.to - range.from,
        limit: PAGE,
        now: range.to,
      };
      let cursor: string | undefined;
      do {
        const text = await archive.query({ ...query, ...(cursor !== undefined && { cursor }) });
        const { runs, next } = JSON.parse(text) as RunsAnswer;
        found.push(...runs);
        cursor = next;
      } while (cursor !== undefined);
      return found;
    },
    async keep(events) {
      for (let from = 0; from < events.length; from += BATCH_EVENTS) {
        const lines = events.slice(from, from + BATCH_EVENTS).map((event) => JSON.stringify(event));
        await archive.ingest(new TextEncoder().encode(lines.join('\n')));
      }
    },
  };
}

/** A source's own runs, and those of the parts that its connector tells apart. */
export function filterOf(source: string, states: readonly LifecycleState[]): TaskFilter {
  const name = source.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return {
    matches: [
      { field: 'source', operator: '=~', values: [`${name}(/.*)?`] },
      { field: 'state', operator: '=', values: states },
    ],
  };
}
