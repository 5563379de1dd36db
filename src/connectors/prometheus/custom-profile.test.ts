import { NO_FILTER } from '../../model/task-query';
import type { TaskFilter } from '../../model/task-query';
import { decodeProfile } from '../../prometheus/custom-profile';
import { createPrometheus } from './connector';

const { signal } = new AbortController();
const RANGE = { from: 1_750_000_000_000 - 600_000, to: 1_750_000_000_000 };
const PROFILE = {
  name: 'Shop orders',
  labels: { task: 'type' },
  facts: {
    completed: 'sum by (type) (increase(orders_total{status="ok",$filter}[$window])) # a comment',
    pending: { expr: 'orders_open{$filter}', scale: 2 },
  },
};

/** A Prometheus that knows no metric and answers every query the same. */
function prometheusSaying(result: unknown[], profile: unknown = PROFILE) {
  const queries: string[] = [];
  const connector = createPrometheus(
    {
      http: async (path) => {
        const query = new URL(path, 'http://prometheus').searchParams.get('query');
        queries.push(...(query === null ? [] : [query]));
        const data = path.startsWith('/api/v1/label') ? [] : { resultType: 'matrix', result };
        return { status: 200, body: JSON.stringify({ status: 'success', data }) };
      },
    },
    { profile: 'custom', customProfile: profile }
  );
  return { connector, queries };
}

function statesOf(filter: TaskFilter, result: unknown[] = []) {
  const { connector, queries } = prometheusSaying(result);
  const answer = connector.aggregate?.({ query: { view: 'states', filter }, range: RANGE, step: 60_000 }, signal);
  return { answer, queries };
}

test('the expressions of a user are asked with window, step and filter in place', async () => {
  const { answer, queries } = statesOf({ matches: [{ field: 'task', operator: '=', values: ['book "a"'] }] });
  await answer;
  expect(queries).toHaveLength(1);
  expect(queries[0]).toContain(
    'sum by (type) (increase(orders_total{status="ok",type="book \\"a\\""}[150s])) # a comment\n)'
  );
  expect(queries[0]).toContain('(orders_open{type="book \\"a\\""}\n)');
  expect(queries[0]).not.toContain('$');
});

test('a count that covers the window is scaled to the bucket; values are in the words of the model', async () => {
  const at = RANGE.to / 1000 - 20;
  const { answer, queries } = statesOf(NO_FILTER, [
    { metric: { type: 'book', runlane_fact: 'completed' }, values: [[at, '4']] },
    { metric: { type: 'book', runlane_fact: 'pending' }, values: [[at, '6']] },
  ]);
  expect(await answer).toMatchObject({
    view: 'states',
    groupBy: 'task',
    series: [
      { group: 'book', state: 'pending' },
      { group: 'book', state: 'completed' },
    ],
    totals: [{ group: 'book', counts: { completed: 4 } }],
  });
  expect(queries[0]).toContain('* 0.4');
  expect(queries[0]).toContain('* 2');
});

test('a profile says which labels of its expressions tell worlds apart, and filters take names with their world', async () => {
  const queries: string[] = [];
  const answers: Record<string, unknown> = {
    '/api/v1/labels': ['site', 'type'],
    '/api/v1/label/site/values': ['a', 'b'],
    '/api/v1/label/__name__/values': [],
  };
  const asking = createPrometheus(
    {
      http: async (path) => {
        const { pathname, searchParams } = new URL(path, 'http://prometheus');
        queries.push(searchParams.get('query') ?? '');
        const result = [
          { metric: { site: 'b', type: 'book', runlane_fact: 'completed' }, values: [[RANGE.to / 1000 - 20, '4']] },
        ];
        const data = answers[pathname] ?? { resultType: 'matrix', result };
        return { status: 200, body: JSON.stringify({ status: 'success', data }) };
      },
    },
    { profile: 'custom', customProfile: { ...PROFILE, worlds: ['site'] } }
  );
  const filter: TaskFilter = { matches: [{ field: 'task', operator: '=', values: ['b/book'] }] };
  const answer = await asking.aggregate?.({ query: { view: 'states', filter }, range: RANGE, step: 60_000 }, signal);
  expect(answer).toMatchObject({ totals: [{ group: 'b/book' }] });
  expect(queries.at(-1)).toContain('{status="ok",site="b",type="book"}');
  expect(() => decodeProfile({ ...PROFILE, worlds: ['my-site'] })).toThrow(
    /profile\.worlds\[0\] is "my-site", wanted the name/
  );
});

test('a filter that an expression has no place for is said, not ignored', async () => {
  const { answer } = statesOf({ matches: [{ field: 'queue', operator: '=', values: ['fast'] }] });
  expect((await answer)?.notices).toEqual([
    'The filters do not reach completed, pending of the profile "Shop orders": write $filter into the expression, and name the labels.',
  ]);
});

test('values of a field are those of the labels that expressions give', async () => {
  const { connector } = prometheusSaying([
    { metric: { type: 'book', runlane_fact: 'completed' }, values: [[1, '4']] },
    { metric: { type: 'toy', runlane_fact: 'pending' }, values: [[1, '9']] },
  ]);
  expect(await connector.values?.('task', NO_FILTER, RANGE, signal)).toEqual(['toy', 'book']);
  expect(await connector.values?.('queue', NO_FILTER, RANGE, signal)).toEqual([]);
});

test('a view for which there is no fact is refused by name', async () => {
  const { connector } = prometheusSaying([]);
  const asked = connector.aggregate?.(
    { query: { view: 'resources', filter: NO_FILTER }, range: RANGE, step: 60_000 },
    signal
  );
  await expect(asked).rejects.toMatchObject({ kind: 'not-reported' });
  await expect(asked).rejects.toThrow('[prometheus] Shop orders does not report CPU, memory.');
});

const wrong: Array<readonly [string, unknown, string]> = [
  ['nothing', undefined, 'profile is missing, wanted an object'],
  ['a list', [], 'profile is [], wanted an object'],
  ['text that is no JSON', '{', 'is no JSON'],
  ['no facts', { facts: {} }, 'profile.facts is {}, wanted at least one fact'],
  [
    'a fact that does not exist',
    { facts: { done: 'x' } },
    'profile.facts.done is "x", wanted no fact of this name; there are created',
  ],
  ['a fact that is a number', { facts: { failed: 3 } }, 'profile.facts.failed is 3, wanted an object'],
  ['an empty expression', { facts: { failed: ' ' } }, 'profile.facts.failed is " ", wanted a PromQL expression'],
  [
    'a wrong scale',
    { facts: { failed: { expr: 'x', scale: '2' } } },
    'profile.facts.failed.scale is "2", wanted a number',
  ],
  [
    'an unknown key',
    { fact: {}, facts: { failed: 'x' } },
    'profile.fact is {}, wanted nothing; there are name, labels',
  ],
  [
    'a label without a name',
    { labels: { task: '' }, facts: { failed: 'x' } },
    'profile.labels.task is "", wanted the name',
  ],
];

test.each(wrong)('%s is refused with the place and what is wanted', (_, value, message) => {
  expect(() => decodeProfile(value)).toThrow(message);
  expect(() => decodeProfile(value)).toThrow(
    /^\[prometheus\] The custom profile cannot be used: .*data source settings\.$/s
  );
});

test('a profile as text is the same as its value', () => {
  expect(decodeProfile(JSON.stringify(PROFILE))).toEqual(decodeProfile(PROFILE));
});
