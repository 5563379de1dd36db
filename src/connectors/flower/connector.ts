import type { RunPage, Worker } from '../../model/answer';
import { ConnectorError } from '../../model/connector-error';
import { isAliveIn } from '../../model/lifetime';
import { compact } from '../../model/read-shape';
import type { Lack } from '../../model/source-status';
import type { RunsQuery } from '../../model/task-query';
import type { TaskRun } from '../../model/task-run';
import type { DurationMs, EpochMs } from '../../model/units';
import type { Connector, Ports, Reports, SourceVersion } from '../connector';
import { parseJson } from '../parse-json';
import type { Asked } from '../parse-json';
import { readAnswer } from '../read-answer';
import { lacksOf } from './lacks';
import { FLOWER, refuse } from './refuse';
import { sayShift, shiftsOf, unshift } from './shifted-clocks';
import { toTaskRun } from './to-task-run';
import { readStatus, readTasks, readWorkers } from './wire';
import type { FlowerTask, FlowerTasks } from './wire';

export { FLOWER } from './refuse';

/** Retries overwrite the attempt before; lost ones are told by the workers' status. */
const REPORTS: Reports = {
  attempts: false,
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

/** Rows in one answer: Flower serves nobody else while it writes them, about 0.1 s for so many. */
const PAGE = 1000;
/** Newest tasks that show how Celery is set up. */
const SAMPLE = 200;
/** Open tasks may have had their last event long ago, so no range finds them: asked for by state. */
const OPEN_STATES = ['PENDING', 'RECEIVED', 'STARTED', 'RETRY'];
/** The farthest that zones are apart. */
const FARTHEST_SHIFT_MS: DurationMs = 26 * 3_600_000;

/**
 * Celery's tasks as Flower (2.0 to 2.2) keeps them: up to `max_tasks` in memory, one row per task.
 *
 * Pages come in Flower's own order, the newest last event first, which misses nothing when rows arrive in between: they
 * push others onto the next page, where they come twice. Its own filters for times are not used: they are in the local
 * time of its machine, by the minute, and let through whatever was never received.
 */
export function createFlower({ http }: Ports, now: () => EpochMs = Date.now): Connector {
  async function get<T>(path: string, signal: AbortSignal, read: (value: unknown) => T): Promise<T> {
    const where = `GET ${path.split('?', 1)[0]}`;
    const response = await http(path, { signal });
    if (response.status !== 200) {
      throw refuse(where, response);
    }
    const asked: Asked = { connector: FLOWER, where, system: 'Flower' };
    const value = parseJson(response.body, asked);
    return readAnswer(asked, () => read(value));
  }

  const tasks = (params: string, signal: AbortSignal) => get(`/api/tasks?${params}`, signal, readTasks);
  const status = (signal: AbortSignal) => get('/api/workers?status=true', signal, readStatus);

  return {
    id: FLOWER,
    reports: REPORTS,

    async check(signal): Promise<SourceVersion> {
      const [workers, { rows }] = await Promise.all([status(signal), tasks('limit=1', signal)]);
      const alive = [...workers.values()].filter(Boolean).length;
      return {
        product: 'Flower',
        version: '2.x',
        summary:
          rows === 0
            ? `It knows no task yet, and ${alive} of ${workers.size} workers answer. Start workers with -E, or set worker_send_task_events.`
            : `${alive} of ${workers.size} workers answer.`,
      };
    },

    async runs({ range, limit, cursor }: RunsQuery, signal): Promise<RunPage> {
      const size = Math.min(PAGE, limit);
      const offset = cursor === undefined ? 0 : offsetOf(cursor);
      const first = cursor === undefined;
      const [page, alive, ...open] = await Promise.all([
        tasks(`limit=${size}&offset=${offset}`, signal),
        status(signal),
        ...(first ? OPEN_STATES.map((state) => tasks(`limit=${PAGE}&state=${state}`, signal)) : []),
      ]);
      const found = newestOf([page, ...open]);
      const shifts = shiftsOf(found, now());
      const runs: TaskRun[] = [];
      for (const task of found) {
        const shift = shifts.get(task.worker ?? '') ?? 0;
        const run = toTaskRun(shift === 0 ? task : unshift(task, shift), {
          now: now(),
          alive: (worker) => alive.get(worker),
        });
        if (isAliveIn(run, range)) {
          runs.push(run);
        }
      }
      const next = page.rows === size && reaches(page, range.from, shifts) ? String(offset + page.rows) : undefined;
      const skipped = [page, ...open].reduce((sum, one) => sum + one.skipped, 0);
      return compact<RunPage>({
        runs,
        unfiltered: true,
        truncated: next !== undefined,
        skipped,
        next,
        notices: shifts.size === 0 ? undefined : [...shifts].map(([worker, shift]) => sayShifted(worker, shift)),
      });
    },

    async workers(_filter, _range, signal): Promise<Worker[]> {
      const [alive, known, started] = await Promise.all([
        status(signal),
        get('/api/workers', signal, readWorkers),
        tasks(`limit=${PAGE}&state=STARTED`, signal),
      ]);
      return [...alive].map(([name, isAlive]) =>
        compact<Worker>({
          source: FLOWER,
          name,
          alive: isAlive,
          running: isAlive ? started.tasks.filter(({ worker }) => worker === name).length : 0,
          ...known.get(name),
        })
      );
    },

    async lacks(signal): Promise<Lack[]> {
      const [workers, { tasks: newest }] = await Promise.all([status(signal), tasks(`limit=${SAMPLE}`, signal)]);
      return lacksOf([...workers.values()].filter(Boolean).length, newest);
    },
  };
}

/** A task may be in several answers, taken at different moments: its newest row counts. */
function newestOf(pages: readonly FlowerTasks[]): FlowerTask[] {
  const found = new Map<string, FlowerTask>();
  for (const task of pages.flatMap((page) => page.tasks)) {
    const other = found.get(task.uuid);
    if (other === undefined || (task.timestamp ?? 0) > (other.timestamp ?? 0)) {
      found.set(task.uuid, task);
    }
  }
  return [...found.values()];
}

/** Whether rows behind this page may still be of the range. Workers that are behind have had events that look older. */
function reaches({ tasks }: FlowerTasks, from: EpochMs, shifts: ReadonlyMap<string, DurationMs>): boolean {
  const behind = Math.max(0, ...[...shifts.values()].map((shift) => -shift));
  const last = tasks[tasks.length - 1]?.timestamp;
  return last === undefined || last >= from - Math.min(behind, FARTHEST_SHIFT_MS);
}

function offsetOf(cursor: string): number {
  const offset = Number(cursor);
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw new ConnectorError(
      'bad-request',
      FLOWER,
      `The page ${JSON.stringify(cursor)} is none of Flower's. Ask anew.`
    );
  }
  return offset;
}

function sayShifted(worker: string, shift: DurationMs): string {
  return `Flower's times of ${worker} were ${sayShift(shift)} ${shift > 0 ? 'ahead' : 'behind'} (another time zone) and have been put right.`;
}
