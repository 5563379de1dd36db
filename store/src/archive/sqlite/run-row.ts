import { FACTS } from '../../../../src/model/run-record';
import type { RunRecord, StateClaim } from '../../../../src/model/run-record';
import type { Transition } from '../../../../src/model/answer';
import { isSubstate, LIFECYCLE_STATES } from '../../../../src/model/lifecycle';
import type { TaskRun } from '../../../../src/model/task-run';
import { STATE_NUMBER } from '../../../../src/model/word-numbers';

type ClaimRow = [
  at: number,
  state: number,
  substate?: string | null,
  nativeState?: string | null,
  finishedAt?: number | null,
  evidence?: string | null,
];
type TransitionRow = [
  at: number,
  state: number,
  substate?: string | null,
  nativeState?: string | null,
  worker?: string | null,
  derived?: 1 | null,
  evidence?: string | null,
];

/**
 * What the file keeps beside the run itself: its history, and the evidence that later events are weighed against. Lists
 * instead of objects with names, because it is written with every change of every run.
 */
type History = [
  transitions: TransitionRow[],
  conflicts: number,
  /** Bit 0: transitions were cut. Bit 1: signs of life come in between the states, so that silence means something. */
  flags: number,
  end: ClaimRow | 0,
  derivedEnd: ClaimRow | 0,
  open: ClaimRow | 0,
  /** Instants, each with the facts (bits by their place in `FACTS`) that were reported then. */
  stamps: number[],
];

export function encodeHistory(record: RunRecord, beats: boolean): string {
  const stamps: number[] = [];
  record.stamps.forEach((stamp, fact) => {
    if (stamp !== undefined) {
      let place = 0;
      while (place < stamps.length && stamps[place] !== stamp) {
        place += 2;
      }
      stamps[place] = stamp;
      stamps[place + 1] = (stamps[place + 1] ?? 0) | (1 << fact);
    }
  });
  const history: History = [
    record.transitions.map(transitionRow),
    record.conflicts,
    (record.transitionsCut ? 1 : 0) | (beats ? 2 : 0),
    claimRow(record.end),
    claimRow(record.derivedEnd),
    claimRow(record.open),
    stamps,
  ];
  return JSON.stringify(history);
}

function transitionRow({ at, state, substate, nativeState, worker, derived, evidence }: Transition): TransitionRow {
  const row: TransitionRow = [
    at,
    STATE_NUMBER[state],
    substate,
    nativeState,
    worker,
    derived === true ? 1 : undefined,
    evidence,
  ];
  return trimmed(row);
}

function claimRow(claim: StateClaim | undefined): ClaimRow | 0 {
  if (claim === undefined) {
    return 0;
  }
  const { at, state, substate, nativeState, finishedAt, evidence } = claim;
  return trimmed<ClaimRow>([at, STATE_NUMBER[state], substate, nativeState, finishedAt, evidence]);
}

/** Without the empty places at the end. */
function trimmed<T extends unknown[]>(row: T): T {
  while (row.length > 2 && row[row.length - 1] === undefined) {
    row.pop();
  }
  return row;
}

/** The record as it was written. The texts come from our own file, whose format version was checked when it was opened. */
export function decodeRecord(runText: string, historyText: string): { record: RunRecord; beats: boolean } {
  const run = JSON.parse(runText) as TaskRun;
  const [transitions, conflicts, flags, end, derivedEnd, open, stampList] = JSON.parse(historyText) as History;
  const stamps: Array<number | undefined> = FACTS.map(() => undefined);
  for (let place = 0; place < stampList.length; place += 2) {
    for (let fact = 0; fact < FACTS.length; fact++) {
      if ((stampList[place + 1]! & (1 << fact)) !== 0) {
        stamps[fact] = stampList[place];
      }
    }
  }
  return {
    record: {
      run,
      ...(end !== 0 && { end: claimOf(end) }),
      ...(derivedEnd !== 0 && { derivedEnd: claimOf(derivedEnd) }),
      ...(open !== 0 && { open: claimOf(open) }),
      stamps,
      transitions: transitions.map(transitionOf),
      transitionsCut: (flags & 1) !== 0,
      conflicts,
    },
    beats: (flags & 2) !== 0,
  };
}

function claimOf([at, state, substate, nativeState, finishedAt, evidence]: ClaimRow): StateClaim {
  return {
    at,
    state: LIFECYCLE_STATES[state] ?? 'unknown',
    ...(isText(substate) && isSubstate(substate) && { substate }),
    ...(isText(nativeState) && { nativeState }),
    ...(typeof finishedAt === 'number' && { finishedAt }),
    ...(isText(evidence) && { evidence }),
  };
}

function transitionOf([at, state, substate, nativeState, worker, derived, evidence]: TransitionRow): Transition {
  return {
    at,
    state: LIFECYCLE_STATES[state] ?? 'unknown',
    ...(isText(substate) && { substate }),
    ...(isText(nativeState) && { nativeState }),
    ...(isText(worker) && { worker }),
    ...(derived === 1 && { derived: true }),
    ...(isText(evidence) && { evidence }),
  };
}

function isText(value: string | null | undefined): value is string {
  return typeof value === 'string';
}

/** Transitions and conflicts, for `RunDetail`. */
export function historyForDetail(historyText: string): { transitions: readonly Transition[]; conflicts: number } {
  const [transitions, conflicts] = JSON.parse(historyText) as History;
  return { transitions: transitions.map(transitionOf), conflicts };
}
