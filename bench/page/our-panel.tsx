import {
  EventBusSrv,
  FieldType,
  LoadingState,
  createTheme,
  dateTime,
  type DataFrame,
  type PanelProps,
  applyFieldOverrides,
} from '@grafana/data';
import React from 'react';
import { createRoot } from 'react-dom/client';
import { flushSync } from 'react-dom';
import { FRAME, RUN_FIELD } from '../../src/frames/field-names';
import { LIFECYCLE_STATES } from '../../src/model/lifecycle';
import { DEFAULT_OPTIONS, type TimelineOptions } from '../../src/panels/timeline/options';
import { TimelinePanel } from '../../src/panels/timeline/shell/timeline-panel';
import { laneName, type Columns } from './data';

/** The frame as our data source makes it: typed arrays, names and states as enums. */
export function runsFrame(columns: Columns): DataFrame {
  const enumField = (name: string, values: ArrayLike<number>, text: string[]) => ({
    name,
    type: FieldType.enum,
    config: { type: { enum: { text } } },
    values: values as unknown as number[],
  });
  const names = Array.from({ length: columns.lanes }, (_, lane) => laneName(lane));
  return {
    name: FRAME.runs,
    refId: 'A',
    length: columns.begin.length,
    meta: { custom: { runlane: { v: 1, view: 'timeline', groupBy: 'task', total: columns.begin.length } } },
    fields: [
      enumField(RUN_FIELD.lane, columns.lane, names),
      enumField(RUN_FIELD.task, columns.lane, names),
      { name: RUN_FIELD.started, type: FieldType.time, config: {}, values: columns.begin as unknown as number[] },
      { name: RUN_FIELD.finished, type: FieldType.time, config: {}, values: columns.end as unknown as number[] },
      enumField(RUN_FIELD.state, columns.state, [...LIFECYCLE_STATES]),
    ],
  };
}

/** What Grafana does to every frame before a panel sees it. */
export function processed(frame: DataFrame): DataFrame[] {
  return applyFieldOverrides({
    data: [frame],
    fieldConfig: { defaults: {}, overrides: [] },
    replaceVariables: (text: string) => text,
    theme: createTheme(),
    timeZone: 'utc',
  });
}

/** Mounts the real panel component; `frame` renders it for a time range and waits until the pixels are there. */
export function mountPanel(
  host: HTMLElement,
  series: DataFrame[],
  width: number,
  height: number,
  from: number,
  to: number
) {
  const root = createRoot(host);
  const options: TimelineOptions = { ...DEFAULT_OPTIONS, density: 'fit' };
  const eventBus = new EventBusSrv();
  const data = { series, state: LoadingState.Done };
  const props = (begin: number, end: number): PanelProps<TimelineOptions> => {
    const range = { from: dateTime(begin), to: dateTime(end), raw: { from: dateTime(begin), to: dateTime(end) } };
    return {
      id: 1,
      title: '',
      data: { ...data, timeRange: range },
      timeRange: range,
      timeZone: 'utc',
      options,
      fieldConfig: { defaults: {}, overrides: [] },
      width,
      height,
      renderCounter: 0,
      transparent: false,
      eventBus,
      onOptionsChange: () => undefined,
      onFieldConfigChange: () => undefined,
      onChangeTimeRange: () => undefined,
      replaceVariables: (text) => text,
    };
  };
  const frame = (begin: number, end: number) => {
    flushSync(() => root.render(<TimelinePanel {...props(begin, end)} />));
    readBack(host);
  };
  frame(from, to);
  return { frame, destroy: () => root.unmount() };
}

/** Reads one pixel of every canvas, which forces what was drawn to be rastered. */
function readBack(host: HTMLElement) {
  for (const canvas of host.querySelectorAll('canvas')) {
    canvas.getContext('2d')?.getImageData(0, 0, 1, 1);
  }
}
