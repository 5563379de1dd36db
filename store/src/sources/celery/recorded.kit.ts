import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { applyEvent } from '../../../../src/model/apply-event';
import { decodeEvent } from '../../../../src/model/codec';
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
