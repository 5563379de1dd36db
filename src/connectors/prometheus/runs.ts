import type { RunPage } from '../../model/answer';
import { ConnectorError } from '../../model/connector-error';
import { isTerminal } from '../../model/lifecycle';
import type { GroupBy, Match } from '../../model/task-query';
import { beganAt } from '../../model/task-run';
import type { TaskRun } from '../../model/task-run';
import type { DurationMs, EpochMs } from '../../model/units';
import type { NativeState, Profile, StateSeries } from '../../prometheus/profile';
import { PROMETHEUS } from '../../prometheus/profile';
import { holds } from '../../prometheus/select-series';
import { askRange } from './ask-queries';
import type { FactRow } from './ask-queries';
import type { Asking, FactRequest } from './plan-queries';
import { runsOfSeries } from './runs-of-series';
import { matchesIn, nameIn } from '../../prometheus/worlds';
import type { Worlds } from '../../prometheus/worlds';

const FIELDS: readonly GroupBy[] = ['task', 'source', 'queue', 'worker', 'host'];

/**
 * Runs, where the exporter has instants or states of single things. Their ends are as exact as the scrape interval; what
 * came and went between two evaluations is not seen.
 *
 * @throws ConnectorError where it has counters only.
 */
export async function askRuns(asking: Asking, limit: number): Promise<RunPage> {
  const { profile } = asking;
  const found =
    profile.runs !== undefined
      ? await runsOfSeries(bySeries(asking), profile.runs)
      : profile.states !== undefined
        ? await runsOfStates(bySeries(asking), profile.states)
        : undefined;
  if (found === undefined) {
    throw new ConnectorError(
      'not-reported',
      PROMETHEUS,
      `${profile.name} counts runs and does not tell single ones. Choose the views states, throughput or durations here, ` +
        'or read the task store for the timeline.'
    );
  }
  const { from, to } = asking.buckets.range;
  const runs = found.runs
    .filter((run) => beganAt(run) < to && endedAt(run) >= from && passes(asking, run))
    .sort((a, b) => beganAt(b) - beganAt(a) || (a.runId < b.runId ? -1 : 1));
  const { notices } = found;
  return {
    runs: runs.slice(0, limit),
    total: runs.length,
    truncated: runs.length > limit,
    skipped: 0,
    ...(notices.length === 0 ? {} : { notices }),
  };
}

/** When a run ended, or was seen last where nobody knows; one that goes on has no end. */
function endedAt(run: TaskRun): EpochMs {
  const isOver = isTerminal(run.state) || run.state === 'unknown';
  return run.finishedAt ?? (isOver ? run.observedAt : Infinity);
}

/** Matches on what only a finished run shows, or on a name that no label holds; those on labels are in the query already. */
function passes({ filter, worlds, profile }: Asking, run: TaskRun): boolean {
  const { text = '' } = filter;
  const said = [run.task, run.runId, run.worker ?? ''].join('\n').toLowerCase();
  return (
    (profile.runs === undefined || said.includes(text.toLowerCase())) &&
    filter.matches.every((match) => {
      switch (match.field) {
        case 'state':
          return holds(match, run.state) || (run.substate !== undefined && holds(match, run.substate));
        case 'kind':
          return holds(match, run.kind ?? '');
        case 'runId':
          return holds(match, run.runId);
        case 'task':
          return profile.runs === undefined || isCalled(worlds, match, run);
        default:
          return true;
      }
    })
  );
}

/** Whether a match on the task takes the run, whose name has its world before it. */
function isCalled(worlds: Worlds, match: Match, { task, labels = {} }: TaskRun): boolean {
  const world = worlds.labels.map((label) => labels[label] ?? '');
  const own = task.slice(nameIn(world, task).length - task.length);
  return matchesIn(worlds, match).some((all) =>
    all.every((one) => holds(one, one.field === 'task' ? own : (labels[one.field.slice('label:'.length)] ?? '')))
  );
}

/** The filter without what no series can hold. */
function bySeries({ filter, ...rest }: Asking): Asking {
  const { runs } = rest.profile;
  const later = ['state', 'kind', 'runId', ...(runs === undefined ? [] : ['task'])];
  const { text, matches } = filter;
  return {
    ...rest,
    filter: {
      matches: matches.filter(({ field }) => !later.includes(field)),
      ...(runs === undefined && text !== undefined ? { text } : {}),
    },
  };
}

interface Stretch {
  native: string;
  /** Exit code, where a label of the series tells it. */
  exit?: string;
  from: EpochMs;
  to: EpochMs;
}

/** A series per thing and state: stretches of states become runs, each from running (or pending) to what came after. */
async function runsOfStates(
  asking: Asking,
  states: readonly StateSeries[]
): Promise<{ runs: TaskRun[]; notices: string[] }> {
  const { profile } = asking;
  const facts = states.flatMap((series, i): FactRequest[] => {
    const { stateLabel, exitLabel, exitStatus, anyValue } = series;
    // Of a series per state only the one that holds now is asked for.
    const asked = stateLabel === undefined || anyValue ? series : { ...series, equals: series.equals ?? 1 };
    const keep = [stateLabel, exitLabel].filter((label) => label !== undefined);
    return [
      { fact: `state ${i}`, series: asked, reading: { as: 'max' }, keep },
      ...(exitStatus === undefined ? [] : [{ fact: 'exit', series: exitStatus, reading: { as: 'max' as const } }]),
    ];
  });
  const started: FactRequest = { fact: 'started', series: profile.timestamps.started, reading: { as: 'max' } };
  const found = await askRange(asking, started.series === undefined ? facts : [...facts, started], FIELDS, Infinity);
  const things = new Map<string, FactRow[]>();
  for (const row of found.rows) {
    const key = row.group.join('\n');
    things.set(key, [...(things.get(key) ?? []), row]);
  }
  // Since when somebody tells of the place that a thing is in: what is first seen after that was not there before.
  const toldSince = new Map<string, EpochMs>();
  for (const row of found.rows) {
    const place = placeOfRow(row);
    toldSince.set(place, Math.min(toldSince.get(place) ?? Infinity, row.at[0] ?? Infinity));
  }
  const runs = [...things.values()].flatMap((rows) => {
    const index = Number(
      /^state (\d+)/.exec(rows.find(({ fact }) => fact.startsWith('state '))?.fact ?? '')?.[1] ?? NaN
    );
    const series = states[index];
    const since = rows[0] === undefined ? undefined : toldSince.get(placeOfRow(rows[0]));
    return series === undefined ? [] : lives(profile, series, rows, asking, since);
  });
  return { runs, notices: found.notices };
}

/** The source and the host that a row is of. */
function placeOfRow({ group: [, source = '', , , host = ''] }: FactRow): string {
  return `${source}\n${host}`;
}

function lives(
  profile: Profile,
  series: StateSeries,
  rows: readonly FactRow[],
  asking: Asking,
  toldSince: EpochMs = Infinity
): TaskRun[] {
  const { step, cap } = asking.buckets;
  const stretches = stretchesOf(series, rows, step, cap);
  const began = rows
    .filter(({ fact }) => fact === 'started')
    .flatMap(({ values }) => values.map((s) => Math.round(s * 1000)));
  const runs: TaskRun[] = [];
  let current: TaskRun | undefined;
  const first = stretches[0]?.from ?? -Infinity;
  // Instants are whole milliseconds, steps need not be.
  let seenTo = toldSince <= first + 1 ? first : -Infinity;
  for (const { native, from, to, exit } of stretches) {
    const isNext = from <= seenTo;
    seenTo = to;
    const known = Object.hasOwn(series.states, native) ? series.states[native] : undefined;
    const meaning: NativeState | 'idle' = known ?? { state: 'unknown' };
    const word = meaning === 'idle' ? native : (meaning.word ?? native);
    if (meaning === 'idle' || isTerminal(meaning.state) || meaning.state === 'unknown') {
      if (current !== undefined && from <= current.observedAt) {
        endRun(current, meaning, exit ?? exitAt(rows, to), { at: from, word });
      } else if (meaning !== 'idle' && meaning.state === 'failed' && isNext) {
        // It was at rest before and has failed since: so short a run that no scrape saw it.
        const unseen = newRun(profile, series, rows[0]?.group ?? [], from);
        const startedAt = began.find((at) => at > from - step && at <= from + step);
        endRun(unseen, meaning, exit ?? exitAt(rows, to), { at: Math.max(from, startedAt ?? from), word });
        Object.assign(unseen, { evidence: 'began and failed between two scrapes' });
        runs.push(startedAt === undefined ? unseen : { ...unseen, startedAt });
      }
      current = undefined;
      continue;
    }
    const { state, substate } = meaning;
    if (current === undefined || current.observedAt < from) {
      current = newRun(profile, series, rows[0]?.group ?? [], from);
      runs.push(current);
    }
    if (state === 'running') {
      // The exact instant, where the exporter tells one that fits: within the step before it was first seen.
      current.startedAt ??= began.find((at) => at <= from && at > from - 2 * step) ?? from;
    } else {
      current.queuedAt ??= from;
    }
    Object.assign(current, {
      state,
      nativeState: word,
      observedAt: to,
      ...(substate === undefined ? {} : { substate }),
    });
  }
  for (const run of runs) {
    if (run.finishedAt === undefined && run.observedAt < cap) {
      // The series broke off: nobody knows how it went on.
      Object.assign(run, { state: 'unknown', evidence: `no series since ${new Date(run.observedAt).toISOString()}` });
      delete run.substate;
    }
  }
  // The same unit begins on several hosts at once.
  return runs.map((run) => ({
    ...run,
    runId: [run.task, ...(run.host === undefined ? [] : [run.host]), beganAt(run)].join('@'),
  }));
}

/** Left for a state at rest: it ended well, unless that state or the exit code says otherwise. */
function endRun(
  run: TaskRun,
  meaning: NativeState | 'idle',
  exit: string | undefined,
  { at, word }: { at: EpochMs; word: string }
): void {
  const { state, substate }: NativeState = meaning === 'idle' ? { state: 'completed' } : meaning;
  const exitCode = exit === undefined || exit === '' || !Number.isInteger(Number(exit)) ? undefined : Number(exit);
  const isBad = state === 'completed' && exitCode !== undefined && exitCode !== 0;
  delete run.substate;
  Object.assign(run, {
    state: isBad ? 'failed' : state,
    ...(isBad ? { substate: 'error' } : substate === undefined ? {} : { substate }),
    // The code 0 of what failed is none: Supervisor forgets that of a program that never came up (FATAL, 4.3).
    ...(exitCode === undefined || !isTerminal(state) || (state === 'failed' && exitCode === 0) ? {} : { exitCode }),
    nativeState: word,
    finishedAt: at,
    observedAt: at,
  });
}

/** The exit code that a series of its own tells at an instant. */
function exitAt(rows: readonly FactRow[], at: EpochMs): string | undefined {
  const row = rows.find(({ fact }) => fact === 'exit');
  const value = row?.values[row.at.findIndex((one) => one >= at)];
  return value === undefined ? undefined : String(value);
}

function newRun(profile: Profile, series: StateSeries, group: readonly string[], at: EpochMs): TaskRun {
  const [task = '', source = '', queue = '', worker = '', host = ''] = group;
  return {
    source: source || profile.id,
    runId: '',
    attempt: 1,
    state: 'unknown',
    task,
    kind: series.kind,
    ...textFields({ queue, worker, host }),
    observedAt: at,
  };
}

/** In which state a thing was when, from the first to the last evaluation; a gap breaks a stretch. */
function stretchesOf(series: StateSeries, rows: readonly FactRow[], step: DurationMs, cap: EpochMs): Stretch[] {
  const points: Array<{ at: EpochMs; native: string; exit?: string }> = [];
  for (const row of rows) {
    if (!row.fact.startsWith('state ')) {
      continue;
    }
    const exit = series.exitLabel === undefined ? undefined : row.labels.get(series.exitLabel);
    row.at.forEach((at, i) => {
      const value = row.values[i] ?? 0;
      if (series.stateLabel === undefined) {
        points.push({ at, native: String(value) });
      } else if (series.anyValue || value === (series.equals ?? 1)) {
        points.push({ at, native: row.labels.get(series.stateLabel) ?? '', ...(exit === undefined ? {} : { exit }) });
      }
    });
  }
  points.sort((a, b) => a.at - b.at);
  const stretches: Stretch[] = [];
  for (const { at, native, exit } of points) {
    // An evaluation stands for the bucket that it ends.
    const from = at - step;
    const to = Math.min(at, cap);
    const last = stretches.at(-1);
    if (last !== undefined && last.native === native && from <= last.to) {
      last.to = to;
    } else if (from < cap) {
      stretches.push({
        native,
        from: last !== undefined && from < last.to ? last.to : from,
        to,
        ...(exit === undefined ? {} : { exit }),
      });
    }
  }
  return stretches;
}

function textFields(fields: Readonly<Record<'queue' | 'worker' | 'host', string>>): Partial<TaskRun> {
  return Object.fromEntries(Object.entries(fields).filter(([, text]) => text !== ''));
}
