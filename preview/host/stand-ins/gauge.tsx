import React from 'react';
import { FieldColorModeId, PanelPlugin, VizOrientation } from '@grafana/data';
import type { FieldDisplay, PanelProps } from '@grafana/data';
import { Gauge, VizRepeater } from '@grafana/ui';
import { config } from '@grafana/runtime';
import { Linked, SINGLE_VALUE_DEFAULTS, displayValues } from './single-values';
import type { SingleValueOptions } from './single-values';

interface GaugeOptions extends SingleValueOptions {
  showThresholdMarkers: boolean;
  showThresholdLabels: boolean;
}

const DEFAULTS: GaugeOptions = { ...SINGLE_VALUE_DEFAULTS, showThresholdMarkers: true, showThresholdLabels: false };

function GaugePanel(props: PanelProps<GaugeOptions>) {
  const { width, height, data, renderCounter } = props;
  const options = { ...DEFAULTS, ...props.options };
  return (
    <VizRepeater<FieldDisplay>
      getValues={() => displayValues(props, options)}
      renderValue={({ value, width: w, height: h }) => (
        <Linked value={value}>
          {({ openMenu, targetClassName }) => (
            <Gauge
              value={value.display}
              field={value.field}
              width={w}
              height={h}
              text={options.text}
              showThresholdLabels={options.showThresholdLabels}
              showThresholdMarkers={options.showThresholdMarkers}
              theme={config.theme2}
              onClick={openMenu}
              className={targetClassName}
              orientation={options.orientation}
            />
          )}
        </Linked>
      )}
      width={width}
      height={height}
      source={data}
      renderCounter={renderCounter}
      autoGrid={true}
      orientation={options.orientation ?? VizOrientation.Auto}
    />
  );
}

export function plugin(): PanelPlugin<GaugeOptions> {
  return new PanelPlugin<GaugeOptions>(GaugePanel).useFieldConfig({
    standardOptions: { color: { defaultValue: { mode: FieldColorModeId.Thresholds } } },
  });
}
