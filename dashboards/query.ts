import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import type { AnnotationKind, RunlaneQuery as Query, RunlaneVariableQuery } from '../src/datasource/query';
import type { Match } from '../src/model/task-query';

/** Every panel asks the data source that the dashboard's variable names, never a fixed one. */
export const DATA_SOURCE = { type: 'runlane-datasource', uid: '${ds}' } as const;

/** The dashboard variables that narrow every query, and the field each one narrows. */
export const FILTER_VARIABLES = ['source', 'task', 'queue', 'worker'] as const;
export type FilterVariable = (typeof FILTER_VARIABLES)[number];

/** What the timeline's lanes are made of: set by the panel's own control. */
export const LANE_VARIABLE = 'lanes';

/** The run that the timeline shows the details of: links set it, and no control does. */
export const SELECT_VARIABLE = 'run';

/** Percent of ended runs that should complete; the reader sets it. */
export const OBJECTIVE_VARIABLE = 'objective';

/** Where the limits of durations and throughput come from: `usual` or `fixed`. */
export const LIMITS_VARIABLE = 'limits';

/** No run has this label, so all runs fall into one group, and that group has no name to repeat in a legend. */
export const ALL_IN_ONE = 'label:none';

export type Ask = Omit<Query, 'refId' | 'filter' | 'datasource' | 'hide' | 'key'>;

/** The dashboard's variables as matches. One that says All, or nothing, is left out by the data source. */
function variableMatches(names: readonly FilterVariable[]): Match[] {
  return names.map((name) => ({ field: name, operator: '=', values: ['$' + name] }));
}

/** What a whole dashboard is about: runs in certain systems, or those that match. */
export interface Scope {
  /** Ids of source systems and of profiles of Prometheus. */
  systems?: readonly string[];
  matches?: readonly Match[];
}

/** The run that the task run dashboard is about. */
export const THIS_RUN: readonly Match[] = [
  { field: 'source', operator: '=', values: ['$source'] },
  { field: 'runId', operator: '=', values: ['$runId'] },
];

/** A target of our data source, narrowed by the dashboard's variables and by more matches where given. */
export class RunlaneQuery implements cog.Builder<cog.Dataquery> {
  private readonly query: Query;

  constructor(ask: Ask, variables: readonly FilterVariable[] = FILTER_VARIABLES, more: readonly Match[] = []) {
    this.query = { refId: 'A', ...ask, filter: { matches: [...variableMatches(variables), ...more] } };
  }

  refId(refId: string): this {
    this.query.refId = refId;
    return this;
  }

  build(): cog.Dataquery {
    return { datasource: DATA_SOURCE, ...this.query, _implementsDataqueryVariant: () => undefined } as cog.Dataquery;
  }
}

/** Makes the targets of one dashboard. */
export type Asks = (question: Ask, more?: readonly Match[]) => RunlaneQuery;

/** Questions about what a dashboard is about, narrowed by its variables. */
export function asks({ systems, matches = [] }: Scope): Asks {
  return (question, more = []) =>
    new RunlaneQuery({ ...question, ...(systems && { systems }) }, FILTER_VARIABLES, [...matches, ...more]);
}

/** Questions of dashboards that are about everything. */
export const ASK_ALL: Asks = asks({});

/** What a dashboard variable asks: the known values of a field, narrowed by other variables. */
export function valuesQuery(field: FilterVariable, matches: readonly Match[] = []): RunlaneVariableQuery {
  return { refId: `variable-${field}`, field, filter: { matches } };
}

/** Tasks, queues and workers are listed for the chosen sources only. */
export function chainedValuesQuery(field: FilterVariable, { systems, matches = [] }: Scope = {}): RunlaneVariableQuery {
  const chosen = field === 'source' ? [] : variableMatches(['source']);
  return { ...valuesQuery(field, [...chosen, ...matches]), ...(systems && { systems }) };
}

export function annotationQuery(
  annotation: AnnotationKind,
  variables: readonly FilterVariable[],
  { systems, matches = [] }: Scope = {}
): RunlaneQuery {
  const view = annotation === 'silent_workers' ? 'workers' : 'runs';
  const ask = { view, limit: 200, annotation, ...(systems && { systems }) } as const;
  return new RunlaneQuery(ask, variables, matches).refId(`annotation-${annotation}`);
}
