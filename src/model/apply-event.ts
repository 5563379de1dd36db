import type { Transition } from './answer';
import type { LifecycleState } from './lifecycle';
import { isTerminal, SUBSTATES, TROUBLE } from './lifecycle';
import type { Fact, RunRecord, StateClaim } from './run-record';
import { FACTS, MAX_TRANSITIONS, UNNAMED_TASK } from './run-record';
import { behindByOrder } from './sender-clock';
import type { TaskEvent } from './task-event';
import type { TaskRun } from './task-run';
import type { EpochMs } from './units';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const FACT_PLACES: ReadonlyMap<string, number> = new Map(FACTS.map((fact, place) => [fact, place]));
const CLOCK_PLACE = FACTS.indexOf('clockAheadMs');
const NO_STAMPS: ReadonlyArray<EpochMs | undefined> = FACTS.map(() => undefined);

/** How far along a state is that has not ended; decides between claims of the same instant. */
const PROGRESS: Readonly<Record<LifecycleState, number>> = {
  unknown: 0,
  pending: 1,
  running: 2,
  cancelled: 3,
  completed: 3,
  failed: 3,
};

/**
 * Weighs one more observation. The result does not depend on the order in which events come, nor on how often: every
 * part of a record is a maximum, a minimum or a set, so `applyEvent` is commutative, associative and idempotent.
 *
 * - An end beats what is not one; an end that was concluded (`derived`) is beaten by any that was reported.
 * - Among reported ends the newest wins, then the one that needs a person more (`TROUBLE`), then a fixed order.
 * - Among other states the newest wins, then the one that is further along.
 * - Facts: the newest report per field. CPU time and memory: the largest. Beginnings: the earliest evidence.
 *
 * Returns `record` itself when the event adds nothing: it was seen before.
 */
export function applyEvent(record: RunRecord | undefined, event: TaskEvent): RunRecord {
  const before = record?.run;
  const run = copyOf(
    before ?? {
      source: event.source,
      runId: event.runId,
      attempt: event.attempt,
      state: 'unknown',
      task: UNNAMED_TASK,
      observedAt: event.at,
    }
  );
  const oldStamps = record?.stamps ?? NO_STAMPS;
  asReported(run, oldStamps);
  let changed = before === undefined;

  if (event.at > run.observedAt) {
    run.observedAt = event.at;
    changed = true;
  }

  let stamps: Array<EpochMs | undefined> | undefined;
  for (const field in event) {
    const place = FACT_PLACES.get(field);
    if (place === undefined) {
      continue;
    }
    const fact = FACTS[place]!;
    const value = event[fact];
    if (value === undefined || (fact === 'parentId' && value === event.runId)) {
      continue;
    }
    const stamp = oldStamps[place];
    if (stamp !== undefined && (stamp > event.at || (stamp === event.at && !isLarger(value, run[fact])))) {
      continue;
    }
    setFact(run, fact, value);
    stamps ??= oldStamps.slice();
    stamps[place] = event.at;
    changed = true;
  }

  changed = raise(run, 'cpuSeconds', event.cpuSeconds) || changed;
  changed = raise(run, 'maxRssBytes', event.maxRssBytes) || changed;
  changed = raise(run, 'maxRssBytes', event.rssBytes) || changed;
  changed = lower(run, 'createdAt', event.createdAt) || changed;
  changed = lower(run, 'queuedAt', event.queuedAt) || changed;
  changed = lower(run, 'startedAt', event.startedAt) || changed;

  let { end, derivedEnd, open } = record ?? {};
  let transitions = record?.transitions ?? [];
  let transitionsCut = record?.transitionsCut ?? false;
  if (event.state !== undefined) {
    const claim = claimOf(event, event.state);
    if (isTerminal(event.state)) {
      if (event.derived === true) {
        derivedEnd = betterEnd(derivedEnd, claim);
      } else {
        end = betterEnd(end, claim);
      }
    } else {
      open = betterOpen(open, claim);
      changed = (event.snapshot !== true && lowerByState(run, event, event.state)) || changed;
    }
    const transition = transitionOf(event, event.state);
    const added = transition === undefined ? transitions : addTransition(transitions, transition);
    if (added !== transitions) {
      changed = changed || added.length !== transitions.length || added.some((entry, i) => entry !== transitions[i]);
      transitionsCut = transitionsCut || added.length === transitions.length;
      transitions = added;
    }
  }
  changed =
    changed ||
    end !== record?.end ||
    derivedEnd !== record?.derivedEnd ||
    open !== record?.open ||
    transitionsCut !== record?.transitionsCut;
  if (!changed && record !== undefined) {
    return record;
  }
  return settle(run, end, derivedEnd, open, stamps ?? oldStamps, transitions, transitionsCut);
}

/**
 * Takes back the store's own conclusion (`lost`), because the run gave a sign of life after it. The transition stays in
 * the record, so that the mistake can be seen.
 */
export function withdrawConclusion(record: RunRecord): RunRecord {
  if (record.derivedEnd === undefined) {
    return record;
  }
  const { run, end, open, stamps, transitions, transitionsCut } = record;
  const reported = copyOf(run);
  asReported(reported, stamps);
  return settle(reported, end, undefined, open, stamps, transitions, transitionsCut);
}

/** Takes back what `settle` corrected by the order of the instants: evidence is weighed as it was reported. */
function asReported(run: Mutable<TaskRun>, stamps: ReadonlyArray<EpochMs | undefined>): void {
  if (run.clockAheadMs !== undefined && stamps[CLOCK_PLACE] === undefined) {
    run.startedAt = (run.startedAt ?? 0) + run.clockAheadMs;
    run.clockAheadMs = undefined;
  }
}

/** The record of an attempt that another attempt of the same run has followed. Returns `record` itself when that was known. */
export function withRetried(record: RunRecord): RunRecord {
  return record.run.retried === true ? record : { ...record, run: { ...copyOf(record.run), retried: true } };
}

/**
 * All fields, set or not, in one order: engines then know every run by one shape, which makes the reducer three times
 * faster than copying what happens to be there.
 */
function copyOf(run: TaskRun): Mutable<TaskRun> {
  return {
    source: run.source,
    runId: run.runId,
    attempt: run.attempt,
    retried: run.retried,
    state: run.state,
    substate: run.substate,
    nativeState: run.nativeState,
    task: run.task,
    kind: run.kind,
    worker: run.worker,
    host: run.host,
    queue: run.queue,
    createdAt: run.createdAt,
    queuedAt: run.queuedAt,
    startedAt: run.startedAt,
    finishedAt: run.finishedAt,
    observedAt: run.observedAt,
    heartbeatMs: run.heartbeatMs,
    maxAttempts: run.maxAttempts,
    error: run.error,
    exitCode: run.exitCode,
    signal: run.signal,
    parentId: run.parentId,
    rootId: run.rootId,
    traceId: run.traceId,
    spanId: run.spanId,
    parentSpanId: run.parentSpanId,
    cpuSeconds: run.cpuSeconds,
    maxRssBytes: run.maxRssBytes,
    memoryLimitBytes: run.memoryLimitBytes,
    cpuLimitCores: run.cpuLimitCores,
    clockAheadMs: run.clockAheadMs,
    labels: run.labels,
    args: run.args,
    result: run.result,
    evidence: run.evidence,
  };
}

/** Writes the winning claim into the run and counts what does not fit. */
function settle(
  run: Mutable<TaskRun>,
  end: StateClaim | undefined,
  derivedEnd: StateClaim | undefined,
  open: StateClaim | undefined,
  stamps: ReadonlyArray<EpochMs | undefined>,
  transitions: readonly Transition[],
  transitionsCut: boolean
): RunRecord {
  const winner = end ?? derivedEnd ?? open;
  if (winner === undefined) {
    // Heartbeats alone: what uses CPU or memory runs; of anything else nothing is known.
    const works = run.startedAt !== undefined || run.cpuSeconds !== undefined || run.maxRssBytes !== undefined;
    run.state = works ? 'running' : 'unknown';
  } else {
    run.state = winner.state;
  }
  put(run, 'substate', winner?.substate);
  put(run, 'nativeState', winner?.nativeState);
  put(run, 'evidence', winner?.evidence);
  put(
    run,
    'finishedAt',
    winner !== undefined && isTerminal(winner.state) ? (winner.finishedAt ?? winner.at) : undefined
  );
  const behindMs = stamps[CLOCK_PLACE] === undefined ? behindByOrder(run, open) : undefined;
  if (behindMs !== undefined) {
    run.clockAheadMs = -behindMs;
    run.startedAt! += behindMs;
    run.finishedAt! += behindMs;
  }
  const record: Mutable<RunRecord> = {
    run,
    stamps,
    transitions,
    transitionsCut,
    conflicts: countConflicts(run, end, transitions, behindMs),
  };
  if (end !== undefined) {
    record.end = end;
  }
  if (derivedEnd !== undefined) {
    record.derivedEnd = derivedEnd;
  }
  if (open !== undefined) {
    record.open = open;
  }
  return record;
}

/** Sets a field, or empties it if it was set. Never `delete`: it would make the object slow for the rest of its life. */
function put<Field extends 'substate' | 'nativeState' | 'evidence' | 'finishedAt'>(
  run: Mutable<TaskRun>,
  field: Field,
  value: Mutable<TaskRun>[Field]
): void {
  if (run[field] !== value) {
    run[field] = value;
  }
}

/**
 * What cannot have happened as told: each further end that differs from the one that won, each state reported for a
 * moment after a reported end, and a finish before the start.
 */
function countConflicts(
  run: TaskRun,
  end: StateClaim | undefined,
  transitions: readonly Transition[],
  behindMs = 0
): number {
  let conflicts = run.startedAt !== undefined && run.finishedAt !== undefined && run.finishedAt < run.startedAt ? 1 : 0;
  if (end === undefined) {
    return conflicts;
  }
  const ends = new Set<string>();
  for (const transition of transitions) {
    if (transition.derived === true) {
      continue;
    }
    if (isTerminal(transition.state)) {
      ends.add(`${transition.state} ${transition.substate ?? ''}`);
    } else if (transition.at > end.at + behindMs) {
      conflicts++;
    }
  }
  return conflicts + Math.max(0, ends.size - 1);
}

function claimOf(event: TaskEvent, state: LifecycleState): StateClaim {
  const claim: StateClaim = { at: event.at, state };
  if (event.substate !== undefined) {
    claim.substate = event.substate;
  }
  if (event.nativeState !== undefined) {
    claim.nativeState = event.nativeState;
  }
  if (event.finishedAt !== undefined) {
    claim.finishedAt = event.finishedAt;
  }
  if (event.evidence !== undefined) {
    claim.evidence = event.evidence;
  }
  return claim;
}

function betterEnd(held: StateClaim | undefined, claim: StateClaim): StateClaim {
  if (held === undefined) {
    return claim;
  }
  const order = claim.at - held.at || TROUBLE[claim.state] - TROUBLE[held.state] || compareClaims(claim, held);
  return order > 0 ? claim : held;
}

function betterOpen(held: StateClaim | undefined, claim: StateClaim): StateClaim {
  if (held === undefined) {
    return claim;
  }
  const order = claim.at - held.at || PROGRESS[claim.state] - PROGRESS[held.state] || compareClaims(claim, held);
  return order > 0 ? claim : held;
}

function compareClaims(a: StateClaim, b: StateClaim): number {
  return (
    rankInState(a) - rankInState(b) ||
    compareText(a.nativeState, b.nativeState) ||
    (a.finishedAt ?? -Infinity) - (b.finishedAt ?? -Infinity) ||
    compareText(a.evidence, b.evidence)
  );
}

function rankInState(claim: { state: LifecycleState; substate?: string }): number {
  return (SUBSTATES[claim.state] as readonly string[]).indexOf(claim.substate ?? '');
}

function compareText(a: string | undefined, b: string | undefined): number {
  if (a === b) {
    return 0;
  }
  return a === undefined || (b !== undefined && a < b) ? -1 : 1;
}

/** A snapshot shows a state, not the change to it: only of an end it tells when that was. */
function transitionOf(event: TaskEvent, state: LifecycleState): Transition | undefined {
  const isSnapshot = event.snapshot === true;
  if (isSnapshot && !isTerminal(state)) {
    return undefined;
  }
  const transition: Transition = { at: isSnapshot ? (event.finishedAt ?? event.at) : event.at, state };
  if (event.substate !== undefined) {
    transition.substate = event.substate;
  }
  if (event.nativeState !== undefined) {
    transition.nativeState = event.nativeState;
  }
  if (event.worker !== undefined) {
    transition.worker = event.worker;
  }
  if (event.derived === true) {
    transition.derived = true;
  }
  if (event.evidence !== undefined) {
    transition.evidence = event.evidence;
  }
  return transition;
}

function compareTransitions(a: Transition, b: Transition): number {
  return (
    a.at - b.at ||
    PROGRESS[a.state] - PROGRESS[b.state] ||
    TROUBLE[a.state] - TROUBLE[b.state] ||
    rankInState(a) - rankInState(b) ||
    Number(a.derived ?? false) - Number(b.derived ?? false) ||
    compareText(a.nativeState, b.nativeState) ||
    compareText(a.worker, b.worker) ||
    compareText(a.evidence, b.evidence)
  );
}

/**
 * The set with one more. A full set gives up its oldest transition that is no end, else its oldest; that is "keep the
 * largest" under a fixed order, hence the same whatever the order of arrival.
 */
function addTransition(transitions: readonly Transition[], transition: Transition): readonly Transition[] {
  let place = transitions.length;
  while (place > 0) {
    const order = compareTransitions(transition, transitions[place - 1]!);
    if (order === 0) {
      return transitions;
    }
    if (order > 0) {
      break;
    }
    place--;
  }
  const longer = [...transitions.slice(0, place), transition, ...transitions.slice(place)];
  if (longer.length > MAX_TRANSITIONS) {
    const oldest = longer.findIndex((candidate) => !isTerminal(candidate.state));
    longer.splice(Math.max(0, oldest), 1);
  }
  return longer;
}

/** Beginnings that a state tells without naming them. */
function lowerByState(run: Mutable<TaskRun>, event: TaskEvent, state: LifecycleState): boolean {
  if (state === 'running') {
    return event.startedAt === undefined && lower(run, 'startedAt', event.at);
  }
  if (state !== 'pending') {
    return false;
  }
  switch (event.substate) {
    case 'created':
    case 'scheduled':
    case 'retrying':
      return event.createdAt === undefined && lower(run, 'createdAt', event.at);
    case undefined:
    case 'queued':
    case 'received':
      return event.queuedAt === undefined && lower(run, 'queuedAt', event.at);
    default:
      return false;
  }
}

function lower(
  run: Mutable<TaskRun>,
  field: 'createdAt' | 'queuedAt' | 'startedAt',
  value: EpochMs | undefined
): boolean {
  const held = run[field];
  if (value === undefined || (held !== undefined && held <= value)) {
    return false;
  }
  run[field] = value;
  return true;
}

function raise(run: Mutable<TaskRun>, field: 'cpuSeconds' | 'maxRssBytes', value: number | undefined): boolean {
  const held = run[field];
  if (value === undefined || (held !== undefined && held >= value)) {
    return false;
  }
  run[field] = value;
  return true;
}

function setFact<F extends Fact>(run: Mutable<TaskRun>, fact: F, value: Mutable<TaskRun>[F]): void {
  run[fact] = value;
}

/** A fixed order of values that were reported for the same instant. */
function isLarger(a: TaskEvent[Fact], b: TaskEvent[Fact]): boolean {
  if (a === b) {
    return false;
  }
  if (typeof a === 'number' && typeof b === 'number') {
    return a > b;
  }
  return canonical(a) > canonical(b);
}

function canonical(value: TaskEvent[Fact]): string {
  if (typeof value !== 'object') {
    return String(value);
  }
  return JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
