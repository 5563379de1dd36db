import type { Buckets } from '../../../src/analysis/buckets';
import { Tally } from '../../../src/analysis/health-history';
import type { Waiting } from '../../../src/analysis/health-history';
import { cpuShare, LimitsUsed, memoryShare } from '../../../src/analysis/limits';
import { LogHistogram } from '../../../src/analysis/log-histogram';
import type { DeductionReason } from '../../../src/model/answer';
import { LIFECYCLE_STATES } from '../../../src/model/lifecycle';
import type { Causes } from './causes';
import type { Question } from './question';
import { STATE_NUMBER, SUBSTATE_NUMBER } from '../archive/word-numbers';
import { NO_NAME } from '../archive/columns';
import type { Segment } from '../archive/columns';
import { TopRows } from './top-rows';
import { leftPending, liveStateAt, waitsSince } from './view-states';

const { completed: COMPLETED, failed: FAILED, pending: PENDING, running: RUNNING, unknown: UNKNOWN } = STATE_NUMBER;
const LOST = (SUBSTATE_NUMBER.get('lost') ?? NaN) + 1;
const MOST_EXAMPLES = 20;

type Example = Exclude<DeductionReason, 'missed_runs' | 'silent_workers'>;
const EXAMPLES: readonly Example[] = [
  'failures',
  'abnormal_exits',
  'lost_runs',
  'retries',
  'too_slow',
  'too_fast',
  'wait',
  'oldest_pending',
  'resource_pressure',
];

/** What lanes and scores need to know of one group, gathered in one pass over the columns. */
export class GroupFacts {
  /** Pending and running at the end of what is known; the others by their ends in the range. */
  readonly counts = new Float64Array(LIFECYCLE_STATES.length);
  started = 0;
  retries = 0;
  completed = 0;
  failed = 0;
  lost = 0;
  abnormal = 0;
  readonly durations = new LogHistogram();
  readonly waits = new LogHistogram();
  pending = 0;
  oldestPendingAt = Infinity;
  lastBeganAt = -Infinity;
  readonly sources = new Set<number>();
  readonly workers = new Set<number>();
  /** `keyInSource` of each worker that had a run. */
  readonly servedBy = new Set<number>();
  readonly limits = new LimitsUsed();
  /** When each run came, by source. */
  readonly arrivals: Array<{ source: number; at: number }> = [];
  readonly causes = new Map<number, { count: number; lastAt: number }>();
  readonly examples = new Map<Example, TopRows>(EXAMPLES.map((reason) => [reason, new TopRows(MOST_EXAMPLES)]));
  readonly waiting: Waiting[] = [];
  tallies: Tally[] = [];
}

/** Nothing gathered yet, with room for what the history needs. */
export function factsForHealth(buckets: Buckets): GroupFacts {
  const facts = new GroupFacts();
  facts.tallies = buckets.starts.map(() => new Tally());
  return facts;
}

export interface GatherOptions {
  /** Example runs and causes behind the deductions, and what the history needs. */
  forHealth: boolean;
  causes: Causes;
  /** Groups (by name) whose arrivals matter. */
  isExpected: (group: string) => boolean;
}

export function gatherFacts(question: Question, { forHealth, causes, isExpected }: GatherOptions): GroupFacts[] {
  const { buckets, groups } = question;
  const { cap, live, step } = buckets;
  const { from, to } = buckets.range;
  const first = buckets.starts[0]!;
  const facts = groups.names.map(() => (forHealth ? factsForHealth(buckets) : new GroupFacts()));
  const expected = groups.names.map(isExpected);
  const until = Math.min(cap, to);
  for (const { segment, rows, group } of question.each()) {
    const {
      begin,
      end,
      state,
      substate,
      ending,
      started,
      queued,
      created,
      finished,
      observed,
      source,
      worker,
      attempt,
      retried,
      firstId,
    } = segment;
    for (let k = 0; k < rows.length; k++) {
      const place = group[k]!;
      if (place < 0) {
        continue;
      }
      const i = rows[k]!;
      const id = firstId + i;
      const fact = facts[place]!;
      const is = state[i]!;
      const ended = end[i]!;
      const isLost = substate[i] === LOST;
      if (begin[i]! > fact.lastBeganAt) {
        fact.lastBeganAt = begin[i]!;
      }
      fact.sources.add(source[i]!);
      if (worker[i] !== NO_NAME) {
        fact.workers.add(worker[i]!);
        fact.servedBy.add(keyInSource(source[i]!, worker[i]!));
      }
      const now = liveStateAt(segment, i, cap);
      const endedInRange = ended >= from && ended < until;
      // An attempt that another one followed did not end its run.
      const isVerdict = retried[i] === 0;
      if (now >= 0) {
        fact.counts[now]!++;
      } else if (endedInRange && isVerdict) {
        fact.counts[is]!++;
      }
      if (segment.limits !== undefined && (endedInRange || now === RUNNING)) {
        const to = finished[i]! === finished[i]! ? finished[i]! : observed[i]!;
        const share = fact.limits.add(
          memoryShare(segment.rss[i]!, segment.limits.memory[i]!),
          cpuShare(segment.cpu[i]!, started[i]!, to, segment.limits.cpu[i]!)
        );
        if (forHealth && share === share) {
          fact.examples.get('resource_pressure')!.offer(share, id);
        }
      }
      const begun = started[i]!;
      const took = begun === begun && finished[i]! === finished[i]! ? Math.max(0, finished[i]! - begun) : NaN;
      const tally =
        forHealth && endedInRange && isVerdict ? fact.tallies[Math.floor((ended - first) / step)] : undefined;
      if (is === COMPLETED) {
        if (endedInRange && isVerdict) {
          fact.completed++;
          fact.durations.add(took);
          if (tally !== undefined) {
            tally.completed++;
            tally.durations.add(took);
            if (took === took) {
              fact.examples.get('too_slow')!.offer(took, id);
              fact.examples.get('too_fast')!.offer(-took, id);
            }
          }
        }
      } else if (is === FAILED && endedInRange && isVerdict) {
        fact.failed++;
        const isAbnormal = !isLost && ending[i] !== NO_NAME;
        fact.lost += Number(isLost);
        fact.abnormal += Number(isAbnormal);
        if (tally !== undefined) {
          tally.failed++;
          tally.lost += Number(isLost);
          tally.abnormal += Number(isAbnormal);
          fact.examples.get(isLost ? 'lost_runs' : isAbnormal ? 'abnormal_exits' : 'failures')!.offer(ended, id);
          const cause = causes.of(segment, i);
          const seen = fact.causes.get(cause);
          const at = finished[i]! === finished[i]! ? finished[i]! : observed[i]!;
          if (seen === undefined) {
            fact.causes.set(cause, { count: 1, lastAt: at });
          } else {
            seen.count++;
            seen.lastAt = Math.max(seen.lastAt, at);
          }
        }
      }
      if (begun >= from && begun < until) {
        const isRetry = attempt[i]! > 1;
        const tally = forHealth ? fact.tallies[Math.floor((begun - first) / step)] : undefined;
        fact.started++;
        fact.retries += Number(isRetry);
        if (tally !== undefined) {
          tally.started++;
          tally.retries += Number(isRetry);
          if (isRetry) {
            fact.examples.get('retries')!.offer(begun, id);
          }
        }
        const asked = queued[i]! === queued[i]! ? queued[i]! : created[i]!;
        if (asked === asked) {
          const wait = Math.max(0, begun - asked);
          fact.waits.add(wait);
          if (forHealth) {
            tally?.waits.add(wait);
            fact.examples.get('wait')!.offer(wait, id);
          }
        }
      }
      const since = waitsSince(segment, i);
      if (now === PENDING && since === since) {
        fact.pending++;
        if (since < fact.oldestPendingAt) {
          fact.oldestPendingAt = since;
        }
        fact.examples.get('oldest_pending')!.offer(-since, id);
      }
      if (forHealth && is !== UNKNOWN && since === since) {
        // Most waits are over before a bucket ends: they are in no level, and left out at once.
        const fromAt = Math.max(since, begin[i]!);
        const left = leftPending(segment, i);
        if (fromAt < cap && live > 0) {
          const a = Math.max(0, Math.floor((fromAt - first) / step));
          const b = left >= cap ? live - 1 : Math.floor((left - first) / step) - 1;
          if (b >= a) {
            fact.waiting.push({ since, from: fromAt, to: left });
          }
        }
      }
      if (expected[place] === true && (attempt[i] === 1 || question.columns.rows.firstAttempt(id) === id)) {
        fact.arrivals.push({ source: source[i]!, at: rowCameAt(segment, i) });
      }
    }
  }
  return facts;
}

const NAMES = 2 ** 26;

/** A worker or a queue of a source as one number. */
export function keyInSource(source: number, name: number): number {
  return source * NAMES + name;
}

/** `cameAt` of `health/`, on columns. */
export function rowCameAt({ queued, created, started, finished, observed }: Segment, row: number): number {
  return [queued[row]!, created[row]!, started[row]!, finished[row]!].find((at) => at === at) ?? observed[row]!;
}
