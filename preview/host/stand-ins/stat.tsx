import React from 'react';
import { FieldColorModeId, PanelPlugin, VizOrientation, getDisplayValueAlignmentFactors } from '@grafana/data';
import type { DisplayValueAlignmentFactors, FieldDisplay, PanelProps } from '@grafana/data';
import {
  BigValue,
  BigValueColorMode,
  BigValueGraphMode,
  BigValueJustifyMode,
  BigValueTextMode,
  VizRepeater,
} from '@grafana/ui';
import { PercentChangeColorMode } from '@grafana/schema';
import { config } from '@grafana/runtime';
import { Linked, SINGLE_VALUE_DEFAULTS, displayValues } from './single-values';
import type { SingleValueOptions } from './single-values';

interface StatOptions extends SingleValueOptions {
  colorMode: BigValueColorMode;
  graphMode: BigValueGraphMode;
  justifyMode: BigValueJustifyMode;
  textMode: BigValueTextMode;
  wideLayout: boolean;
  showPercentChange: boolean;
  percentChangeColorMode: PercentChangeColorMode;
}

const DEFAULTS: StatOptions = {
  ...SINGLE_VALUE_DEFAULTS,
  colorMode: BigValueColorMode.Value,
  graphMode: BigValueGraphMode.Area,
  justifyMode: BigValueJustifyMode.Auto,
  textMode: BigValueTextMode.Auto,
  wideLayout: true,
  showPercentChange: false,
  percentChangeColorMode: PercentChangeColorMode.Standard,
};

function StatPanel(props: PanelProps<StatOptions>) {
  const { width, height, data, renderCounter } = props;
  const options = { ...DEFAULTS, ...props.options };
  const lines = options.graphMode !== BigValueGraphMode.None;
  return (
    <VizRepeater<FieldDisplay, DisplayValueAlignmentFactors>
      getValues={() => displayValues(props, options, lines)}
      getAlignmentFactors={getDisplayValueAlignmentFactors}
      renderValue={({ value, width: w, height: h, alignmentFactors, count }) => (
        <Linked value={value}>
          {({ openMenu, targetClassName }) => (
            <BigValue
              value={value.display}
              count={count}
              sparkline={lines ? sparklineOf(value, props) : undefined}
              colorMode={options.colorMode}
              graphMode={options.graphMode}
              justifyMode={options.justifyMode}
              textMode={options.textMode}
              alignmentFactors={alignmentFactors}
              text={options.text}
              width={w}
              height={h}
              theme={config.theme2}
              onClick={openMenu}
              className={targetClassName}
              disableWideLayout={!options.wideLayout}
              percentChangeColorMode={options.percentChangeColorMode}
            />
          )}
        </Linked>
      )}
      width={width}
      height={height}
      source={data}
      renderCounter={renderCounter}
      autoGrid={true}
      orientation={options.orientation}
      itemSpacing={3}
    />
  );
}

function sparklineOf({ sparkline }: FieldDisplay, { timeRange }: PanelProps) {
  return sparkline === undefined ? undefined : { ...sparkline, timeRange };
}

export function plugin(): PanelPlugin<StatOptions> {
  return new PanelPlugin<StatOptions>(StatPanel)
    .useFieldConfig({ standardOptions: { color: { defaultValue: { mode: FieldColorModeId.Thresholds } } } })
    .setPanelOptions((builder) =>
      builder.addCustomEditor({
        id: 'orientation',
        path: 'orientation',
        name: '',
        editor: () => null,
        defaultValue: VizOrientation.Auto,
      })
    );
}
