import type { RunPage } from '../../model/answer';
import type { Lack } from '../../model/source-status';
import { ConnectorError } from '../../model/connector-error';
import { isAliveIn } from '../../model/lifetime';
import { compact } from '../../model/read-shape';
import type { RunsQuery } from '../../model/task-query';
import { beganAt } from '../../model/task-run';
import type { TaskRun } from '../../model/task-run';
import type { DurationMs, EpochMs } from '../../model/units';
import type { Connector, Ports, Reports, SourceVersion } from '../connector';
import { SharedAnswer } from '../shared-answer';
import { checkCluster } from './check';
import { lacksOf } from './lacks';
import { sayMissed } from './missed';
import { placeOf } from './names';
import { KUBERNETES } from './refuse';
import { readScope } from './settings';
import type { KubernetesSettings } from './settings';
import { readSnapshot } from './snapshot';
import { toTaskRuns } from './to-task-runs';

/** Queues are those of Kueue. Memory is told of what runs, where metrics.k8s.io is served: not enough to promise it. */
const REPORTS: Reports = {
  attempts: true,
  queues: true,
  workers: true,
  resources: false,
  waits: true,
  exits: true,
  errors: true,
  parents: true,
  traces: false,
  pending: true,
  running: true,
};

/** Panels of a dashboard ask within moments of each other, and each would read the whole cluster. */
const SERVES_MS: DurationMs = 2_000;

/** All runs of one moment. */
interface Told {
  /** Its place in the order of those that were read. */
  number: number;
  /** Those that began last come first. */
  runs: readonly TaskRun[];
  skipped: number;
  isCut: boolean;
  notices: readonly string[];
  lacks: Lack[];
}

/** Jobs of Kubernetes 1.24 or newer, with the pods that tried them, as lists of its API. Only by GET. */
export function createKubernetes(
  { http }: Ports,
  settings: KubernetesSettings = {},
  now: () => EpochMs = () => Date.now()
): Connector {
  const scope = readScope(settings);
  let number = 0;
  let last: Told | undefined;

  const newest = new SharedAnswer<Told>(
    async (signal) => {
      const snapshot = await readSnapshot(http, scope, signal);
      const cronJobs = new Map(snapshot.cronJobs.map((cronJob) => [placeOf(cronJob, cronJob.name), cronJob]));
      const around = { now: now(), scope, cronJobs, memory: snapshot.memory };
      const found = snapshot.jobs.map((job) => toTaskRuns(job, snapshot.pods.get(job.uid) ?? [], around));
      const unseen = found.reduce((sum, tries) => sum + tries.unseen, 0);
      last = {
        number: ++number,
        runs: found.flatMap(({ rows }) => rows).sort((a, b) => beganAt(b) - beganAt(a)),
        skipped: snapshot.skipped,
        isCut: snapshot.isCut,
        lacks: lacksOf(snapshot.jobs, [...snapshot.pods.values()].flat(), snapshot.hasMemory),
        notices: [...snapshot.notices, ...sayUnseen(unseen), ...sayMissed(snapshot.cronJobs, scope, around.now)],
      };
      return last;
    },
    SERVES_MS,
    now
  );

  return {
    id: KUBERNETES,
    reports: REPORTS,

    check: (signal): Promise<SourceVersion> => checkCluster(http, scope, signal),

    async lacks(signal): Promise<Lack[]> {
      if (signal.aborted) {
        throw signal.reason;
      }
      // As the last reading showed it: the whole cluster is not read for that.
      return (last ?? (await newest.get(signal))).lacks;
    },

    async runs({ range, limit, cursor }: RunsQuery, signal): Promise<RunPage> {
      const place = cursor === undefined ? undefined : readCursor(cursor);
      if (place !== undefined && place.number !== last?.number) {
        throw strange(cursor ?? '');
      }
      const told = place === undefined || last === undefined ? await newest.get(signal) : last;
      const alive = told.runs.filter((run) => isAliveIn(run, range));
      const from = place?.offset ?? 0;
      const end = from + limit;
      const next = end < alive.length ? `${told.number}.${end}` : undefined;
      return compact<RunPage>({
        runs: alive.slice(from, end),
        unfiltered: true,
        truncated: next !== undefined || told.isCut,
        skipped: from === 0 ? told.skipped : 0,
        next,
        notices: told.notices.length === 0 || from > 0 ? undefined : [...told.notices],
      });
    },
  };
}

/** `12.1000`: of which reading, and how many of its runs came before. */
function readCursor(cursor: string): { number: number; offset: number } {
  const [, number, offset] = /^(\d+)\.(\d+)$/.exec(cursor) ?? [];
  if (number === undefined) {
    throw strange(cursor);
  }
  return { number: Number(number), offset: Number(offset) };
}

function strange(cursor: string): ConnectorError {
  return new ConnectorError(
    'bad-request',
    KUBERNETES,
    `The page ${JSON.stringify(cursor)} is not there any more. Ask anew.`
  );
}

function sayUnseen(unseen: number): string[] {
  return unseen === 0
    ? []
    : [
        `Kubernetes counted ${unseen} earlier attempts that it tells nothing of any more: their pods are gone, or they were restarts before the last.`,
      ];
}
