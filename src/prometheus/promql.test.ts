import fc from 'fast-check';
import { aggregate, escapeRegex, matcherOf, quote, selectorOf } from './promql';
import type { RunKind } from '../model/task-run';
import { CELERY_EXPORTER } from './profiles/celery-exporter';
import { KUBE_JOBS } from './profiles/kube-jobs';
import { PROCESS_EXPORTER } from './profiles/process-exporter';
import { RUNLANE_STORE } from './profiles/runlane-store';
import { SYSTEMD_EXPORTER } from './profiles/systemd-exporter';
import { holds, selectSeries } from './select-series';

/** What Prometheus reads in a string literal: Go's escapes, as its lexer takes them. */
function unquote(literal: string): string {
  const inside = /^"((?:[^"\\\n]|\\(?:[abfnrtv\\"]|u[0-9a-fA-F]{4}))*)"$/.exec(literal)?.[1];
  if (inside === undefined) {
    throw new Error(`Prometheus would not read ${literal}.`);
  }
  const named: Record<string, string> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };
  return inside.replace(/\\(u[0-9a-fA-F]{4}|.)/g, (_, escape: string) =>
    escape.length > 1 ? String.fromCharCode(parseInt(escape.slice(1), 16)) : (named[escape] ?? escape)
  );
}

/** Whether a matcher that was written out selects a value: literals are read, regular expressions are anchored. */
function selects(selector: string, value: string): boolean {
  const [, operator = '', literal = ''] = /^m\{task(=~|!~|!=|=)(.*)\}$/s.exec(selector) ?? [];
  const wanted = unquote(literal);
  const matched = operator.endsWith('~') ? new RegExp(`^(?:${wanted})$`, 's').test(value) : wanted === value;
  return operator.startsWith('!') ? !matched : matched;
}

const nasty = fc.oneof(
  fc.string({ unit: 'grapheme-composite' }),
  fc.string({ unit: fc.constantFrom(...'"\\\n\r\t\u0000\u2028.*+?()[]{}|^$-,=~!#/ a邮é') }),
  fc.constantFrom('a"} or vector(1) #', '\\Q', '$window', '.*', '\\', '(?i)a', 'a|b', '\u{1F600}')
);

test('a matcher of one name selects exactly that name', () => {
  fc.assert(
    fc.property(nasty, nasty, (name, other) => {
      const selector = selectorOf('m', [matcherOf('task', '=', [name])]);
      expect(selects(selector, name)).toBe(true);
      expect(selects(selector, other)).toBe(other === name);
      expect(selects(selectorOf('m', [matcherOf('task', '!=', [name])]), other)).toBe(other !== name);
    })
  );
});

test('a matcher of several names selects each of them and nothing else', () => {
  fc.assert(
    fc.property(fc.array(nasty, { minLength: 2, maxLength: 5 }), nasty, (names, other) => {
      const selector = selectorOf('m', [matcherOf('task', '=', names)]);
      expect(names.every((name) => selects(selector, name))).toBe(true);
      expect(selects(selector, other)).toBe(names.includes(other));
      expect(selects(selectorOf('m', [matcherOf('task', '!=', names)]), other)).toBe(!names.includes(other));
    })
  );
});

test('an escaped text is a regular expression of itself', () => {
  fc.assert(
    fc.property(nasty, (text) => {
      expect(new RegExp(`^(?:${escapeRegex(text)})$`).exec(text)?.[0]).toBe(text);
    })
  );
});

test('half a character, which no label holds, does not break the query', () => {
  expect(unquote(quote('a\ud800b'))).toBe('a\uFFFDb');
});

test('several patterns are alternatives, each by itself', () => {
  const selector = selectorOf('m', [matcherOf('task', '=~', ['a|b', 'c.*'])]);
  expect(['a', 'b', 'cd', 'ac'].map((value) => selects(selector, value))).toEqual([true, true, true, false]);
});

test('a name that is no word stands in quotes, as Prometheus 3 reads it', () => {
  expect(selectorOf('m', [matcherOf('team.a', '=', ['x'])])).toBe('m{"team.a"="x"}');
  expect(selectorOf('jobs.done_total', [])).toBe('{"jobs.done_total"}');
  expect(selectorOf('jobs.done_total', [matcherOf('queue', '=', ['q'])])).toBe('{"jobs.done_total",queue="q"}');
  expect(aggregate('sum', ['job', 'team"a'], 'x')).toBe('sum by (job,"team\\"a") (x)');
  expect(() => selectorOf('m', [matcherOf('', '=', ['x'])])).toThrow(
    '[prometheus] A label without a name cannot be asked for. Name it.'
  );
});

test('a filter on what stands for all of a series is judged here', () => {
  const match = (operator: '=' | '!=' | '=~' | '!~', ...values: string[]) => ({
    field: 'task' as const,
    operator,
    values,
  });
  expect(holds(match('=', 'queries'), 'queries')).toBe(true);
  expect(holds(match('!=', 'queries'), 'queries')).toBe(false);
  expect(holds(match('=~', 'que.*', 'x'), 'queries')).toBe(true);
  expect(holds(match('!~', 'que'), 'queries')).toBe(true);
  expect(() => holds(match('=~', '('), 'queries')).toThrow('[prometheus] The pattern "(" cannot be read.');
});

test.each([
  [CELERY_EXPORTER, 'task'],
  [KUBE_JOBS, 'job'],
  [SYSTEMD_EXPORTER, 'unit'],
  [PROCESS_EXPORTER, 'process'],
  // Its metrics are of all kinds, and do not tell which.
  [RUNLANE_STORE, undefined],
])('what a profile tells of is of one kind: $id', (profile, kind) => {
  const kinds: RunKind[] = ['task', 'process', 'unit', 'job', 'span'];
  const told = kinds.filter(
    (one) =>
      selectSeries(profile, { metric: 'm' }, { matches: [{ field: 'kind', operator: '=', values: [one] }] }) !==
      undefined
  );
  expect(told).toEqual(kind === undefined ? [] : [kind]);
});
