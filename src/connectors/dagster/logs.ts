import { ConnectorError } from '../../model/connector-error';
import { ShapeError } from '../../model/read-shape';
import { UnionError } from './graphql';
import type { Ask } from './graphql';
import { logsQuestion } from './queries';
import type { LogPage } from './queries';
import { toRunLog } from './run-log';
import type { RunLog } from './run-log';
import type { DagsterRun, DagsterStep } from './wire';
import { readLogPage } from './wire-log';
import type { DagsterEvent, DagsterLogPage } from './wire-log';

/** Logs read for one page of runs, newest runs first, and the most events of one in one answer. */
const MOST_LOGS = 20;
const MOST_EVENTS = 1000;
/** Further questions for logs that are longer. */
const MOST_FURTHER = 4;
/** Logs kept of runs that have ended: those do not change. */
const MOST_KEPT = 1000;

export interface Logs {
  /** Run id → its log, as far as it was read. */
  logs: ReadonlyMap<string, RunLog>;
  /** Runs whose log tells more, and was not read, or not to its end. */
  unread: number;
}

/** Whether its log tells what the run does not: why it failed, when a try began, what a check found. */
function hasMore({ status, hasChecks, steps }: DagsterRun): boolean {
  const isTold = (step: DagsterStep) => step.status === 'FAILURE' || isRetried(step);
  return status === 'FAILURE' || hasChecks || steps.some(isTold);
}

function isRetried({ status, attempts }: DagsterStep): boolean {
  return attempts.length > (status === 'IN_PROGRESS' ? 0 : 1);
}

/** Reads the logs of the runs that need it, a bounded number a time; what was read of ended runs is kept. */
export function createLogReader(ask: Ask): (runs: readonly DagsterRun[], signal: AbortSignal) => Promise<Logs> {
  const kept = new Map<string, RunLog>();

  return async (runs, signal) => {
    const wanted = runs.filter(hasMore);
    const missing = wanted.filter(({ runId }) => !kept.has(runId)).slice(0, MOST_LOGS);
    const found = await readAll(ask, missing, signal);
    const logs = new Map<string, RunLog>();
    for (const run of wanted) {
      const log = kept.get(run.runId) ?? found.get(run.runId)?.log;
      if (log !== undefined) {
        logs.set(run.runId, log);
      }
    }
    const whole = [...found].filter(([, { isWhole }]) => isWhole);
    const ended = new Set(missing.filter(({ finishedAt }) => finishedAt !== undefined).map(({ runId }) => runId));
    whole.filter(([runId]) => ended.has(runId)).forEach(([runId, { log }]) => kept.set(runId, log));
    // The first ones were read first.
    [...kept.keys()].slice(0, Math.max(0, kept.size - MOST_KEPT)).forEach((runId) => kept.delete(runId));
    return { logs, unread: wanted.length - (logs.size - (found.size - whole.length)) };
  };
}

async function readAll(ask: Ask, runs: readonly DagsterRun[], signal: AbortSignal) {
  const events = new Map<string, DagsterEvent[]>();
  let pages: LogPage[] = runs.map(({ runId }) => ({ runId }));
  for (let asked = 0; pages.length > 0 && asked <= MOST_FURTHER; asked++) {
    const answers = await readPages(ask, pages, signal);
    pages = pages.flatMap(({ runId, cursor: before }, index) => {
      const answer = answers[index];
      if (answer === undefined) {
        return [];
      }
      events.set(runId, [...(events.get(runId) ?? []), ...answer.events]);
      return answer.hasMore && answer.cursor !== before ? [{ runId, cursor: answer.cursor }] : [];
    });
  }
  const cut = new Set(pages.map(({ runId }) => runId));
  return new Map([...events].map(([runId, of]) => [runId, { log: toRunLog(of), isWhole: !cut.has(runId) }]));
}

/**
 * One question for all. A log that cannot be read (of a run that was deleted meanwhile, or because Dagster takes too long)
 * is absent: runs are worth showing without.
 */
async function readPages(
  ask: Ask,
  pages: readonly LogPage[],
  signal: AbortSignal
): Promise<ReadonlyArray<DagsterLogPage | undefined>> {
  try {
    return await ask(logsQuestion(pages, MOST_EVENTS), {}, signal, (data) =>
      pages.map((_, index) => readLogPageOrNone(data[`l${index}`], `l${index}`))
    );
  } catch (error) {
    if (error instanceof ConnectorError) {
      return [];
    }
    throw error;
  }
}

function readLogPageOrNone(value: unknown, at: string): DagsterLogPage | undefined {
  try {
    return readLogPage(value, at);
  } catch (error) {
    if (error instanceof ShapeError || error instanceof UnionError) {
      return undefined;
    }
    throw error;
  }
}
