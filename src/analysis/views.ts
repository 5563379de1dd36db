import type { Answer } from '../model/answer';
import type { RunTables } from '../model/run-table';
import type { GroupBy, TaskFilter, TimeRange, View } from '../model/task-query';
import type { DurationMs, EpochMs } from '../model/units';
import type { Causes } from './causes';
import { durationsOf } from './durations';
import { failuresOf } from './failures';
import { healthOf } from './health';
import type { HealthSources } from './health-input';
import { Question } from './question';
import type { Grain } from './question';
import { queuesOf } from './queues';
import { resourcesOf } from './resources';
import { statesOf } from './states';
import { throughputOf } from './throughput';
import { MOST_LANES } from './timeline';
import { workersOf } from './workers';

/** Views that tables of runs answer. */
export type TableView = Exclude<View, 'assets' | 'alerts' | 'run'>;

/** Of these, the ones whose answers list runs: they tell ids, and who holds the runs puts them in. */
export type ListView = 'runs' | 'timeline' | 'transitions' | 'lineage' | 'trace';

/** A view that is asked for. */
export interface ViewQuery {
  view: TableView;
  filter: TaskFilter;
  range: TimeRange;
  step: DurationMs;
  groupBy?: GroupBy;
  /** Most groups, rows or runs in the answer. */
  limit: number;
  now: EpochMs;
}

/** How many groups the question of each view has; views of no groups are about all runs together. */
const MOST_GROUPS: Readonly<Partial<Record<TableView, number>>> = {
  runs: 0,
  timeline: MOST_LANES,
  failures: 0,
  workers: 0,
  queues: 0,
  transitions: 0,
  lineage: 0,
  trace: 0,
};

/** What each view takes from summaries; the others look at every run. */
const GRAINS: Readonly<Partial<Record<TableView, Grain>>> = {
  runs: 'range',
  timeline: 'counts',
  states: 'counts',
  throughput: 'counts',
  durations: 'lengths',
  health: 'lengths',
  failures: 'range',
  queues: 'range',
};

/** The question that a view is made from. */
export function questionFor(
  tables: RunTables,
  { view, filter, range, step, groupBy, limit, now }: ViewQuery
): Question {
  const mostGroups = MOST_GROUPS[view] ?? limit;
  const grain = GRAINS[view] ?? 'rows';
  return new Question(tables, { filter, range, step, groupBy: groupBy ?? 'task', mostGroups, now, grain });
}

/** The answer of a view that lists no runs. */
export function answerOf(
  question: Question,
  { view, limit }: { view: Exclude<TableView, ListView>; limit: number },
  sources: HealthSources,
  causes: Causes
): Answer {
  switch (view) {
    case 'states':
      return statesOf(question);
    case 'throughput':
      return throughputOf(question);
    case 'durations':
      return durationsOf(question);
    case 'health':
      return healthOf(question, sources, causes);
    case 'failures':
      return failuresOf(question, limit, causes);
    case 'workers':
      return workersOf(question, limit, sources);
    case 'queues':
      return queuesOf(question, limit);
    case 'resources':
      return resourcesOf(question);
  }
}
