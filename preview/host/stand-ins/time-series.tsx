import React, { useLayoutEffect, useMemo, useRef } from 'react';
import { DashboardCursorSync, FieldColorModeId, FieldType, PanelPlugin } from '@grafana/data';
import type { DataFrame, PanelProps } from '@grafana/data';
import { PanelDataErrorView, config } from '@grafana/runtime';
import {
  AxisPlacement,
  GraphDrawStyle,
  GraphGradientMode,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LineInterpolation,
  ScaleDistribution,
  SortOrder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
} from '@grafana/schema';
import type { VizLegendOptions, VizTooltipOptions } from '@grafana/schema';
import { TimeSeries, TooltipPlugin, ZoomPlugin, usePanelContext } from '@grafana/ui';
import type { UPlotConfigBuilder } from '@grafana/ui';
import { declareCustomFields } from './custom-fields';

interface TimeSeriesOptions {
  legend: VizLegendOptions;
  tooltip: VizTooltipOptions;
}

const LEGEND: VizLegendOptions = {
  displayMode: LegendDisplayMode.List,
  placement: 'bottom',
  calcs: [],
  showLegend: true,
};

function TimeSeriesPanel(props: PanelProps<TimeSeriesOptions>) {
  const { data, width, height, timeRange, timeZone, options, fieldConfig, id, onChangeTimeRange } = props;
  const { sync } = usePanelContext();
  const frames = useMemo(() => plottable(data.series), [data.series]);
  if (frames.length === 0) {
    return <PanelDataErrorView panelId={id} fieldConfig={fieldConfig} data={data} needsTimeField needsNumberField />;
  }
  const tooltip: VizTooltipOptions = options.tooltip ?? { mode: TooltipDisplayMode.Single, sort: SortOrder.None };
  return (
    <TimeSeries
      frames={frames}
      structureRev={data.structureRev}
      timeRange={timeRange}
      timeZone={timeZone}
      width={width}
      height={height}
      legend={{ ...LEGEND, ...options.legend }}
      options={options as unknown as Record<string, unknown>}
    >
      {(builder, aligned) => (
        <>
          <ZoomPlugin config={builder} onZoom={onChangeTimeRange} />
          <AnnotationMarks config={builder} frames={data.annotations ?? []} />
          {tooltip.mode !== TooltipDisplayMode.None && (
            <TooltipPlugin
              data={aligned}
              frames={frames}
              config={builder}
              mode={sync?.() === DashboardCursorSync.Tooltip ? TooltipDisplayMode.Multi : tooltip.mode}
              sortOrder={tooltip.sort}
              sync={sync}
              timeZone={timeZone}
            />
          )}
        </>
      )}
    </TimeSeries>
  );
}

/** Frames that have a time and a number, without what else they carry. */
function plottable(frames: readonly DataFrame[]): DataFrame[] {
  return frames
    .filter(
      ({ fields, length }) =>
        length > 0 &&
        fields.some(({ type }) => type === FieldType.time) &&
        fields.some(({ type }) => type === FieldType.number)
    )
    .map((frame) => ({
      ...frame,
      fields: frame.fields.filter(({ type }) => type === FieldType.time || type === FieldType.number),
    }));
}

/** A line per annotation, a band where it lasts. */
function AnnotationMarks({ config: builder, frames }: { config: UPlotConfigBuilder; frames: DataFrame[] }) {
  const shown = useRef(frames);
  shown.current = frames;
  useLayoutEffect(() => {
    builder.addHook('draw', (plot) => {
      const { ctx } = plot;
      const { left, top, width, height } = plot.bbox;
      ctx.save();
      ctx.beginPath();
      ctx.rect(left, top, width, height);
      ctx.clip();
      for (const frame of shown.current) {
        const column = (name: string) => frame.fields.find((field) => field.name === name)?.values;
        const [times, ends, colours] = [column('time'), column('timeEnd'), column('color')];
        for (let row = 0; row < frame.length; row++) {
          const x = plot.valToPos(Number(times?.[row]), 'x', true);
          const colour = config.theme2.visualization.getColorByName(String(colours?.[row] ?? 'red'));
          const end = Number(ends?.[row]);
          if (Number.isFinite(end) && end > Number(times?.[row])) {
            ctx.globalAlpha = 0.15;
            ctx.fillStyle = colour;
            ctx.fillRect(x, top, plot.valToPos(end, 'x', true) - x, height);
            ctx.globalAlpha = 1;
          }
          ctx.strokeStyle = colour;
          ctx.setLineDash([5, 5]);
          ctx.lineWidth = devicePixelRatio;
          ctx.beginPath();
          ctx.moveTo(x, top);
          ctx.lineTo(x, top + height);
          ctx.stroke();
        }
      }
      ctx.restore();
    });
  }, [builder]);
  return null;
}

export function plugin(): PanelPlugin<TimeSeriesOptions> {
  const created = new PanelPlugin<TimeSeriesOptions, Record<string, unknown>>(TimeSeriesPanel).useFieldConfig({
    standardOptions: {
      color: { settings: { byValueSupport: true }, defaultValue: { mode: FieldColorModeId.PaletteClassic } },
    },
    useCustomConfig: (builder) =>
      declareCustomFields(builder, {
        axisBorderShow: false,
        axisCenteredZero: false,
        axisColorMode: 'text',
        axisGridShow: undefined,
        axisLabel: '',
        axisPlacement: AxisPlacement.Auto,
        axisSoftMax: undefined,
        axisSoftMin: undefined,
        axisWidth: undefined,
        barAlignment: 0,
        barMaxWidth: undefined,
        barWidthFactor: 0.6,
        drawStyle: GraphDrawStyle.Line,
        fillBelowTo: undefined,
        fillColor: undefined,
        fillOpacity: 0,
        gradientMode: GraphGradientMode.None,
        hideFrom: { tooltip: false, viz: false, legend: false },
        insertNulls: false,
        lineColor: undefined,
        lineInterpolation: LineInterpolation.Linear,
        lineStyle: { fill: 'solid' },
        lineWidth: 1,
        pointSize: 5,
        scaleDistribution: { type: ScaleDistribution.Linear },
        showPoints: VisibilityMode.Auto,
        showValues: false,
        spanNulls: false,
        stacking: { mode: StackingMode.None, group: 'A' },
        thresholdsStyle: { mode: GraphThresholdsStyleMode.Off },
        transform: undefined,
      }),
  });
  return created.setDataSupport({ annotations: true, alertStates: false }) as unknown as PanelPlugin<TimeSeriesOptions>;
}
