import type {
  Answer,
  ColumnStretches,
  Deduction,
  DeductionReason,
  FailureCategory,
  FailureGroup,
  FiringAlert,
  HealthScore,
  Lane,
  Queue,
  ResourceSample,
  RunDetail,
  RunPage,
  RunStrip,
  StateTotals,
  Transition,
  UncheckedWhy,
  Worker,
} from '../../model/answer';
import { DEDUCTION_REASONS } from '../../model/answer';
import { reportedInstant } from '../../model/instant';
import { isLifecycleState, isSubstate, LIFECYCLE_STATES } from '../../model/lifecycle';
import type { LifecycleState } from '../../model/lifecycle';
import { isGroupBy } from '../../model/query-params';
import {
  compact,
  optional,
  readArray,
  readColumn,
  readFlag,
  readList,
  readNumber,
  readNumbers,
  readObject,
  readOneOf,
  readText,
  readTexts,
  ShapeError,
} from '../../model/read-shape';
import type { GroupBy, View } from '../../model/task-query';
import type { RunError, RunKind, TaskRun } from '../../model/task-run';
import type { Changes, SourceVersion } from '../connector';

/**
 * What the task store sends, decoded once. The store sends the shapes of `model/answer.ts`; here they are checked field
 * by field, because the store may be of another version and a proxy may answer in its stead. Unknown fields are
 * ignored. A run that cannot be read is left out and counted; anything else that is wrong throws a `ShapeError`.
 */

const KINDS: readonly RunKind[] = ['task', 'process', 'unit', 'job', 'span'];
const WHYS: readonly UncheckedWhy[] = ['not_reported', 'too_few', 'not_configured'];
const CATEGORIES: readonly FailureCategory[] = [
  'network',
  'timeout',
  'resources',
  'dependency',
  'data',
  'code',
  'configuration',
  'infrastructure',
  'unknown',
];

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
    kind: KINDS.find((candidate) => candidate === kind),
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
  const runs: TaskRun[] = [];
  const places = new Map<number, number>();
  let skipped = 0;
  readArray(value, where).forEach((item, index) => {
    try {
      const run = readRun(item, `${where}[${index}]`);
      places.set(index, runs.length);
      runs.push(run);
    } catch (error) {
      if (!(error instanceof ShapeError)) {
        throw error;
      }
      skipped++;
    }
  });
  return { runs, skipped, places };
}

function readPageWithPlaces(value: unknown, where: string): { page: RunPage; places: Map<number, number> } {
  const raw = readObject(value, where);
  const { runs, skipped, places } = readRuns(raw['runs'], `${where}.runs`);
  const page = compact<RunPage>({
    runs,
    total: optional(raw['total'], `${where}.total`, readNumber),
    truncated: readFlag(raw['truncated'], `${where}.truncated`),
    skipped: (optional(raw['skipped'], `${where}.skipped`, readNumber) ?? 0) + skipped,
    next: optional(raw['next'], `${where}.next`, readText),
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

/** The store says the labels and annotations that it sends to receivers; the model names the ones that Runlane's alerts have. */
function readAlert(value: unknown, where: string): FiringAlert {
  const raw = readObject(value, where);
  const labels = readObject(raw['labels'], `${where}.labels`);
  const annotations = readObject(raw['annotations'], `${where}.annotations`);
  const label = (name: string) => optional(labels[name], `${where}.labels.${name}`, readText);
  const annotation = (name: string) => optional(annotations[name], `${where}.annotations.${name}`, readText);
  return compact({
    name: readText(labels['alertname'], `${where}.labels.alertname`),
    state: readOneOf(raw['state'], `${where}.state`, ['pending', 'firing', 'resolved']),
    severity: label('severity'),
    tier: label('tier'),
    source: label('source'),
    task: label('task'),
    cause: label('cause'),
    summary: annotation('summary'),
    runbook: annotation('runbook_url') ?? annotation('runbook'),
    since: readNumber(raw['startsAt'], `${where}.startsAt`),
    endedAt: optional(raw['endsAt'], `${where}.endsAt`, readNumber),
    count: optional(raw['count'], `${where}.count`, readNumber),
  });
}

export function readValues(value: unknown, where: string): string[] {
  return readTexts(readObject(value, where)['values'], `${where}.values`);
}

/** An answer to `view`, or a `ShapeError`. `runs` and `timeline` pages skip and count runs that cannot be read. */
export function readAnswer(view: View, value: unknown, where: string): Answer {
  const raw = readObject(value, where);
  const groupBy = () => readGroupBy(raw['groupBy'], `${where}.groupBy`);
  const step = () => readNumber(raw['step'], `${where}.step`);
  const buckets = () => readNumbers(raw['buckets'], `${where}.buckets`);
  const groupsOmitted = () => optional(raw['groupsOmitted'], `${where}.groupsOmitted`, readNumber);
  const series = <T>(readOne: (raw: ReturnType<typeof readObject>, where: string) => T) =>
    readList(raw['series'], `${where}.series`, (item, at) => readOne(readObject(item, at), at));

  switch (view) {
    case 'runs':
      return { view, ...readPage(value, where) };
    case 'timeline': {
      const whole = raw['page'] === undefined ? undefined : readPageWithPlaces(raw['page'], `${where}.page`);
      return compact({
        view,
        groupBy: groupBy(),
        lanes: readList(raw['lanes'], `${where}.lanes`, readLane),
        counts: readCounts(raw['counts'], `${where}.counts`),
        lost: optional(raw['lost'], `${where}.lost`, readNumber),
        page: whole?.page,
        columns: optional(raw['columns'], `${where}.columns`, readColumns),
        lanesOmitted: optional(raw['lanesOmitted'], `${where}.lanesOmitted`, readNumber),
        strips: optional(raw['strips'], `${where}.strips`, (list, at) => readStrips(list, at, whole?.places)),
        total: readNumber(raw['total'], `${where}.total`),
      });
    }
    case 'states':
      return compact({
        view,
        groupBy: groupBy(),
        step: step(),
        buckets: buckets(),
        series: series((item, at) => ({
          group: readText(item['group'], `${at}.group`),
          state: readState(item['state'], `${at}.state`),
          values: readColumn(item['values'], `${at}.values`),
        })),
        totals: readList(raw['totals'], `${where}.totals`, readTotals),
        groupsOmitted: groupsOmitted(),
      });
    case 'throughput':
      return compact({
        view,
        groupBy: groupBy(),
        step: step(),
        buckets: buckets(),
        series: series((item, at) => ({
          group: readText(item['group'], `${at}.group`),
          what: readOneOf(item['what'], `${at}.what`, ['created', 'started', 'completed', 'failed', 'cancelled']),
          values: readColumn(item['values'], `${at}.values`),
        })),
        groupsOmitted: groupsOmitted(),
      });
    case 'durations':
      return compact({
        view,
        groupBy: groupBy(),
        step: step(),
        buckets: buckets(),
        series: series((item, at) => ({
          group: readText(item['group'], `${at}.group`),
          what: readOneOf(item['what'], `${at}.what`, ['duration', 'wait']),
          count: readNumbers(item['count'], `${at}.count`),
          p50: readColumn(item['p50'], `${at}.p50`),
          p95: readColumn(item['p95'], `${at}.p95`),
          p99: readColumn(item['p99'], `${at}.p99`),
          max: readColumn(item['max'], `${at}.max`),
        })),
        groupsOmitted: groupsOmitted(),
      });
    case 'health':
      return compact({
        view,
        groupBy: groupBy(),
        step: step(),
        groups: readList(raw['groups'], `${where}.groups`, readScore),
        buckets: buckets(),
        history: readList(raw['history'], `${where}.history`, (item, at) => {
          const line = readObject(item, at);
          return { group: readText(line['group'], `${at}.group`), values: readColumn(line['values'], `${at}.values`) };
        }),
        groupsOmitted: groupsOmitted(),
      });
    case 'failures':
      return compact({
        view,
        step: step(),
        buckets: buckets(),
        groups: readList(raw['groups'], `${where}.groups`, readFailureGroup),
        groupsOmitted: groupsOmitted(),
      });
    case 'workers':
      return {
        view,
        workers: readList(raw['workers'], `${where}.workers`, readWorker),
        truncated: readFlag(raw['truncated'], `${where}.truncated`),
      };
    case 'queues':
      return {
        view,
        queues: readList(raw['queues'], `${where}.queues`, readQueue),
        truncated: readFlag(raw['truncated'], `${where}.truncated`),
      };
    case 'resources':
      return compact({
        view,
        groupBy: raw['groupBy'] === 'run' ? ('run' as const) : groupBy(),
        step: step(),
        buckets: buckets(),
        series: series((item, at) =>
          compact({
            group: readText(item['group'], `${at}.group`),
            cpuCores: readColumn(item['cpuCores'], `${at}.cpuCores`),
            rssBytes: readColumn(item['rssBytes'], `${at}.rssBytes`),
            now: optional(item['now'], `${at}.now`, readUse),
          })
        ),
        workerShare: optional(raw['workerShare'], `${where}.workerShare`, readFlag),
        groupsOmitted: groupsOmitted(),
      });
    case 'alerts':
      return {
        view,
        alerts: readList(raw['alerts'], `${where}.alerts`, readAlert),
        truncated: raw['truncated'] === true,
      };
    case 'transitions': {
      const range = readObject(raw['range'], `${where}.range`);
      return {
        view,
        range: {
          from: readNumber(range['from'], `${where}.range.from`),
          to: readNumber(range['to'], `${where}.range.to`),
        },
        runs: readList(raw['runs'], `${where}.runs`, readDetail),
        truncated: readFlag(raw['truncated'], `${where}.truncated`),
      };
    }
    case 'lineage':
    case 'trace':
    case 'assets':
      throw new ShapeError(where, view, 'a view that the store answers; lineage and trace are made from runs');
  }
}

function readGroupBy(value: unknown, where: string): GroupBy {
  const word = readText(value, where);
  if (!isGroupBy(word)) {
    throw new ShapeError(where, value, 'task, worker, host, queue, source, state or label:<name>');
  }
  return word;
}

function readState(value: unknown, where: string): LifecycleState {
  const word = readText(value, where);
  return isLifecycleState(word) ? word : 'unknown';
}

function readCounts(value: unknown, where: string): Partial<Record<LifecycleState, number>> {
  const raw = readObject(value, where);
  const counts: Partial<Record<LifecycleState, number>> = {};
  for (const state of LIFECYCLE_STATES) {
    const count = optional(raw[state], `${where}.${state}`, readNumber);
    if (count !== undefined) {
      counts[state] = count;
    }
  }
  return counts;
}

function readLane(value: unknown, where: string): Lane {
  const raw = readObject(value, where);
  const number = (name: string) => optional(raw[name], `${where}.${name}`, readNumber);
  return compact<Lane>({
    name: readText(raw['name'], `${where}.name`),
    context: optional(raw['context'], `${where}.context`, readText),
    source: optional(raw['source'], `${where}.source`, readText),
    counts: readCounts(raw['counts'], `${where}.counts`),
    merged: optional(raw['merged'], `${where}.merged`, readFlag),
    lost: number('lost'),
    health: number('health'),
    usualWaitMs: number('usualWaitMs'),
    usualDurationMs: number('usualDurationMs'),
    usualDurationLowMs: number('usualDurationLowMs'),
    usualDurationHighMs: number('usualDurationHighMs'),
    lastBeganAt: number('lastBeganAt'),
    missedAt: optional(raw['missedAt'], `${where}.missedAt`, readNumbers),
  });
}

function readColumns(value: unknown, where: string): ColumnStretches {
  const raw = readObject(value, where);
  const byState = readObject(raw['counts'], `${where}.counts`);
  const counts: ColumnStretches['counts'] = {};
  for (const state of LIFECYCLE_STATES) {
    const column = optional(byState[state], `${where}.counts.${state}`, readNumbers);
    if (column !== undefined) {
      counts[state] = column;
    }
  }
  const columns = {
    lane: readNumbers(raw['lane'], `${where}.lane`),
    start: readNumbers(raw['start'], `${where}.start`),
    end: readNumbers(raw['end'], `${where}.end`),
    state: readNumbers(raw['state'], `${where}.state`),
    lost: readNumbers(raw['lost'], `${where}.lost`),
    count: readNumbers(raw['count'], `${where}.count`),
    ...(raw['retried'] !== undefined && { retried: readNumbers(raw['retried'], `${where}.retried`) }),
  };
  const inStates = Object.fromEntries(Object.entries(counts).map(([state, column]) => [`counts.${state}`, column]));
  for (const [name, column] of Object.entries({ ...columns, ...inStates })) {
    if (column.length !== columns.lane.length) {
      throw new ShapeError(`${where}.${name}.length`, column.length, `${columns.lane.length} as in ${where}.lane`);
    }
  }
  return { ...columns, counts };
}

function readStrips(value: unknown, where: string, places: Map<number, number> | undefined): RunStrip[] {
  const strips: RunStrip[] = [];
  readArray(value, where).forEach((item, index) => {
    const at = `${where}[${index}]`;
    const raw = readObject(item, at);
    const run = places?.get(readNumber(raw['run'], `${at}.run`));
    if (run !== undefined) {
      strips.push({
        run,
        at: readNumbers(raw['at'], `${at}.at`),
        cpuCores: readColumn(raw['cpuCores'], `${at}.cpuCores`),
        rssBytes: readColumn(raw['rssBytes'], `${at}.rssBytes`),
      });
    }
  });
  return strips;
}

function readTotals(value: unknown, where: string): StateTotals {
  const raw = readObject(value, where);
  const abnormal: Record<string, number> = {};
  for (const [how, count] of Object.entries(readObject(raw['abnormal'], `${where}.abnormal`))) {
    abnormal[how] = readNumber(count, `${where}.abnormal.${how}`);
  }
  return compact<StateTotals>({
    group: readText(raw['group'], `${where}.group`),
    counts: readCounts(raw['counts'], `${where}.counts`),
    abnormal,
    oldestPendingAt: optional(raw['oldestPendingAt'], `${where}.oldestPendingAt`, readNumber),
  });
}

function readScore(value: unknown, where: string): HealthScore {
  const raw = readObject(value, where);
  const reasons = (name: string) =>
    readTexts(raw[name], `${where}.${name}`).filter((word): word is DeductionReason =>
      (DEDUCTION_REASONS as readonly string[]).includes(word)
    );
  return compact<HealthScore>({
    group: readText(raw['group'], `${where}.group`),
    score: optional(raw['score'], `${where}.score`, readNumber),
    notEnoughData: readFlag(raw['notEnoughData'], `${where}.notEnoughData`),
    runs: readNumber(raw['runs'], `${where}.runs`),
    failed: readNumber(raw['failed'], `${where}.failed`),
    deductions: readList(raw['deductions'], `${where}.deductions`, readDeduction),
    fine: reasons('fine'),
    unchecked: reasons('unchecked'),
    uncheckedWhy: optional(raw['uncheckedWhy'], `${where}.uncheckedWhy`, readUncheckedWhy),
    since: optional(raw['since'], `${where}.since`, readNumber),
    mostly: optional(raw['mostly'], `${where}.mostly`, readText),
  });
}

function readUse(value: unknown, where: string): { cpuCores?: number; rssBytes?: number } {
  const raw = readObject(value, where);
  return compact({
    cpuCores: optional(raw['cpuCores'], `${where}.cpuCores`, readNumber),
    rssBytes: optional(raw['rssBytes'], `${where}.rssBytes`, readNumber),
  });
}

function readUncheckedWhy(value: unknown, where: string): NonNullable<HealthScore['uncheckedWhy']> {
  const raw = readObject(value, where);
  const why: NonNullable<HealthScore['uncheckedWhy']> = {};
  for (const reason of DEDUCTION_REASONS) {
    const word = WHYS.find((candidate) => candidate === raw[reason]);
    if (word !== undefined) {
      why[reason] = word;
    }
  }
  return why;
}

function readDeduction(value: unknown, where: string): Deduction {
  const raw = readObject(value, where);
  return {
    reason: readOneOf(raw['reason'], `${where}.reason`, DEDUCTION_REASONS),
    points: readNumber(raw['points'], `${where}.points`),
    found: readNumber(raw['found'], `${where}.found`),
    allowed: readNumber(raw['allowed'], `${where}.allowed`),
    of: readNumber(raw['of'], `${where}.of`),
    runKeys: readTexts(raw['runKeys'], `${where}.runKeys`),
  };
}

function readFailureGroup(value: unknown, where: string): FailureGroup {
  const raw = readObject(value, where);
  const category = readText(raw['category'], `${where}.category`);
  return {
    fingerprint: readText(raw['fingerprint'], `${where}.fingerprint`),
    category: CATEGORIES.find((candidate) => candidate === category) ?? 'unknown',
    title: readText(raw['title'], `${where}.title`),
    tasks: readTexts(raw['tasks'], `${where}.tasks`),
    count: readNumber(raw['count'], `${where}.count`),
    firstAt: readNumber(raw['firstAt'], `${where}.firstAt`),
    lastAt: readNumber(raw['lastAt'], `${where}.lastAt`),
    values: readNumbers(raw['values'], `${where}.values`),
    latest: readRun(raw['latest'], `${where}.latest`),
  };
}

function readWorker(value: unknown, where: string): Worker {
  const raw = readObject(value, where);
  const number = (name: string) => optional(raw[name], `${where}.${name}`, readNumber);
  return compact<Worker>({
    source: readText(raw['source'], `${where}.source`),
    name: readText(raw['name'], `${where}.name`),
    host: optional(raw['host'], `${where}.host`, readText),
    queues: optional(raw['queues'], `${where}.queues`, readTexts),
    running: readNumber(raw['running'], `${where}.running`),
    slots: number('slots'),
    lastSeenAt: number('lastSeenAt'),
    alive: optional(raw['alive'], `${where}.alive`, readFlag),
    completed: readNumber(raw['completed'], `${where}.completed`),
    failed: readNumber(raw['failed'], `${where}.failed`),
    lost: readNumber(raw['lost'], `${where}.lost`),
    cpuCores: number('cpuCores'),
    rssBytes: number('rssBytes'),
  });
}

function readQueue(value: unknown, where: string): Queue {
  const raw = readObject(value, where);
  return compact<Queue>({
    source: readText(raw['source'], `${where}.source`),
    name: readText(raw['name'], `${where}.name`),
    pending: optional(raw['pending'], `${where}.pending`, readNumber),
    running: optional(raw['running'], `${where}.running`, readNumber),
    oldestPendingAt: optional(raw['oldestPendingAt'], `${where}.oldestPendingAt`, readNumber),
    waitP95Ms: optional(raw['waitP95Ms'], `${where}.waitP95Ms`, readNumber),
    completed: optional(raw['completed'], `${where}.completed`, readNumber),
    failed: optional(raw['failed'], `${where}.failed`, readNumber),
  });
}

function readDetail(value: unknown, where: string): RunDetail {
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
