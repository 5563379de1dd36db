import { expandDeep, expandEnvironment } from './environment';

describe('expandEnvironment', () => {
  const environment = { STORE: 'http://store', EMPTY: '' };

  it.each([
    ['$STORE/x', 'http://store/x'],
    ['${STORE}x', 'http://storex'],
    ['$__env{STORE}', 'http://store'],
    ['$MISSING', ''],
    ['${EMPTY}', ''],
    ['$$STORE', '$STORE'],
    ['100 $', '100 $'],
  ])('turns %s into "%s"', (text, expected) => {
    expect(expandEnvironment(text, environment)).toBe(expected);
  });

  it('reaches into lists and objects and leaves everything but text alone', () => {
    expect(expandDeep({ a: ['$STORE', 1, true, null], b: { c: '${STORE}' } }, environment)).toEqual({
      a: ['http://store', 1, true, null],
      b: { c: 'http://store' },
    });
  });
});
