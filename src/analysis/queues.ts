import type { Queue, QueuesAnswer } from '../model/answer';
import { elapsedMs } from '../model/elapsed';
import { askedAt, liveStateAt, waitsSince } from '../model/row-life';
import { NO_NAME } from '../model/run-table';
import { STATE_NUMBER } from '../model/word-numbers';
import { eachLength } from './durations';
import { LogHistogram } from './log-histogram';
import { nameInSource, partsOfName } from './name-in-source';
import { byText } from './order';
import type { Part, Question, SummedPart } from './question';

const { completed: COMPLETED, failed: FAILED, pending: PENDING, running: RUNNING } = STATE_NUMBER;
/** What is held of a queue. */
const QUEUE_BYTES = 500;

/** What the runs of a queue tell of it. */
class QueueSums {
  pending = 0;
  running = 0;
  completed = 0;
  failed = 0;
  oldest = Infinity;
  readonly waits = new LogHistogram();
}

/** The queues that runs name, the longest waiting first. */
export function queuesOf(question: Question, limit: number): QueuesAnswer {
  const found = new Map<number, QueueSums>();
  for (const part of question.each()) {
    addRows(question, part, found);
  }
  for (const part of question.eachSummed()) {
    merge(question, part, found);
  }
  const ordered = [...found]
    .map(([key, { pending, running, completed, failed, oldest, waits }]) => {
      const { source, name } = partsOfName(key);
      const waitP95Ms = waits.quantile(0.95);
      return {
        source: question.name(source),
        name: question.name(name),
        pending,
        running,
        completed,
        failed,
        ...(oldest < Infinity && { oldestPendingAt: oldest }),
        ...(waitP95Ms !== undefined && { waitP95Ms }),
      } satisfies Queue;
    })
    .sort(
      (a, b) =>
        (a.oldestPendingAt ?? Infinity) - (b.oldestPendingAt ?? Infinity) ||
        b.pending - a.pending ||
        byText(a.source, b.source) ||
        byText(a.name, b.name)
    );
  const shown = ordered.slice(0, limit);
  return { view: 'queues', queues: shown, truncated: ordered.length > shown.length };
}

/** The sums of a queue, made when it is met first. */
function sumsOf({ budget }: Question, found: Map<number, QueueSums>, source: number, queue: number): QueueSums {
  const key = nameInSource(source, queue);
  let sums = found.get(key);
  if (sums === undefined) {
    budget.hold(QUEUE_BYTES, () => `${found.size + 1} queues`);
    sums = new QueueSums();
    found.set(key, sums);
  }
  return sums;
}

/** Classes of runs that have all completed. */
function merge(question: Question, part: SummedPart, found: Map<number, QueueSums>): void {
  const { source, queue, count } = part.summary.classes;
  const wanted = part.classes.filter((i) => queue[i] !== NO_NAME);
  const queues = Array.from(wanted, (i) => sumsOf(question, found, source[i]!, queue[i]!));
  const place = new Int32Array(count.length).fill(-1);
  wanted.forEach((i, k) => {
    place[i] = k;
    queues[k]!.completed += count[i]!;
  });
  eachLength({ ...part, place }, (own, what, _bucket, lengths) => {
    if (what === 1) {
      queues[own]!.waits.merge(lengths);
    }
  });
}

function addRows(question: Question, { table, rows }: Part, found: Map<number, QueueSums>): void {
  const { buckets } = question;
  const { source, queue, state, retried, end, started, queued, created } = table;
  for (const i of rows) {
    if (queue[i] === NO_NAME) {
      continue;
    }
    const sums = sumsOf(question, found, source[i]!, queue[i]!);
    const live = liveStateAt(table, i, buckets.cap);
    if (live === PENDING) {
      sums.pending++;
      const since = waitsSince(table, i);
      if (since < sums.oldest) {
        sums.oldest = since;
      }
    } else if (live === RUNNING) {
      sums.running++;
    }
    if (retried[i] === 0 && buckets.of(end[i]!) >= 0) {
      sums.completed += Number(state[i] === COMPLETED);
      sums.failed += Number(state[i] === FAILED);
    }
    if (buckets.of(started[i]!) >= 0) {
      sums.waits.add(elapsedMs(askedAt(queued[i]!, created[i]!), started[i]!));
    }
  }
}
