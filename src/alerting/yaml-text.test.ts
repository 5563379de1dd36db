import fc from 'fast-check';
import { parse } from 'yaml';
import { toYaml } from './yaml-text';
import type { YamlValue } from './yaml-text';

const NASTY = [
  `it's "quoted" \\ and \`ticked\``,
  'two\nlines\r\nand\ttabs ',
  '{{ $labels.task }}',
  '$HOME ${HOME} $$',
  '<b onclick="x">bold</b>',
  '  spaces at both ends  ',
  '',
  'yes',
  '012',
  '1e3',
  '2026-11-24',
  '- item',
  'key: value # comment',
  '%TAG ! x',
  'null',
  '~',
  '任务 😀 \u2028 \u0085 \ufeff \u0000',
  'expr\n  and on (x)\n\nor y',
  '|-',
  '<<',
];

it('gives every text back as it was', () => {
  expect(parse(toYaml(NASTY))).toEqual(NASTY);
  const keyed = Object.fromEntries(NASTY.map((text) => [text, text]));
  expect(parse(toYaml(keyed), { merge: false })).toEqual(keyed);
});

it('gives any value back as it was', () => {
  const value: fc.Arbitrary<YamlValue> = fc.letrec<{ value: YamlValue }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.string({ unit: 'grapheme' }),
      fc.integer(),
      fc.boolean(),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.string({ minLength: 1 }), tie('value'), { maxKeys: 4, noNullPrototype: true })
    ),
  })).value;
  fc.assert(
    fc.property(value, (one) => {
      const document = { top: one };
      expect(parse(toYaml(document))).toEqual(document);
    }),
    { numRuns: 300, seed: 11 }
  );
});

it('leaves out what is undefined', () => {
  expect(toYaml({ a: undefined, b: [] })).toBe('b: []\n');
});
