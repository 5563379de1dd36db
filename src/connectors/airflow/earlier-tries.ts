import type { TimeRange } from '../../model/task-query';
import { fewAtOnce } from './api';
import type { AirflowApi } from './api';
import { optionally } from './around';
import type { Audit } from './audit';
import { instanceId, instancePath } from './identity';
import { triesBefore } from './to-task-runs';
import { readTaskInstances } from './wire';
import type { TaskInstance } from './wire';

/** One request each: of the others, the audit log tells the ends. */
const MOST_ASKED = 100;

export interface EarlierTries {
  /** By `instanceId`. */
  tries: ReadonlyMap<string, readonly TaskInstance[]>;
  skipped: number;
  /** Whole sentences. */
  notices: string[];
}

/** The tries before the last one, of those task instances that have such. */
export async function readEarlierTries(
  api: AirflowApi,
  rows: readonly TaskInstance[],
  audit: Audit,
  signal: AbortSignal
): Promise<EarlierTries> {
  const retried = rows.filter((row) => triesBefore(row) > 0);
  const asked = retried.slice(0, MOST_ASKED);
  const answers = await fewAtOnce(asked, (row) =>
    optionally(api.get(instancePath(row, 'tries'), signal, readTaskInstances))
  );
  const tries = new Map(asked.map((row, index) => [instanceId(row), answers[index]?.rows ?? toldTries(row, audit)]));
  retried.slice(MOST_ASKED).forEach((row) => tries.set(instanceId(row), toldTries(row, audit)));
  const untold = retried.length - answers.filter((answer) => answer !== undefined).length;
  return {
    tries,
    skipped: answers.reduce((sum, answer) => sum + (answer?.skipped ?? 0), 0),
    notices:
      untold === 0
        ? []
        : [
            `Of ${untold} runs that were tried again, earlier tries are as Airflow's audit log has them: ends without starts.`,
          ],
  };
}

/** Failed tries by the audit log: it has their end and their host, and starts only to some seconds (3.3.2). */
function toldTries(row: TaskInstance, { failures }: Audit): TaskInstance[] {
  const { dag, run, task, mapIndex, pool, queue, operator, retries } = row;
  const numbers = Array.from({ length: triesBefore(row) }, (_, index) => index + 1);
  return numbers.flatMap((tryNumber) => {
    const line = failures.get(`${instanceId(row)}#${tryNumber}`);
    const known = { dag, run, task, mapIndex, pool, queue, operator, retries, tryNumber };
    return line === undefined ? [] : [{ ...known, state: 'failed', ended: line.at }];
  });
}

/**
 * Task instances that failed in the range and are not among `rows`, because they were tried again after it: their tries
 * tell what was.
 */
export function failedAndLeft(rows: readonly TaskInstance[], { failures }: Audit, range: TimeRange): TaskInstance[] {
  const known = new Set(rows.map(instanceId));
  const left = new Map<string, TaskInstance>();
  for (const { at, dag, run, task, mapIndex = -1, tryNumber = 1 } of failures.values()) {
    if (run !== undefined && task !== undefined && at >= range.from && at <= range.to) {
      const one = { dag, run, task, mapIndex, tryNumber };
      if (!known.has(instanceId(one))) {
        left.set(instanceId(one), one);
      }
    }
  }
  return [...left.values()];
}
