import { judgeWorkers } from '../health/score';
import type { HealthSpec } from '../health/spec';
import type { Worker, WorkersAnswer } from '../model/answer';
import { liveStateAt, LOST } from '../model/row-life';
import { idOf, NO_NAME } from '../model/run-table';
import type { EpochMs } from '../model/units';
import { STATE_NUMBER } from '../model/word-numbers';
import type { HealthSources } from './health-input';
import { workerKey } from './health-input';
import { nameInSource, partsOfName } from './name-in-source';
import { byText } from './order';
import type { Part, Question } from './question';
import { UseNow } from './resources';
import { usageBy } from './samples';
import type { KnownWorker } from './worker-signs';

const { completed: COMPLETED, failed: FAILED, running: RUNNING } = STATE_NUMBER;
/** Runs whose last samples are read to say what their workers use now. */
const MOST_SAMPLED = 2_000;
/** What is held of a worker. */
const WORKER_BYTES = 500;

/** Runs are counted, so that every count is known. */
type Counts = Required<Pick<Worker, 'running' | 'completed' | 'failed' | 'lost'>>;

/** What the runs of a worker tell of it. */
class WorkerSums implements Counts {
  running = 0;
  completed = 0;
  failed = 0;
  lost = 0;
  lastSeenAt = -Infinity;
  host = NO_NAME;
  /** The run that told the host: the newest that told one. */
  hostFrom = { at: -Infinity, id: -1 };
  readonly queues = new Set<number>();
  /** Ids of runs. */
  readonly runsNow: number[] = [];
}

/**
 * The workers that runs name, the busiest first. What a worker completed, failed and lost are attempts: each was its own
 * work, whatever became of the run elsewhere. An idle worker does not appear, and `lastSeenAt` is the newest evidence
 * from its runs: a worker without runs is silent here, not dead, so what is known of its signs of life decides whether it
 * is `alive`.
 */
export function workersOf(question: Question, limit: number, { spec, workers }: HealthSources): WorkersAnswer {
  const { buckets, tables } = question;
  const signs = new Map(workers(buckets.cap)?.map((sign) => [workerKey(sign.source, sign.name), sign]));
  const found = new Map<number, WorkerSums>();
  for (const part of question.each()) {
    addRows(question, part, found);
  }
  const ordered = [...found]
    .map(([key, sums]) => {
      const { source, name } = partsOfName(key);
      return { source: question.name(source), name: question.name(name), sums };
    })
    .sort(
      (a, b) =>
        b.sums.lost - a.sums.lost ||
        b.sums.running - a.sums.running ||
        byText(a.source, b.source) ||
        byText(a.name, b.name)
    );
  let sampled = 0;
  const shown = ordered.slice(0, limit).map(({ source, name, sums }): Worker => {
    const { running, completed, failed, lost, lastSeenAt, host, queues, runsNow } = sums;
    sampled += runsNow.length;
    const use = sampled > MOST_SAMPLED ? {} : latestUse(tables.rows, runsNow, buckets.cap);
    const alive = isAliveAt(buckets.cap, { lastSeenAt, lost }, signs.get(workerKey(source, name)), spec);
    return {
      source,
      name,
      running,
      completed,
      failed,
      lost,
      ...(host !== NO_NAME && { host: question.name(host) }),
      ...(lastSeenAt > -Infinity && { lastSeenAt }),
      ...(queues.size > 0 && { queues: [...queues].map((queue) => question.name(queue)).sort(byText) }),
      ...(alive !== undefined && { alive }),
      ...use,
    };
  });
  return { view: 'workers', workers: shown, truncated: ordered.length > shown.length };
}

function addRows({ buckets, budget, tables }: Question, { table, rows }: Part, found: Map<number, WorkerSums>): void {
  const { source, worker, host, queue, state, substate, end, observed } = table;
  for (const i of rows) {
    if (worker[i] === NO_NAME) {
      continue;
    }
    const id = idOf(table, i);
    const key = nameInSource(source[i]!, worker[i]!);
    let sums = found.get(key);
    if (sums === undefined) {
      budget.hold(WORKER_BYTES, () => `${found.size + 1} workers`);
      sums = new WorkerSums();
      found.set(key, sums);
    }
    const seen = observed[i]!;
    const { at, id: other } = sums.hostFrom;
    if (host[i] !== NO_NAME && (seen > at || (seen === at && tables.rows.order(id, other) > 0))) {
      sums.host = host[i]!;
      sums.hostFrom = { at: seen, id };
    }
    // A run that was concluded to be lost is evidence of the worker's silence, not of its life.
    if (substate[i] !== LOST && seen > sums.lastSeenAt) {
      sums.lastSeenAt = seen;
    }
    if (queue[i] !== NO_NAME) {
      sums.queues.add(queue[i]!);
    }
    if (liveStateAt(table, i, buckets.cap) === RUNNING) {
      sums.running++;
      sums.runsNow.push(id);
    }
    if (buckets.of(end[i]!) >= 0) {
      sums.completed += Number(state[i] === COMPLETED);
      sums.failed += Number(state[i] === FAILED);
      sums.lost += Number(substate[i] === LOST);
    }
  }
}

/** What runs that run at an instant used then, by their last samples up to it. */
function latestUse(
  rows: Question['tables']['rows'],
  ids: readonly number[],
  at: EpochMs
): Pick<Worker, 'cpuCores' | 'rssBytes'> {
  const now = new UseNow();
  for (const id of ids) {
    now.add(usageBy(rows.lastSamples(id, at)) ?? { cpuCores: undefined, rssBytes: undefined });
  }
  return now.answer.now ?? {};
}

/**
 * Whether a worker is alive at `at`, by the rule of the health score: `false` when it owes a sign and has been silent for
 * too long, or lost runs and was not heard of since; `true` when it was heard of not long ago, `undefined` when it owes
 * no sign and gave none.
 *
 * @param sign what is known of it, where workers are known
 */
function isAliveAt(
  at: EpochMs,
  { lastSeenAt, lost }: { lastSeenAt: EpochMs; lost: number },
  sign: KnownWorker | undefined,
  { checks }: HealthSpec
): boolean | undefined {
  if (sign !== undefined && judgeWorkers([sign], at, checks.silentWorkers).silent.length > 0) {
    return false;
  }
  const heardAt = Math.max(lastSeenAt, sign?.lastSeenAt ?? -Infinity);
  if (at - heardAt <= checks.silentWorkers.silentAfterMs) {
    return true;
  }
  // Nobody owes a sign while idle; but what vanished with its work, and was not heard of since, is not idle.
  return lost > 0 ? false : undefined;
}
