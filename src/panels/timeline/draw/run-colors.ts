import type { Field, GrafanaTheme2 } from '@grafana/data';
import {
  colorManipulator,
  FieldColorModeId,
  FieldType,
  formattedValueToString,
  getFieldColorMode,
} from '@grafana/data';
import { RUN_FIELD } from '../../../frames/field-names';
import { frameRow, type RunColumns } from '../../../frames/run-columns';
import type { LaneRows } from '../lanes/lane-rows';
import { RUN_CLASSES } from '../run-class';
import { packColor, type Palette } from './palette';

/** What goes with one fill: its text and what is drawn into it. */
export interface Tint {
  fill: string;
  onFill: string;
  shade: string;
  /** As it lies in `ImageData`. */
  pixel: number;
}

/**
 * The standard colour option's answer for runs without trouble: one colour per state, per lane, or per value. What failed,
 * was lost, cancelled, waits or is unknown keeps its state's colour: no palette paints over a failure.
 */
export type RunColors =
  | { by: 'state' }
  | { by: 'lane'; ofLane: (lane: number) => Tint }
  | { by: 'value'; ofRow: (row: number) => Tint | undefined; key: ColorKey };

/** What the legend says about colours by value. */
export interface ColorKey {
  title: string;
  /** Colours from the least to the largest value, each with the value from which it holds. */
  steps: ReadonlyArray<{ color: string; text: string }>;
  continuous: boolean;
}

/** Classes whose bars take another colour than their state's. */
export const TINTED = (1 << RUN_CLASSES.indexOf('completed')) | (1 << RUN_CLASSES.indexOf('running'));
/** Against the panel, as WCAG asks of graphics. */
const LEAST_CONTRAST = 3;
/** Palettes leave out what could be taken for a failure: this near in RGB. */
const LIKE_TROUBLE = 90;
const SHADES = 6;

/** The colours of a run that is not drawn as its state is; `row` counts only where colours go by value. */
export function tintOfRun(scene: { colors: RunColors }, lane: number, kind: number, row: number): Tint | undefined {
  const { colors } = scene;
  if (colors.by === 'state' || (TINTED & (1 << kind)) === 0) {
    return undefined;
  }
  return colors.by === 'lane' ? colors.ofLane(lane) : row < 0 ? undefined : colors.ofRow(row);
}

/** Reads the colour option of the state's field. `valueField` is the field whose values give colours, if one was chosen. */
export function runColors(
  theme: GrafanaTheme2,
  palette: Palette,
  rows: LaneRows,
  state: Field | undefined,
  valueField: string
): RunColors {
  const mode = state?.config.color?.mode;
  if (mode === FieldColorModeId.PaletteClassic || mode === FieldColorModeId.PaletteClassicByName) {
    const colors = paletteColors(theme, palette);
    return byLane(theme, palette, rows, (name, place) =>
      colors[(mode === FieldColorModeId.PaletteClassic ? place : hashOf(name)) % colors.length]!
    ); // prettier-ignore
  }
  if (mode === FieldColorModeId.Shades) {
    const base = theme.visualization.getColorByName(state?.config.color?.fixedColor ?? 'green');
    const shades = shadesOf(theme, palette, base);
    return byLane(theme, palette, rows, (_, place) => shades[place % shades.length]!);
  }
  const continuous = mode !== undefined && getFieldColorMode(mode).isContinuous === true;
  const wanted = valueField !== '' ? valueField : continuous ? RUN_FIELD.duration : '';
  if (wanted !== '' && (continuous || mode === undefined || mode === FieldColorModeId.Thresholds)) {
    return byValue(theme, palette, rows.columns, wanted) ?? { by: 'state' };
  }
  return { by: 'state' };
}

function byLane(
  theme: GrafanaTheme2,
  palette: Palette,
  rows: LaneRows,
  colorOf: (name: string, place: number) => string
): RunColors {
  // By name, so that a lane keeps its colour when the order of lanes or of data changes.
  const places = new Map([...rows.names].sort().map((name, place) => [name, place]));
  const tints = rows.names.map((name) => tintOf(theme, palette, colorOf(name, places.get(name) ?? 0)));
  return { by: 'lane', ofLane: (lane) => tints[lane]! };
}

/** Colours of single runs, asked of the field's own display when first drawn: a million runs need not all be asked. */
function byValue(theme: GrafanaTheme2, palette: Palette, columns: RunColumns, name: string): RunColors | undefined {
  const fields = columns.parts.map((part) =>
    part.frame.fields.find(
      (field) =>
        field.type === FieldType.number && (field.name === name || field.state?.displayName === name) && field.display
    )
  );
  const first = fields.find((field) => field !== undefined);
  if (first === undefined) {
    return undefined;
  }
  const colorOf = fields.map((field) => field && colorsOfField(field, theme));
  const tints = new Map<string, Tint>();
  const known = new Map<number, Tint | undefined>();
  const tint = (color: string): Tint => {
    const found = tints.get(color) ?? tintOf(theme, palette, color);
    tints.set(color, found);
    return found;
  };
  const ofRow = (row: number): Tint | undefined => {
    if (known.has(row)) {
      return known.get(row);
    }
    const { part, index } = frameRow(columns, row);
    const place = columns.parts.indexOf(part);
    const value: unknown = (fields[place]?.values as ArrayLike<unknown> | undefined)?.[index];
    const color = typeof value === 'number' && value === value ? colorOf[place]?.(value) : undefined;
    const found = color === undefined ? undefined : tint(color);
    known.set(row, found);
    return found;
  };
  return { by: 'value', ofRow, key: colorKey(first, (value) => tint(colorsOfField(first, theme)(value)).fill) };
}

/**
 * The colours of a field's values. Gradients reach from its own least to its own largest value: Grafana's range spans all
 * number fields of a frame, and between seconds and bytes every duration would look the same.
 */
function colorsOfField(field: Field, theme: GrafanaTheme2): (value: number) => string {
  const mode = getFieldColorMode(field.config.color?.mode);
  if (!mode.isContinuous) {
    return (value) => field.display!(value).color ?? theme.colors.text.secondary;
  }
  const calculate = mode.getCalculator(field, theme);
  const { least, most } = rangeOf(field);
  const span = most - least || 1;
  return (value) => calculate(value, Math.max(0, Math.min(1, (value - least) / span)));
}

function rangeOf(field: Field): { least: number; most: number } {
  let least = Infinity;
  let most = -Infinity;
  for (const value of field.values as ArrayLike<unknown> & Iterable<unknown>) {
    if (typeof value === 'number') {
      least = value < least ? value : least;
      most = value > most ? value : most;
    }
  }
  return { least: field.config.min ?? least, most: field.config.max ?? most };
}

function colorKey(field: Field, fillOf: (value: number) => string): ColorKey {
  const title = field.state?.displayName ?? field.config.displayName ?? field.name;
  const continuous = getFieldColorMode(field.config.color?.mode).isContinuous === true;
  const { least, most } = rangeOf(field);
  const values = continuous
    ? [0, 0.25, 0.5, 0.75, 1].map((share) => least + share * (most - least)).filter(Number.isFinite)
    : (field.config.thresholds?.steps ?? []).map((step) => step.value ?? -Infinity);
  const steps = values.map((value) => ({
    color: fillOf(Number.isFinite(value) ? value : Number.MIN_SAFE_INTEGER),
    // What lies under the first threshold has no bound to name.
    text: Number.isFinite(value) ? formattedValueToString(field.display!(value)) : '',
  }));
  return { title, steps, continuous };
}

function tintOf(theme: GrafanaTheme2, palette: Palette, color: string): Tint {
  const fill = visibleColor(color, palette.background, theme.isDark);
  const shade = theme.isDark ? colorManipulator.lighten(fill, 0.32) : colorManipulator.darken(fill, 0.28);
  return { fill, shade, onFill: theme.colors.getContrastText(fill, LEAST_CONTRAST), pixel: packColor(fill) };
}

/** The colour itself, or the nearest lighter (in the light theme: darker) one that stands out from the panel. */
export function visibleColor(color: string, background: string, isDark: boolean): string {
  let shown = color;
  for (let step = 1; step <= 20 && colorManipulator.getContrastRatio(shown, background) < LEAST_CONTRAST; step++) {
    shown = isDark ? mixed(color, 255, step / 20) : mixed(color, 0, step / 20);
  }
  return shown;
}

function mixed(color: string, towards: number, share: number): string {
  const [red = 0, green = 0, blue = 0] = colorManipulator.decomposeColor(color).values;
  const mix = (part: number): number => Math.round(part + (towards - part) * share);
  return `rgb(${mix(red)}, ${mix(green)}, ${mix(blue)})`;
}

/** Grafana's classic palette without what looks like trouble or does not stand out. */
function paletteColors(theme: GrafanaTheme2, palette: Palette): string[] {
  const trouble = ['failed', 'lost'].map((kind) => palette.fill[RUN_CLASSES.indexOf(kind as 'failed' | 'lost')]!);
  const colors = theme.visualization.palette
    .map((name) => theme.visualization.getColorByName(name))
    .filter((color) => colorManipulator.getContrastRatio(color, palette.background) >= LEAST_CONTRAST);
  const calm = colors.filter((color) => trouble.every((one) => distance(one, color) > LIKE_TROUBLE));
  return calm.length > 0 ? calm : colors;
}

function distance(a: string, b: string): number {
  const one = colorManipulator.decomposeColor(a).values;
  const two = colorManipulator.decomposeColor(b).values;
  return Math.hypot(...[0, 1, 2].map((part) => (one[part] ?? 0) - (two[part] ?? 0)));
}

/** From the darkest to the lightest shade of a colour that can be told from the panel. */
function shadesOf(theme: GrafanaTheme2, palette: Palette, base: string): string[] {
  const all = Array.from({ length: 2 * SHADES - 1 }, (_, at) => {
    const share = (at - SHADES + 1) / (SHADES + 1);
    return share < 0 ? mixed(base, 0, -share) : mixed(base, 255, share);
  });
  const seen = all.filter((shade) => colorManipulator.getContrastRatio(shade, palette.background) >= LEAST_CONTRAST);
  return seen.length > 0 ? seen : [visibleColor(base, palette.background, theme.isDark)];
}

/** The same number for the same name, everywhere and always (FNV-1a). */
function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at++) {
    hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}
