import React from 'react';
import {
  FieldColorModeId,
  PanelPlugin,
  VizOrientation,
  getDisplayProcessor,
  getDisplayValueAlignmentFactors,
} from '@grafana/data';
import type { DisplayValueAlignmentFactors, FieldDisplay, PanelProps } from '@grafana/data';
import { BarGaugeDisplayMode, BarGaugeNamePlacement, BarGaugeValueMode } from '@grafana/schema';
import { BarGauge, VizRepeater } from '@grafana/ui';
import { config } from '@grafana/runtime';
import { Linked, SINGLE_VALUE_DEFAULTS, displayValues } from './single-values';
import type { SingleValueOptions } from './single-values';

interface BarGaugeOptions extends SingleValueOptions {
  displayMode: BarGaugeDisplayMode;
  valueMode: BarGaugeValueMode;
  namePlacement: BarGaugeNamePlacement;
  showUnfilled: boolean;
  minVizWidth: number;
  minVizHeight: number;
  maxVizHeight: number;
}

const DEFAULTS: BarGaugeOptions = {
  ...SINGLE_VALUE_DEFAULTS,
  displayMode: BarGaugeDisplayMode.Gradient,
  valueMode: BarGaugeValueMode.Color,
  namePlacement: BarGaugeNamePlacement.Auto,
  showUnfilled: true,
  minVizWidth: 8,
  minVizHeight: 16,
  maxVizHeight: 300,
};

function BarGaugePanel(props: PanelProps<BarGaugeOptions>) {
  const { width, height, data, renderCounter } = props;
  const options = { ...DEFAULTS, ...props.options };
  const auto =
    options.orientation === VizOrientation.Auto
      ? width > height
        ? VizOrientation.Vertical
        : VizOrientation.Horizontal
      : options.orientation;
  return (
    <VizRepeater<FieldDisplay, DisplayValueAlignmentFactors>
      getValues={() => displayValues(props, options)}
      getAlignmentFactors={getDisplayValueAlignmentFactors}
      renderValue={({ value, width: w, height: h, orientation, alignmentFactors, count }) => (
        <Linked value={value}>
          {({ openMenu, targetClassName }) => (
            <BarGauge
              value={value.display}
              field={value.field}
              display={
                value.view?.getFieldDisplayProcessor(value.colIndex ?? 0) ??
                getDisplayProcessor({ field: { config: value.field }, theme: config.theme2 })
              }
              width={w}
              height={h}
              orientation={orientation}
              text={options.text}
              theme={config.theme2}
              itemSpacing={10}
              lcdCellWidth={12}
              displayMode={options.displayMode}
              valueDisplayMode={options.valueMode}
              namePlacement={options.namePlacement}
              showUnfilled={options.showUnfilled}
              alignmentFactors={count > 1 ? alignmentFactors : undefined}
              onClick={openMenu}
              className={targetClassName}
              isOverflow={false}
            />
          )}
        </Linked>
      )}
      width={width}
      height={height}
      source={data}
      renderCounter={renderCounter}
      orientation={auto}
      itemSpacing={10}
      minVizWidth={options.minVizWidth}
      minVizHeight={options.minVizHeight}
      maxVizHeight={options.maxVizHeight}
    />
  );
}

export function plugin(): PanelPlugin<BarGaugeOptions> {
  return new PanelPlugin<BarGaugeOptions>(BarGaugePanel).useFieldConfig({
    standardOptions: { color: { defaultValue: { mode: FieldColorModeId.Thresholds } } },
  });
}
