import { createTaskStore } from '../../src/connectors/task-store/connector';
import type { SourceStatus } from '../../src/model/source-status';
import { NO_FILTER } from '../../src/model/task-query';
import type { TaskFilter } from '../../src/model/task-query';
import type { TaskRun } from '../../src/model/task-run';
import { eventually } from './eventually';
import { prometheusHttp } from './prometheus-http';
import type { Launched } from './system';

type Store = Pick<Launched, 'url'>;

/** Every attempt of the last hour that a store keeps, by when it started, then by its number. */
export async function keptRuns(store: Store, filter: TaskFilter = NO_FILTER): Promise<TaskRun[]> {
  const connector = createTaskStore({ http: prometheusHttp(store.url) });
  const range = { from: Date.now() - 3_600_000, to: Date.now() + 60_000 };
  const { signal } = new AbortController();
  const runs: TaskRun[] = [];
  let cursor: string | undefined;
  do {
    const page = await connector.runs({ filter, range, limit: 1_000, ...(cursor !== undefined && { cursor }) }, signal);
    runs.push(...page.runs);
    cursor = page.next;
  } while (cursor !== undefined);
  return runs.sort((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0) || a.attempt - b.attempt);
}

/** The runs of one source, the first attempts first. */
export async function runsOfSource(store: Store, source: string): Promise<TaskRun[]> {
  const runs = await keptRuns(store, { matches: [{ field: 'source', operator: '=', values: [source] }] });
  return runs.sort((a, b) => a.attempt - b.attempt);
}

/** How one of the sources fares that a store collects from; the only one, where no name is given. */
export async function sourceStatus(store: Store, name?: string): Promise<SourceStatus> {
  const answer = (await (await fetch(`${store.url}/api/v1/sources`)).json()) as { sources: SourceStatus[] };
  return answer.sources.find((source) => name === undefined || source.name === name) as SourceStatus;
}

/** What a store has of a program, oldest first, once that and its `troubles` are what is wanted. */
export function becomes(
  store: () => Store,
  task: string,
  wanted: readonly string[],
  { say, troubles }: { say: (run: TaskRun) => string; troubles?: () => Promise<string[]> }
): Promise<TaskRun[]> {
  let seen: string[] = [];
  return eventually(
    `${task} to be ${wanted.join(', ')}`,
    async () => {
      const runs = (await keptRuns(store())).filter((run) => run.task === task);
      seen = [...runs.map(say), ...((await troubles?.()) ?? [])];
      return JSON.stringify(seen) === JSON.stringify(wanted) ? runs : undefined;
    },
    { seconds: 40, everyMs: 300, lastSeen: () => `It was: ${seen.join(', ')}` }
  );
}
