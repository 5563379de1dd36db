import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { applyEvent } from '../../../../src/model/apply-event';
import { decodeEvent } from '../../../../src/model/decode-event';
import type { RunRecord } from '../../../../src/model/run-record';
import { runKey } from '../../../../src/model/task-run';
import type { TaskRun } from '../../../../src/model/task-run';
import type { FeedEvent } from '../collected-system';
import type { CeleryEvent } from './celery-event';
import { readEnvelope } from './message';

/** What real workers published; `npm run recordings:celery` records it. */
export interface Recorded {
  /** Name of the situation → id or ids of its tasks. */
  ids: Record<string, string | string[]>;
  messages: string[];
  results: string[];
}

/** How the tasks of `tests/systems/celery-ends.ts` end: the situation, and each attempt of its task. */
export const ENDS: ReadonlyArray<readonly [situation: string, wanted: readonly string[]]> = [
  ['succeeded', ['1 orders.charge completed/success']],
  ['failed', ['1 orders.refund failed/error']],
  ['retried', ['1 mail.send failed/error', '2 mail.send failed/error', '3 mail.send completed/success']],
  ['exhausted', ['1 mail.never failed/error', '2 mail.never failed/error']],
  ['limited', ['1 report.limited failed/timed_out']],
  ['soft', ['1 report.soft failed/timed_out']],
  ['killed', ['1 report.killed failed/killed']],
  // Celery tells alike that a task rejected itself and that its process was killed.
  ['requeued_killed', ['1 report.resumed failed/rejected', '2 report.resumed completed/success']],
  ['requeued', ['1 cache.again failed/rejected', '2 cache.again completed/success']],
  ['rejected', ['1 cache.reject failed/rejected']],
  // Two names under one id.
  ['replaced', ['1 orders.route completed/success', '2 orders.charge completed/success']],
  ['expired', ['1 orders.charge failed/expired']],
  ['delayed', ['1 orders.charge completed/success']],
  ['terminated', ['1 report.endless cancelled/terminated']],
  ['revoked', ['1 orders.charge cancelled/revoked']],
  ['unconsumed', ['1 orders.charge pending/queued']],
];

export function readRecorded(name: 'every-end' | 'worker-killed' | 'pickled'): Recorded {
  return JSON.parse(readFileSync(join(__dirname, 'fixtures', `${name}.json`), 'utf8')) as Recorded;
}

export function eventsIn({ messages }: Recorded): CeleryEvent[] {
  return messages.flatMap((message) => readEnvelope(message).events);
}

/** The runs that the archive would have of these events: `<id> <attempt>` → run. */
export function runsOf(events: readonly FeedEvent[]): Map<string, RunRecord> {
  const records = new Map<string, RunRecord>();
  for (const one of events) {
    const decoded = decodeEvent({ ...one, source: 'celery' }, Date.now());
    if ('problem' in decoded) {
      throw new Error(decoded.problem);
    }
    const key = runKey(decoded.event);
    records.set(key, applyEvent(records.get(key), decoded.event));
  }
  return new Map([...records.values()].map((record) => [`${record.run.runId} ${record.run.attempt}`, record]));
}

/** Attempts of a task, the first one first. */
export function attemptsOf(runs: ReadonlyMap<string, RunRecord>, uuid: string): TaskRun[] {
  return [...runs.values()]
    .map(({ run }) => run)
    .filter(({ runId }) => runId === uuid)
    .sort((a, b) => a.attempt - b.attempt);
}
