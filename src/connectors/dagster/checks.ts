import type { TaskRun } from '../../model/task-run';
import { compact } from '../../model/read-shape';
import type { RunLog } from './run-log';
import { stepRunId } from './steps';

/**
 * Results of asset checks as rows below their step, because the step says nothing of them: it succeeds when the check
 * could be made, whatever it found. A check that failed is a failed run, of whichever severity; the severity is a label.
 * Its name holds no code location: an asset is the same one wherever it is defined.
 */
export function checkRuns({ checks }: RunLog, run: TaskRun): TaskRun[] {
  const seen = new Map<string, number>();
  return checks.map(({ asset, check, passed, severity, description, at, step }) => {
    const name = `${asset}:${check}`;
    const attempt = (seen.get(name) ?? 0) + 1;
    seen.set(name, attempt);
    return compact<TaskRun>({
      source: run.source,
      runId: `${run.runId}/${name}`,
      attempt,
      state: passed ? 'completed' : 'failed',
      substate: passed ? 'success' : 'error',
      nativeState: passed ? 'PASSED' : 'FAILED',
      task: name,
      kind: 'task',
      finishedAt: at,
      observedAt: at,
      parentId: step === undefined ? run.runId : stepRunId(run.runId, step),
      rootId: run.rootId ?? run.runId,
      labels: { ...run.labels, asset, check, severity },
      error: passed
        ? undefined
        : {
            type: 'AssetCheckFailed',
            message: description ?? `The check ${check} of the asset ${asset} did not pass.`,
          },
    });
  });
}
