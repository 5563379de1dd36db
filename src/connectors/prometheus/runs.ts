import type { RunPage } from '../../model/answer';
import { reportedInstant } from '../../model/instant';
import { isTerminal } from '../../model/lifecycle';
import type { GroupBy } from '../../model/task-query';
import { beganAt } from '../../model/task-run';
import type { TaskRun } from '../../model/task-run';
import type { DurationMs, EpochMs } from '../../model/units';
import { ConnectorError } from '../connector-error';
import { askInstant, askRange } from './ask-facts';
import type { Asking, FactRequest, FactRow } from './ask-facts';
import type { NativeState, Profile, RunSeries, StateSeries } from './profile';
import { PROMETHEUS } from './refuse';
import { holds } from './select-series';

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
      ? await runsOfSeries(asking, profile.runs)
      : profile.states !== undefined
        ? await runsOfStates(asking, profile.states)
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
    .filter((run) => beganAt(run) < to && (run.finishedAt ?? Infinity) >= from && passes(asking, run))
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

/** Matches on what only a finished run shows; those on labels are in the query already. */
function passes({ filter }: Asking, run: TaskRun): boolean {
  return filter.matches.every((match) => {
    switch (match.field) {
      case 'state':
        return holds(match, run.state) || (run.substate !== undefined && holds(match, run.substate));
      case 'kind':
        return holds(match, run.kind ?? '');
      case 'runId':
        return holds(match, run.runId);
      default:
        return true;
    }
  });
}

/** The filter without what no series can hold. */
function bySeries({ filter, ...rest }: Asking): Asking {
  const later = ['state', 'kind', 'runId'];
  return { ...rest, filter: { ...filter, matches: filter.matches.filter(({ field }) => !later.includes(field)) } };
}

/** One run per series: its instants are values. */
async function runsOfSeries(asking: Asking, series: RunSeries): Promise<{ runs: TaskRun[]; notices: string[] }> {
  const { profile, buckets } = asking;
  const { id, scope, reason, task } = series;
  const fact = (name: string, one: FactRequest['series'], keep: readonly string[] = []): FactRequest => ({
    fact: name,
    series: one,
    reading: { as: 'last' },
    keep: [id, ...(scope === undefined ? [] : [scope]), ...keep],
  });
  const facts = [
    fact('created', series.created),
    fact('started', series.started),
    fact('finished', series.finished),
    fact('failed', series.failed),
    fact('reason', reason, reason === undefined ? [] : [reason.label]),
    fact('task', task, task === undefined ? [] : [task.label]),
  ];
  const found = await askInstant(bySeries(asking), facts, FIELDS);
  const byRun = new Map<string, FactRow[]>();
  for (const row of found.rows) {
    const [, source = ''] = row.group;
    const key = [source, row.labels.get(scope ?? '') ?? '', row.labels.get(id) ?? ''].join('\n');
    byRun.set(key, [...(byRun.get(key) ?? []), row]);
  }
  const runs: TaskRun[] = [];
  for (const rows of byRun.values()) {
    const run = runOf(profile, series, rows, buckets.cap);
    if (run !== undefined) {
      runs.push(run);
    }
  }
  return { runs, notices: found.notices };
}

function runOf(profile: Profile, series: RunSeries, rows: readonly FactRow[], cap: EpochMs): TaskRun | undefined {
  const runId = rows[0]?.labels.get(series.id) ?? '';
  const instant = (fact: string) => {
    const seconds = rows.find((row) => row.fact === fact)?.values.at(-1);
    return seconds === undefined ? undefined : reportedInstant(Math.round(seconds * 1000));
  };
  const owner = rows.find((row) => row.fact === 'task')?.labels.get(series.task?.label ?? '');
  const holding = (fact: string) => rows.find((row) => row.fact === fact && (row.values.at(-1) ?? 0) > 0);
  const failed = holding('failed');
  const createdAt = instant('created');
  const startedAt = instant('started');
  const finishedAt = instant('finished');
  const [task = '', source = '', queue = '', worker = '', host = ''] = rows[0]?.group ?? [];
  if (runId === '' || (createdAt === undefined && startedAt === undefined)) {
    return undefined;
  }
  const scope = rows[0]?.labels.get(series.scope ?? '') ?? '';
  const reason = (failed && holding('reason')?.labels.get(series.reason?.label ?? '')) ?? '';
  const state =
    failed !== undefined
      ? 'failed'
      : finishedAt !== undefined
        ? 'completed'
        : startedAt === undefined
          ? 'pending'
          : 'running';
  return {
    source: source || profile.id,
    runId: scope === '' ? runId : `${scope}/${runId}`,
    attempt: 1,
    state,
    ...(reason === '' ? {} : { nativeState: reason, error: { type: reason } }),
    task: owner || task || runId,
    kind: series.kind,
    ...textFields({ queue, worker, host }),
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
    observedAt: cap,
    ...(scope === '' || series.scope === undefined ? {} : { labels: { [series.scope]: scope } }),
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
  const found = await askRange(
    bySeries(asking),
    started.series === undefined ? facts : [...facts, started],
    FIELDS,
    Infinity
  );
  const things = new Map<string, FactRow[]>();
  for (const row of found.rows) {
    const key = row.group.join('\n');
    things.set(key, [...(things.get(key) ?? []), row]);
  }
  const runs = [...things.values()].flatMap((rows) => {
    const index = Number(
      /^state (\d+)/.exec(rows.find(({ fact }) => fact.startsWith('state '))?.fact ?? '')?.[1] ?? NaN
    );
    const series = states[index];
    return series === undefined ? [] : lives(profile, series, rows, asking);
  });
  return { runs, notices: found.notices };
}

function lives(profile: Profile, series: StateSeries, rows: readonly FactRow[], asking: Asking): TaskRun[] {
  const { step, cap } = asking.buckets;
  const stretches = stretchesOf(series, rows, step, cap);
  const began = rows
    .filter(({ fact }) => fact === 'started')
    .flatMap(({ values }) => values.map((s) => Math.round(s * 1000)));
  const runs: TaskRun[] = [];
  let current: TaskRun | undefined;
  for (const { native, from, to, exit } of stretches) {
    const known = Object.hasOwn(series.states, native) ? series.states[native] : undefined;
    const meaning: NativeState | 'idle' = known ?? { state: 'unknown' };
    const word = meaning === 'idle' ? native : (meaning.word ?? native);
    if (meaning === 'idle' || isTerminal(meaning.state) || meaning.state === 'unknown') {
      if (current !== undefined && from <= current.observedAt) {
        endRun(current, meaning, exit ?? exitAt(rows, to), { at: from, word });
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
  return runs.map((run) => ({ ...run, runId: `${run.task}@${beganAt(run)}` }));
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
    ...(exitCode === undefined || !isTerminal(state) ? {} : { exitCode }),
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
