import type { RunDetail, Transition } from '../model/answer';
import { endedAt } from '../model/lifetime';
import type { TaskRun } from '../model/task-run';

/**
 * A run's state changes as far as its timestamps tell them: created or queued, started, ended. What happened in between
 * (received, deferred, progress) only a source that keeps events knows; such a source answers this view itself.
 */
export function detailOf(run: TaskRun): RunDetail {
  const transitions: Transition[] = [];
  const { worker } = run;
  const by = worker === undefined ? {} : { worker };
  if (run.createdAt !== undefined && run.createdAt !== run.queuedAt) {
    transitions.push({ at: run.createdAt, state: 'pending', substate: 'created' });
  }
  if (run.queuedAt !== undefined) {
    transitions.push({ at: run.queuedAt, state: 'pending', substate: 'queued' });
  }
  if (run.startedAt !== undefined) {
    transitions.push({ at: run.startedAt, state: 'running', ...by });
  }
  const end = endedAt(run);
  if (end !== undefined || transitions.length === 0) {
    transitions.push({
      at: end ?? run.observedAt,
      state: run.state,
      ...(run.substate === undefined ? {} : { substate: run.substate }),
      ...(run.nativeState === undefined ? {} : { nativeState: run.nativeState }),
      ...by,
      ...(run.substate === 'lost' ? { derived: true } : {}),
      ...(run.evidence === undefined ? {} : { evidence: run.evidence }),
    });
  }
  // Stable: of equal instants the order of a life remains.
  transitions.sort((a, b) => a.at - b.at);
  return { run, transitions, conflicts: 0, samples: [] };
}
