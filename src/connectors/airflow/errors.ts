import { ConnectorError } from '../../model/connector-error';
import { compact } from '../../model/read-shape';
import type { TaskRun } from '../../model/task-run';
import { runKey } from '../../model/task-run';
import { fewAtOnce } from './api';
import type { AirflowApi } from './api';
import { instancePath } from './identity';
import { readLogEnd } from './log-end';
import type { LogEnd } from './log-end';
import type { TaskInstance } from './wire';

/** Logs that are read for one question, the newest failures first: each is a request, and may be long. */
const MOST_READ = 25;
const MOST_KEPT = 2000;

/** A failed attempt, and the row of Airflow's that it is. */
export interface Failure {
  run: TaskRun;
  row: Pick<TaskInstance, 'dag' | 'run' | 'task' | 'mapIndex'>;
}

export interface ToldFailures {
  byKey: ReadonlyMap<string, TaskRun>;
  unread: number;
}

export interface ErrorBook {
  /** The failures with what their logs tell, by `runKey`; how many logs were not read. */
  read(api: AirflowApi, failures: readonly Failure[], signal: AbortSignal): Promise<ToldFailures>;
}

/**
 * Airflow tells errors in logs alone. The log of a try that ended does not change: it is read once.
 */
export function createErrorBook(): ErrorBook {
  const known = new Map<string, LogEnd>();

  async function readOne(api: AirflowApi, { run, row }: Failure, signal: AbortSignal): Promise<void> {
    try {
      known.set(runKey(run), await api.get(instancePath(row, `logs/${run.attempt}`), signal, readLogEnd));
    } catch (error) {
      // A log may be gone, or its store out of reach: the run is as true without it. It is tried again.
      if (!(error instanceof ConnectorError)) {
        throw error;
      }
    }
  }

  return {
    async read(api, failures, signal) {
      const ended = ({ run }: Failure) => run.finishedAt ?? 0;
      const fresh = failures.filter(({ run }) => !known.has(runKey(run))).sort((a, b) => ended(b) - ended(a));
      await fewAtOnce(fresh.slice(0, MOST_READ), (failure) => readOne(api, failure, signal));
      const byKey = new Map(failures.map(({ run }) => [runKey(run), withEnd(run, known.get(runKey(run)))]));
      for (const key of known.keys()) {
        if (known.size <= MOST_KEPT) {
          break;
        }
        known.delete(key);
      }
      return { byKey, unread: Math.max(0, fresh.length - MOST_READ) };
    },
  };
}

function withEnd(run: TaskRun, end: LogEnd | undefined): TaskRun {
  if (end === undefined) {
    return run;
  }
  const { error, signal, substate } = end;
  return compact<TaskRun>({
    ...run,
    error,
    signal,
    substate: run.substate === 'lost' ? 'lost' : (substate ?? run.substate),
  });
}
