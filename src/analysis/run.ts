import { diagnose } from '../diagnosis/diagnose';
import { ownFrame } from '../diagnosis/own-frame';
import type { RunAnswer, RunDetail, RunRole } from '../model/answer';
import { byKey } from './order';
import { isRetried } from '../model/task-run';
import type { RunTable, RunTables } from '../model/run-table';
import { NO_RUN } from '../model/task-query';
import type { Match, TaskFilter, TimeRange } from '../model/task-query';
import type { TaskRun } from '../model/task-run';
import type { DurationMs, EpochMs } from '../model/units';
import { STATE_NUMBER } from '../model/word-numbers';
import type { Causes } from './causes';
import { failuresOf } from './failures';
import { familyOf } from './family';
import { Question, selectRows } from './question';
import { differencesOf, usualOf } from './run-compared';
import { firstRuns } from './run-lists';

const EVER: TimeRange = { from: -Infinity, to: Infinity };
const DAY: DurationMs = 86_400_000;
/** How far before a run the last good one of its task is looked for: further only where nothing nearer is known. */
const LOOK_BACK_DAYS = [7, 60, 400];
/** Good runs that tell what is usual, those that began last. */
const MOST_GOOD = 1000;
/** Failures to choose from, and causes of failures around a run. */
const MOST_FAILURES = 20;
const MOST_CAUSES = 20;
/** How far before its beginning failures of its task belong to the story of a run. */
const AROUND: DurationMs = 7 * DAY;

interface RunQuestion {
  filter: TaskFilter;
  /** Where failures to choose from are looked for; the run itself is found in any. */
  range: TimeRange;
  /** Most members of its family. */
  limit: number;
  now: EpochMs;
}

/**
 * One run and what is around it. The run is the one whose id the filter names, of the sources that it allows, whatever the
 * range; of the same id in several sources the one that began last.
 *
 * @param detailOf all that is known of an attempt, by its id
 */
export function runOf(
  tables: RunTables,
  { filter, range, limit, now }: RunQuestion,
  causes: Causes,
  detailOf: (id: number) => RunDetail | undefined
): RunAnswer {
  const asked = askedRun(filter);
  const ids = asked === undefined ? [] : attemptsOf(tables, filter, asked);
  const attempts = ids.flatMap((id) => detailOf(id) ?? []);
  const newest = attempts.at(-1)?.run;
  if (newest === undefined) {
    return {
      view: 'run',
      ...(asked !== undefined && { asked }),
      attempts: [],
      usual: [],
      differences: [],
      others: {},
      failures: [],
      family: [],
      newestFailures: newestFailures(tables, filter, range, now),
    };
  }
  const history = historyOf(tables, newest, new Set(ids), now);
  const { good } = history;
  const runAt = (place: Place | undefined) => place && tables.rows.run(place.id);
  const others = Object.fromEntries(
    Object.entries(history.others).flatMap(([role, place]) => {
      const run = runAt(place);
      return run === undefined ? [] : [[role, run] as const];
    })
  ) as RunAnswer['others'];
  const usual = usualOf(good);
  const stack = newest.error?.stack;
  const own = stack === undefined ? undefined : ownFrame(stack);
  const { members, omitted } = familyOf(tables, newest, limit, now);
  return {
    view: 'run',
    ...(asked !== undefined && { asked }),
    attempts,
    ...(own !== undefined && { ownFrame: own }),
    usual,
    differences:
      others.lastGood === undefined
        ? []
        : differencesOf(
            newest,
            others.lastGood,
            usual,
            good.slice(0, MOST_COMPARED).flatMap((place) => runAt(place) ?? [])
          ),
    others,
    ...(history.streak !== undefined && { streak: history.streak }),
    failures: newest.state === 'failed' ? failuresAround(tables, newest, causes, now) : [],
    family: members,
    ...(omitted > 0 && { familyOmitted: omitted }),
  };
}

/** Good runs that are read whole, to see which facts are steady. */
const MOST_COMPARED = 50;

/** The id that a filter names; `undefined` where it names none. */
export function askedRun({ matches }: TaskFilter): string | undefined {
  const match = matches.find(
    ({ field, operator, values }) => field === 'runId' && operator === '=' && values.length > 0
  );
  const [id] = match?.values ?? [];
  return id === undefined || id === '' || id === NO_RUN ? undefined : id;
}

/** What a filter says of the source. */
function ofSource({ matches }: TaskFilter): Match[] {
  return matches.filter(({ field }) => field === 'source');
}

/** Ids of the attempts of a run, the first attempt first. */
function attemptsOf(tables: RunTables, filter: TaskFilter, runId: string): number[] {
  const matches: Match[] = [...ofSource(filter), { field: 'runId', operator: '=', values: [runId] }];
  const found: Array<{ id: number; run: TaskRun }> = [];
  for (const { table, rows } of selectRows(tables, { matches }, EVER)) {
    for (const i of rows) {
      const id = table.firstId + i;
      const run = tables.rows.run(id);
      if (run !== undefined) {
        found.push({ id, run });
      }
    }
  }
  found.sort((a, b) => byKey(a.run, b.run));
  const newest = found.reduce<TaskRun | undefined>(
    (last, { run }) => (last === undefined || run.observedAt > last.observedAt ? run : last),
    undefined
  );
  return found.filter(({ run }) => run.source === newest?.source).map(({ id }) => id);
}

/** A run that is not read yet. */
export interface Place {
  id: number;
  table: RunTable;
  row: number;
}

interface History {
  others: Partial<Record<RunRole, Place>>;
  /** Completed runs before it, those that began last first. */
  good: Place[];
  streak?: { failures: number; open: boolean };
}

/** The other runs of the same task, by when they began: runs, not attempts, so each by its last attempt. */
function historyOf(tables: RunTables, run: TaskRun, own: ReadonlySet<number>, now: EpochMs): History {
  const filter: TaskFilter = {
    matches: [
      { field: 'source', operator: '=', values: [run.source] },
      { field: 'task', operator: '=', values: [run.task] },
    ],
  };
  const begin = beginOfRun(tables, own);
  const failed = run.state === 'failed' && !isRetried(run);
  let history: History = { others: {}, good: [] };
  for (const days of LOOK_BACK_DAYS) {
    history = walk(tables, filter, { from: begin - days * DAY, to: Math.max(now, begin + 1) }, own, begin, failed);
    if (history.others.lastGood !== undefined) {
      break;
    }
  }
  return history;
}

function beginOfRun(tables: RunTables, own: ReadonlySet<number>): EpochMs {
  const begins = [...own].map((id) => {
    const { table, row } = tables.rowOf(id);
    return { begin: table.begin[row]!, attempt: table.attempt[row]! };
  });
  return begins.reduce((a, b) => (b.attempt > a.attempt ? b : a)).begin;
}

function walk(
  tables: RunTables,
  filter: TaskFilter,
  range: TimeRange,
  own: ReadonlySet<number>,
  ownBegin: EpochMs,
  failed: boolean
): History {
  const best: Partial<Record<RunRole, Place & { begin: EpochMs }>> = {};
  const take = (role: RunRole, place: Place, begin: EpochMs, isLater: boolean) => {
    const known = best[role];
    if (known === undefined || (isLater ? begin > known.begin : begin < known.begin)) {
      best[role] = { ...place, begin };
    }
  };
  const good: Array<Place & { begin: EpochMs }> = [];
  const bad: Array<Place & { begin: EpochMs }> = [];
  for (const { table, rows } of selectRows(tables, filter, range)) {
    const { begin, state, retried, firstId } = table;
    for (let k = rows.length - 1; k >= 0; k--) {
      const row = rows[k]!;
      const at = begin[row]!;
      const id = firstId + row;
      if (retried[row] === 1 || own.has(id)) {
        continue;
      }
      const place = { id, table, row };
      const isGood = state[row] === STATE_NUMBER.completed;
      if (at > ownBegin) {
        take('next', place, at, false);
        if (isGood && failed) {
          take('nextSuccess', place, at, false);
        }
        continue;
      }
      take('previous', place, at, true);
      if (isGood) {
        take('lastGood', place, at, true);
        if (good.length < MOST_GOOD) {
          good.push({ ...place, begin: at });
        }
      } else if (failed && state[row] === STATE_NUMBER.failed && at > (best.lastGood?.begin ?? -Infinity)) {
        bad.push({ ...place, begin: at });
      }
    }
  }
  good.sort((a, b) => b.begin - a.begin);
  if (!failed) {
    return { others: best, good };
  }
  const since = best.lastGood?.begin ?? -Infinity;
  const inStreak = bad.filter(({ begin }) => begin > since);
  const first = inStreak.reduce<(typeof bad)[number] | undefined>(
    (a, b) => (a === undefined || b.begin < a.begin ? b : a),
    undefined
  );
  return {
    others: { ...best, ...(first !== undefined && { firstFailure: first }) },
    good,
    streak: { failures: inStreak.length + 1, open: best.lastGood === undefined },
  };
}

/** Why the task's runs failed in the time around the run, its own cause first. */
function failuresAround(tables: RunTables, run: TaskRun, causes: Causes, now: EpochMs): RunAnswer['failures'] {
  const begin = run.startedAt ?? run.observedAt;
  const range = { from: begin - AROUND, to: Math.max(now, begin) + 1 };
  const matches: Match[] = [
    { field: 'source', operator: '=', values: [run.source] },
    { field: 'task', operator: '=', values: [run.task] },
    { field: 'state', operator: '=', values: ['failed'] },
  ];
  const asked = {
    filter: { matches },
    range,
    step: range.to - range.from,
    groupBy: 'task',
    mostGroups: 0,
    now,
  } as const;
  const { groups } = failuresOf(new Question(tables, asked), MOST_CAUSES, causes);
  const { fingerprint } = diagnose(run);
  return groups.sort((a, b) => Number(b.fingerprint === fingerprint) - Number(a.fingerprint === fingerprint));
}

/** Failed runs of the range, else of the week before now: those that began last first. */
function newestFailures(tables: RunTables, filter: TaskFilter, range: TimeRange, now: EpochMs): TaskRun[] {
  const matches: Match[] = [...ofSource(filter), { field: 'state', operator: '=', values: ['failed'] }];
  const find = (within: TimeRange) => {
    const asked = { filter: { matches }, range: within, step: within.to - within.from, groupBy: 'task', mostGroups: 0, now } as const; // prettier-ignore
    const found = firstRuns(new Question(tables, asked), undefined, MOST_FAILURES);
    return found.flatMap(({ id }) => tables.rows.run(id) ?? []);
  };
  const inRange = find(range);
  return inRange.length > 0 ? inRange : find({ from: now - AROUND, to: now });
}
