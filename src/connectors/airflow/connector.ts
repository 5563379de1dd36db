import type { PartsNow, RunPage, Worker } from '../../model/answer';
import type { Lack } from '../../model/source-status';
import { compact } from '../../model/read-shape';
import type { RunsQuery } from '../../model/task-query';
import { beganAt, runKey } from '../../model/task-run';
import type { DurationMs, EpochMs } from '../../model/units';
import type { Connector, Ports, Reports, SourceVersion } from '../connector';
import { findApi } from './api';
import type { AirflowApi } from './api';
import { readAudit, readHealth, readOwners, readPoolsByName, readState } from './around';
import type { Audit } from './audit';
import { failedAndLeft, readEarlierTries } from './earlier-tries';
import { createErrorBook } from './errors';
import type { Failure } from './errors';
import { instanceId } from './identity';
import { readLists } from './lists';
import type { Lists } from './lists';
import { changedInstances, isPast } from './questions';
import { AIRFLOW } from './refuse';
import { readTimedOut } from './timed-out';
import { wasAlive } from './was-alive';
import { dagRunToRun } from './to-job-run';
import { earlierAttempts, lastAttempts } from './to-task-runs';
import type { Around } from './to-task-runs';
import type { TaskInstance } from './wire';

/** Errors and signals come from logs. Deadlines, trace ids and exit codes have no public route. */
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

const DAY_MS: DurationMs = 86_400_000;
/** Owners of DAGs change when somebody edits them. */
const OWNERS_KEPT_MS: DurationMs = 600_000;

/** Airflow's dag runs and task instances, each with its attempts, through the REST API of 3.x (`/api/v2`) or 2.x (`/api/v1`). */
export function createAirflow({ http }: Ports, now: () => EpochMs = () => Date.now()): Connector {
  const errors = createErrorBook();
  let api: AirflowApi | undefined;
  let owners: { at: EpochMs; byDag: ReadonlyMap<string, string> } | undefined;

  async function ownersNow(from: AirflowApi, signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    if (owners === undefined || now() - owners.at > OWNERS_KEPT_MS) {
      owners = { at: now(), byDag: await readOwners(from, signal) };
    }
    return owners.byDag;
  }

  /** All attempts of what the lists have, and the earlier ones of what is left out of them. */
  async function attemptsOf(
    from: AirflowApi,
    { instances, dagRuns }: Lists,
    { audit, left, pools }: { audit: Audit; left: readonly TaskInstance[]; pools: Around['pools'] },
    signal: AbortSignal
  ) {
    const [byDag, timedOut, earlier] = await Promise.all([
      ownersNow(from, signal),
      readTimedOut(from, instances, dagRuns, signal),
      readEarlierTries(from, [...instances, ...left], audit, signal),
    ]);
    const ownersOf = (dag: string) => byDag.get(dag);
    const around: Around = { now: now(), audit, pools, ownersOf, timedOut };
    const attempts = [
      ...instances.flatMap((row) => lastAttempts(row, around).map((run) => ({ run, row }))),
      ...[...instances, ...left].flatMap((row) =>
        earlierAttempts(earlier.tries.get(instanceId(row)) ?? [], row, around).map((run) => ({ run, row }))
      ),
    ];
    const jobs = dagRuns.map((row) => dagRunToRun(row, around));
    return { attempts, jobs, skipped: earlier.skipped, notices: earlier.notices };
  }

  return {
    id: AIRFLOW,
    reports: REPORTS,

    async check(signal): Promise<SourceVersion> {
      const airflow = await findApi(http, signal);
      const range = { from: now() - DAY_MS, to: now() };
      const [changed, state, audit] = await Promise.all([
        airflow.list(changedInstances(airflow, range, now()), { offset: 0, most: 1 }, signal),
        readState(airflow, signal),
        readAudit(airflow, now(), signal),
      ]);
      const said = [`${changed.total} task instances changed in the last 24 h.`, ...state];
      if (audit.from === undefined) {
        said.push('This user may not read the audit log: who marked or cleared runs, and what was lost, is not told.');
      }
      return { product: 'Apache Airflow', version: airflow.version, summary: said.join(' ') };
    },

    async lacks(signal): Promise<Lack[]> {
      api ??= await findApi(http, signal);
      const audit = await readAudit(api, now(), signal);
      return audit.from === undefined ? [NO_AUDIT_LOG] : [];
    },

    async parts(signal): Promise<PartsNow> {
      api ??= await findApi(http, signal);
      const parts = (await readHealth(api, signal)) ?? [];
      const workers = parts.map(({ name, isHealthy, lastSeen }) =>
        compact<Worker>({ source: AIRFLOW, name, alive: isHealthy, lastSeenAt: lastSeen })
      );
      // What is wrong with it is said beside its runs.
      return { workers, notices: [] };
    },

    async runs(query: RunsQuery, signal): Promise<RunPage> {
      if (signal.aborted) {
        throw signal.reason;
      }
      api ??= await findApi(http, signal);
      const { filter, range, cursor } = query;
      const isFirst = cursor === undefined;
      const [lists, audit, pools, state] = await Promise.all([
        readLists(api, query, now(), signal),
        readAudit(api, range.from, signal),
        isFirst ? readPoolsByName(api, signal) : new Map(),
        isFirst ? readState(api, signal) : [],
      ]);
      const left = isFirst && isPast(range, now()) ? failedAndLeft(lists.instances, audit, range) : [];
      const found = await attemptsOf(api, lists, { audit, left, pools }, signal);
      const shown = found.attempts.filter(({ run }) => wasAlive(run, range));
      const told = await errors.read(api, shown.filter(needsLog), signal);
      const runs = [...shown.map(({ run }) => told.byKey.get(runKey(run)) ?? run), ...found.jobs];
      const notices = [...state, ...found.notices, ...sayUnread(told.unread)];
      return compact<RunPage>({
        runs: runs.filter((run) => wasAlive(run, range)).sort((a, b) => beganAt(b) - beganAt(a)),
        unfiltered: filter.matches.length > 0 || (filter.text ?? '') !== '' ? true : undefined,
        truncated: lists.next !== undefined || lists.isCut,
        skipped: lists.skipped + found.skipped,
        next: lists.next,
        notices: notices.length === 0 ? undefined : notices,
      });
    },
  };
}

const NO_AUDIT_LOG: Lack = {
  what: 'who marked or cleared runs, and some tries that were lost',
  setting: 'can read on Audit Logs',
  message:
    'This user may not read the audit log, which tells who marked or cleared what, and of tries that nobody else remembers. With the FAB auth manager, give the permission can read on Audit Logs to a role of its own, and that to the user.',
};

/** What failed by itself: a log tells why. */
function needsLog({ run }: Failure): boolean {
  return run.state === 'failed' && run.substate !== 'upstream_failed';
}

function sayUnread(unread: number): string[] {
  return unread === 0
    ? []
    : [
        `Of ${unread} failed attempts, the errors were not read: Airflow has them in logs alone, and the newest come first.`,
      ];
}
