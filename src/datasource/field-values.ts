import type { Connector } from '../connectors/connector';
import { compileFilter } from '../model/filter';
import type { TaskFilter, TimeRange } from '../model/task-query';

/** Known values of a field (or, for `label`, names of labels), most frequent first. */
export async function valuesOf(
  connector: Connector,
  field: string,
  filter: TaskFilter,
  range: TimeRange,
  signal: AbortSignal
): Promise<string[]> {
  if (field === 'label') {
    const { runs } = await connector.runs({ filter, range, limit: 500 }, signal);
    return [...new Set(runs.flatMap((run) => Object.keys(run.labels ?? {})))].sort();
  }
  if (connector.values !== undefined) {
    return connector.values(field, filter, range, signal);
  }
  const { runs } = await connector.runs({ filter, range, limit: 5000 }, signal);
  return valuesOfRuns(runs.filter(compileFilter(filter)), field);
}

function valuesOfRuns(runs: readonly object[], field: string): string[] {
  const counts = new Map<string, number>();
  for (const run of runs) {
    const record = run as Readonly<Record<string, unknown>>;
    const labels = record['labels'] as Readonly<Record<string, string>> | undefined;
    const name = field.startsWith('label:') ? field.slice('label:'.length) : undefined;
    const value =
      name === undefined
        ? record[field]
        : labels !== undefined && Object.hasOwn(labels, name)
          ? labels[name]
          : undefined;
    if (typeof value === 'string') {
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
  }
  return [...counts].sort((a, b) => b[1] - a[1]).map(([value]) => value);
}
