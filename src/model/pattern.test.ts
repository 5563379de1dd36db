import fc from 'fast-check';
import { compilePattern, PatternError } from './pattern';

/** Patterns of the shared syntax, and texts that come near to matching them. */
const atom = fc.constantFrom(
  'a',
  'b',
  '-',
  '.',
  '[ab]',
  '[^a]',
  '[a-c]',
  '\\d',
  '\\w',
  '\\.',
  '(?:a|bc)',
  '(b|)',
  '中',
  '^',
  '$',
  '\\b',
  '😀'
);
const piece = fc
  .tuple(atom, fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{0,2}', '{1,}', '*?'))
  .map(([a, r]) => (a === '^' || a === '$' || a === '\\b' ? a : a + r));
const sequence = fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join(''));
const pattern = fc.array(sequence, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('|'));
const text = fc
  .array(fc.constantFrom('a', 'b', 'c', '-', '.', '1', '中', '😀', ' '), { maxLength: 8 })
  .map((chars) => chars.join(''));

describe('compilePattern', () => {
  it('agrees with the built-in engine', () => {
    fc.assert(
      fc.property(pattern, text, (source, value) => {
        expect({ source, value, matches: compilePattern(source)(value) }).toEqual({
          source,
          value,
          matches: new RegExp(`^(?:${source})$`, 'u').test(value),
        });
      }),
      { numRuns: 5000 }
    );
  });

  it('is anchored at both ends', () => {
    const mail = compilePattern('mail');
    expect([mail('mail'), mail('mail-2'), mail('email')]).toEqual([true, false, false]);
  });

  it('ignores case when asked to', () => {
    expect(compilePattern('(?i)mail-[a-c]')('MAIL-B')).toBe(true);
    expect(compilePattern('mail-[a-c]')('MAIL-B')).toBe(false);
  });

  it('takes patterns that stop the built-in engine for hours', () => {
    for (const evil of ['(a+)+$', '(a|a)*$', '(a|aa)+$', '.*.*.*.*.*.*x', '(.*a){20}']) {
      expect(compilePattern(evil)('a'.repeat(4000) + '!')).toBe(false);
    }
  });

  it('looks at 4,096 characters of a longer text', () => {
    expect(compilePattern('a*')('a'.repeat(4096) + 'b')).toBe(true);
  });

  it.each([
    '(',
    ')',
    '[',
    'a)',
    '*',
    'a**',
    '\\1',
    '(?=a)',
    '(?<n>a)',
    '\\',
    '[b-a]',
    'a{3,2}',
    'a{999}',
    '((a{99}){99}){99}',
    '\\u{110000}',
    '\\xg1',
    'x'.repeat(1001),
    '('.repeat(60) + ')'.repeat(60),
  ])('refuses %j and says where and why', (source) => {
    expect(() => compilePattern(source)).toThrow(PatternError);
    expect(() => compilePattern(source)).toThrow(/cannot be used: .+\. Correct it/);
  });

  it('never fails in any other way, whatever is typed', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'ab(){}[]|*+?\\^$.-,0129x:u!中'), maxLength: 30 }),
        text,
        (source, value) => {
          try {
            compilePattern(source)(value);
          } catch (error) {
            expect(error).toBeInstanceOf(PatternError);
          }
        }
      ),
      { numRuns: 3000 }
    );
  });

  it('tells a meter of its work, so that whoever pays can end it in the middle of a text', () => {
    let held = 0;
    let spent = 0;
    let left = Infinity;
    const meter = {
      hold: (bytes: number) => (held += bytes),
      spend: (steps: number) => {
        spent += steps;
        if (spent > left) {
          throw new Error('enough');
        }
      },
    };
    const test = compilePattern('(?:[a-z]{1,20}|[a-y]{1,20})', meter);
    expect(held).toBeGreaterThan(0);
    spent = 0;
    expect(test('abcdefghij')).toBe(true);
    const once = spent;
    expect(once).toBeGreaterThanOrEqual(10);
    expect(test('abcdefghij')).toBe(true);
    expect(spent).toBe(2 * once);
    const long = compilePattern(`(?:${'[a-z]*|'.repeat(100)}b)`, meter);
    spent = 0;
    left = 60_000;
    expect(() => long('a'.repeat(4_096))).toThrow('enough');
    expect(spent).toBeLessThan(200_000);
  });
});
