import type { DataFrame, Field } from '@grafana/data';
import { FieldType, getFieldDisplayName } from '@grafana/data';
import { COLUMN_FIELD, FRAME, RUN_FIELD } from './field-names';
import { durationUnitMs, wordsOf } from './field-values';

/** Names of fields as the user set them in the panel's options; absent ones are found by name and type. */
export interface FieldChoice {
  start?: string;
  end?: string;
  duration?: string;
  state?: string;
  name?: string;
}

/** What a frame must have before it can be drawn. */
export type MissingFact = 'start' | 'end' | 'state' | 'name';

/** Which field of a frame holds which fact. */
export interface RunFields {
  start: Field | undefined;
  end: Field | undefined;
  duration: Field | undefined;
  durationUnitMs: number;
  state: Field;
  /** `statusCode` where the state is a trace's numeric code. */
  stateSuffix: string;
  name: Field;
  lane: Field | undefined;
  queued: Field | undefined;
  created: Field | undefined;
  observed: Field | undefined;
  substate: Field | undefined;
  lost: Field | undefined;
  retried: Field | undefined;
  attempt: Field | undefined;
  worker: Field | undefined;
  host: Field | undefined;
  queue: Field | undefined;
  source: Field | undefined;
  labels: Field | undefined;
  /** Further facts that were recognised under other names. */
  byFact: Partial<Record<keyof typeof RUN_FIELD, Field>>;
}

/** A part of the columns that came in one frame: rows `first` up to, not including, `first + frame.length`. */
export interface RunPart {
  frame: DataFrame;
  first: number;
  /** Its rows are no runs: each is a stretch of a lane whose runs the source merged, because there are too many to send. */
  merged: boolean;
  fields: RunFields;
}

const NAMES: Record<string, RegExp> = {
  start: /^(start|started|begin|began|from)([ _-]?(at|time|date|ts|timestamp))?$/i,
  end: /^(end|ended|finish|finished|stop|stopped|completed|to)([ _-]?(at|time|date|ts|timestamp))?$/i,
  queued: /^(queued|enqueued|received|scheduled)([ _-]?(at|time|date|ts))?$/i,
  created: /^(created|submitted)([ _-]?(at|time|date|ts))?$/i,
  observed: /^(observed|updated|last[ _-]?seen)([ _-]?(at|time|date|ts))?$/i,
  duration:
    /^(duration|elapsed|run[ _-]?time|took)([ _-]?\(?(ns|us|µs|ms|s|sec|secs|seconds|millis|min|minutes)\)?)?$/i,
  state: /^(state|status|result|outcome|conclusion|status[ _-]?code|phase)$/i,
  name: /^(task|name|job|title|operation|lane)([ _-]?name)?$/i,
  worker: /^(worker|hostname|runner|agent|executor|pod|instance)([ _-]?name)?$/i,
  host: /^(host|node|machine)([ _-]?name)?$/i,
  queue: /^(queue|pool|partition|topic)([ _-]?name)?$/i,
  source: /^(source|system|service([ _-]?name)?)$/i,
  attempt: /^(attempt|try|try[ _-]?number|retry|retries)$/i,
  runId: /^(run[ _-]?id|id|uuid|job[ _-]?id|task[ _-]?id|build([ _-]?number)?)$/i,
  traceId: /^trace[ _-]?id$/i,
  spanId: /^span[ _-]?id$/i,
  error: /^(error|exception|message|error[ _-]?message|status[ _-]?message|reason)$/i,
  exitCode: /^(exit[ _-]?(code|status)|rc|return[ _-]?code)$/i,
};

/** Finds the facts of a frame. `missing` names the first fact that no field gives. */
export function classifyRunFields(
  frame: DataFrame,
  choice: FieldChoice
): { ok: true; fields: RunFields } | { ok: false; missing: MissingFact } {
  const named = (name: string | undefined): Field | undefined =>
    name === undefined || name === ''
      ? undefined
      : frame.fields.find((field) => field.name === name || getFieldDisplayName(field, frame) === name);
  const own = frame.name === FRAME.runs || frame.name === FRAME.columns;
  const find = (fact: string, ...types: FieldType[]): Field | undefined => {
    const exact = named(fact);
    if (exact || own) {
      return exact;
    }
    const pattern = NAMES[fact];
    return frame.fields.find(
      (field) => pattern !== undefined && pattern.test(field.name) && (types.length === 0 || types.includes(field.type))
    );
  };

  const times = frame.fields.filter((field) => field.type === FieldType.time);
  const queued = find(RUN_FIELD.queued);
  const created = find(RUN_FIELD.created);
  const observed = find(RUN_FIELD.observed);
  const taken = new Set([queued, created, observed]);
  const start =
    named(choice.start) ?? named(COLUMN_FIELD.started) ?? find('start') ?? times.find((field) => !taken.has(field));
  const end =
    named(choice.end) ??
    named(COLUMN_FIELD.finished) ??
    find('end') ??
    times.find((field) => field !== start && !taken.has(field));
  const duration = named(choice.duration) ?? find(RUN_FIELD.duration, FieldType.number);
  const state = named(choice.state) ?? find(RUN_FIELD.state) ?? (own ? undefined : fieldOfStateWords(frame));
  const lane = named(RUN_FIELD.lane);
  const name =
    named(choice.name) ??
    find('task') ??
    find('name') ??
    lane ??
    frame.fields.find((field) => isWords(field) && field !== state && field.name !== RUN_FIELD.runId);

  if (!start) {
    return { ok: false, missing: 'start' };
  }
  if (!state) {
    return { ok: false, missing: 'state' };
  }
  if (!name) {
    return { ok: false, missing: 'name' };
  }
  if (!end && !duration) {
    return { ok: false, missing: 'end' };
  }
  const byFact: RunFields['byFact'] = {};
  for (const fact of ['runId', 'traceId', 'spanId', 'error', 'exitCode'] as const) {
    byFact[fact] = find(fact);
  }
  byFact.task = name;
  return {
    ok: true,
    fields: {
      start,
      end,
      duration,
      durationUnitMs: duration ? durationUnitMs(duration) : 1,
      state,
      stateSuffix: /^status[ _-]?code$/i.test(state.name) ? 'statusCode' : '',
      name,
      lane,
      queued,
      created,
      observed,
      substate: named(RUN_FIELD.substate),
      lost: named(COLUMN_FIELD.lost),
      retried: named(COLUMN_FIELD.retried),
      attempt: find(RUN_FIELD.attempt, FieldType.number),
      worker: find(RUN_FIELD.worker),
      host: find(RUN_FIELD.host),
      queue: find(RUN_FIELD.queue),
      source: find(RUN_FIELD.source),
      labels: named(RUN_FIELD.labels),
      byFact,
    },
  };
}

function isWords(field: Field): boolean {
  return field.type === FieldType.string || field.type === FieldType.enum;
}

/** A field whose values are mostly words that mean a state: for frames that call it otherwise. */
function fieldOfStateWords(frame: DataFrame): Field | undefined {
  return frame.fields.find((field) => {
    if (!isWords(field) || frame.length === 0) {
      return false;
    }
    const { words } = wordsOf(
      { ...field, values: Array.from(field.values.slice(0, 100)) },
      Math.min(100, frame.length)
    );
    const known = words.filter((word) => word.meaning.state !== 5 || word.text === 'unknown').length;
    return words.length <= 12 && known * 2 > words.length;
  });
}
