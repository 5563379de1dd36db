import fc from 'fast-check';
import { decodeQueryParams, encodeQueryParams, isFilterField, QueryParamError } from './query-params';
import type { QueryParams } from './query-params';
import { FILTER_FIELDS } from './task-query';

/** What a router makes of a query string. */
function route(text: string): Record<string, string | string[]> {
  const out: Record<string, string | string[]> = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const before = out[name];
    out[name] = before === undefined ? value : [...(typeof before === 'string' ? [before] : before), value];
  }
  return out;
}

const match = fc.record({
  field: fc.constantFrom(...FILTER_FIELDS, 'label:team' as const),
  operator: fc.constantFrom('=' as const, '!=' as const, '=~' as const, '!~' as const),
  values: fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 4 }),
});

test('every question survives the trip through a URL, whatever its values hold', () => {
  fc.assert(
    fc.property(fc.array(match, { maxLength: 5 }), fc.string({ minLength: 1 }), fc.integer(), (matches, text, from) => {
      const params: QueryParams = { from, groupBy: 'label:team', filter: { matches, text } };
      expect(decodeQueryParams(route(encodeQueryParams(params)))).toEqual(params);
    })
  );
});

test('an order survives the trip, and one that nothing is listed by is refused by name', () => {
  const params: QueryParams = { sort: '-duration', cursor: '[1,2,3]', filter: { matches: [] } };
  expect(decodeQueryParams(route(encodeQueryParams(params)))).toEqual(params);
  expect(() => decodeQueryParams({ sort: '--wait' })).toThrow('sort="--wait": want one of started, wait, duration');
});

test('a match without values is left out', () => {
  expect(encodeQueryParams({ filter: { matches: [{ field: 'task', operator: '=', values: [] }] } })).toBe('');
});

test('a plain parameter named like a field is short for equality', () => {
  expect(decodeQueryParams({ task: ['a', 'b'], 'label:team': 'x,y' }).filter.matches).toEqual([
    { field: 'task', operator: '=', values: ['a', 'b'] },
    { field: 'label:team', operator: '=', values: ['x,y'] },
  ]);
});

test.each([
  [{ match: '["task","~","x"]' }, 'no operator "~"'],
  [{ match: '["name","=","x"]' }, 'no field "name"'],
  [{ match: '{"task":"x"}' }, 'want a JSON array'],
  [{ match: '["task","="]' }, 'want a JSON array'],
  [{ match: '["task","=",1]' }, 'want a JSON array'],
  [{ from: 'yesterday' }, 'want a number'],
  [{ step: 'Infinity' }, 'want a number'],
  [{ groupBy: 'colour' }, 'want one of'],
  [{ groupBy: 'label:' }, 'want one of'],
  [{ limit: ['1', '2'] }, 'given 2 times'],
])('%j is refused and says why', (raw, message) => {
  expect(() => decodeQueryParams(raw)).toThrow(QueryParamError);
  expect(() => decodeQueryParams(raw)).toThrow(message);
});

test('words that only look like fields are none', () => {
  expect(isFilterField('label:')).toBe(false);
  expect(isFilterField('constructor')).toBe(false);
});
