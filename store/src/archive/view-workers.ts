import { isAliveAt } from '../../../src/analysis/workers';
import type { CountedQueue, CountedWorker } from '../../../src/analysis/workers';
import { byText } from '../../../src/analysis/grouping';
import { LogHistogram } from '../../../src/analysis/log-histogram';
import type { QueuesAnswer, Worker, WorkersAnswer } from '../../../src/model/answer';
import { keyInSource } from './group-facts';
import type { ScoreSources } from './health-sources';
import type { Question } from './question';
import { STATE_NUMBER, SUBSTATE_NUMBER } from './run-row';
import { NO_NAME } from './segment';
import { latestUse } from './view-resources';
import { liveStateAt, waitsSince } from './view-states';
import { workerSigns } from './worker-signs';

const { completed: COMPLETED, failed: FAILED, pending: PENDING, running: RUNNING } = STATE_NUMBER;
const LOST = (SUBSTATE_NUMBER.get('lost') ?? NaN) + 1;
/** Runs whose last samples are read to say what their workers use now. */
const MOST_SAMPLED = 2_000;

/** What is held of a worker or a queue. */
const ROW_BYTES = 500;

interface WorkerFacts {
  worker: CountedWorker;
  lastSeenAt: number;
  host: number;
  queues: Set<number>;
  running: number[];
}

/** The same answer as `workersOf` of `analysis/`, with what running runs use now where they are sampled. */
export function workersAnswer(
  question: Question,
  sources: Pick<ScoreSources, 'spec' | 'listeningSince'>
): WorkersAnswer {
  const { buckets, cache, query } = question;
  const signs = workerSigns(cache, buckets.cap, sources);
  const { silentWorkers } = sources.spec.checks;
  const { from, to } = buckets.range;
  const name = (number: number) => cache.names[number] ?? '';
  const workers = new Map<number, WorkerFacts>();
  for (const { segment, rows } of question.each()) {
    const { source, worker, host, queue, state, substate, end, observed, firstId } = segment;
    for (const i of rows) {
      if (worker[i] === NO_NAME) {
        continue;
      }
      const key = keyInSource(source[i]!, worker[i]!);
      let facts = workers.get(key);
      if (facts === undefined) {
        question.budget.hold(ROW_BYTES, () => `${workers.size + 1} workers`);
        facts = {
          worker: { source: name(source[i]!), name: name(worker[i]!), running: 0, completed: 0, failed: 0, lost: 0 },
          lastSeenAt: -Infinity,
          host: NO_NAME,
          queues: new Set(),
          running: [],
        };
        workers.set(key, facts);
      }
      const seen = observed[i]!;
      if (host[i] !== NO_NAME && (facts.host === NO_NAME || seen >= facts.lastSeenAt)) {
        facts.host = host[i]!;
      }
      if (substate[i] !== LOST && seen > facts.lastSeenAt) {
        facts.lastSeenAt = seen;
      }
      if (queue[i] !== NO_NAME) {
        facts.queues.add(queue[i]!);
      }
      if (liveStateAt(segment, i, buckets.cap) === RUNNING) {
        facts.worker.running++;
        facts.running.push(firstId + i);
      }
      if (end[i]! >= from && end[i]! < to) {
        facts.worker.completed += Number(state[i] === COMPLETED);
        facts.worker.failed += Number(state[i] === FAILED);
        facts.worker.lost += Number(substate[i] === LOST);
      }
    }
  }
  const ordered = [...workers.entries()].sort(
    ([, { worker: a }], [, { worker: b }]) =>
      b.lost - a.lost || b.running - a.running || byText(a.source, b.source) || byText(a.name, b.name)
  );
  let sampled = 0;
  const shown = ordered.slice(0, query.limit).map(([key, { worker, lastSeenAt, host, queues, running }]): Worker => {
    const use = sampled + running.length > MOST_SAMPLED ? {} : latestUse(question.db, running, buckets.cap);
    sampled += running.length;
    const alive = isAliveAt(buckets.cap, { lastSeenAt, lost: worker.lost }, signs.get(key), silentWorkers);
    return {
      ...worker,
      ...(host !== NO_NAME && { host: name(host) }),
      ...(lastSeenAt > -Infinity && { lastSeenAt }),
      ...(queues.size > 0 && { queues: [...queues].map(name).sort(byText) }),
      ...(alive !== undefined && { alive }),
      ...use,
    };
  });
  return { view: 'workers', workers: shown, truncated: ordered.length > shown.length };
}

/** The same answer as `queuesOf` of `analysis/`, from columns. */
export function queuesAnswer(question: Question): QueuesAnswer {
  const { buckets, cache, query } = question;
  const { from, to } = buckets.range;
  const queues = new Map<number, { queue: CountedQueue; waits: LogHistogram; oldest: number }>();
  for (const { segment, rows } of question.each()) {
    const { source, queue, state, retried, end, started, queued, created } = segment;
    for (const i of rows) {
      if (queue[i] === NO_NAME) {
        continue;
      }
      const key = keyInSource(source[i]!, queue[i]!);
      let facts = queues.get(key);
      if (facts === undefined) {
        question.budget.hold(ROW_BYTES, () => `${queues.size + 1} queues`);
        facts = {
          queue: {
            source: cache.names[source[i]!] ?? '',
            name: cache.names[queue[i]!] ?? '',
            pending: 0,
            running: 0,
            completed: 0,
            failed: 0,
          },
          waits: new LogHistogram(),
          oldest: Infinity,
        };
        queues.set(key, facts);
      }
      const live = liveStateAt(segment, i, buckets.cap);
      if (live === PENDING) {
        facts.queue.pending++;
        const since = waitsSince(segment, i);
        if (since < facts.oldest) {
          facts.oldest = since;
        }
      } else if (live === RUNNING) {
        facts.queue.running++;
      }
      if (retried[i] === 0 && end[i]! >= from && end[i]! < to) {
        facts.queue.completed += Number(state[i] === COMPLETED);
        facts.queue.failed += Number(state[i] === FAILED);
      }
      const begun = started[i]!;
      const asked = queued[i]! === queued[i]! ? queued[i]! : created[i]!;
      if (begun >= from && begun < to && asked === asked) {
        facts.waits.add(Math.max(0, begun - asked));
      }
    }
  }
  const ordered = [...queues.values()]
    .map(({ queue, waits, oldest }): CountedQueue => {
      const waitP95Ms = waits.quantile(0.95);
      return {
        ...queue,
        ...(oldest < Infinity && { oldestPendingAt: oldest }),
        ...(waitP95Ms !== undefined && { waitP95Ms }),
      };
    })
    .sort(
      (a, b) =>
        (a.oldestPendingAt ?? Infinity) - (b.oldestPendingAt ?? Infinity) ||
        b.pending - a.pending ||
        byText(a.source, b.source) ||
        byText(a.name, b.name)
    );
  const shown = ordered.slice(0, query.limit);
  return { view: 'queues', queues: shown, truncated: ordered.length > shown.length };
}
