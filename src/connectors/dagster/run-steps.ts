import type { Ask } from './graphql';
import { createKept } from './kept';
import { RUN_STEPS } from './queries';
import type { DagsterRow, DagsterRun } from './wire';
import { readRunSteps } from './wire';

/** Runs in one question, whose ids stand in its address. */
const MOST_IDS = 50;
const MOST_KEPT = 10_000;

export interface RunsWithSteps {
  runs: DagsterRun[];
  /** Runs whose steps could not be read: they are shown without. */
  skipped: number;
}

/**
 * Reads the steps of runs, which cost Dagster a look into its event log each: of runs that have ended only once. Of a run
 * that was deleted meanwhile there are none.
 */
export function createStepReader(
  ask: Ask
): (rows: readonly DagsterRow[], signal: AbortSignal) => Promise<RunsWithSteps> {
  const kept = createKept<Pick<DagsterRun, 'steps' | 'hasChecks'>>(MOST_KEPT);

  return async (rows, signal) => {
    const missing = rows.filter((row) => kept.get(row) === undefined);
    const parts = Array.from({ length: Math.ceil(missing.length / MOST_IDS) }, (_, part) =>
      missing.slice(part * MOST_IDS, (part + 1) * MOST_IDS).map(({ runId }) => runId)
    );
    const answers = await Promise.all(
      parts.map((runIds) => ask(RUN_STEPS, { limit: runIds.length, filter: { runIds } }, signal, readRunSteps))
    );
    const found = new Map(answers.flatMap(({ rows: read }) => read).map(({ runId, ...of }) => [runId, of]));
    const runs = rows.map((row): DagsterRun => {
      const of = found.get(row.runId);
      if (of !== undefined) {
        kept.keep(row, of);
      }
      return { ...row, ...(of ?? kept.get(row) ?? { steps: [], hasChecks: false }) };
    });
    return { runs, skipped: answers.reduce((sum, { skipped }) => sum + skipped, 0) };
  };
}
