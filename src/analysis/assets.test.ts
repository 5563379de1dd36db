import type { Asset } from '../model/answer';
import { NO_FILTER } from '../model/task-query';
import type { TaskFilter } from '../model/task-query';
import { assetsAnswer } from './assets';

const asset = (name: string, part: Partial<Asset> = {}): Asset => ({
  source: 'dagster',
  name,
  checksPassed: 0,
  checksFailed: 0,
  upstream: [],
  ...part,
});
const ASSETS = [
  asset('a', { freshness: 'fresh', group: 'sales' }),
  asset('b'),
  asset('c', { freshness: 'late', location: 'shop' }),
  asset('d', { freshness: 'fresh', checksFailed: 1, group: 'sales' }),
  asset('e', { freshness: 'overdue' }),
];
const names = (filter: TaskFilter, limit = 10) =>
  assetsAnswer({ assets: ASSETS, skipped: 0 }, filter, limit).assets.map(({ name }) => name);

test('assets that need a person come first: overdue, a failed check, late', () => {
  expect(names(NO_FILTER)).toEqual(['e', 'd', 'c', 'a', 'b']);
});

test('what the limit cuts is said', () => {
  expect(assetsAnswer({ assets: ASSETS, skipped: 0 }, NO_FILTER, 2)).toMatchObject({
    assetsOmitted: 3,
    assets: [{ name: 'e' }, { name: 'd' }],
  });
  expect(assetsAnswer({ assets: ASSETS, skipped: 0 }, NO_FILTER, 5).assetsOmitted).toBeUndefined();
});

test('a filter is asked as far as assets go: a dashboard that wants failed runs of a group shows all assets of the group', () => {
  const matches = [
    { field: 'label:group', operator: '=', values: ['sales'] },
    { field: 'state', operator: '=', values: ['failed'] },
  ] as const;
  expect(names({ matches })).toEqual(['d', 'a']);
  expect(names({ matches: [{ field: 'task', operator: '=~', values: ['[ab]'] }] })).toEqual(['a', 'b']);
});
