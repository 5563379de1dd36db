import { endingLabel } from '../../../src/diagnosis/diagnose';
import type { RunRecord, StateClaim } from '../../../src/model/run-record';
import type { Transition } from '../../../src/model/answer';
import { LIFECYCLE_STATES, SUBSTATES } from '../../../src/model/lifecycle';
import type { LifecycleState } from '../../../src/model/lifecycle';
import { isAbnormalExit } from '../../../src/model/task-run';
import type { RunKind, TaskRun } from '../../../src/model/task-run';

/** Numbers of words in the file: never reorder, only append. */
export const STATE_NUMBER: Readonly<Record<LifecycleState, number>> = {
  pending: 0,
  running: 1,
  completed: 2,
  failed: 3,
  cancelled: 4,
  unknown: 5,
};
export const KIND_NUMBER: Readonly<Record<RunKind, number>> = { task: 0, process: 1, unit: 2, job: 3, span: 4 };

const ALL_SUBSTATES = LIFECYCLE_STATES.flatMap((state) => [...SUBSTATES[state]]);
export const SUBSTATE_NUMBER: ReadonlyMap<string, number> = new Map(
  [
    'created', 'scheduled', 'queued', 'received', 'deferred', 'rescheduled', 'retrying', 'suspended',
    'starting', 'executing', 'progress', 'reloading', 'stopping',
    'success', 'skipped', 'exited',
    'error', 'timed_out', 'oom', 'killed', 'rejected', 'expired', 'upstream_failed', 'start_limit', 'lost',
    'revoked', 'terminated', 'stopped', 'removed', 'aborted',
  ].map((word, number) => [word, number] as const)
);
for (const word of ALL_SUBSTATES) {
  if (!SUBSTATE_NUMBER.has(word)) {
    throw new Error(`[archive] substate ${word} has no number. Append it to SUBSTATE_NUMBER.`);
  }
}

/** What the file keeps beside the run itself: the evidence for later events, and the run's history. */
interface History {
  t: readonly Transition[];
  c: number;
  cut?: true;
  e?: StateClaim;
  d?: StateClaim;
  o?: StateClaim;
  s: ReadonlyArray<number | null>;
  /** Signs of life come in between the states; silence then means something. */
  b?: true;
}

export function encodeHistory(record: RunRecord, beats: boolean): string {
  const history: History = {
    t: record.transitions,
    c: record.conflicts,
    s: record.stamps.map((stamp) => stamp ?? null),
  };
  if (record.transitionsCut) {
    history.cut = true;
  }
  if (record.end !== undefined) {
    history.e = record.end;
  }
  if (record.derivedEnd !== undefined) {
    history.d = record.derivedEnd;
  }
  if (record.open !== undefined) {
    history.o = record.open;
  }
  if (beats) {
    history.b = true;
  }
  return JSON.stringify(history);
}

/** The record as it was written. The texts come from our own file, whose format version was checked when it was opened. */
export function decodeRecord(runText: string, historyText: string): { record: RunRecord; beats: boolean } {
  const run = JSON.parse(runText) as TaskRun;
  const history = JSON.parse(historyText) as History;
  return {
    record: {
      run,
      ...(history.e !== undefined && { end: history.e }),
      ...(history.d !== undefined && { derivedEnd: history.d }),
      ...(history.o !== undefined && { open: history.o }),
      stamps: history.s.map((stamp) => stamp ?? undefined),
      transitions: history.t,
      transitionsCut: history.cut === true,
      conflicts: history.c,
    },
    beats: history.b === true,
  };
}

/** Transitions and conflicts as JSON text, for `RunDetail`. */
export function historyForDetail(historyText: string): { transitions: readonly Transition[]; conflicts: number } {
  const history = JSON.parse(historyText) as History;
  return { transitions: history.t, conflicts: history.c };
}

/** 53 bits of a text, spread well (two multiply-xor rounds of 32 bits). Equal hashes are compared by the text itself. */
export function hashText(text: string): number {
  let a = 0x9e3779b9;
  let b = 0x85ebca6b;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0xcc9e2d51);
    b = Math.imul(b ^ code, 0x1b873593);
  }
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
  b = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  return 4294967296 * (2097151 & b) + (a >>> 0);
}

/** How a run ended that nobody asked to end that way, in the words of `StateTotals.abnormal`. */
export function endingOf(run: TaskRun): string | undefined {
  return isAbnormalExit(run) ? endingLabel(run) : undefined;
}
