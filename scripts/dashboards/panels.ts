import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueJustifyMode,
  BigValueTextMode,
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TableCellHeight,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder, type DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { RunlaneQuery } from './query';

export interface PanelText {
  title: string;
  description: string;
  /** What an empty panel says. */
  noValue?: string;
}

/** One large number with a line of words under it (the field's display name) and its trend. */
export function number({ title, description, noValue }: PanelText, query: RunlaneQuery): StatBuilder {
  const panel = new StatBuilder()
    .title(title)
    .description(description)
    .withTarget(query)
    .textMode(BigValueTextMode.ValueAndName)
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.Area)
    .justifyMode(BigValueJustifyMode.Auto)
    .wideLayout(false)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false));
  return noValue === undefined ? panel : panel.noValue(noValue);
}

export function table({ title, description, noValue }: PanelText, query: RunlaneQuery): TableBuilder {
  const panel = new TableBuilder()
    .title(title)
    .description(description)
    .withTarget(query)
    .cellHeight(TableCellHeight.Sm)
    .showHeader(true)
    .filterable(false);
  return noValue === undefined ? panel : panel.noValue(noValue);
}

/** Lines over time; series keep the colours that the data source gives them. */
export function lines({ title, description, noValue }: PanelText, query: RunlaneQuery): TimeSeriesBuilder {
  const panel = new TimeSeriesBuilder()
    .title(title)
    .description(description)
    .withTarget(query)
    .drawStyle(GraphDrawStyle.Line)
    .lineWidth(1)
    .fillOpacity(10)
    .showPoints(VisibilityMode.Auto)
    .spanNulls(false)
    .min(0)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .calcs([])
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
  return noValue === undefined ? panel : panel.noValue(noValue);
}

/** Counts per bucket, stacked, so that the height of a bar is the whole. */
export function stackedBars(text: PanelText, query: RunlaneQuery): TimeSeriesBuilder {
  return lines(text, query)
    .drawStyle(GraphDrawStyle.Bars)
    .lineWidth(0)
    .fillOpacity(80)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
}

/** One of our own panels, by its plugin id. */
export function own(
  type: 'runlane-timeline-panel' | 'runlane-health-panel',
  text: PanelText,
  query: RunlaneQuery
): PanelBuilder {
  return new PanelBuilder().type(type).title(text.title).description(text.description).withTarget(query);
}

/** A bar of 0–100 in a table cell: grey-green when fine, coloured only when not. */
export const HEALTH_CELL: DynamicConfigValue[] = [
  { id: 'unit', value: 'none' },
  { id: 'decimals', value: 0 },
  { id: 'min', value: 0 },
  { id: 'max', value: 100 },
  { id: 'color', value: { mode: 'thresholds' } },
  {
    id: 'thresholds',
    value: {
      mode: 'absolute',
      steps: [
        { color: '#f2495c', value: null },
        { color: '#ff9830', value: 60 },
        { color: '#3f6f5a', value: 85 },
      ],
    },
  },
  { id: 'custom.cellOptions', value: { type: 'gauge', mode: 'basic', valueDisplayMode: 'text' } },
];

export function width(pixels: number): DynamicConfigValue {
  return { id: 'custom.width', value: pixels };
}
