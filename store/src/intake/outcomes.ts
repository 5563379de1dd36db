import { verdictOf } from '../../../src/model/task-run';
import type { TaskRun } from '../../../src/model/task-run';
import type { EpochMs } from '../../../src/model/units';
import { taskKey } from '../archive/archive';
import type { Outcomes } from '../archive/archive';

/**
 * Gathers how the runs of a commit ended, for those who tell of failures. Failures are rare and sent whole; successes
 * are many, and only the newest instant per task is kept.
 */
export class OutcomeGatherer {
  private turned: string[] = [];
  private completed = new Map<string, EpochMs>();

  note(before: TaskRun | undefined, run: TaskRun): void {
    const was = before === undefined ? undefined : verdictOf(before);
    const is = verdictOf(run);
    if (is === was) {
      return;
    }
    if (is === 'failed' || was === 'failed') {
      this.turned.push(JSON.stringify(run));
    }
    if (is === 'completed') {
      const key = taskKey(run);
      this.completed.set(key, Math.max(this.completed.get(key) ?? 0, run.finishedAt ?? run.observedAt));
    }
  }

  /** What was gathered since the last call; `undefined` when nothing ended. */
  take(to: number): Outcomes | undefined {
    const { turned, completed } = this;
    if (turned.length === 0 && completed.size === 0) {
      return undefined;
    }
    this.turned = [];
    this.completed = new Map();
    return { to, turned, completed: [...completed] };
  }
}
