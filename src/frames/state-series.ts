import type { DataFrame, Field } from '@grafana/data';
import { FieldType, getFieldDisplayName } from '@grafana/data';
import { LIFECYCLE_STATES } from '../model/lifecycle';
import { COLUMN_FIELD, RUN_FIELD } from './field-names';
import { mappedText, textOfValue } from './field-values';
import { meaningOfWord } from './state-words';

/** The label that says which state a numeric series counts: `runlane_task_runs{task="a",state="failed"}`. */
const STATE_LABELS = ['state', 'status', 'outcome', 'phase'];
const NAME_LABELS = ['task', 'job_name', 'name', 'queue', 'worker', 'job', 'instance'];

/** Whether a frame is states over time (one time field, then values) and not one row per run. */
export function looksLikeStateSeries(frame: DataFrame): boolean {
  const time = frame.fields.filter((field) => field.type === FieldType.time);
  return time.length === 1 && frame.length > 0 && frame.fields.some((field) => isSeries(field));
}

function isSeries(field: Field): boolean {
  return [FieldType.number, FieldType.string, FieldType.boolean, FieldType.enum].includes(field.type);
}

/**
 * State-per-series frames as one frame of runs: neighbouring equal values become one interval `[t, next other t)`, and
 * the last one lasts a step more. A number is worded by its value mapping; else, where the series has a `state` label,
 * it counts runs in that state and anything above 0 is an interval; else above 0 is `running` and 0 is a gap (for
 * Prometheus' own `up`, 0 is `failed`). Unknown values are gaps, and so is a pause longer than four steps.
 */
export function intervalsOfSeries(frames: readonly DataFrame[]): DataFrame[] {
  const lane: string[] = [];
  const started: number[] = [];
  const finished: number[] = [];
  const state: string[] = [];
  let refId: string | undefined;
  for (const frame of frames) {
    const timeField = frame.fields.find((field) => field.type === FieldType.time);
    if (!timeField) {
      continue;
    }
    refId ??= frame.refId;
    const time: ArrayLike<number> = timeField.values;
    const step = medianStep(time);
    for (const field of frame.fields.filter(isSeries)) {
      const name = seriesName(field, frame);
      const wordAt = wordReader(field);
      let word: string | undefined;
      let from = 0;
      const close = (to: number): void => {
        if (word !== undefined && to > from) {
          lane.push(name);
          started.push(from);
          finished.push(to);
          state.push(word);
        }
      };
      for (let row = 0; row < time.length; row++) {
        const at = time[row]!;
        const before = row > 0 ? time[row - 1]! : at;
        const pause = at - before > step * 4;
        const next = wordAt(row);
        if (next !== word || pause) {
          close(pause ? before + step : at);
          word = next;
          from = at;
        }
      }
      if (time.length > 0) {
        close(time[time.length - 1]! + step);
      }
    }
  }
  if (lane.length === 0) {
    return [];
  }
  const column = (name: string, type: FieldType, values: unknown[]): Field => ({ name, type, values, config: {} });
  return [
    {
      refId,
      length: lane.length,
      fields: [
        column(RUN_FIELD.task, FieldType.string, lane),
        column(COLUMN_FIELD.started, FieldType.time, started),
        column(COLUMN_FIELD.finished, FieldType.time, finished),
        { ...column(RUN_FIELD.state, FieldType.string, state), config: configOfFirst(frames) },
      ],
    },
  ];
}

/** Colours and mappings that the user gave to the series stay with the states made of them. */
function configOfFirst(frames: readonly DataFrame[]): Field['config'] {
  const { mappings, color, links } = frames[0]?.fields.find(isSeries)?.config ?? {};
  return { mappings, color, links };
}

function seriesName(field: Field, frame: DataFrame): string {
  const labels = field.labels ?? {};
  const key = NAME_LABELS.find((name) => labels[name]);
  if (STATE_LABELS.some((name) => labels[name]) && key !== undefined) {
    return labels[key] ?? '';
  }
  return getFieldDisplayName(field, frame);
}

function wordReader(field: Field): (row: number) => string | undefined {
  const values: ArrayLike<unknown> = field.values;
  const labels = field.labels ?? {};
  const stateLabel = STATE_LABELS.map((name) => labels[name]).find((word) => word !== undefined);
  const zeroIsFailed = labels['__name__'] === 'up' || field.name === 'up';
  return (row) => {
    const value = values[row];
    if (value === null || value === undefined || value === '' || (typeof value === 'number' && Number.isNaN(value))) {
      return undefined;
    }
    if (field.type === FieldType.enum && typeof value === 'number') {
      return field.config.type?.enum?.text?.[value];
    }
    const mapped = mappedText(field, value);
    if (mapped !== undefined) {
      return mapped;
    }
    if (typeof value === 'number' || typeof value === 'boolean') {
      if (stateLabel !== undefined) {
        return Number(value) > 0 ? knownWord(stateLabel) : undefined;
      }
      return Number(value) > 0 ? 'running' : zeroIsFailed ? 'failed' : undefined;
    }
    return textOfValue(value);
  };
}

function knownWord(word: string): string {
  const { state, lost } = meaningOfWord(word);
  return lost ? 'lost' : (LIFECYCLE_STATES[state] ?? word);
}

function medianStep(time: ArrayLike<number>): number {
  const steps: number[] = [];
  for (let row = 1; row < Math.min(time.length, 200); row++) {
    steps.push(time[row]! - time[row - 1]!);
  }
  steps.sort((a, b) => a - b);
  return steps[steps.length >> 1] ?? 60_000;
}
