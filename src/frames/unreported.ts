import { FieldType } from '@grafana/data';
import type { DataFrame, FieldConfig } from '@grafana/data';
import type { View } from '../model/task-query';
import { SERIES_FIELD } from './field-names';
import type { RunlaneMeta } from './field-names';
import { runlaneMeta } from './frame-cells';
import type { FrameContext } from './frame-context';
import { NO_NUMBER } from './make-frame';
import { FRAMES_OF_VIEW } from './to-frames';

/** Frames that numbers and charts draw: a dash for the number, and nothing to plot. The others are tables. */
const SERIES: ReadonlySet<string> = new Set([
  'states',
  'waiting',
  'running',
  'finished',
  'abnormal',
  'budget',
  'throughput',
  'rate',
  'started',
  'failed',
  'duration',
  'wait',
  'cpu',
  'memory',
  'cpu now',
  'memory now',
  'health history',
  'failing',
  'failures over time',
  'firing',
]);
/** Frames that a panel of ours draws, which says in its own words why there are none. */
const OWN: ReadonlySet<string> = new Set(['family', 'health', 'nodes', 'edges', 'trace', 'alert times']);

/** A sentence over several lines. Grafana has moved this setting; each version passes over the other's. */
const WRAPPED = { wrapText: true, cellOptions: { type: 'auto', wrapText: true } };

interface Instead {
  kind: NonNullable<RunlaneMeta['instead']>;
  why: string;
}

/**
 * In place of an answer that did not come or that the source cannot give. A panel without data shows its "no value" text
 * ("No failed runs in this range"), which would be false here: so a number reads "–" and says why below, a table
 * has one row that says it.
 */
export function insteadFrames(
  view: View,
  choice: { frame?: string },
  { kind, why }: Instead,
  { refId, range, words }: Pick<FrameContext, 'refId' | 'range' | 'words'>
): DataFrame[] {
  const frame = choice.frame === undefined || choice.frame === '' ? undefined : choice.frame;
  const name = frame ?? FRAMES_OF_VIEW[view][0] ?? view;
  const meta: DataFrame['meta'] = {
    custom: { runlane: { v: 1, view, instead: kind } satisfies RunlaneMeta },
    // An error has its own mark on the panel.
    ...(kind === 'failed' ? {} : { notices: [{ severity: 'info', text: why }] }),
  };
  const base = { ...(refId === undefined ? {} : { refId }), meta };
  if (OWN.has(name) || ((view === 'timeline' || view === 'run') && frame === undefined)) {
    return kind === 'failed' ? [] : [{ ...base, fields: [], length: 0 }];
  }
  const says = kind === 'failed' ? words.noAnswer : words.notReported;
  const field = (of: string, type: FieldType, value: unknown, config: FieldConfig = {}) => ({
    name: of,
    type,
    values: [value],
    config,
  });
  const fields = SERIES.has(name)
    ? [
        field(SERIES_FIELD.time, FieldType.time, range.to),
        field(SERIES_FIELD.value, FieldType.number, null, { displayNameFromDS: says, ...NO_NUMBER }),
      ]
    : [field('says', FieldType.string, why, { displayNameFromDS: says, custom: WRAPPED })];
  return [{ ...base, name, fields, length: 1 }];
}

/** What the source has really told. */
export function toldFrames(frames: readonly DataFrame[]): DataFrame[] {
  return frames.filter((frame) => runlaneMeta(frame)?.instead === undefined);
}

/** Why there is nothing to show, where the source cannot tell any of what was asked. */
export function unreportedText(frames: readonly DataFrame[]): string | undefined {
  const texts = frames.flatMap((frame) =>
    runlaneMeta(frame)?.instead === 'not reported' ? (frame.meta?.notices ?? []).map(({ text }) => text) : []
  );
  return toldFrames(frames).some(({ fields }) => fields.length > 0) || texts.length === 0
    ? undefined
    : [...new Set(texts)].join(' ');
}
