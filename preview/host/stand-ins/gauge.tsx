import React from 'react';
import { FieldColorModeId, PanelPlugin, VizOrientation, formattedValueToString } from '@grafana/data';
import type { FieldDisplay, PanelProps } from '@grafana/data';
import { VizRepeater, useTheme2 } from '@grafana/ui';
import { Linked, SINGLE_VALUE_DEFAULTS, displayValues } from './single-values';
import type { SingleValueOptions } from './single-values';

/** @grafana/ui draws its gauge with a jQuery plugin that npm does not have, so this one is drawn here. */
function GaugePanel(props: PanelProps<SingleValueOptions>) {
  const { width, height, data, renderCounter } = props;
  const options = { ...SINGLE_VALUE_DEFAULTS, ...props.options };
  return (
    <VizRepeater<FieldDisplay>
      getValues={() => displayValues(props, options)}
      renderValue={({ value, width: w, height: h }) => (
        <Linked value={value}>{({ openMenu }) => <Arc value={value} width={w} height={h} onClick={openMenu} />}</Linked>
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

interface ArcProps {
  value: FieldDisplay;
  width: number;
  height: number;
  onClick?: React.MouseEventHandler<HTMLElement>;
}

function Arc({ value, width, height, onClick }: ArcProps) {
  const theme = useTheme2();
  const { display } = value;
  const label = 18;
  const radius = Math.max(8, Math.min(width / 2 - 6, height - label - 14));
  const thick = Math.max(4, radius * 0.18);
  const middle = radius - thick / 2;
  const half = Math.PI * middle;
  const part = Math.min(1, Math.max(0, display.percent ?? 0));
  const semicircle = `M ${-middle} 0 A ${middle} ${middle} 0 0 1 ${middle} 0`;
  const text = formattedValueToString(display);
  return (
    <div style={{ width, height, textAlign: 'center' }} onClick={onClick}>
      <svg width={2 * radius} height={radius + 6} role="img" aria-label={`${display.title ?? ''} ${text}`}>
        <g transform={`translate(${radius},${radius})`}>
          <path d={semicircle} fill="none" stroke={theme.colors.background.secondary} strokeWidth={thick} />
          <path
            d={semicircle}
            fill="none"
            stroke={display.color}
            strokeWidth={thick}
            strokeDasharray={`${part * half} ${half}`}
          />
          <text textAnchor="middle" y={-4} fontSize={Math.min(36, radius * 0.4)} fill={display.color}>
            {text}
          </text>
        </g>
      </svg>
      <div
        style={{
          ...theme.typography.bodySmall,
          height: label,
          overflow: 'hidden',
          textOverflow: 'ellipsis',
          whiteSpace: 'nowrap',
        }}
      >
        {display.title}
      </div>
    </div>
  );
}

export function plugin(): PanelPlugin<SingleValueOptions> {
  return new PanelPlugin<SingleValueOptions>(GaugePanel).useFieldConfig({
    standardOptions: { color: { defaultValue: { mode: FieldColorModeId.Thresholds } } },
  });
}
