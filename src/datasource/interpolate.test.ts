import fc from 'fast-check';
import type { AdHocVariableFilter } from '@grafana/data';
import { compileFilter } from '../model/filter';
import type { Match } from '../model/task-query';
import { escapeRegex, interpolateFilter } from './interpolate';

/** Grafana's `replace` for variables given as values: a formatter gets the values, a custom "all" goes in as it is. */
function templates(values: Record<string, string | string[]>, customAll: Record<string, string> = {}) {
  return {
    replace: (target = '', _scoped?: unknown, format?: string | Function) =>
      target.replace(/\$(\w+)|\$\{(\w+)(?::\w+)?\}/g, (place, bare: string, braced: string) => {
        const name = bare ?? braced;
        if (Object.hasOwn(customAll, name)) {
          return customAll[name] ?? '';
        }
        const value = Object.hasOwn(values, name) ? values[name] : undefined;
        if (value === undefined) {
          return place;
        }
        return typeof format === 'function' ? String(format(value, { name })) : [value].flat().join(',');
      }),
  };
}

function fill(matches: Match[], values: Record<string, string | string[]>, customAll?: Record<string, string>) {
  return interpolateFilter({ filter: { matches } }, templates(values, customAll), {}).matches;
}

const match = (operator: Match['operator'], ...values: string[]): Match => ({ field: 'task', operator, values });

test('several values of a variable become several values, whatever they hold', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ minLength: 1, unit: 'grapheme' }), { minLength: 1, maxLength: 5 }),
      (names) => {
        fc.pre(names.every((name) => !['.*', '.+', '*', '$__all'].includes(name)));
        expect(fill([match('=', '$task')], { task: names })).toEqual([match('=', ...names)]);
      }
    )
  );
});

test('in regular expressions a variable means its values as they are written', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1, maxLength: 20 }),
      fc.string({ minLength: 1, maxLength: 20 }),
      (name, other) => {
        fc.pre(![name, other].some((text) => ['.*', '.+', '*', '$__all'].includes(text)) && name !== other);
        const [filled] = fill([match('=~', '$task')], { task: [name] });
        const passes = compileFilter({ matches: filled === undefined ? [] : [filled] });
        const run = { source: 's', runId: '1', attempt: 1, state: 'failed' as const, observedAt: 0 };
        expect([passes({ ...run, task: name }), passes({ ...run, task: other })]).toEqual([true, false]);
      }
    )
  );
});

test('what is typed into a regular expression stays one, only its variables are escaped', () => {
  expect(fill([match('=~', 'mail\\..*|$task')], { task: 'a.b' })).toEqual([match('=~', 'mail\\..*|a\\.b')]);
});

test('commas and braces in values are not separators', () => {
  expect(fill([match('=', '$task')], { task: ['a,b', '{c,d}'] })).toEqual([match('=', 'a,b', '{c,d}')]);
});

test('variables inside a text give every combination', () => {
  expect(fill([match('=', '$env.${task}')], { env: ['prod', 'test'], task: ['x', 'y'] })).toEqual([
    match('=', 'prod.x', 'prod.y', 'test.x', 'test.y'),
  ]);
});

test.each([
  ['the All option', { task: ['$__all'] }, undefined],
  ['nothing chosen', { task: '' }, undefined],
  ['no values', { task: [] }, undefined],
  ['a custom value for all', {}, { task: '.*' }],
])('%s leaves the match out', (_, values, customAll) => {
  expect(fill([match('=', '$task'), match('!=', 'x')], values, customAll)).toEqual([match('!=', 'x')]);
});

test('an empty text that was typed means "not reported" and stays', () => {
  expect(fill([match('=', '')], {})).toEqual([match('=', '')]);
});

test('an unknown variable stays as it is written', () => {
  expect(fill([match('=', '$nope')], {})).toEqual([match('=', '$nope')]);
});

test('too many combinations are refused with what to do', () => {
  const many = Array.from({ length: 60 }, (_, i) => `v${i}`);
  expect(() => fill([match('=', '$a.$b')], { a: many, b: many })).toThrow(/more than 1000 values.*use All/);
});

test('the text to look for takes variables too', () => {
  const filter = interpolateFilter({ filter: { text: 'in $host' } }, templates({ host: ['a', 'b'] }), {});
  expect(filter.text).toBe('in a b');
});

test("ad hoc filters join the others, with Grafana's own operators for several values", () => {
  const adHoc: AdHocVariableFilter[] = [
    { key: 'queue', operator: '=|', value: 'a', values: ['a', 'b,c'] },
    { key: 'label:team', operator: '!~', value: 'x.*' },
  ];
  expect(interpolateFilter({}, templates({}), {}, adHoc).matches).toEqual([
    { field: 'queue', operator: '=', values: ['a', 'b,c'] },
    { field: 'label:team', operator: '!~', values: ['x.*'] },
  ]);
});

test.each([
  [{ key: 'colour', operator: '=', value: 'red' }, 'no such field'],
  [{ key: 'task', operator: '<', value: '3' }, 'operators are'],
  [{ key: 'task', operator: 'constructor', value: '3' }, 'operators are'],
])('an ad hoc filter that cannot be asked says why: %j', (filter, why) => {
  expect(() => interpolateFilter({}, templates({}), {}, [filter])).toThrow(why);
});

test('escaping leaves letters alone', () => {
  expect(escapeRegex('mail.send (v2)')).toBe('mail\\.send \\(v2\\)');
});
