import type { Field, GrafanaTheme2 } from '@grafana/data';
import { colorManipulator, FieldColorModeId } from '@grafana/data';
import { STATE_COLORS } from '../../../frames/state-colors';
import { RUN_CLASSES, type RunClass } from '../run-class';

/** Every colour of a picture, computed when theme or field config change. */
export interface Palette {
  /** Fill of each class, in the order of `RUN_CLASSES`. */
  fill: string[];
  /** Text on a bar of each class. */
  onFill: string[];
  /** Of each class' mark on the panel, where quiet fills are too faint for thin lines; what users recolour has its fill. */
  mark: string[];
  /** The lighter or darker shade for hatch and strips in a bar of each class. */
  shade: string[];
  /** Mask of classes → the loudest one's colour as it lies in `ImageData` (little-endian RGBA). */
  pixels: Uint32Array;
  text: string;
  faint: string;
  line: string;
  grid: string;
  stripe: string;
  background: string;
  /** Edge of what runs: from clear to bright. */
  edge: readonly [string, string];
  wait: string;
  now: string;
  /** Over the time of which nothing is known. */
  veil: string;
  focus: string;
  retry: string;
  warning: string;
  bad: string;
  good: string;
  font: string;
  fontFamily: string;
}

const MASKS = 1 << RUN_CLASSES.length;

/** `state` is the field that holds states: its value mappings and colour option recolour the classes. */
export function paletteOf(theme: GrafanaTheme2, state: Field | undefined): Palette {
  const shade = theme.isDark ? 'dark' : 'light';
  const users = RUN_CLASSES.map((kind) => userColor(theme, state, kind));
  const fill = RUN_CLASSES.map((kind, at) => users[at] ?? STATE_COLORS[shade][kind]);
  const good = theme.isDark ? '#6fae93' : '#2f7357';
  const faint = theme.colors.text.secondary;
  const marks: Partial<Record<RunClass, string>> = { completed: good, cancelled: faint, pending: faint };
  const edge = colorManipulator.lighten(fill[RUN_CLASSES.indexOf('running')]!, theme.isDark ? 0.45 : 0.55);
  return {
    fill,
    mark: RUN_CLASSES.map((kind, at) => users[at] ?? marks[kind] ?? fill[at]!),
    edge: [colorManipulator.alpha(edge, 0), colorManipulator.alpha(edge, 0.9)],
    onFill: fill.map((color) => theme.colors.getContrastText(color, 3)),
    shade: fill.map((color) =>
      theme.isDark ? colorManipulator.lighten(color, 0.32) : colorManipulator.darken(color, 0.28)
    ),
    pixels: pixelColors(fill),
    text: theme.colors.text.primary,
    faint,
    line: theme.colors.border.weak,
    grid: theme.isDark ? 'rgba(204,204,220,0.09)' : 'rgba(36,41,46,0.10)',
    stripe: theme.isDark ? 'rgba(204,204,220,0.03)' : 'rgba(36,41,46,0.022)',
    background: theme.colors.background.primary,
    wait: fill[RUN_CLASSES.indexOf('pending')]!,
    now: theme.isDark ? '#6e9fff' : '#1f62e0',
    veil: theme.isDark ? 'rgba(255,152,48,0.08)' : 'rgba(181,82,12,0.07)',
    focus: theme.colors.primary.border,
    retry: theme.isDark ? '#e8c547' : '#8a6d00',
    warning: theme.isDark ? '#ff9830' : '#b5520c',
    bad: theme.isDark ? '#f2495c' : '#d10e3c',
    good,
    font: `11px ${theme.typography.fontFamily}`,
    fontFamily: theme.typography.fontFamily,
  };
}

function userColor(theme: GrafanaTheme2, state: Field | undefined, kind: RunClass): string | undefined {
  if (!state) {
    return undefined;
  }
  for (const mapping of state.config.mappings ?? []) {
    if (mapping.type === 'value') {
      const options = mapping.options as Record<string, { color?: string } | undefined>;
      const found = options[kind] ?? options[kind.toUpperCase()];
      if (found?.color) {
        return theme.visualization.getColorByName(found.color);
      }
    }
    if (mapping.type === 'regex' && mapping.options.result.color && matches(mapping.options.pattern, kind)) {
      return theme.visualization.getColorByName(mapping.options.result.color);
    }
  }
  const { color } = state.config;
  // One fixed colour recolours what is normal; trouble stays loud.
  if (kind === 'completed' && color?.mode === FieldColorModeId.Fixed && color.fixedColor) {
    return theme.visualization.getColorByName(color.fixedColor);
  }
  return undefined;
}

function matches(pattern: string, word: string): boolean {
  try {
    return new RegExp(pattern.replace(/^\/(.*)\/[a-z]*$/, '$1')).test(word);
  } catch {
    return false;
  }
}

function pixelColors(fill: readonly string[]): Uint32Array {
  const colors = fill.map(packColor);
  const pixels = new Uint32Array(MASKS);
  for (let mask = 1; mask < MASKS; mask++) {
    pixels[mask] = colors[31 - Math.clz32(mask)]!;
  }
  return pixels;
}

/** A colour as it lies in `ImageData` (little-endian RGBA). */
export function packColor(color: string): number {
  const { values } = colorManipulator.decomposeColor(color);
  const [red = 0, green = 0, blue = 0, alpha = 1] = values;
  return ((Math.round(alpha * 255) << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/** The pixel colours with the hidden classes taken out: hiding one shows what lies under it. */
export function visiblePixels(palette: Palette, visible: number): Uint32Array {
  const pixels = new Uint32Array(MASKS);
  for (let mask = 1; mask < MASKS; mask++) {
    pixels[mask] = palette.pixels[mask & visible]!;
  }
  return pixels;
}
