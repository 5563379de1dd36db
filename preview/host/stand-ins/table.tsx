import React from 'react';
import { PanelPlugin, cacheFieldDisplayNames } from '@grafana/data';
import type { PanelProps } from '@grafana/data';
import { PanelDataErrorView } from '@grafana/runtime';
import { TableCellDisplayMode, TableCellHeight } from '@grafana/schema';
import { Combobox } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import { usePanelContext } from '@grafana/ui';
import { declareCustomFields } from './custom-fields';

interface TableOptions {
  frameIndex: number;
  showHeader: boolean;
  cellHeight: TableCellHeight;
  sortBy?: Array<{ displayName: string; desc?: boolean }>;
  enablePagination?: boolean;
  showTypeIcons?: boolean;
}

const DEFAULTS: TableOptions = { frameIndex: 0, showHeader: true, cellHeight: TableCellHeight.Sm };

/** Height of the choice of frames below the table, in CSS pixels. */
const CHOICE_HEIGHT = 40;

function TablePanel(props: PanelProps<TableOptions>) {
  const { data, width, height, fieldConfig, id, timeRange, onOptionsChange } = props;
  const options = { ...DEFAULTS, ...props.options };
  const context = usePanelContext();
  const frames = data.series;
  const filled = frames.some(({ fields, length }) => fields.length > 0 && length > 0);
  if (!filled) {
    return <PanelDataErrorView panelId={id} fieldConfig={fieldConfig} data={data} />;
  }
  cacheFieldDisplayNames(frames);
  const index = Math.min(Math.max(0, options.frameIndex), frames.length - 1);
  const frame = frames[index];
  if (frame === undefined) {
    return null;
  }
  return (
    <div style={{ display: 'flex', flexDirection: 'column', height, gap: 8 }}>
      <TableNG
        data={frame}
        width={width}
        height={frames.length > 1 ? height - CHOICE_HEIGHT : height}
        noHeader={!options.showHeader}
        showTypeIcons={options.showTypeIcons}
        resizable={true}
        initialSortBy={options.sortBy}
        cellHeight={options.cellHeight}
        enablePagination={options.enablePagination}
        timeRange={timeRange}
        fieldConfig={fieldConfig}
        structureRev={data.structureRev}
        onCellFilterAdded={context.onAddAdHocFilter}
      />
      {frames.length > 1 && (
        <Combobox
          aria-label="Frame"
          value={index}
          options={frames.map(({ name, refId }, at) => ({ value: at, label: name ?? refId ?? `Frame ${at + 1}` }))}
          onChange={({ value }) => onOptionsChange({ ...options, frameIndex: value })}
        />
      )}
    </div>
  );
}

export function plugin(): PanelPlugin<TableOptions> {
  return new PanelPlugin<TableOptions, Record<string, unknown>>(TablePanel).useFieldConfig({
    useCustomConfig: (builder) =>
      declareCustomFields(builder, {
        align: 'auto',
        cellOptions: { type: TableCellDisplayMode.Auto },
        displayMode: undefined,
        filterable: undefined,
        footer: undefined,
        hidden: undefined,
        hideFrom: undefined,
        inspect: false,
        minWidth: undefined,
        tooltip: undefined,
        width: undefined,
        wrapHeaderText: undefined,
        wrapText: undefined,
      }),
  }) as PanelPlugin<TableOptions>;
}
