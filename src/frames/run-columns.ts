import type { DataFrame, Field } from '@grafana/data';
import { FieldType, getFieldDisplayName } from '@grafana/data';
import { isTerminal, LIFECYCLE_STATES } from '../model/lifecycle';
import { COLUMN_FIELD, FRAME, LANE_FIELD, RUN_FIELD, STRIP_FIELD } from './field-names';
import type { RunlaneMeta } from './field-names';
import { timesOf, wordsOf } from './field-values';
import { hasField, runlaneMeta } from './frame-cells';
import { laneSummaries, toldOfLanes, type LaneSummary } from './lane-summary';
import { classifyRunFields, type FieldChoice, type MissingFact, type RunFields, type RunPart } from './run-fields';
import { intervalsOfSeries, looksLikeStateSeries } from './state-series';
import { stripColumns, type StripColumns } from './strip-columns';

/**
 * Runs as typed columns, row by row in the order of the frames. Where one frame already holds typed arrays these are
 * the frame's own arrays: read them, never write.
 */
export interface RunColumns {
  length: number;
  /** Epoch ms: queued or created, else started, else the first instant known. NaN for rows without any time. */
  began: Float64Array;
  /** Epoch ms; NaN: never started, or not reported. */
  start: Float64Array;
  /** Epoch ms; NaN: still open. Rows that ended without a time have their last known instant here. */
  end: Float64Array;
  /** Index into `LIFECYCLE_STATES`. */
  state: Uint8Array;
  /** 1 where the run was lost. */
  lost: Uint8Array;
  /** 1 where another attempt of the same run followed: this one's end is not the run's. */
  retried: Uint8Array;
  /** 1 for the first try; `undefined` where no row says so. */
  attempt: Uint32Array | undefined;
  parts: RunPart[];
  /** Rows without any time: they cannot be drawn, and are told. */
  undated: number;
}

export interface Reading {
  columns: RunColumns;
  lanes: Map<string, LaneSummary>;
  strips: StripColumns | undefined;
  meta: RunlaneMeta | undefined;
  /** Runs that match in all, summed over the frames; `undefined` where nobody says. */
  total: number | undefined;
  truncated: boolean;
  skipped: number;
  /** Runs by state as the sources counted them, in the order of `LIFECYCLE_STATES`; `undefined` where one does not say. */
  told: { counts: number[]; lost: number } | undefined;
  /** Lanes that a limit left out. */
  lanesOmitted: number;
}

export type ReadResult =
  | { ok: true; reading: Reading }
  /** Frames are there, but none can be read as runs. */
  | { ok: false; missing: MissingFact; frame: string; has: string[] };

const UNKNOWN_STATE = LIFECYCLE_STATES.indexOf('unknown');
const RUNNING_STATE = LIFECYCLE_STATES.indexOf('running');
/** 1: a run in this state has ended. */
const TERMINAL = Uint8Array.from(LIFECYCLE_STATES, (state) => (isTerminal(state) || state === 'unknown' ? 1 : 0));

/**
 * Reads what the panel got: Runlane's own frames by their names, any other frame by its fields' names and types.
 * Frames that hold no runs are left out; only when no frame holds any is it a problem, which names the missing fact.
 */
export function readRuns(series: readonly DataFrame[], choice: FieldChoice = {}): ReadResult {
  const parts: Array<{ frame: DataFrame; fields: RunFields; columns: boolean }> = [];
  const stateSeries: DataFrame[] = [];
  let problem: { missing: MissingFact; frame: DataFrame } | undefined;
  for (const frame of series) {
    if (frame.name === FRAME.lanes && hasField(frame, LANE_FIELD.lane)) {
      continue;
    }
    if (frame.name === FRAME.strips && hasField(frame, STRIP_FIELD.run)) {
      continue;
    }
    const columns = frame.name === FRAME.columns && hasField(frame, COLUMN_FIELD.count);
    const read = classifyRunFields(frame, choice);
    if (read.ok) {
      parts.push({ frame, fields: read.fields, columns });
    } else if (looksLikeStateSeries(frame)) {
      stateSeries.push(frame);
    } else if (frame.fields.length > 0 && problem === undefined) {
      problem = { missing: read.missing, frame };
    }
  }
  for (const frame of intervalsOfSeries(stateSeries)) {
    const read = classifyRunFields(frame, {});
    if (read.ok) {
      parts.push({ frame, fields: read.fields, columns: false });
    }
  }
  if (parts.length === 0 && problem !== undefined) {
    const { frame, missing } = problem;
    return {
      ok: false,
      missing,
      frame: frame.name ?? frame.refId ?? '',
      has: frame.fields.map((field) => getFieldDisplayName(field, frame)),
    };
  }
  return { ok: true, reading: assemble(series, parts) };
}

function assemble(
  series: readonly DataFrame[],
  found: Array<{ frame: DataFrame; fields: RunFields; columns: boolean }>
): Reading {
  // A frame without rows is left out where others have some: one part alone keeps its own arrays.
  const filled = found.filter((part) => part.frame.length > 0);
  const used = filled.length > 0 ? filled : found.slice(0, 1);
  const metas = found.map((part) => runlaneMeta(part.frame)).filter((meta) => meta !== undefined);
  const columns = joinParts(used.map(readPart));
  const asked = new Set(used.map((part) => part.frame.refId));
  const totals = metas.map((meta) => meta.total).filter((total) => total !== undefined);
  const total = totals.length > 0 ? totals.reduce((sum, one) => sum + one, 0) : undefined;
  const truncated = metas.some((meta) => meta.truncated === true);
  const skipped = metas.reduce((sum, meta) => sum + (meta.skipped ?? 0), 0);
  const { told, lanesOmitted } = toldOfLanes(series, asked);
  // Rows that somebody took out on the way (a transformation) are not to be counted.
  const isWhole = truncated || lanesOmitted > 0 || hasMerged(columns) || columns.length + skipped >= (total ?? 0);
  return {
    columns,
    lanes: laneSummaries(series),
    strips: stripColumns(
      series,
      columns.parts.filter((part) => !part.merged)
    ),
    meta: metas[0] ?? runlaneMeta(series[0]),
    total,
    truncated,
    skipped,
    told: isWhole ? told : undefined,
    lanesOmitted,
  };
}

type PartColumns = Pick<RunColumns, 'length' | 'began' | 'start' | 'end' | 'state' | 'lost' | 'retried' | 'attempt'> & {
  frame: DataFrame;
  fields: RunFields;
  merged: boolean;
};

function readPart({ frame, fields, columns }: { frame: DataFrame; fields: RunFields; columns: boolean }): PartColumns {
  const length = frame.length;
  const { state, lost, retried } = statesOf(frame, fields, length);
  const start = fields.start ? timesOf(fields.start, length) : new Float64Array(length).fill(NaN);
  const observed = fields.observed ? timesOf(fields.observed, length) : undefined;
  const end = endsOf(fields, start, state, lost, observed, length);
  const began = beginsOf(fields, start, end, observed, length);
  return {
    frame,
    fields,
    merged: columns,
    length,
    began,
    start,
    end,
    state,
    lost,
    retried,
    attempt: attemptsOf(fields, length),
  };
}

function statesOf(
  frame: DataFrame,
  fields: RunFields,
  length: number
): { state: Uint8Array; lost: Uint8Array; retried: Uint8Array } {
  const lost = new Uint8Array(length);
  const retried = new Uint8Array(length);
  let state: Uint8Array;
  if (fields.state.type === FieldType.number && runlaneMeta(frame) !== undefined) {
    state = Uint8Array.from(fields.state.values as ArrayLike<number>, (value) =>
      value >= 0 && value < LIFECYCLE_STATES.length ? value : UNKNOWN_STATE
    );
  } else {
    const { words, index } = wordsOf(fields.state, length, fields.stateSuffix);
    const same =
      words.length <= LIFECYCLE_STATES.length && words.every((word, at) => word.text === LIFECYCLE_STATES[at]);
    if (same && index instanceof Uint8Array) {
      state = index;
    } else {
      state = new Uint8Array(length);
      for (let row = 0; row < length; row++) {
        const meaning = words[index[row]!]?.meaning;
        state[row] = meaning?.state ?? UNKNOWN_STATE;
        lost[row] = meaning?.lost ?? 0;
        retried[row] = meaning?.retried ?? 0;
      }
    }
  }
  if (fields.lost) {
    const values = fields.lost.values as ArrayLike<unknown>;
    for (let row = 0; row < length; row++) {
      lost[row] = values[row] ? 1 : 0;
    }
  } else if (fields.substate) {
    const { words, index } = wordsOf(fields.substate, length);
    const lostWord = words.findIndex((word) => word.text === 'lost');
    if (lostWord >= 0) {
      for (let row = 0; row < length; row++) {
        lost[row] = index[row] === lostWord ? 1 : lost[row]!;
      }
    }
  }
  if (fields.retried) {
    const values = fields.retried.values as ArrayLike<unknown>;
    for (let row = 0; row < length; row++) {
      retried[row] = (values[row] as number) > 0 ? 1 : 0;
    }
  }
  return { state, lost, retried };
}

function endsOf(
  fields: RunFields,
  start: Float64Array,
  state: Uint8Array,
  lost: Uint8Array,
  observed: Float64Array | undefined,
  length: number
): Float64Array {
  let end = fields.end ? timesOf(fields.end, length) : new Float64Array(length).fill(NaN);
  let own = fields.end === undefined;
  const duration = fields.end ? undefined : fields.duration;
  if (duration) {
    const factor = fields.durationUnitMs;
    const values = duration.values as ArrayLike<unknown>;
    for (let row = 0; row < length; row++) {
      const value = values[row];
      // A duration of a run that still runs is its age, not its end.
      end[row] = typeof value === 'number' && state[row] !== RUNNING_STATE ? start[row]! + value * factor : NaN;
    }
  }
  for (let row = rowToMend(end, start, state, 0); row < length; row = rowToMend(end, start, state, row + 1)) {
    const at = end[row]!;
    if (!own) {
      end = end.slice();
      own = true;
    }
    const seen = observed ? observed[row]! : NaN;
    // Ended, but nobody said when: a lost run until it was last seen, others as an instant at their start.
    end[row] =
      at === at
        ? start[row]!
        : lost[row] || state[row] === UNKNOWN_STATE || start[row] !== start[row]
          ? seen
          : start[row]!;
    if (end[row]! < start[row]! || end[row] !== end[row]) {
      end[row] = start[row]!;
    }
  }
  return end;
}

/** The first row from `row` on that ended without saying when, or before it started. Nearly every frame has none. */
function rowToMend(end: Float64Array, start: Float64Array, state: Uint8Array, row: number): number {
  let at = row;
  while (at < end.length && !(end[at]! < start[at]!) && (end[at]! === end[at]! || TERMINAL[state[at]!] === 0)) {
    at += 1;
  }
  return at;
}

function beginsOf(
  fields: RunFields,
  start: Float64Array,
  end: Float64Array,
  observed: Float64Array | undefined,
  length: number
): Float64Array {
  const queued = fields.queued ? timesOf(fields.queued, length) : undefined;
  const created = fields.created ? timesOf(fields.created, length) : undefined;
  if (queued === undefined && created === undefined && !start.includes(NaN)) {
    return start;
  }
  const began = new Float64Array(length);
  for (let row = 0; row < length; row++) {
    let at = queued ? queued[row]! : NaN;
    if (at !== at && created) {
      at = created[row]!;
    }
    const from = start[row]!;
    if (at !== at || at > from) {
      at = from === from ? from : at;
    }
    if (at !== at) {
      at = end[row]!;
    }
    if (at !== at && observed) {
      at = observed[row]!;
    }
    began[row] = at;
  }
  return began;
}

function attemptsOf(fields: RunFields, length: number): Uint32Array | undefined {
  if (!fields.attempt) {
    return undefined;
  }
  const values = fields.attempt.values as ArrayLike<unknown>;
  if (values instanceof Uint32Array && values.length === length) {
    return values;
  }
  const attempt = new Uint32Array(length);
  for (let row = 0; row < length; row++) {
    const value = Number(values[row]);
    attempt[row] = value >= 1 ? value : 1;
  }
  return attempt;
}

function joinParts(parts: PartColumns[]): RunColumns {
  const only = parts.length === 1 ? parts[0] : undefined;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  let first = 0;
  const places: RunPart[] = parts.map((part) => {
    const place = { frame: part.frame, fields: part.fields, merged: part.merged, first };
    first += part.length;
    return place;
  });
  if (only) {
    return { ...pick(only), parts: places, undated: countNaN(only.began) };
  }
  const began = new Float64Array(length);
  const start = new Float64Array(length);
  const end = new Float64Array(length);
  const state = new Uint8Array(length);
  const lost = new Uint8Array(length);
  const retried = new Uint8Array(length);
  const attempt = parts.some((part) => part.attempt) ? new Uint32Array(length).fill(1) : undefined;
  parts.forEach((part, index) => {
    const at = places[index]!.first;
    began.set(part.began, at);
    start.set(part.start, at);
    end.set(part.end, at);
    state.set(part.state, at);
    lost.set(part.lost, at);
    retried.set(part.retried, at);
    if (attempt && part.attempt) {
      attempt.set(part.attempt, at);
    }
  });
  return { length, began, start, end, state, lost, retried, attempt, parts: places, undated: countNaN(began) };
}

function pick({ length, began, start, end, state, lost, retried, attempt }: PartColumns) {
  return { length, began, start, end, state, lost, retried, attempt };
}

function countNaN(values: Float64Array): number {
  if (!values.includes(NaN)) {
    return 0;
  }
  let count = 0;
  for (let at = 0; at < values.length; at++) {
    if (values[at] !== values[at]) {
      count += 1;
    }
  }
  return count;
}

/** The part that holds a row, and the row's place in that part's frame. */
export function frameRow(columns: RunColumns, row: number): { part: RunPart; index: number } {
  let part = columns.parts[0]!;
  for (const candidate of columns.parts) {
    if (candidate.first <= row) {
      part = candidate;
    }
  }
  return { part, index: row - part.first };
}

/** Whether a row is a stretch of merged runs, and no run. */
export function isMergedRow(columns: RunColumns, row: number): boolean {
  return columns.parts.some((part) => part.merged && row >= part.first && row < part.first + part.frame.length);
}

/** Whether some lanes came merged. */
export function hasMerged(columns: RunColumns): boolean {
  return columns.parts.some((part) => part.merged);
}

/** The value of a run's fact as it is in the frame, and the field it comes from. `name` is one of `RUN_FIELD`. */
export function factOf(
  columns: RunColumns,
  row: number,
  name: keyof typeof RUN_FIELD
): { field: Field; value: unknown; index: number } | undefined {
  const { part, index } = frameRow(columns, row);
  const field = part.frame.fields.find((candidate) => candidate.name === RUN_FIELD[name]) ?? part.fields.byFact[name];
  if (field === undefined) {
    return undefined;
  }
  const raw: unknown = (field.values as ArrayLike<unknown>)[index];
  const value = field.type === FieldType.enum && typeof raw === 'number' ? field.config.type?.enum?.text?.[raw] : raw;
  return value === undefined || value === null || value === '' || (typeof value === 'number' && Number.isNaN(value))
    ? undefined
    : { field, value, index };
}
