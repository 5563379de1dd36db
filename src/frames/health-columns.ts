import { FieldType, getFieldDisplayName } from '@grafana/data';
import type { DataFrame, Field } from '@grafana/data';
import { DEDUCTION_REASONS } from '../model/answer';
import type { DeductionReason, UncheckedWhy } from '../model/answer';
import type { EpochMs } from '../model/units';
import { DEDUCTION_FIELD, FRAME, HEALTH_FIELD, RUN_FIELD, SERIES_FIELD } from './field-names';
import type { RunlaneMeta } from './field-names';
import { textOfValue, timesOf } from './field-values';

/** A cell of a frame: links and display settings are found there. */
export interface FieldCell {
  frame: DataFrame;
  field: Field;
  row: number;
}

/** One entry behind a deduction: a run, the name of a worker, or an instant at which a run was expected. */
export type DeductionEvidence =
  | { kind: 'run'; source: string; runId: string; attempt: number; cell?: FieldCell }
  | { kind: 'name'; name: string }
  | { kind: 'instant'; at: EpochMs };

export interface DeductionRow {
  /** A `DeductionReason`, or another word where a newer source deducts for what this panel does not know. */
  reason: string;
  points: number;
  found?: number;
  allowed?: number;
  of?: number;
  evidence: DeductionEvidence[];
}

/** A score over time: `values[i]` holds at `times[i]` (epoch ms, ascending); NaN where nothing is known. */
export interface ScoreLine {
  times: Float64Array;
  values: Float64Array;
  field: Field;
  frame: DataFrame;
}

export interface HealthGroup {
  name: string;
  /** Absent where there is not enough data. */
  score?: number;
  notEnoughData: boolean;
  runs?: number;
  failed?: number;
  mostly?: string;
  since?: EpochMs;
  deductions: DeductionRow[];
  fine: string[];
  unchecked: Array<{ reason: string; why?: UncheckedWhy }>;
  /** The score's cell: colour, thresholds, unit and links of the user are applied to it. */
  cell: FieldCell;
  line?: ScoreLine;
}

export interface HealthColumns {
  /** Lowest score first, of equals the one with more failures; those without a score last. */
  groups: HealthGroup[];
  /** Whether the frames could hold deductions at all; a plain number of another data source cannot. */
  explains: boolean;
  meta?: RunlaneMeta;
}

/** What a panel needs and the frames do not have. */
export interface MissingField {
  missing: string;
  /** Name of the frame in which it is missing, where there is one. */
  frame?: string;
}

/**
 * Reads the frames `health`, `deductions`, `deduction runs` and `health history`; and, where there is no `health` frame,
 * any number of any data source: a series over time (`runlane:health_score` of Prometheus) gives score and history, a
 * table gives one group per row.
 */
export function readHealth(series: readonly DataFrame[]): HealthColumns | MissingField {
  const own = series.filter((frame) => frame.name === FRAME.health && fieldOf(frame, HEALTH_FIELD.group) !== undefined);
  const parts =
    own.length === 0
      ? [readPlain(series)]
      : own.map((health) => readOwn(health, series.filter((frame) => frame.refId === health.refId))); // prettier-ignore
  const groups: HealthGroup[] = [];
  for (const part of parts) {
    if ('missing' in part) {
      return part;
    }
    groups.push(...part.groups);
  }
  groups.sort(
    (a, b) =>
      (a.score ?? 101) - (b.score ?? 101) ||
      (b.failed ?? 0) - (a.failed ?? 0) ||
      (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
  );
  const meta = own[0] === undefined ? undefined : metaOf(own[0]);
  return { groups, explains: own.length > 0, ...(meta === undefined ? {} : { meta }) };
}

function readOwn(health: DataFrame, series: readonly DataFrame[]): { groups: HealthGroup[] } | MissingField {
  const score = fieldOf(health, HEALTH_FIELD.score);
  if (score === undefined) {
    return { missing: HEALTH_FIELD.score, frame: FRAME.health };
  }
  const group = fieldOf(health, HEALTH_FIELD.group);
  const deductions = readDeductions(series);
  if ('missing' in deductions) {
    return deductions;
  }
  const lines = readHistory(series.find((frame) => frame.name === FRAME.healthHistory));
  const since = fieldOf(health, HEALTH_FIELD.since);
  const sinceTimes = since === undefined ? undefined : timesOf(since, health.length);
  const value = (name: string, row: number): unknown => fieldOf(health, name)?.values[row];
  const groups = Array.from({ length: health.length }, (_, row): HealthGroup => {
    const name = textOfValue(group?.values[row]);
    const number = numberOf(score.values[row]);
    const why = recordOf(value(HEALTH_FIELD.uncheckedWhy, row));
    const since = sinceTimes?.[row];
    const line = lines.get(name);
    return {
      name,
      ...(number === undefined ? {} : { score: number }),
      notEnoughData: number === undefined,
      ...optional('runs', numberOf(value(HEALTH_FIELD.runs, row))),
      ...optional('failed', numberOf(value(HEALTH_FIELD.failed, row))),
      ...optional('since', since === undefined || Number.isNaN(since) ? undefined : since),
      ...optionalText('mostly', textOfValue(value(HEALTH_FIELD.mostly, row))),
      deductions: deductions.of.get(name) ?? [],
      fine: namesOf(value(HEALTH_FIELD.fine, row)),
      unchecked: namesOf(value(HEALTH_FIELD.unchecked, row)).map((reason) => {
        const because = why[reason];
        return { reason, ...(isWhy(because) ? { why: because } : {}) };
      }),
      cell: { frame: health, field: score, row },
      ...(line === undefined ? {} : { line }),
    };
  });
  return { groups };
}

function readDeductions(series: readonly DataFrame[]): { of: Map<string, DeductionRow[]> } | MissingField {
  const of = new Map<string, DeductionRow[]>();
  const frame = series.find((candidate) => candidate.name === FRAME.deductions);
  if (frame === undefined) {
    return { of };
  }
  const group = fieldOf(frame, DEDUCTION_FIELD.group);
  const reason = fieldOf(frame, DEDUCTION_FIELD.reason);
  const points = fieldOf(frame, DEDUCTION_FIELD.points);
  for (const [field, name] of [
    [group, DEDUCTION_FIELD.group],
    [reason, DEDUCTION_FIELD.reason],
    [points, DEDUCTION_FIELD.points],
  ] as const) {
    // prettier-ignore
    if (field === undefined && frame.fields.length > 0) {
      return { missing: name, frame: FRAME.deductions };
    }
  }
  const cells = runCells(series.find((candidate) => candidate.name === FRAME.deductionRuns));
  const number = (name: string, row: number) => numberOf(fieldOf(frame, name)?.values[row]);
  for (let row = 0; row < frame.length; row++) {
    const name = textOfValue(group?.values[row]);
    const deduction: DeductionRow = {
      reason: textOfValue(reason?.values[row]),
      points: numberOf(points?.values[row]) ?? 0,
      ...optional('found', number(DEDUCTION_FIELD.found, row)),
      ...optional('allowed', number(DEDUCTION_FIELD.allowed, row)),
      ...optional('of', number(DEDUCTION_FIELD.of, row)),
      evidence: namesOf(fieldOf(frame, DEDUCTION_FIELD.runKeys)?.values[row]).map((key) => evidenceOf(key, cells)),
    };
    of.set(name, [...(of.get(name) ?? []), deduction]);
  }
  for (const rows of of.values()) {
    rows.sort((a, b) => b.points - a.points);
  }
  return { of };
}

/** Where the links of a run are, by its key. */
function runCells(frame: DataFrame | undefined): Map<string, FieldCell> {
  const cells = new Map<string, FieldCell>();
  const runId = frame && fieldOf(frame, RUN_FIELD.runId);
  if (frame === undefined || runId === undefined) {
    return cells;
  }
  const source = fieldOf(frame, RUN_FIELD.source);
  const attempt = fieldOf(frame, RUN_FIELD.attempt);
  for (let row = 0; row < frame.length; row++) {
    const key = [source?.values[row], runId.values[row], attempt?.values[row] ?? 1].map(textOfValue).join('\n');
    cells.set(key, { frame, field: runId, row });
  }
  return cells;
}

function evidenceOf(key: string, cells: ReadonlyMap<string, FieldCell>): DeductionEvidence {
  const [source, runId, attempt] = key.split('\n');
  if (source !== undefined && runId !== undefined && attempt !== undefined) {
    const cell = cells.get(key);
    return { kind: 'run', source, runId, attempt: Number(attempt), ...(cell === undefined ? {} : { cell }) };
  }
  const at = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(key) ? Date.parse(key) : NaN;
  return Number.isNaN(at) ? { kind: 'name', name: key } : { kind: 'instant', at };
}

/** Lines of the history by the name of their group: the one label that a series has, else its display name. */
function readHistory(frame: DataFrame | undefined): Map<string, ScoreLine> {
  const lines = new Map<string, ScoreLine>();
  const time =
    frame && (fieldOf(frame, SERIES_FIELD.time) ?? frame.fields.find((field) => field.type === FieldType.time));
  if (frame === undefined || time === undefined) {
    return lines;
  }
  const times = timesOf(time, frame.length);
  for (const field of frame.fields) {
    if (field.type === FieldType.number) {
      const labels = Object.values(field.labels ?? {});
      const name = labels.length === 1 && labels[0] !== undefined ? labels[0] : getFieldDisplayName(field, frame);
      lines.set(name, { times, values: numbersOf(field, frame.length), field, frame });
    }
  }
  return lines;
}

function readPlain(series: readonly DataFrame[]): { groups: HealthGroup[] } | MissingField {
  const groups: HealthGroup[] = [];
  for (const frame of series) {
    const time = frame.fields.find((field) => field.type === FieldType.time);
    const texts = frame.fields.filter((field) => field.type === FieldType.string);
    const numbers = frame.fields.filter((field) => field.type === FieldType.number);
    const [first] = numbers;
    if (texts.length > 0 && first !== undefined) {
      for (let row = 0; row < frame.length; row++) {
        const name = texts.map((field) => textOfValue(field.values[row])).filter((part) => part !== '').join(' · '); // prettier-ignore
        groups.push(plainGroup(name, numberOf(first.values[row]), { frame, field: first, row }));
      }
      continue;
    }
    for (const field of numbers) {
      const values = numbersOf(field, frame.length);
      let last = values.length - 1;
      while (last > 0 && Number.isNaN(values[last])) {
        last -= 1;
      }
      const line = time === undefined ? undefined : { times: timesOf(time, frame.length), values, field, frame };
      const name = plainName(field, frame, series);
      groups.push({
        ...plainGroup(name, numberOf(values[last]), { frame, field, row: Math.max(0, last) }),
        ...(line === undefined || frame.length < 2 ? {} : { line }),
      });
    }
  }
  const hasNumber = series.some((frame) => frame.fields.some((field) => field.type === FieldType.number));
  return hasNumber ? { groups } : { missing: HEALTH_FIELD.score };
}

/** The values of its labels, as Prometheus gives them, without the metric's own name; else the display name. */
function plainName(field: Field, frame: DataFrame, series: readonly DataFrame[]): string {
  const labels = Object.entries(field.labels ?? {}).filter(([label]) => label !== '__name__');
  const named = field.config.displayName ?? field.config.displayNameFromDS;
  return labels.length > 0 && (named === undefined || named === '')
    ? labels.map(([, value]) => value).join(' · ')
    : getFieldDisplayName(field, frame, [...series]);
}

function plainGroup(name: string, score: number | undefined, cell: FieldCell): HealthGroup {
  return {
    name,
    ...(score === undefined ? {} : { score }),
    notEnoughData: score === undefined,
    deductions: [],
    fine: [],
    unchecked: [],
    cell,
  };
}

function fieldOf(frame: DataFrame, name: string): Field | undefined {
  return frame.fields.find((field) => field.name === name);
}

function numbersOf(field: Field, length: number): Float64Array {
  const numbers = new Float64Array(length);
  for (let row = 0; row < length; row++) {
    numbers[row] = numberOf(field.values[row]) ?? NaN;
  }
  return numbers;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** A list of words, or the words of a text with commas. */
function namesOf(value: unknown): string[] {
  if (Array.isArray(value)) {
    return value.filter((entry): entry is string => typeof entry === 'string' && entry !== '');
  }
  return typeof value === 'string' && value !== '' ? value.split(/\s*,\s*/).filter((entry) => entry !== '') : [];
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function isWhy(value: unknown): value is UncheckedWhy {
  return value === 'not_reported' || value === 'too_few' || value === 'not_configured';
}

function optional<Key extends string>(key: Key, value: number | undefined): Partial<Record<Key, number>> {
  const result: Partial<Record<Key, number>> = {};
  if (value !== undefined) {
    result[key] = value;
  }
  return result;
}

function optionalText<Key extends string>(key: Key, value: string): Partial<Record<Key, string>> {
  const result: Partial<Record<Key, string>> = {};
  if (value !== '') {
    result[key] = value;
  }
  return result;
}

function metaOf(frame: DataFrame): RunlaneMeta | undefined {
  const meta: unknown = frame.meta?.custom?.runlane;
  return typeof meta === 'object' && meta !== null && 'v' in meta && 'view' in meta ? (meta as RunlaneMeta) : undefined;
}

const KNOWN: ReadonlySet<string> = new Set(DEDUCTION_REASONS);

/** Whether this version knows what a reason means. */
export function isDeductionReason(reason: string): reason is DeductionReason {
  return KNOWN.has(reason);
}
