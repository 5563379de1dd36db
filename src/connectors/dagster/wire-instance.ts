import type { EpochMs } from '../../model/units';
import { compact, optional, readFlag, readList, readObject, readRows, readText } from '../../model/read-shape';
import type { Fields, Rows } from '../../model/read-shape';
import { readMember } from './graphql';
import { readSeconds } from './wire';
import { readPythonError } from './wire-log';
import type { PythonError } from './wire-log';

/** A process of Dagster's that does one thing: starts what is due, takes runs from the queue … */
export interface DagsterDaemon {
  /** `SCHEDULER`, `SENSOR`, `QUEUED_RUN_COORDINATOR` … */
  type: string;
  /** Whether this instance needs it. */
  required: boolean;
  beatAt?: EpochMs;
}

export interface DagsterLocation {
  name: string;
  repositories: string[];
  /** Why it does not load. */
  error?: string;
}

/** Who looks after the runs of an instance, and where their code is. */
export interface DagsterInstance {
  locations: DagsterLocation[];
  daemons: DagsterDaemon[];
}

export function readInstance(data: Fields): DagsterInstance {
  const { locationEntries } = readMember(data['workspaceOrError'], 'workspaceOrError', 'Workspace');
  const health = readObject(readObject(data['instance'], 'instance')['daemonHealth'], 'daemonHealth');
  return {
    locations: readList(locationEntries, 'locationEntries', readLocation),
    daemons: readList(health['allDaemonStatuses'], 'allDaemonStatuses', readDaemon),
  };
}

function readLocation(value: unknown, at: string): DagsterLocation {
  const entry = readObject(value, at);
  // Absent while it loads.
  const loaded = optional(entry['locationOrLoadError'], `${at}.locationOrLoadError`, readObject);
  return compact<DagsterLocation>({
    name: readText(entry['name'], `${at}.name`),
    repositories:
      optional(loaded?.['repositories'], `${at}.repositories`, (list, where) =>
        readList(list, where, (one, place) => readText(readObject(one, place)['name'], `${place}.name`))
      ) ?? [],
    error: optional(loaded?.['message'], `${at}.message`, readText),
  });
}

function readDaemon(value: unknown, at: string): DagsterDaemon {
  const daemon = readObject(value, at);
  return compact<DagsterDaemon>({
    type: readText(daemon['daemonType'], `${at}.daemonType`),
    required: readFlag(daemon['required'], `${at}.required`),
    beatAt: optional(daemon['lastHeartbeatTime'], `${at}.lastHeartbeatTime`, readSeconds),
  });
}

export interface DagsterVersion extends DagsterInstance {
  version: string;
  /** What this webserver lets everybody do who reaches it: `terminate_pipeline_execution` … */
  allowed: string[];
}

export function readVersion(data: Fields): DagsterVersion {
  const permissions = readList(data['permissions'], 'permissions', (value, at) => {
    const one = readObject(value, at);
    return { name: readText(one['permission'], `${at}.permission`), given: readFlag(one['value'], `${at}.value`) };
  });
  return {
    version: readText(data['version'], 'version'),
    allowed: permissions.filter(({ given }) => given).map(({ name }) => name),
    ...readInstance(data),
  };
}

/** One time that a schedule or a sensor was looked at. */
export interface DagsterTick {
  tickId: string;
  /** `STARTED`, `SUCCESS`, `FAILURE`. */
  status: string;
  startedAt: EpochMs;
  finishedAt?: EpochMs;
  error?: PythonError;
}

export interface DagsterInstigator {
  kind: 'schedule' | 'sensor';
  name: string;
  location: string;
  repository: string;
  ticks: Rows<DagsterTick>;
}

export function readInstigators(data: Fields): DagsterInstigator[] {
  const { nodes } = readMember(data['repositoriesOrError'], 'repositoriesOrError', 'RepositoryConnection');
  return readList(nodes, 'nodes', (value, at) => {
    const node = readObject(value, at);
    const repository = readText(node['name'], `${at}.name`);
    const location = readText(readObject(node['location'], `${at}.location`)['name'], `${at}.location.name`);
    const read = (list: string, kind: DagsterInstigator['kind'], state: string) =>
      readList(node[list], `${at}.${list}`, (item, place): DagsterInstigator => {
        const one = readObject(item, place);
        const { ticks } = readObject(one[state], `${place}.${state}`);
        return {
          kind,
          name: readText(one['name'], `${place}.name`),
          location,
          repository,
          ticks: readRows(ticks, 'ticks', readTick),
        };
      });
    return [...read('schedules', 'schedule', 'scheduleState'), ...read('sensors', 'sensor', 'sensorState')];
  }).flat();
}

function readTick(value: unknown, at: string): DagsterTick {
  const tick = readObject(value, at);
  return compact<DagsterTick>({
    tickId: readText(tick['tickId'], `${at}.tickId`),
    status: readText(tick['status'], `${at}.status`),
    startedAt: readSeconds(tick['timestamp'], `${at}.timestamp`),
    finishedAt: optional(tick['endTimestamp'], `${at}.endTimestamp`, readSeconds),
    error: optional(tick['error'], `${at}.error`, readPythonError),
  });
}
