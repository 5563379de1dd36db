import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueJustifyMode,
  BigValueTextMode,
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TableCellHeight,
  TooltipDisplayMode,
  VisibilityMode,
  VizOrientation,
  VizLegendOptionsBuilder,
  VizTextDisplayOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  FieldColorBuilder,
  FieldColorModeId,
  PanelBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type DynamicConfigValue,
  type ThresholdsConfig,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { TimelineOptions } from '../src/panels/timeline/options';
import type { Language } from './language';
import { LANE_VARIABLE, type RunlaneQuery } from './query';

export interface PanelText {
  title: string;
  description: string;
  /** What an empty panel says. */
  noValue?: string;
}

/** Buckets of a trend that is as wide as a thumb; more would draw noise. */
const TREND_POINTS = 60;

/** One large number with a line of words under it (the field's display name) and its trend. */
export function number({ title, description, noValue }: PanelText, query: RunlaneQuery): StatBuilder {
  const panel = new StatBuilder()
    .title(title)
    .description(description)
    .withTarget(query)
    .maxDataPoints(TREND_POINTS)
    .textMode(BigValueTextMode.ValueAndName)
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.Area)
    .justifyMode(BigValueJustifyMode.Auto)
    .wideLayout(true)
    .text(new VizTextDisplayOptionsBuilder().titleSize(12).valueSize(28))
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false));
  return noValue === undefined ? panel : panel.noValue(noValue);
}

/** The last value even where it is none: what was so before is not how it is now. */
export function newest(): ReduceDataOptionsBuilder {
  return new ReduceDataOptionsBuilder().calcs(['last']).fields('').values(false);
}

/** A number that is no news either way: in the text colour, its trend quiet. */
export function quietNumber(text: PanelText, query: RunlaneQuery): StatBuilder {
  return number(text, query).colorMode(BigValueColorMode.None);
}

export function table({ title, description, noValue }: PanelText, query: RunlaneQuery): TableBuilder {
  const panel = new TableBuilder()
    .title(title)
    .description(description)
    .withTarget(query)
    .cellHeight(TableCellHeight.Sm)
    .showHeader(true)
    .filterable(false)
    // The panel's own "no value" is for a table without rows; a cell that is not reported is a dash.
    .overrideByRegexp('.*', [{ id: 'noValue', value: '–' }]);
  return noValue === undefined ? panel : panel.noValue(noValue);
}

/** Buckets of a chart; finer ones would draw noise where runs are short. */
const CHART_POINTS = 120;

/** Lines over time; series keep the colours that the data source gives them. */
export function lines({ title, description, noValue }: PanelText, query: RunlaneQuery): TimeSeriesBuilder {
  const panel = new TimeSeriesBuilder()
    .title(title)
    .description(description)
    .withTarget(query)
    .maxDataPoints(CHART_POINTS)
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

/** A chart with its limit as a dashed line. */
export function limitLine(panel: TimeSeriesBuilder, limits: ThresholdsConfigBuilder): TimeSeriesBuilder {
  return panel
    .thresholds(limits)
    .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
}

/** Counts per bucket, stacked, so that the height of a bar is the whole. */
export function stackedBars(text: PanelText, query: RunlaneQuery): TimeSeriesBuilder {
  return lines(text, query)
    .drawStyle(GraphDrawStyle.Bars)
    .lineWidth(0)
    .fillOpacity(80)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
}

/**
 * The timeline; its own "Lanes by" control sets the dashboard's variable, so that the data source groups. `more` are
 * options beside that.
 */
export function timelinePanel(text: PanelText, query: RunlaneQuery, more: Partial<TimelineOptions> = {}): PanelBuilder {
  const options: Partial<TimelineOptions> = { laneVariable: LANE_VARIABLE, ...more };
  return own('runlane-timeline-panel', text, query).options(options);
}

/** The timeline of a few runs, where controls would take more room than lanes. */
export function smallTimelinePanel(text: PanelText, query: RunlaneQuery): PanelBuilder {
  const options: Partial<TimelineOptions> = { showToolbar: false, showLegend: false };
  return own('runlane-timeline-panel', text, query).options(options);
}

/** The page of one run or its family, which the timeline panel shows where it gets the answer to the view `run`. */
export function runPagePanel(text: PanelText, query: RunlaneQuery): PanelBuilder {
  return own('runlane-timeline-panel', text, query);
}

/** The score of the worst group with its reasons. */
export function healthPanel(text: PanelText, query: RunlaneQuery): PanelBuilder {
  return own('runlane-health-panel', text, query);
}

function own(type: string, text: PanelText, query: RunlaneQuery): PanelBuilder {
  return new PanelBuilder().type(type).title(text.title).description(text.description).withTarget(query);
}

type WordAndColor = readonly [value: string, color: string];

function mapped(words: readonly WordAndColor[], { say }: Language): DynamicConfigValue {
  const options = Object.fromEntries(
    words.map(([value, color], index) => [value, { text: say(value), color, index }] as const)
  );
  return { id: 'mappings', value: [{ type: 'value', options }] };
}

/**
 * Colours of states as letters: trouble and work in progress only, the rest is the text's own. The data source's muted
 * colours of what is normal are made for bars and too faint for letters; these reach 4.5:1 in both themes.
 */
export function stateLetters(language: Language): DynamicConfigValue {
  return mapped(
    [
      ['pending', 'text'],
      ['running', 'blue'],
      ['completed', 'text'],
      ['failed', 'red'],
      ['cancelled', 'text'],
      ['unknown', 'text'],
    ],
    language
  );
}

/** A word in a table cell, coloured by its mapping. */
export const COLORED_TEXT: DynamicConfigValue = { id: 'custom.cellOptions', value: { type: 'color-text' } };

export function stateCell(language: Language): DynamicConfigValue[] {
  return [stateLetters(language), COLORED_TEXT];
}

export function aliveCell(language: Language): DynamicConfigValue[] {
  const words: WordAndColor[] = [
    ['alive', 'text'],
    ['silent', 'red'],
  ];
  // What is not known has the text's colour too: the first colour of a cell is green, and reads as alive.
  return [mapped(words, language), COLORED_TEXT, { id: 'color', value: { mode: 'fixed', fixedColor: 'text' } }];
}

export function alertStateCell(language: Language): DynamicConfigValue[] {
  const words: WordAndColor[] = [
    ['firing', 'red'],
    ['pending', 'text'],
    ['resolved', 'text'],
  ];
  return [mapped(words, language), COLORED_TEXT];
}

/** Where all series are of one state, by which the data source colours, each group has a colour of its own. */
export const BY_GROUP: DynamicConfigValue[] = [{ id: 'color', value: { mode: FieldColorModeId.PaletteClassic } }];

/** Long text over several lines. Grafana has moved this setting; each version passes over the other's. */
export const WRAPPED_CELL: readonly DynamicConfigValue[] = [
  { id: 'custom.wrapText', value: true },
  { id: 'custom.cellOptions', value: { type: 'auto', wrapText: true } },
];

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

/** A column that only links read. Grafana has moved this setting; each version passes over the other's. */
export const HIDDEN_COLUMN: DynamicConfigValue[] = [
  { id: 'custom.hidden', value: true },
  { id: 'custom.hideFrom', value: { viz: true, legend: true, tooltip: true } },
];

/** Two words in the head of a narrow column stand on two lines. */
export const WRAPPED_HEADER: DynamicConfigValue = { id: 'custom.wrapHeaderText', value: true };

export function width(pixels: number): DynamicConfigValue {
  return { id: 'custom.width', value: pixels };
}

/** A colour from the bottom up, and others from given values on. */
export function steps(bottom: string, ...more: Array<readonly [from: number, color: string]>): ThresholdsConfig {
  return {
    mode: ThresholdsMode.Absolute,
    steps: [{ value: null, color: bottom }, ...more.map(([value, color]) => ({ value, color }))],
  };
}

export function colors(...given: Parameters<typeof steps>): ThresholdsConfigBuilder {
  const config = steps(...given);
  return new ThresholdsConfigBuilder().mode(config.mode).steps(config.steps);
}
