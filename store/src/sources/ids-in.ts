import type { TaskFilter } from '../../../src/model/task-query';

/** Ids that a filter asks for, and nothing but ids. */
export function idsIn({ matches }: TaskFilter): readonly string[] | undefined {
  const [only, ...others] = matches;
  return only !== undefined && others.length === 0 && only.field === 'runId' && only.operator === '='
    ? only.values
    : undefined;
}
