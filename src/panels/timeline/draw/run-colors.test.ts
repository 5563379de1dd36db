import {
  applyFieldOverrides,
  colorManipulator,
  createTheme,
  FieldColorModeId,
  FieldType,
  ThresholdsMode,
  type DataFrame,
  type FieldConfig,
} from '@grafana/data';
import { groupKeys } from '../../../frames/group-keys';
import { readRuns } from '../../../frames/run-columns';
import { laneRows } from '../lanes/lane-rows';
import { framesOfPicture } from '../lanes/run-picture.kit';
import { FAILED, LOST, RUN_CLASSES, RUNNING } from '../run-class';
import { paletteOf } from './palette';
import { runColors, tintOfRun, visibleColor } from './run-colors';

const THEMES = [
  ['dark', createTheme({ colors: { mode: 'dark' } })],
  ['light', createTheme({ colors: { mode: 'light' } })],
] as const;

const PICTURE = Array.from({ length: 14 }, (_, lane) => `lane ${lane} | cc`).join('\n') + '\nlane 3 | ff\nlane 4 | rr';

function colored(theme: (typeof THEMES)[number][1], defaults: FieldConfig, valueField = '', picture = PICTURE) {
  const data: DataFrame[] = framesOfPicture(picture);
  const runs = data[0]!;
  const ran = Array.from({ length: runs.length }, (_, row) => row * 10);
  // Another number field, of another size, does not flatten the gradient.
  runs.fields.push({ name: 'maxRssBytes', type: FieldType.number, values: ran.map((ms) => ms * 1e6), config: {} });
  runs.fields.push({ name: 'duration', type: FieldType.number, values: ran, config: {} });
  // As if Grafana's standard options had set it on every field; their registry is not there in tests.
  runs.fields.forEach((field) => (field.config = defaults));
  const series = applyFieldOverrides({
    data,
    fieldConfig: { defaults: {}, overrides: [] },
    replaceVariables: (text) => text,
    theme,
    timeZone: 'utc',
  });
  const read = readRuns(series);
  if (!read.ok) {
    throw new Error(read.missing);
  }
  const { columns } = read.reading;
  const rows = laneRows(columns, groupKeys(columns, 'lane'));
  const palette = paletteOf(theme, columns.parts[0]!.fields.state);
  return { rows, palette, colors: runColors(theme, palette, rows, columns.parts[0]!.fields.state, valueField) };
}

describe.each(THEMES)('in the %s theme', (_, theme) => {
  const background = theme.colors.background.primary;

  test.each([FieldColorModeId.PaletteClassic, FieldColorModeId.PaletteClassicByName, FieldColorModeId.Shades])(
    '%s gives every lane a colour that stands out and is no failure',
    (mode) => {
      const { rows, palette, colors } = colored(theme, { color: { mode, fixedColor: 'blue' } });
      expect(colors.by).toBe('lane');
      const seen = new Set<string>();
      for (let lane = 0; lane < rows.names.length; lane++) {
        const tint = tintOfRun({ colors }, lane, 0, 0)!;
        seen.add(tint.fill);
        expect(colorManipulator.getContrastRatio(tint.fill, background)).toBeGreaterThanOrEqual(3);
        expect(colorManipulator.getContrastRatio(tint.onFill, tint.fill)).toBeGreaterThanOrEqual(3);
        expect([palette.fill[FAILED], palette.fill[LOST]]).not.toContain(tint.fill);
        expect(tintOfRun({ colors }, lane, RUNNING, 0)).toBe(tint);
        for (const kind of ['failed', 'lost', 'cancelled', 'pending', 'unknown'] as const) {
          expect(tintOfRun({ colors }, lane, RUN_CLASSES.indexOf(kind), 0)).toBeUndefined();
        }
      }
      expect(seen.size).toBeGreaterThanOrEqual(5);
    }
  );

  test.each([FieldColorModeId.ContinuousGrYlRd, FieldColorModeId.ContinuousBlues, FieldColorModeId.ContinuousViridis])(
    '%s goes from the shortest to the longest duration, and even its faintest colour is seen',
    (mode) => {
      const { rows, colors } = colored(theme, { color: { mode } });
      if (colors.by !== 'value') {
        throw new Error(colors.by);
      }
      const all = Array.from({ length: rows.columns.length }, (__, row) => colors.ofRow(row)!.fill);
      expect(new Set(all).size).toBeGreaterThan(5);
      for (const fill of all) {
        expect(colorManipulator.getContrastRatio(fill, background)).toBeGreaterThanOrEqual(3);
      }
      expect(colors.key.steps.map((step) => step.color)).toEqual(expect.arrayContaining([all[0], all.at(-1)]));
    }
  );

  test('a colour that already stands out stays as it is', () => {
    expect(visibleColor('#3871dc', background, theme.isDark)).toBe('#3871dc');
  });
});

const dark = THEMES[0][1];

test('a lane keeps its colour when lanes come in another order; by name, also when others come and go', () => {
  const fillOf = (mode: FieldColorModeId, picture: string, name: string): string => {
    const { rows, colors } = colored(dark, { color: { mode } }, '', picture);
    return tintOfRun({ colors }, rows.names.indexOf(name), 0, 0)!.fill;
  };
  expect(fillOf(FieldColorModeId.PaletteClassic, 'a | cc\nb | cc', 'b')).toBe(
    fillOf(FieldColorModeId.PaletteClassic, 'b | cc\na | cc', 'b')
  );
  expect(fillOf(FieldColorModeId.PaletteClassicByName, 'a | cc\nb | cc', 'b')).toBe(
    fillOf(FieldColorModeId.PaletteClassicByName, 'b | cc', 'b')
  );
});

test('thresholds colour by the field that was chosen, and the legend names its steps', () => {
  const thresholds = {
    mode: ThresholdsMode.Absolute,
    steps: [
      { value: -Infinity, color: '#3871dc' },
      { value: 50, color: '#fade2a' },
    ],
  };
  const config = { color: { mode: FieldColorModeId.Thresholds }, thresholds, unit: 'ms' };
  const { colors } = colored(dark, config, 'duration');
  if (colors.by !== 'value') {
    throw new Error(colors.by);
  }
  expect(colors.ofRow(0)!.fill).toBe('#3871dc');
  expect(colors.ofRow(5)!.fill).toBe('#fade2a');
  expect(colors.key.steps).toEqual([
    { color: '#3871dc', text: '' },
    { color: '#fade2a', text: '50 ms' },
  ]);
  // Without a field the state itself is the value, and it has its colours and mappings.
  expect(colored(dark, config).colors).toEqual({ by: 'state' });
});

test('a fixed colour is the colour of what is normal, in the legend too; states decide', () => {
  const { palette, colors } = colored(dark, { color: { mode: FieldColorModeId.Fixed, fixedColor: '#00aa00' } });
  expect(colors).toEqual({ by: 'state' });
  expect([palette.fill[0], palette.mark[0]]).toEqual(['#00aa00', '#00aa00']);
});

test('a value field that no frame has leaves colours to states', () => {
  expect(colored(dark, { color: { mode: FieldColorModeId.Thresholds } }, 'no such field').colors).toEqual({
    by: 'state',
  });
});
