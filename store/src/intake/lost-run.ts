import { withdrawConclusion } from '../../../src/model/apply-event';
import { isTerminal } from '../../../src/model/lifecycle';
import type { RunRecord } from '../../../src/model/run-record';
import type { TaskEvent } from '../../../src/model/task-event';
import type { TaskRun } from '../../../src/model/task-run';
import type { DurationMs, EpochMs } from '../../../src/model/units';
import type { LostConfig } from '../archive/archive';

/** How long a run may be silent. One sign may go astray, so who promised them rarely has twice its interval. */
export function longestSilence({ heartbeatMs = 0 }: TaskRun, { afterMs }: LostConfig): DurationMs {
  return Math.max(afterMs, 2 * heartbeatMs);
}

/**
 * The conclusion that a run vanished, with its evidence. It ended when it was heard of last.
 *
 * @param now the store's clock, when the silence was noticed
 */
export function lostAfter(silence: DurationMs, run: TaskRun, now: EpochMs): TaskEvent {
  const { source, runId, attempt, observedAt, heartbeatMs, worker } = run;
  const promise = heartbeatMs === undefined ? '' : `, one every ${seconds(heartbeatMs)} was promised`;
  const from = worker === undefined ? '' : ` from ${worker}`;
  return {
    source,
    runId,
    attempt,
    at: Math.max(now, observedAt),
    state: 'failed',
    substate: 'lost',
    derived: true,
    finishedAt: observedAt,
    evidence: `no sign of life for ${seconds(silence)}${promise}; last one ${new Date(observedAt).toISOString()}${from}`,
  };
}

/** What an event is weighed against: a loss that was only concluded is withdrawn by a sign of life. */
export function withoutLoss(
  before: RunRecord | undefined,
  event: TaskEvent,
  { afterMs }: LostConfig
): RunRecord | undefined {
  if (before?.derivedEnd === undefined || before.end !== undefined || event.derived === true) {
    return before;
  }
  const alive = event.state === undefined || !isTerminal(event.state);
  // Later than the conclusion by our clock, or than the silence by the sender's, which may be behind.
  const { at, finishedAt = at } = before.derivedEnd;
  return alive && event.at > Math.min(at, finishedAt + afterMs) ? withdrawConclusion(before) : before;
}

function seconds(ms: DurationMs): string {
  return `${Math.round(ms / 1000)} s`;
}
