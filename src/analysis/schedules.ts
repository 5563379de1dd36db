import type { ExpectedRuns, HealthSpec } from '../health/spec';
import { compileFilter } from '../model/filter';
import type { Match, TaskFilter } from '../model/task-query';
import type { TaskRun } from '../model/task-run';
import { expectedFrom } from './expected';
import type { Groups } from './grouper';
import type { Question } from './question';

/** Names of groups, and how many the limit left out. */
type Listed = Pick<Groups, 'names' | 'omitted'>;

/**
 * The schedules that can be judged by the runs of a filter. Under one that looks at anything but task and source, none
 * can: the run that came may be among those left out. Nor can one for a source that is left out.
 */
export function schedulesUnder(filter: TaskFilter, expected: readonly ExpectedRuns[]): readonly ExpectedRuns[] {
  const matches = filter.matches.filter(({ values }) => values.length > 0);
  const isWhole = (filter.text ?? '').trim() === '' && matches.every(isOfSchedule);
  if (expected.length === 0 || !isWhole) {
    return [];
  }
  const passes = compileFilter({ matches: matches.filter(({ field }) => field === 'source') });
  return expected.filter((schedule) => schedule.source === undefined || passes(runOf(schedule)));
}

/**
 * The groups of a question about health: those that have runs, then tasks of which no run is there, though a schedule
 * expects some within the range and the grace of one is over. What never ran would otherwise be in nobody's view.
 */
export function withAbsentTasks({ groups, asked, groupBy, buckets }: Question, spec: HealthSpec): Listed {
  // Where groups were left out, nobody knows which tasks are absent; and there is no room.
  if (spec.expected.length === 0 || groupBy !== 'task' || groups.omitted !== undefined) {
    return groups;
  }
  const { filter, mostGroups: limit } = asked;
  const known = new Set(groups.names);
  const passes = compileFilter(filter);
  const tasks = spec.expected.filter((schedule) => passes(runOf(schedule))).map(({ task }) => task);
  const absent = [...new Set(tasks)].filter((task) => {
    const { expected } = known.has(task) ? {} : expectedFrom(task, groupBy, buckets, spec, () => []);
    return (expected?.judged.length ?? 0) > 0;
  });
  const names = [...groups.names, ...absent];
  return names.length > limit ? { names: names.slice(0, limit), omitted: names.length - limit } : { names };
}

function isOfSchedule({ field }: Match): boolean {
  return field === 'task' || field === 'source';
}

/** A run as far as its schedule tells. */
function runOf({ task, source = '' }: ExpectedRuns): TaskRun {
  return { source, runId: '', attempt: 1, state: 'unknown', task, observedAt: 0 };
}
