import { FieldColorModeId, FieldType, MappingType, SpecialValueMatch } from '@grafana/data';
import type { DataFrame, Field, FieldConfig, QueryResultMetaNotice } from '@grafana/data';
import { LIFECYCLE_STATES } from '../model/lifecycle';
import type { LifecycleState } from '../model/lifecycle';
import { RUN_FIELD } from './field-names';
import type { RunlaneMeta } from './field-names';
import type { FrameContext } from './frame-context';
import { withoutOwnTimes } from './own-times';
import { STATE_COLORS, stateMappings } from './state-colors';
import type { ColoredState } from './state-colors';

type Values = ArrayLike<unknown>;

/** Explore draws a frame with the panel that it names, else it would plot the numbers of runs as lines. */
export const SHOWN_BY = {
  timeline: { preferredVisualisationPluginId: 'runlane-timeline-panel' },
  health: { preferredVisualisationPluginId: 'runlane-health-panel' },
} as const;

/** A typed column says NaN where nothing is known, which a table prints as such. */
export const EMPTY_WHERE_UNKNOWN: FieldConfig = {
  mappings: [
    { type: MappingType.SpecialValue, options: { match: SpecialValueMatch.NaN, result: { text: '', index: 0 } } },
  ],
};

/** Of a number that nobody tells: a dash, in no colour that says well or ill. */
export const NO_NUMBER: FieldConfig = {
  noValue: '–',
  color: { mode: FieldColorModeId.Fixed, fixedColor: 'text' },
};

/** A field with the user's display name and the links of its name. Typed arrays go in as they are: Grafana keeps them. */
export function makeField(
  context: FrameContext,
  name: string,
  type: FieldType,
  values: Values,
  config: FieldConfig = {}
): Field {
  const links = context.links?.[name];
  const displayNameFromDS = context.words.fields[name];
  return {
    name,
    type,
    // Grafana's type says array; typed arrays pass through its whole pipeline unchanged and cost a tenth of the heap.
    values: values as unknown[],
    config: {
      ...(displayNameFromDS === undefined ? {} : { displayNameFromDS }),
      ...(links === undefined || links.length === 0 ? {} : { links }),
      ...config,
    },
  };
}

/** States as a byte per row, with words and colours in the field's enum. */
export function makeStateEnum(context: FrameContext, name: string, states: ArrayLike<LifecycleState | number>): Field {
  const bytes = new Uint8Array(states.length);
  for (let row = 0; row < states.length; row++) {
    const state = states[row] ?? 'unknown';
    bytes[row] = typeof state === 'number' ? state : LIFECYCLE_STATES.indexOf(state);
  }
  return makeField(context, name, FieldType.enum, bytes, {
    type: {
      enum: {
        text: [...LIFECYCLE_STATES],
        color: LIFECYCLE_STATES.map((state) => STATE_COLORS[context.shade][state]),
      },
    },
  });
}

/** States as words with value mappings, for tables and stats: they colour text and background as the user knows it. */
export function makeStateText(context: FrameContext, name: string, states: readonly ColoredState[]): Field {
  return makeField(context, name, FieldType.string, states, {
    mappings: stateMappings(context.shade, context.words.states),
  });
}

/** Names that repeat, as an index per row and a list of names. */
export function makeNameEnum(context: FrameContext, name: string, names: readonly string[], rows: ArrayLike<number>) {
  const index = names.length <= 0xffff ? Uint16Array.from(rows) : Uint32Array.from(rows);
  return makeField(context, name, FieldType.enum, index, { type: { enum: { text: [...names] } } });
}

/** Unknown instants and numbers are NaN in a typed column, because a typed array holds nothing else. */
export function typedColumn(values: ReadonlyArray<number | null | undefined>): Float64Array {
  const column = new Float64Array(values.length);
  for (let row = 0; row < values.length; row++) {
    column[row] = values[row] ?? NaN;
  }
  return column;
}

/** A typed column where every row is known, else an array with `null`: tables print NaN, and leave `null` empty. */
export function column(values: ReadonlyArray<number | null | undefined>): Values {
  return values.some((value) => value === undefined || value === null)
    ? values.map((value) => value ?? null)
    : Float64Array.from(values as readonly number[]);
}

/** Text with `null` for what is not reported. */
export function texts(values: ReadonlyArray<string | undefined>): Values {
  return values.map((value) => value ?? null);
}

export function makeFrame(
  context: FrameContext,
  name: string,
  fields: Field[],
  meta: Omit<RunlaneMeta, 'v' | 'from' | 'to' | 'source' | 'reports'>,
  more: { notices?: QueryResultMetaNotice[]; visualisation?: DataFrame['meta'] } = {}
): DataFrame {
  const custom: RunlaneMeta = {
    v: 1,
    ...meta,
    from: context.range.from,
    to: context.range.to,
    ...(context.source === undefined ? {} : { source: context.source }),
    ...(context.reports === undefined ? {} : { reports: context.reports }),
  };
  return {
    name,
    ...(context.refId === undefined ? {} : { refId: context.refId }),
    fields: fields.some(({ name }) => name === RUN_FIELD.ownFrom) ? fields : fields.map(linkedByRange),
    length: fields[0]?.values.length ?? 0,
    meta: {
      ...more.visualisation,
      custom: { runlane: custom },
      ...(more.notices === undefined || more.notices.length === 0 ? {} : { notices: more.notices }),
    },
  };
}

function linkedByRange(field: Field): Field {
  const { links } = field.config;
  return links === undefined ? field : { ...field, config: { ...field.config, links: withoutOwnTimes(links) } };
}

/** What was cut or left out, as notices that Grafana shows in the panel's corner. */
export function noticesOf(
  context: FrameContext,
  cut: { shown?: number; total?: number; truncated?: boolean; skipped?: number; omitted?: number }
): QueryResultMetaNotice[] {
  const notices: QueryResultMetaNotice[] = [];
  const { words } = context;
  if (cut.truncated === true) {
    const total = cut.total === undefined ? undefined : sayCount(cut.total);
    notices.push({ severity: 'warning', text: words.truncated(sayCount(cut.shown ?? 0), total) });
  }
  if (cut.skipped !== undefined && cut.skipped > 0) {
    notices.push({ severity: 'warning', text: words.skipped(cut.skipped) });
  }
  if (cut.omitted !== undefined && cut.omitted > 0) {
    notices.push({ severity: 'info', text: words.omitted(cut.omitted) });
  }
  return notices;
}

/** The frame with one more notice. */
export function withNotice(frame: DataFrame, notice: QueryResultMetaNotice): DataFrame {
  return { ...frame, meta: { ...frame.meta, notices: [...(frame.meta?.notices ?? []), notice] } };
}

/** 12340 as 12,340. */
export function sayCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');
}
