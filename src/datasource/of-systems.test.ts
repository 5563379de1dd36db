import type { Connector } from '../connectors/connector';
import type { SourceStatus } from '../model/source-status';
import { compileFilter } from '../model/filter';
import type { TaskFilter } from '../model/task-query';
import { narrowedToSystems } from './of-systems';
import type { KnownSources } from './of-systems';

const signal = new AbortController().signal;
const CELERY = ['flower', 'celery', 'celery-exporter'];
const TASKS: TaskFilter = { matches: [{ field: 'task', operator: '=', values: ['mail'] }] };

const connector = (part: Partial<Connector>) => ({ id: 'flower', ...part }) as Connector;
const store = connector({ id: 'task-store', sources: async () => ({ sources: [], discoveries: [] }) });
const collected = [{ name: 'shop (eu)', system: 'flower' } as SourceStatus, { name: 'etl', system: 'airflow' } as SourceStatus]; // prettier-ignore

const narrow = (of: Connector, systems = CELERY, filter = TASKS, known: Partial<KnownSources> = {}) =>
  narrowedToSystems(
    filter,
    systems,
    of,
    { statuses: async () => collected, seen: async () => ['celery-prod'], ...known },
    signal
  );

/** Which sources are let through. */
async function letThrough(sources: readonly string[]): Promise<string[]> {
  const passes = compileFilter(await narrow(store, CELERY, { matches: [] }));
  return sources.filter((source) =>
    passes({ source, runId: '1', attempt: 1, task: 'mail', state: 'running', observedAt: 0 })
  );
}

test('a source of such a system is asked for everything', async () => {
  expect(await narrow(connector({}))).toBe(TASKS);
});

test('of the task store, the sources count that it collects from such systems, and those that bear their names', async () => {
  const sources = ['shop (eu)', 'shop (us)', 'etl', 'celery', 'celery-prod', 'celery.eu', 'celeryx', 'my-celery'];
  expect(await letThrough(sources)).toEqual(['shop (eu)', 'celery', 'celery-prod', 'celery.eu']);
});

test('the filter stays beside it', async () => {
  expect((await narrow(store)).matches).toEqual([
    ...TASKS.matches,
    expect.objectContaining({ field: 'source', operator: '=~' }),
  ]);
});

test.each([
  ['celery-exporter', TASKS.matches],
  ['runlane-store', [...TASKS.matches, expect.objectContaining({ field: 'source', operator: '=~' })]],
])('of Prometheus, the profile says whose metrics they are: %s', async (id, matches) => {
  const prometheus = connector({ id: 'prometheus', profile: async () => ({ id, name: 'Some exporter' }) });
  expect((await narrow(prometheus)).matches).toEqual(matches);
});

test.each<[string, Partial<Connector>, string]>([
  ['another system', { id: 'airflow' }, 'Airflow'],
  ['another profile', { id: 'prometheus', profile: async () => ({ id: 'envoy', name: 'Envoy' }) }, 'Envoy'],
])('%s is told by name, and no fault', async (_which, part, name) => {
  await expect(narrow(connector(part))).rejects.toMatchObject({
    kind: 'not-reported',
    message: expect.stringContaining(`reads ${name}, which this dashboard is not about. Choose another data source`),
  });
});

const METRICS = connector({
  id: 'prometheus',
  profile: async () => ({ id: 'runlane-store', name: 'Runlane task store' }),
});

test.each([
  ['the task store', store],
  ['its metrics', METRICS],
])(
  'of %s nothing is told where no source is of such a system: no failed run of none would read as health',
  async (_which, of) => {
    await expect(
      narrow(of, CELERY, TASKS, { statuses: async () => [], seen: async () => ['shop', 'celeryx'] })
    ).rejects.toMatchObject({ kind: 'not-reported', message: expect.stringContaining('called flower or celery') });
  }
);

test.each<[string, Partial<KnownSources>]>([
  ['one is collected that had no run', { seen: async () => [] }],
  ['one bears the name', { statuses: async () => [] }],
  ['nobody can say what is collected', { statuses: async () => undefined, seen: async () => [] }],
  ['nobody can say what there is', { statuses: async () => [], seen: async () => undefined }],
])('runs are asked for where %s', async (_why, known) => {
  expect((await narrow(store, CELERY, TASKS, known)).matches).toHaveLength(2);
});
