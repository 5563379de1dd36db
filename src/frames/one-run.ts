import type { DataFrame } from '@grafana/data';
import { RUN_ROLES, USUAL_FIGURES } from '../model/answer';
import type { FamilyMember, RunDifference, RunRole, UsualFigure, UsualValues } from '../model/answer';
import { isLifecycleState, isSubstate } from '../model/lifecycle';
import type { Bytes, EpochMs } from '../model/units';
import { FAMILY_FIELD, FRAME, ONE_RUN_FIELD, RUN_FIELD, SERIES_FIELD } from './field-names';
import type { RunlaneMeta } from './field-names';
import { hasField, runlaneMeta, valueAt } from './frame-cells';
import { readRuns } from './run-columns';
import type { RunColumns } from './run-columns';

/** One run as a panel reads it: rows of `columns` by what they are to the run. */
export interface OneRun {
  columns: RunColumns;
  /** Rows of its attempts, the first attempt first; none where no run was found. */
  attempts: number[];
  others: Partial<Record<RunRole, number>>;
  /** Rows to choose from, where no run was found. */
  newestFailures: number[];
  told: NonNullable<RunlaneMeta['run']>;
  usual: Partial<Record<UsualFigure, UsualValues>>;
  differences: RunDifference[];
  /** Why runs of the task failed in the time around it, its own cause first. */
  causes: Array<{ title: string; count: number; firstAt: EpochMs }>;
  cpu: SampleLine[];
  memory: SampleLine[];
  /** The source's name, and what it reports at all. */
  source: string | undefined;
  reports: Readonly<Record<string, boolean>>;
}

/** The family of a run as a panel reads it. */
export interface Family {
  members: FamilyMember[];
  /** A row per member, for links. */
  frame: DataFrame;
  /** Whose family it is. */
  asked: string | undefined;
  omitted: number | undefined;
  source: string | undefined;
  reports: Readonly<Record<string, boolean>>;
}

/** The frame `family`, where it came alone; `undefined` where others came too, or none did. */
export function readFamily(series: readonly DataFrame[]): Family | undefined {
  const frame = series.length === 1 && series[0]?.name === FRAME.family ? series[0] : undefined;
  const meta = runlaneMeta(frame);
  return frame === undefined || meta?.run === undefined
    ? undefined
    : {
        members: familyIn(series),
        frame,
        asked: meta.run.asked,
        omitted: meta.run.familyOmitted,
        source: meta.source,
        reports: meta.reports ?? {},
      };
}

/** Samples of one attempt over time: cores, or bytes. */
export interface SampleLine {
  at: EpochMs[];
  values: Array<number | Bytes>;
}

/** What the frames of the view `run` say; `undefined` where they are not there. */
export function readOneRun(series: readonly DataFrame[]): OneRun | undefined {
  const frame = series.find(({ name, fields }) => name === FRAME.runs && fields.some(isRole));
  const meta = runlaneMeta(frame);
  const result = frame && readRuns([frame]);
  if (frame === undefined || meta?.run === undefined || !result?.ok) {
    return undefined;
  }
  const rows = Array.from({ length: frame.length }, (_, row) => row);
  const having = (role: string) => rows.filter((row) => valueAt(frame, ONE_RUN_FIELD.role, row) === role);
  return {
    columns: result.reading.columns,
    attempts: having('attempt'),
    others: Object.fromEntries(RUN_ROLES.flatMap((role) => having(role).map((row) => [role, row] as const))),
    newestFailures: having('newestFailure'),
    told: meta.run,
    usual: usualIn(series),
    differences: differencesIn(series),
    causes: causesIn(series),
    cpu: linesIn(series, FRAME.cpu),
    memory: linesIn(series, FRAME.memory),
    source: meta.source,
    reports: meta.reports ?? {},
  };
}

function isRole({ name }: { name: string }): boolean {
  return name === ONE_RUN_FIELD.role;
}

/** The rows of a frame, read one by one. */
function rowsOf<T>(
  series: readonly DataFrame[],
  name: string,
  mark: string,
  read: (cell: (field: string) => unknown) => T | undefined
): T[] {
  const frame = series.find((one) => one.name === name && hasField(one, mark));
  return Array.from({ length: frame?.length ?? 0 }, (_, row) => read((field) => valueAt(frame!, field, row))).filter(
    (made): made is Awaited<T> => made !== undefined
  );
}

const numberOf = (cell: unknown) => (typeof cell === 'number' && cell === cell ? cell : undefined);
const textOf = (cell: unknown) => (typeof cell === 'string' && cell !== '' ? cell : undefined);

function usualIn(series: readonly DataFrame[]): OneRun['usual'] {
  const values = rowsOf(series, FRAME.usual, ONE_RUN_FIELD.middle, (cell): UsualValues | undefined => {
    const figure = USUAL_FIGURES.find((known) => known === cell(ONE_RUN_FIELD.fact));
    const [low, middle, high] = [ONE_RUN_FIELD.low, ONE_RUN_FIELD.middle, ONE_RUN_FIELD.high].map((name) =>
      numberOf(cell(name))
    );
    return figure === undefined || low === undefined || middle === undefined || high === undefined
      ? undefined
      : { figure, low, middle, high, runs: numberOf(cell('runs')) ?? 0 };
  });
  return Object.fromEntries(values.map((one) => [one.figure, one]));
}

function differencesIn(series: readonly DataFrame[]): RunDifference[] {
  const either = (cell: unknown) => numberOf(cell) ?? textOf(cell);
  return rowsOf(series, FRAME.differences, ONE_RUN_FIELD.seen, (cell) => {
    const fact = textOf(cell(ONE_RUN_FIELD.fact));
    const own = either(cell(ONE_RUN_FIELD.own));
    const good = either(cell(ONE_RUN_FIELD.good));
    return fact === undefined
      ? undefined
      : {
          fact,
          ...(own !== undefined && { own }),
          ...(good !== undefined && { good }),
          seen: numberOf(cell(ONE_RUN_FIELD.seen)) ?? 0,
          of: numberOf(cell(ONE_RUN_FIELD.of)) ?? 0,
        };
  });
}

function familyIn(series: readonly DataFrame[]): FamilyMember[] {
  return rowsOf(series, FRAME.family, FAMILY_FIELD.parent, (cell): FamilyMember | undefined => {
    const state = textOf(cell(RUN_FIELD.state));
    const beganAt = numberOf(cell(FAMILY_FIELD.began));
    const [substate, worker] = [textOf(cell(RUN_FIELD.substate)), textOf(cell(RUN_FIELD.worker))];
    const [parent, startedAt, endedAt] = [FAMILY_FIELD.parent, RUN_FIELD.started, RUN_FIELD.finished].map((name) =>
      numberOf(cell(name))
    );
    return beganAt === undefined
      ? undefined
      : {
          source: textOf(cell(RUN_FIELD.source)) ?? '',
          runId: textOf(cell(RUN_FIELD.runId)) ?? '',
          task: textOf(cell(RUN_FIELD.task)) ?? '',
          state: state !== undefined && isLifecycleState(state) ? state : 'unknown',
          attempts: numberOf(cell(FAMILY_FIELD.attempts)) ?? 1,
          beganAt,
          ...(parent !== undefined && { parent }),
          ...(substate !== undefined && isSubstate(substate) && { substate }),
          ...(startedAt !== undefined && { startedAt }),
          ...(endedAt !== undefined && { endedAt }),
          ...(worker !== undefined && { worker }),
          ...(cell(FAMILY_FIELD.critical) === true && { critical: true }),
        };
  });
}

function causesIn(series: readonly DataFrame[]): OneRun['causes'] {
  return rowsOf(series, 'failures', 'count', (cell) => {
    const [title, count, firstAt] = [textOf(cell('title')), numberOf(cell('count')), numberOf(cell('firstAt'))];
    return title === undefined || count === undefined || firstAt === undefined ? undefined : { title, count, firstAt };
  });
}

function linesIn(series: readonly DataFrame[], name: string): SampleLine[] {
  const frame = series.find((one) => one.name === name && hasField(one, SERIES_FIELD.time));
  const [time, ...lines] = frame?.fields ?? [];
  return lines.map(({ values }) => {
    const known = Array.from(values as ArrayLike<unknown>, (value, i) => ({ value, at: time!.values[i] as EpochMs }));
    const told = known.filter((point): point is { value: number; at: EpochMs } => typeof point.value === 'number');
    return { at: told.map(({ at }) => at), values: told.map(({ value }) => value) };
  });
}
