import React from 'react';
import { FieldColorModeId, PanelPlugin, formattedValueToString } from '@grafana/data';
import type { PanelProps } from '@grafana/data';
import { PanelDataErrorView } from '@grafana/runtime';
import { useTheme2 } from '@grafana/ui';
import { declareCustomFields } from './custom-fields';
import { SINGLE_VALUE_DEFAULTS, displayValues } from './single-values';
import type { SingleValueOptions } from './single-values';

function PieChartPanel(props: PanelProps<SingleValueOptions & { pieType?: 'pie' | 'donut' }>) {
  const theme = useTheme2();
  const { width, height, options, data, fieldConfig, id } = props;
  const values = displayValues(props, { ...SINGLE_VALUE_DEFAULTS, ...options }).filter(
    ({ display }) => display.numeric > 0
  );
  const total = values.reduce((sum, { display }) => sum + display.numeric, 0);
  if (total === 0) {
    return <PanelDataErrorView panelId={id} fieldConfig={fieldConfig} data={data} />;
  }
  const radius = Math.max(10, Math.min(width / 2, height) / 2 - 4);
  let begin = 0;
  return (
    <div style={{ display: 'flex', width, height, gap: 16, alignItems: 'center', overflow: 'auto' }}>
      <svg width={2 * radius + 4} height={2 * radius + 4} role="img" aria-label="Pie chart" style={{ flexShrink: 0 }}>
        <g transform={`translate(${radius + 2},${radius + 2}) rotate(-90)`}>
          {values.map(({ display }, index) => {
            const part = display.numeric / total;
            const thick = options.pieType === 'donut' ? radius * 0.4 : radius;
            const middle = radius - thick / 2;
            const around = 2 * Math.PI * middle;
            const slice = (
              <circle
                key={index}
                r={middle}
                fill="none"
                strokeWidth={thick}
                stroke={display.color}
                strokeDasharray={`${part * around} ${around}`}
                transform={`rotate(${begin * 360})`}
              >
                <title>{`${display.title}: ${formattedValueToString(display)}`}</title>
              </circle>
            );
            begin += part;
            return slice;
          })}
        </g>
      </svg>
      <div>
        {values.map(({ display }, index) => (
          <div key={index} style={{ ...theme.typography.bodySmall }}>
            <span
              style={{ display: 'inline-block', width: 12, height: 4, marginRight: 8, background: display.color }}
            />
            {display.title} {formattedValueToString(display)}
          </div>
        ))}
      </div>
    </div>
  );
}

export function plugin(): PanelPlugin<SingleValueOptions> {
  return new PanelPlugin<SingleValueOptions, Record<string, unknown>>(PieChartPanel).useFieldConfig({
    standardOptions: { color: { defaultValue: { mode: FieldColorModeId.PaletteClassic } } },
    useCustomConfig: (builder) => declareCustomFields(builder, { hideFrom: undefined }),
  }) as PanelPlugin<SingleValueOptions>;
}
