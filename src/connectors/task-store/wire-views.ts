import type {
  Answer,
  ColumnStretches,
  Deduction,
  DeductionReason,
  FailureGroup,
  FamilyMember,
  FiringAlert,
  HealthScore,
  Lane,
  Queue,
  RunAnswer,
  RunDifference,
  RunStrip,
  StateTotals,
  UsualValues,
  Worker,
} from '../../model/answer';
import { DEDUCTION_REASONS, FAILURE_CATEGORIES, RUN_ROLES, UNCHECKED_WHYS, USUAL_FIGURES } from '../../model/answer';
import { isSubstate, LIFECYCLE_STATES } from '../../model/lifecycle';
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
import { readDetail, readPage, readPageWithPlaces, readRun, readState } from './wire-runs';

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
        strips: whole && optional(raw['strips'], `${where}.strips`, (list, at) => readStrips(list, at, whole.places)),
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
      return compact({
        view,
        alerts: readList(raw['alerts'], `${where}.alerts`, readAlert),
        rules: optional(raw['rules'], `${where}.rules`, readNumber),
        truncated: raw['truncated'] === true,
      });
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
    case 'run':
      return compact<RunAnswer>({
        view,
        asked: optional(raw['asked'], `${where}.asked`, readText),
        attempts: readList(raw['attempts'], `${where}.attempts`, readDetail),
        ownFrame: optional(raw['ownFrame'], `${where}.ownFrame`, readText),
        usual: readList(raw['usual'], `${where}.usual`, readUsual),
        differences: readList(raw['differences'], `${where}.differences`, readDifference),
        others: readOthers(raw['others'], `${where}.others`),
        streak: optional(raw['streak'], `${where}.streak`, readStreak),
        failures: readList(raw['failures'], `${where}.failures`, readFailureGroup),
        family: readList(raw['family'], `${where}.family`, readMember),
        familyOmitted: optional(raw['familyOmitted'], `${where}.familyOmitted`, readNumber),
        newestFailures: optional(raw['newestFailures'], `${where}.newestFailures`, (list, at) =>
          readList(list, at, readRun)
        ),
      });
    case 'lineage':
    case 'trace':
    case 'assets':
      throw new ShapeError(where, view, 'a view that the store answers; lineage and trace are made from runs');
  }
}

/** Views that the store leaves to others. */
export const UNTOLD_VIEWS: readonly View[] = ['lineage', 'trace', 'assets'];

function readGroupBy(value: unknown, where: string): GroupBy {
  const word = readText(value, where);
  if (!isGroupBy(word)) {
    throw new ShapeError(where, value, 'task, worker, host, queue, source, state or label:<name>');
  }
  return word;
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

function readStrips(value: unknown, where: string, places: Map<number, number>): RunStrip[] {
  const strips: RunStrip[] = [];
  readArray(value, where).forEach((item, index) => {
    const at = `${where}[${index}]`;
    const raw = readObject(item, at);
    const run = places.get(readNumber(raw['run'], `${at}.run`));
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
    const word = UNCHECKED_WHYS.find((candidate) => candidate === raw[reason]);
    if (word !== undefined) {
      why[reason] = word;
    }
  }
  return why;
}

function readDeduction(value: unknown, where: string): Deduction {
  const raw = readObject(value, where);
  const number = (name: string) => optional(raw[name], `${where}.${name}`, readNumber);
  return compact<Deduction>({
    reason: readOneOf(raw['reason'], `${where}.reason`, DEDUCTION_REASONS),
    points: readNumber(raw['points'], `${where}.points`),
    found: number('found'),
    allowed: number('allowed'),
    of: number('of'),
    runKeys: readTexts(raw['runKeys'], `${where}.runKeys`),
  });
}

function readFailureGroup(value: unknown, where: string): FailureGroup {
  const raw = readObject(value, where);
  const category = readText(raw['category'], `${where}.category`);
  return {
    fingerprint: readText(raw['fingerprint'], `${where}.fingerprint`),
    category: FAILURE_CATEGORIES.find((candidate) => candidate === category) ?? 'unknown',
    title: readText(raw['title'], `${where}.title`),
    tasks: readTexts(raw['tasks'], `${where}.tasks`),
    count: readNumber(raw['count'], `${where}.count`),
    firstAt: readNumber(raw['firstAt'], `${where}.firstAt`),
    lastAt: readNumber(raw['lastAt'], `${where}.lastAt`),
    values: readNumbers(raw['values'], `${where}.values`),
    latest: readRun(raw['latest'], `${where}.latest`),
  };
}

function readUsual(value: unknown, where: string): UsualValues {
  const raw = readObject(value, where);
  return {
    figure: readOneOf(raw['figure'], `${where}.figure`, USUAL_FIGURES),
    low: readNumber(raw['low'], `${where}.low`),
    middle: readNumber(raw['middle'], `${where}.middle`),
    high: readNumber(raw['high'], `${where}.high`),
    runs: readNumber(raw['runs'], `${where}.runs`),
  };
}

function readDifference(value: unknown, where: string): RunDifference {
  const raw = readObject(value, where);
  return compact<RunDifference>({
    fact: readText(raw['fact'], `${where}.fact`),
    own: optional(raw['own'], `${where}.own`, readTextOrNumber),
    good: optional(raw['good'], `${where}.good`, readTextOrNumber),
    seen: readNumber(raw['seen'], `${where}.seen`),
    of: readNumber(raw['of'], `${where}.of`),
  });
}

function readTextOrNumber(value: unknown, where: string): string | number {
  return typeof value === 'number' ? readNumber(value, where) : readText(value, where);
}

function readOthers(value: unknown, where: string): RunAnswer['others'] {
  const raw = readObject(value, where);
  const others: RunAnswer['others'] = {};
  for (const role of RUN_ROLES) {
    const run = optional(raw[role], `${where}.${role}`, readRun);
    if (run !== undefined) {
      others[role] = run;
    }
  }
  return others;
}

function readStreak(value: unknown, where: string): NonNullable<RunAnswer['streak']> {
  const raw = readObject(value, where);
  return {
    failures: readNumber(raw['failures'], `${where}.failures`),
    open: readFlag(raw['open'], `${where}.open`),
  };
}

function readMember(value: unknown, where: string): FamilyMember {
  const raw = readObject(value, where);
  const substate = optional(raw['substate'], `${where}.substate`, readText);
  return compact<FamilyMember>({
    source: readText(raw['source'], `${where}.source`),
    runId: readText(raw['runId'], `${where}.runId`),
    task: readText(raw['task'], `${where}.task`),
    parent: optional(raw['parent'], `${where}.parent`, readNumber),
    state: readState(raw['state'], `${where}.state`),
    substate: substate !== undefined && isSubstate(substate) ? substate : undefined,
    attempts: readNumber(raw['attempts'], `${where}.attempts`),
    beganAt: readNumber(raw['beganAt'], `${where}.beganAt`),
    startedAt: optional(raw['startedAt'], `${where}.startedAt`, readNumber),
    endedAt: optional(raw['endedAt'], `${where}.endedAt`, readNumber),
    worker: optional(raw['worker'], `${where}.worker`, readText),
    critical: optional(raw['critical'], `${where}.critical`, readFlag),
  });
}

export function readWorker(value: unknown, where: string): Worker {
  const raw = readObject(value, where);
  const number = (name: string) => optional(raw[name], `${where}.${name}`, readNumber);
  return compact<Worker>({
    source: readText(raw['source'], `${where}.source`),
    name: readText(raw['name'], `${where}.name`),
    host: optional(raw['host'], `${where}.host`, readText),
    queues: optional(raw['queues'], `${where}.queues`, readTexts),
    running: number('running'),
    slots: number('slots'),
    lastSeenAt: number('lastSeenAt'),
    alive: optional(raw['alive'], `${where}.alive`, readFlag),
    completed: number('completed'),
    failed: number('failed'),
    lost: number('lost'),
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
