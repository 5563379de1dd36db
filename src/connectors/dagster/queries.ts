import type { Question } from './graphql';

/** What Dagster is asked, as short as it goes: the text travels in the address. All of it is in the schema since 1.8. */
const INSTANCE =
  'workspaceOrError{__typename ...on Workspace{locationEntries{name locationOrLoadError{__typename ...on RepositoryLocation{repositories{name}} ...on PythonError{message}}}} ...on PythonError{message}} ' +
  'instance{daemonHealth{allDaemonStatuses{daemonType required lastHeartbeatTime}}}';

export const CHECK: Question = { name: 'check', text: `{version permissions{permission value} ${INSTANCE}}` };

export const DAEMONS: Question = { name: 'daemons', text: `{${INSTANCE}}` };

/** A page of runs, the newest first, with where they are and who looks after them. `stepStats` is one look into the log a run. */
export const RUNS: Question = {
  name: 'runs',
  text:
    `query($limit:Int!,$cursor:String,$filter:RunsFilter!){${INSTANCE} runsOrError(filter:$filter,cursor:$cursor,limit:$limit){__typename ` +
    '...on Runs{results{runId status jobName creationTime startTime endTime updateTime rootRunId parentRunId tags{key value} ' +
    'repositoryOrigin{repositoryLocationName repositoryName} assetChecks{name} ' +
    'stepStats{stepKey status startTime endTime attempts{startTime endTime}}}} ' +
    '...on InvalidPipelineRunsFilterError{message} ...on PythonError{message}}}',
};

const TICKS_OF =
  '{status ticks(afterTimestamp:$from,beforeTimestamp:$to,limit:$limit,statuses:[STARTED,SUCCESS,FAILURE]){tickId status timestamp endTimestamp ' +
  'error{className message stack causes{className message stack}}}}';

/** What schedules and sensors did. Ticks that were skipped are not asked for: a sensor has thousands a day. */
export const TICKS: Question = {
  name: 'ticks',
  text:
    'query($from:Float!,$to:Float!,$limit:Int!){repositoriesOrError{__typename ...on RepositoryConnection{nodes{name location{name} ' +
    `schedules{name scheduleState${TICKS_OF}} sensors{name sensorState${TICKS_OF}}}} ...on PythonError{message}}}`,
};

/** What there is of assets, with the latest of each. `freshnessStatusInfo` came with 1.11. */
export const ASSETS: Question = {
  name: 'assets',
  since: '1.11',
  text:
    `{${INSTANCE} assetNodes(loadMaterializations:true){assetKey{path} groupName repository{location{name}} dependencyKeys{path} ` +
    'assetMaterializations(limit:1){timestamp runId} freshnessStatusInfo{freshnessStatus} ' +
    'assetChecksOrError{__typename ...on AssetChecks{checks{executionForLatestMaterialization{status}}}}}}',
};

/** A log to be read, from its beginning or after a cursor. */
export interface LogPage {
  runId: string;
  cursor?: string;
}

const LOG =
  'fragment L on EventConnectionOrError{__typename ...on EventConnection{cursor hasMore events{__typename ' +
  '...on MessageEvent{timestamp message stepKey} ...on ErrorEvent{error{className message stack causes{className message stack}}} ' +
  '...on AssetCheckEvaluationEvent{evaluation{checkName assetKey{path} success severity description}}}}}';

/** Several logs in one question, as `l0`, `l1`, …; `limit` is most events of each. */
export function logsQuestion(pages: readonly LogPage[], limit: number): Question {
  const one = ({ runId, cursor }: LogPage, index: number) =>
    `l${index}:logsForRun(runId:${JSON.stringify(runId)},limit:${limit}${cursor === undefined ? '' : `,afterCursor:${JSON.stringify(cursor)}`}){...L}`;
  return { name: 'logs', text: `{${pages.map(one).join(' ')}} ${LOG}` };
}
