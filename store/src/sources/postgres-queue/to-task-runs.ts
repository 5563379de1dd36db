import { isTerminal } from '../../../../src/model/lifecycle';
import type { Substate } from '../../../../src/model/lifecycle';
import { reportedInstant } from '../../../../src/model/instant';
import { compact } from '../../../../src/model/read-shape';
import type { RunError, TaskRun } from '../../../../src/model/task-run';
import type { DurationMs, EpochMs } from '../../../../src/model/units';
import { cut, redactText } from '../../agent/redact';
import { attemptsOf } from './attempts';
import type { Attempt } from './attempts';
import type { Fact, Mapping, Standing } from './mapping';
import type { Row } from './question';
import { LONGEST_SHOWN, sayError } from './say-error';

export interface Around {
  source: string;
  /** By this machine's clock. */
  now: EpochMs;
  /** How far the database's clock is ahead, where that is worth mending. */
  aheadMs?: DurationMs;
}

/** Waiting for its time, said only where the engine's word does not say it. */
const PLAIN_WAITS: ReadonlyArray<Substate | undefined> = [undefined, 'queued', 'created'];

/**
 * One row as the attempts that it tells of, the last one last.
 *
 * - A row that waits after `attempt` attempts is two: the one that failed, to which its error, worker and start belong, and the
 *   next, which waits.
 * - A time that lies ahead is no queueing yet: it is said as evidence.
 *
 * @returns undefined for a row without an id, a task or a state
 */
export function toTaskRuns(row: Row, mapping: Mapping, around: Around): TaskRun[] | undefined {
  const { runId, task, state: word } = row;
  if (!isSaid(runId) || !isSaid(task) || !isSaid(word)) {
    return undefined;
  }
  const standing = mapping.states.get(word) ?? ({ state: 'unknown' } satisfies Standing);
  const told = attemptsOf(row, mapping, (ms) => mend(ms, around));
  const begun = numberOf(row, 'attempt') ?? told?.begun ?? (standing.state === 'pending' ? 0 : 1);
  const waits = standing.state === 'pending';
  const attempt = Math.max(1, waits ? begun + 1 : begun);
  const earlier = new Map(
    (told?.attempts ?? []).filter((one) => one.attempt < attempt).map((one) => [one.attempt, one])
  );
  const own = told?.attempts.find((one) => one.attempt === attempt);
  const instant = (fact: Fact) => mend(numberOf(row, fact), around);

  if (waits && begun >= 1 && !earlier.has(begun)) {
    earlier.set(
      begun,
      compact<Attempt>({
        attempt: begun,
        startedAt: instant('startedAt'),
        worker: textOf(row, 'worker'),
        error: errorOf(row),
      })
    );
  }
  const base = compact({
    ...baseOf(row, runId, task, around),
    nativeState: textOf(row, 'nativeState') ?? word,
  });
  const created = instant('createdAt');
  const last = lastAttempt({ row, base, standing, attempt, own, before: earlier.get(attempt - 1), created }, around);
  return [
    ...[...earlier.values()]
      .sort((a, b) => a.attempt - b.attempt)
      .map((one) => failedAttempt(one, base, { created, followed: earlier.get(one.attempt - 1) }, around)),
    last,
  ];
}

interface LastAttempt {
  row: Row;
  base: Base;
  standing: Standing;
  attempt: number;
  own: Attempt | undefined;
  before: Attempt | undefined;
  created: EpochMs | undefined;
}

function lastAttempt({ row, base, standing, attempt, own, before, created }: LastAttempt, around: Around): TaskRun {
  const { state } = standing;
  const waits = state === 'pending';
  const instant = (fact: Fact) => mend(numberOf(row, fact), around);
  const due = own?.queuedAt ?? instant('queuedAt');
  const isAhead = due !== undefined && due > around.now;
  const lastSeenAt = instant('lastSeenAt');
  const startedAt = waits ? undefined : (own?.startedAt ?? instant('startedAt'));
  const finishedAt = isTerminal(state) ? (own?.finishedAt ?? instant('finishedAt') ?? lastSeenAt) : undefined;
  const substate = waits && isAhead && PLAIN_WAITS.includes(standing.substate) ? 'scheduled' : standing.substate;
  const seen = isTerminal(state) ? (finishedAt ?? around.now) : around.now;
  return compact<TaskRun>({
    ...base,
    attempt,
    state,
    substate,
    worker: waits ? undefined : (own?.worker ?? textOf(row, 'worker')),
    host: waits ? undefined : textOf(row, 'host'),
    createdAt: own?.createdAt ?? (attempt === 1 ? created : before?.finishedAt),
    // Some engines write the end of a wait that was cut short.
    queuedAt: isAhead || (startedAt !== undefined && due !== undefined && due > startedAt) ? undefined : due,
    startedAt,
    finishedAt: finishedAt === undefined ? undefined : Math.max(finishedAt, startedAt ?? 0),
    observedAt: Math.max(seen, startedAt ?? 0),
    // While it runs, an engine may still have the error of the attempt before.
    error: isTerminal(state) && state !== 'completed' ? (own?.error ?? errorOf(row)) : undefined,
    exitCode: isTerminal(state) ? numberOf(row, 'exitCode') : undefined,
    result: isTerminal(state) ? shortText(row, 'result') : undefined,
    evidence: textOf(row, 'evidence') ?? (waits && isAhead ? `Due at ${new Date(due).toISOString()}.` : undefined),
  });
}

function failedAttempt(
  { attempt, createdAt, queuedAt, startedAt, finishedAt, worker, error, standing }: Attempt,
  base: Base,
  { created, followed }: { created: EpochMs | undefined; followed: Attempt | undefined },
  around: Around
): TaskRun {
  return compact<TaskRun>({
    ...base,
    attempt,
    // The row's word is of the last attempt.
    nativeState: undefined,
    state: standing?.state ?? 'failed',
    substate: standing === undefined ? 'error' : standing.substate,
    worker,
    createdAt: createdAt ?? (attempt === 1 ? created : followed?.finishedAt),
    queuedAt,
    startedAt,
    finishedAt,
    observedAt: finishedAt ?? startedAt ?? around.now,
    error,
  });
}

type Base = Omit<TaskRun, 'attempt' | 'state' | 'observedAt'>;

function baseOf(row: Row, runId: string, task: string, { source, aheadMs }: Around): Base {
  const labels = Object.entries(row).flatMap(([name, value]) =>
    name.startsWith('label:') && isSaid(value) ? [[name.slice('label:'.length), redactText(value)]] : []
  );
  const parentId = textOf(row, 'parentId');
  return compact<Base>({
    source,
    runId,
    task,
    kind: 'task',
    queue: textOf(row, 'queue'),
    maxAttempts: numberOf(row, 'maxAttempts'),
    parentId: parentId === runId ? undefined : parentId,
    rootId: textOf(row, 'rootId') ?? (parentId === runId ? undefined : parentId),
    traceId: textOf(row, 'traceId'),
    args: shortText(row, 'args'),
    clockAheadMs: aheadMs,
    labels: labels.length === 0 ? undefined : Object.fromEntries(labels),
  });
}

function errorOf(row: Row): RunError | undefined {
  const type = textOf(row, 'errorType');
  const message = textOf(row, 'errorMessage');
  const stack = textOf(row, 'errorStack');
  return sayError(compact({ type, message, stack }));
}

function shortText(row: Row, fact: Fact): string | undefined {
  const text = textOf(row, fact);
  return text === undefined || text === '{}' || text === '[]' || text === 'null'
    ? undefined
    : cut(redactText(text), LONGEST_SHOWN);
}

function textOf(row: Row, fact: Fact): string | undefined {
  const value = row[fact];
  return isSaid(value) ? value : undefined;
}

function isSaid(value: string | null | undefined): value is string {
  return value !== undefined && value !== null && value !== '';
}

function numberOf(row: Row, fact: Fact): number | undefined {
  const value = row[fact];
  const number = isSaid(value) ? Number(value) : NaN;
  // `infinity` stands for "never" in a column of times.
  return Number.isFinite(number) ? number : undefined;
}

/** By this machine's clock, to the millisecond. */
function mend(ms: number | undefined, { aheadMs = 0 }: Around): EpochMs | undefined {
  return reportedInstant(ms === undefined ? undefined : Math.floor(ms) - aheadMs);
}
