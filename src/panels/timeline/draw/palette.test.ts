import { colorManipulator, createTheme, FieldColorModeId, FieldType, MappingType, type Field } from '@grafana/data';
import { FAILED, RUN_CLASSES } from '../run-class';
import { paletteOf, visiblePixels } from './palette';

const dark = createTheme({ colors: { mode: 'dark' } });
const light = createTheme({ colors: { mode: 'light' } });
const stateField = (config: Field['config']): Field => ({ name: 'state', type: FieldType.string, values: [], config });

test.each([
  ['dark', dark],
  ['light', light],
])('bars stand out from a %s panel and text from the bars', (_, theme) => {
  const palette = paletteOf(theme, undefined);
  const background = theme.colors.background.primary;
  palette.fill.forEach((fill, kind) => {
    expect([RUN_CLASSES[kind], colorManipulator.getContrastRatio(fill, background)]).toEqual([
      RUN_CLASSES[kind],
      expect.any(Number),
    ]);
    expect(colorManipulator.getContrastRatio(fill, background)).toBeGreaterThanOrEqual(3);
    expect(colorManipulator.getContrastRatio(palette.onFill[kind]!, fill)).toBeGreaterThanOrEqual(3);
  });
  for (const text of [
    palette.text,
    palette.faint,
    palette.warning,
    palette.bad,
    palette.good,
    palette.now,
    palette.retry,
  ]) {
    expect(colorManipulator.getContrastRatio(text, background, background)).toBeGreaterThanOrEqual(4.4);
  }
});

test('value mappings recolour a state, lost apart; a fixed colour recolours what is normal and leaves trouble loud', () => {
  const mapped = paletteOf(
    dark,
    stateField({
      mappings: [
        { type: MappingType.ValueToText, options: { failed: { color: '#123456' }, lost: { color: '#654321' } } },
      ],
    })
  );
  expect(mapped.fill[FAILED]).toBe('#123456');
  expect(mapped.fill[RUN_CLASSES.indexOf('lost')]).toBe('#654321');
  const fixed = paletteOf(dark, stateField({ color: { mode: FieldColorModeId.Fixed, fixedColor: '#00aa00' } }));
  expect(fixed.fill[0]).toBe('#00aa00');
  expect(fixed.fill[FAILED]).toBe(paletteOf(dark, undefined).fill[FAILED]);
});

test('a pixel has the colour of its loudest state, and of the next one when that is hidden', () => {
  const palette = paletteOf(dark, undefined);
  const both = 1 | (1 << FAILED);
  expect(palette.pixels[both]).toBe(palette.pixels[1 << FAILED]);
  expect(visiblePixels(palette, ~(1 << FAILED))[both]).toBe(palette.pixels[1]);
  expect(visiblePixels(palette, ~(1 << FAILED))[1 << FAILED]).toBe(0);
});
