import { getFieldDisplayValues, ReducerID, VizOrientation } from '@grafana/data';
import type { FieldDisplay, PanelProps, ReduceDataOptions } from '@grafana/data';
import type { VizTextDisplayOptions } from '@grafana/schema';
import { config } from '@grafana/runtime';
import React from 'react';
import { DataLinksContextMenu } from '@grafana/ui';

/** Options that stat, gauge and bar gauge share. */
export interface SingleValueOptions {
  reduceOptions: ReduceDataOptions;
  orientation: VizOrientation;
  text?: VizTextDisplayOptions;
}

export const SINGLE_VALUE_DEFAULTS: SingleValueOptions = {
  reduceOptions: { values: false, calcs: [ReducerID.lastNotNull], fields: '' },
  orientation: VizOrientation.Auto,
};

export function displayValues(
  { data, fieldConfig, replaceVariables, timeZone }: PanelProps,
  options: SingleValueOptions,
  sparkline = false
): FieldDisplay[] {
  return getFieldDisplayValues({
    fieldConfig,
    reduceOptions: { ...SINGLE_VALUE_DEFAULTS.reduceOptions, ...options.reduceOptions },
    replaceVariables,
    theme: config.theme2,
    data: data.series,
    sparkline,
    timeZone,
  });
}

/** The value, with its data links where it has some. */
export function Linked({
  value,
  children,
}: {
  value: FieldDisplay;
  children: (props: { openMenu?: React.MouseEventHandler<HTMLElement>; targetClassName?: string }) => React.JSX.Element;
}): React.JSX.Element {
  const { hasLinks, getLinks } = value;
  if (hasLinks === true && getLinks !== undefined) {
    return (
      <DataLinksContextMenu
        links={getLinks}
        style={{ display: 'flex', overflow: 'hidden', height: '100%', width: '100%' }}
      >
        {children}
      </DataLinksContextMenu>
    );
  }
  return children({});
}
