import { runKey } from '../../../src/model/task-run';
import type { TaskEvent } from '../../../src/model/task-event';
import type { TaskRun } from '../../../src/model/task-run';

type Labels = Readonly<Record<string, string>>;

/** Attempts whose labels are remembered; what is told of one that was forgotten in between keeps its labels as they are told. */
const MOST_REMEMBERED = 100_000;

/**
 * Adds the labels that the operator gave a source to what a feed tells. The newest labels of a run stand for all of them, and
 * most events bring none: such an event gets the operator's only where nothing of its run is known yet.
 */
export class OwnLabels {
  /** Keys of attempts that have their labels. */
  private readonly labelled = new Set<string>();

  constructor(private readonly own: Labels) {}

  get areAny(): boolean {
    return Object.keys(this.own).length > 0;
  }

  /** The archive has these from before. */
  recall(runs: readonly TaskRun[]): void {
    runs.forEach((run) => this.remember(runKey(run)));
  }

  on(event: TaskEvent): TaskEvent {
    if (!this.areAny) {
      return event;
    }
    const key = runKey(event);
    if (event.labels === undefined && this.labelled.has(key)) {
      return event;
    }
    this.remember(key);
    return { ...event, labels: { ...event.labels, ...this.own } };
  }

  private remember(key: string): void {
    this.labelled.add(key);
    if (this.labelled.size > MOST_REMEMBERED) {
      this.labelled.delete(this.labelled.values().next().value as string);
    }
  }
}
