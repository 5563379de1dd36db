import type { AssetList, PartsNow, RunPage, Worker } from '../../model/answer';
import { isAliveIn } from '../../model/lifetime';
import type { Lack } from '../../model/source-status';
import { compact } from '../../model/read-shape';
import type { Rows } from '../../model/read-shape';
import type { RunsQuery, TimeRange } from '../../model/task-query';
import type { TaskRun } from '../../model/task-run';
import type { EpochMs } from '../../model/units';
import type { Connector, Ports, Reports, SourceVersion } from '../connector';
import { readAssets } from './assets';
import { cursorAfter, expectProgress, readCursor } from './cursor';
import type { Cursor } from './cursor';
import { lacksOf, sayTrouble, toWorkers } from './daemons';
import { createAsk } from './graphql';
import { createLogReader } from './logs';
import { ASSETS, CHECK, DAEMONS, RUNS, TICKS } from './queries';
import { DAGSTER } from './refuse';
import { createStepReader } from './run-steps';
import { sayVersion } from './say-version';
import { ticksToRuns } from './ticks';
import { toTaskRuns } from './to-task-runs';
import { readRuns } from './wire';
import type { DagsterRow } from './wire';
import { readInstance, readInstigators, readVersion } from './wire-instance';
import type { DagsterInstance, DagsterInstigator } from './wire-instance';
import { namer } from './worlds';

const REPORTS: Reports = {
  attempts: true,
  queues: false,
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

/** Runs in one answer. */
const PAGE = 100;
/** Runs that have not ended may have changed last long ago, so no range finds them: asked for by status. */
const OPEN = ['QUEUED', 'NOT_STARTED', 'MANAGED', 'STARTING', 'STARTED', 'CANCELING'];
const MOST_OPEN = 200;
/** Ticks of one schedule or sensor, the newest. */
const MOST_TICKS = 100;

interface DagsterPage extends Rows<DagsterRow> {
  instance: DagsterInstance;
}

/**
 * Dagster (1.8 or newer) as its webserver tells it through GraphQL: runs of jobs with their steps, results of asset checks,
 * ticks of schedules and sensors, daemons. Only queries, only by GET.
 */
export function createDagster({ http }: Ports, now: () => EpochMs = () => Date.now()): Connector {
  const ask = createAsk(http);
  const readSteps = createStepReader(ask);
  const readLogs = createLogReader(ask);

  function page(filter: object, limit: number, signal: AbortSignal, cursor?: string): Promise<DagsterPage> {
    const variables = compact({ limit, cursor, filter });
    return ask(RUNS, variables, signal, (data) => ({ instance: readInstance(data), ...readRuns(data) }));
  }

  /**
   * Runs that changed since the range began, the newest first. Behind a run that was deleted Dagster gives an empty page
   * without a word: then it goes on from that run's time.
   */
  async function changed(range: TimeRange, limit: number, signal: AbortSignal, after?: Cursor): Promise<DagsterPage> {
    const filter = { createdBefore: seconds(range.to), updatedAfter: seconds(range.from - 1) };
    if (after === undefined) {
      return page(filter, limit, signal);
    }
    const found = await page(filter, limit, signal, after.runId);
    const isEmpty = found.rows.length + found.skipped === 0;
    // A millisecond on, for what was created in the same one; what comes twice counts once.
    const rest = { ...filter, createdBefore: Math.min(filter.createdBefore, seconds(after.createdAt + 1)) };
    const next = isEmpty ? await page(rest, limit, signal) : found;
    const others = next.rows.filter(({ runId }) => runId !== after.runId);
    if (!isEmpty && next.rows.length === limit) {
      expectProgress(next.rows, after);
    }
    return { ...next, rows: others };
  }

  const openBefore = (range: TimeRange, signal: AbortSignal) =>
    page({ statuses: OPEN, createdBefore: seconds(range.to), updatedBefore: seconds(range.from) }, MOST_OPEN, signal);

  const ticksIn = (range: TimeRange, signal: AbortSignal) =>
    ask(TICKS, { from: seconds(range.from), to: seconds(range.to), limit: MOST_TICKS }, signal, readInstigators);

  const daemons = async (signal: AbortSignal) => toWorkers(await ask(DAEMONS, {}, signal, readInstance), now());

  return {
    id: DAGSTER,
    reports: REPORTS,

    async check(signal): Promise<SourceVersion> {
      return sayVersion(await ask(CHECK, {}, signal, readVersion), now());
    },

    async runs({ range, limit, cursor }: RunsQuery, signal): Promise<RunPage> {
      const size = Math.min(PAGE, limit);
      const after = cursor === undefined ? undefined : readCursor(cursor);
      const [listed, open, instigators] = await Promise.all([
        changed(range, size, signal, after),
        after === undefined ? openBefore(range, signal) : undefined,
        after === undefined ? ticksIn(range, signal) : [],
      ]);
      const { instance } = listed;
      const found = await readSteps(newestOf([...listed.rows, ...(open?.rows ?? [])]), signal);
      const { logs, unread } = await readLogs(found.runs, signal);
      const name = namer(instance.locations);
      const runs: TaskRun[] = [];
      for (const run of found.runs) {
        const rows = toTaskRuns(run, compact({ now: now(), name, log: logs.get(run.runId) }));
        // A run and what is below it are one thing.
        if (rows[0] !== undefined && isAliveIn(rows[0], range)) {
          runs.push(...rows);
        }
      }
      runs.push(
        ...instigators.flatMap((of) => ticksToRuns(of, name(of, of.name))).filter((run) => isAliveIn(run, range))
      );

      const last = listed.rows[listed.rows.length - 1];
      const isFull = listed.rows.length + listed.skipped >= size;
      const next = isFull && last !== undefined ? cursorAfter(last) : undefined;
      const cut = [...cutOpen(open), ...cutTicks(instigators)];
      const notices = [...sayTrouble(instance, now()), ...cut, ...sayUnread(unread)];
      return compact<RunPage>({
        runs,
        unfiltered: true,
        truncated: isFull || cut.length > 0,
        skipped: [listed, open, found, ...instigators.map(({ ticks }) => ticks)].reduce(
          (sum, part) => sum + (part?.skipped ?? 0),
          0
        ),
        next,
        notices: notices.length === 0 ? undefined : notices,
      });
    },

    async assets(signal): Promise<AssetList> {
      return ask(ASSETS, {}, signal, (data) => {
        const { rows: assets, skipped } = readAssets(data);
        const notices = sayTrouble(readInstance(data), now());
        return compact<AssetList>({ assets, skipped, notices: notices.length === 0 ? undefined : notices });
      });
    },

    async workers(_filter, _range, signal): Promise<Worker[]> {
      return daemons(signal);
    },

    async lacks(signal): Promise<Lack[]> {
      return lacksOf(await ask(DAEMONS, {}, signal, readInstance));
    },

    async parts(signal): Promise<PartsNow> {
      // What is wrong with them is said beside the runs.
      return { workers: await daemons(signal), notices: [] };
    },
  };
}

/** A run may be in both answers, taken at different moments: what changed last counts. */
function newestOf(runs: readonly DagsterRow[]): DagsterRow[] {
  const found = new Map<string, DagsterRow>();
  for (const run of runs) {
    const other = found.get(run.runId);
    if (other === undefined || run.updatedAt > other.updatedAt) {
      found.set(run.runId, run);
    }
  }
  return [...found.values()].sort((a, b) => b.createdAt - a.createdAt);
}

function cutOpen(open: DagsterPage | undefined): string[] {
  return open === undefined || open.rows.length + open.skipped < MOST_OPEN
    ? []
    : [
        `More than ${MOST_OPEN} runs of Dagster have not ended and did not change in this range: the newest of them are shown.`,
      ];
}

function cutTicks(instigators: readonly DagsterInstigator[]): string[] {
  const many = instigators.filter(({ ticks }) => ticks.rows.length + ticks.skipped >= MOST_TICKS);
  return many.map(
    ({ kind, name }) =>
      `Of the ${kind} ${name} the newest ${MOST_TICKS} ticks are shown, of those that were not skipped.`
  );
}

function sayUnread(unread: number): string[] {
  return unread === 0
    ? []
    : [
        `The logs of ${unread} runs were not read to their end: errors of theirs, and results of asset checks, are missing.`,
      ];
}

function seconds(time: EpochMs): number {
  return time / 1000;
}
