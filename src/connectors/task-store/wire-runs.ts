import type { ResourceSample, RunDetail, RunPage, Transition } from '../../model/answer';
import { reportedInstant } from '../../model/instant';
import { isLifecycleState, isSubstate } from '../../model/lifecycle';
import type { LifecycleState } from '../../model/lifecycle';
import {
  compact,
  optional,
  readArray,
  readEach,
  readFlag,
  readList,
  readNumber,
  readObject,
  readText,
  readTexts,
} from '../../model/read-shape';
import { RUN_KINDS } from '../../model/task-run';
import type { RunError, TaskRun } from '../../model/task-run';
import type { Changes, SourceVersion } from '../connector';

/**
 * What the task store sends, decoded once. The store sends the shapes of `model/`; here they are checked field by field,
 * because the store may be of another version and a proxy may answer in its stead. Unknown fields are ignored. A run that
 * cannot be read is left out and counted; anything else that is wrong throws a `ShapeError`. `wire.test.ts` holds what is
 * read here against the types of the model.
 */
export function readRun(value: unknown, where: string): TaskRun {
  const raw = readObject(value, where);
  const text = (name: string) => optional(raw[name], `${where}.${name}`, readText);
  const number = (name: string) => optional(raw[name], `${where}.${name}`, readNumber);
  const state = readText(raw['state'], `${where}.state`);
  const substate = text('substate');
  const kind = text('kind');
  return compact<TaskRun>({
    source: readText(raw['source'], `${where}.source`),
    runId: readText(raw['runId'], `${where}.runId`),
    attempt: readNumber(raw['attempt'], `${where}.attempt`),
    retried: raw['retried'] === true ? true : undefined,
    // A newer store may know states that this build does not: shown as unknown with the store's own word.
    state: isLifecycleState(state) ? state : 'unknown',
    substate: substate !== undefined && isSubstate(substate) ? substate : undefined,
    nativeState: text('nativeState') ?? (isLifecycleState(state) ? undefined : state),
    task: readText(raw['task'], `${where}.task`),
    kind: RUN_KINDS.find((candidate) => candidate === kind),
    worker: text('worker'),
    host: text('host'),
    queue: text('queue'),
    createdAt: reportedInstant(number('createdAt')),
    queuedAt: reportedInstant(number('queuedAt')),
    startedAt: reportedInstant(number('startedAt')),
    finishedAt: reportedInstant(number('finishedAt')),
    observedAt: readNumber(raw['observedAt'], `${where}.observedAt`),
    heartbeatMs: number('heartbeatMs'),
    maxAttempts: number('maxAttempts'),
    error: optional(raw['error'], `${where}.error`, readError),
    exitCode: number('exitCode'),
    signal: text('signal'),
    parentId: text('parentId'),
    rootId: text('rootId'),
    traceId: text('traceId'),
    spanId: text('spanId'),
    parentSpanId: text('parentSpanId'),
    cpuSeconds: number('cpuSeconds'),
    maxRssBytes: number('maxRssBytes'),
    memoryLimitBytes: number('memoryLimitBytes'),
    cpuLimitCores: number('cpuLimitCores'),
    clockAheadMs: number('clockAheadMs'),
    labels: optional(raw['labels'], `${where}.labels`, readLabels),
    args: text('args'),
    result: text('result'),
    evidence: text('evidence'),
  });
}

function readError(value: unknown, where: string): RunError {
  const raw = readObject(value, where);
  return compact<RunError>({
    type: optional(raw['type'], `${where}.type`, readText),
    message: optional(raw['message'], `${where}.message`, readText),
    stack: optional(raw['stack'], `${where}.stack`, readText),
  });
}

function readLabels(value: unknown, where: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [name, label] of Object.entries(readObject(value, where))) {
    // defineProperty: a label may be named `__proto__`.
    Object.defineProperty(labels, name, {
      value: readText(label, `${where}.${name}`),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return labels;
}

/** Runs one by one: what cannot be read is counted, the others are kept, and `places` maps old to new positions. */
function readRuns(value: unknown, where: string): { runs: TaskRun[]; skipped: number; places: Map<number, number> } {
  const { rows, skipped } = readEach(readArray(value, where), (item, index) => ({
    index,
    run: readRun(item, `${where}[${index}]`),
  }));
  return { runs: rows.map(({ run }) => run), skipped, places: new Map(rows.map(({ index }, place) => [index, place])) };
}

export function readPageWithPlaces(value: unknown, where: string): { page: RunPage; places: Map<number, number> } {
  const raw = readObject(value, where);
  const { runs, skipped, places } = readRuns(raw['runs'], `${where}.runs`);
  const page = compact<RunPage>({
    runs,
    total: optional(raw['total'], `${where}.total`, readNumber),
    truncated: readFlag(raw['truncated'], `${where}.truncated`),
    skipped: (optional(raw['skipped'], `${where}.skipped`, readNumber) ?? 0) + skipped,
    next: optional(raw['next'], `${where}.next`, readText),
    notices: optional(raw['notices'], `${where}.notices`, readTexts),
    unfiltered: raw['unfiltered'] === true ? true : undefined,
  });
  return { page, places };
}

export function readPage(value: unknown, where: string): RunPage {
  return readPageWithPlaces(value, where).page;
}

/** A line of changes. `more`: further changes are there already. `error`: the store had to stop after this line. */
export interface ChangeLine extends Changes {
  more: boolean;
  error?: string;
}

/** `{"cursor":"…","runs":[…]}`; a heartbeat has no runs. */
export function readChanges(value: unknown, where: string): ChangeLine {
  const raw = readObject(value, where);
  return compact<ChangeLine>({
    cursor: readText(raw['cursor'], `${where}.cursor`),
    runs: optional(raw['runs'], `${where}.runs`, readRuns)?.runs ?? [],
    more: optional(raw['more'], `${where}.more`, readFlag) ?? false,
    error: optional(raw['error'], `${where}.error`, readText),
  });
}

export function readVersion(value: unknown, where: string): SourceVersion {
  const raw = readObject(value, where);
  return compact<SourceVersion>({
    product: readText(raw['product'], `${where}.product`),
    version: readText(raw['version'], `${where}.version`),
    summary: optional(raw['summary'], `${where}.summary`, readText),
  });
}

export function readState(value: unknown, where: string): LifecycleState {
  const word = readText(value, where);
  return isLifecycleState(word) ? word : 'unknown';
}

export function readDetail(value: unknown, where: string): RunDetail {
  const raw = readObject(value, where);
  return {
    run: readRun(raw['run'], `${where}.run`),
    transitions: readList(raw['transitions'], `${where}.transitions`, readTransition),
    conflicts: readNumber(raw['conflicts'], `${where}.conflicts`),
    samples: readList(raw['samples'], `${where}.samples`, readSample),
  };
}

function readTransition(value: unknown, where: string): Transition {
  const raw = readObject(value, where);
  const text = (name: string) => optional(raw[name], `${where}.${name}`, readText);
  return compact<Transition>({
    at: readNumber(raw['at'], `${where}.at`),
    state: readState(raw['state'], `${where}.state`),
    substate: text('substate'),
    nativeState: text('nativeState'),
    worker: text('worker'),
    derived: optional(raw['derived'], `${where}.derived`, readFlag),
    evidence: text('evidence'),
  });
}

function readSample(value: unknown, where: string): ResourceSample {
  const raw = readObject(value, where);
  return compact<ResourceSample>({
    at: readNumber(raw['at'], `${where}.at`),
    cpuSeconds: optional(raw['cpuSeconds'], `${where}.cpuSeconds`, readNumber),
    rssBytes: optional(raw['rssBytes'], `${where}.rssBytes`, readNumber),
  });
}
