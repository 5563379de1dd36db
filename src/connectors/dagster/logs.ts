import { ConnectorError } from '../../model/connector-error';
import { ShapeError } from '../../model/read-shape';
import { UnionError } from './graphql';
import type { Ask } from './graphql';
import { createKept } from './kept';
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

interface Read {
  log: RunLog;
  /** Not where it is longer than what is read. */
  isWhole: boolean;
}

/** Reads the logs of the runs that need it, a bounded number a time; what was read of ended runs is kept. */
export function createLogReader(ask: Ask): (runs: readonly DagsterRun[], signal: AbortSignal) => Promise<Logs> {
  const kept = createKept<Read>(MOST_KEPT);

  return async (runs, signal) => {
    const wanted = runs.filter(hasMore);
    const missing = wanted.filter((run) => kept.get(run) === undefined).slice(0, MOST_LOGS);
    const found = await readAll(ask, missing, signal);
    const logs = new Map<string, RunLog>();
    let unread = 0;
    for (const run of wanted) {
      const read = found.get(run.runId) ?? kept.get(run);
      if (read !== undefined) {
        kept.keep(run, read);
        logs.set(run.runId, read.log);
      }
      unread += read?.isWhole === true ? 0 : 1;
    }
    return { logs, unread };
  };
}

/** Page after page of all of them at once. A log of which a page is missing is absent. */
async function readAll(ask: Ask, runs: readonly DagsterRun[], signal: AbortSignal): Promise<Map<string, Read>> {
  const events = new Map<string, DagsterEvent[]>(runs.map(({ runId }) => [runId, []]));
  let pages: LogPage[] = runs.map(({ runId }) => ({ runId }));
  for (let asked = 0; pages.length > 0 && asked <= MOST_FURTHER; asked++) {
    const answers = await readPages(ask, pages, signal);
    pages = pages.flatMap(({ runId }, index) => {
      const answer = answers[index];
      if (answer === undefined) {
        events.delete(runId);
        return [];
      }
      events.get(runId)?.push(...answer.events);
      return answer.hasMore ? [{ runId, cursor: answer.cursor }] : [];
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
