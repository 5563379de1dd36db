import { NO_FILTER } from '../../model/task-query';
import type { Match, MatchOperator } from '../../model/task-query';
import { KUBE_JOBS } from '../../prometheus/profiles/kube-jobs';
import type { Http } from '../connector';
import { askWorlds, filtersIn, nameIn, nameOf, ONE_WORLD, readWorldLabels } from './worlds';
import type { Worlds } from './worlds';

const { signal } = new AbortController();
const WORLDS: Worlds = {
  labels: ['cluster', 'namespace'],
  values: new Map([
    ['cluster', ['eu', 'us']],
    ['namespace', ['ops', 'shop']],
  ]),
};

/** Every task of two clusters and two namespaces, one without a namespace among them, as its labels. */
const TASKS = ['eu', 'us'].flatMap((cluster) =>
  ['ops', 'shop', ''].flatMap((namespace) => ['backup', 'mail', 'a/b'].map((task) => ({ cluster, namespace, task })))
);

function matched(operator: MatchOperator, ...values: string[]): string[] {
  const filters = filtersIn(WORLDS, { matches: [{ field: 'task', operator, values }] });
  return TASKS.flatMap((one) => {
    const by = filters.filter(({ matches }) => matches.every((match) => takes(match, one)));
    // What two filters take would be counted twice.
    expect(by.length).toBeLessThanOrEqual(1);
    return by.map(() => nameIn([one.cluster, one.namespace], one.task));
  });
}

function takes({ field, operator, values }: Match, labels: Record<string, string>): boolean {
  const value = labels[field.replace('label:', '')] ?? '';
  const any = values.some((one) => (operator.endsWith('~') ? new RegExp(`^(?:${one})$`).test(value) : one === value));
  return any === operator.startsWith('=');
}

test('a name has its world before it, and what is in none stays as it is', () => {
  const labels = new Map(Object.entries({ cluster: 'eu', task: 'backup', queue: '' }));
  expect(nameOf(['cluster', 'namespace', 'task'], labels)).toBe('eu/backup');
  expect(nameOf(['task'], labels)).toBe('backup');
  expect(nameOf(['cluster', 'queue'], labels)).toBe('');
});

test('where there is one world, a filter stays as it is', () => {
  const filter = { matches: [{ field: 'task', operator: '=', values: ['eu/ops/backup'] } as Match] };
  expect(filtersIn(ONE_WORLD, filter)).toEqual([filter]);
});

test('a whole name is of one world, a bare one of all', () => {
  expect(matched('=', 'eu/ops/backup')).toEqual(['eu/ops/backup']);
  expect(matched('=', 'backup')).toHaveLength(6);
  expect(matched('=', 'ops/backup')).toEqual(['eu/ops/backup', 'us/ops/backup']);
  expect(matched('=', 'us/shop/a/b')).toEqual(['us/shop/a/b']);
  expect(matched('=', 'a/b')).toHaveLength(6);
  expect(matched('=', 'asia/backup')).toEqual([]);
});

test('names of several worlds are those and no others, and each once', () => {
  expect(matched('=', 'eu/ops/backup', 'us/shop/mail', 'eu/ops/mail')).toEqual([
    'eu/ops/backup',
    'eu/ops/mail',
    'us/shop/mail',
  ]);
  expect(matched('=', 'eu/ops/backup', 'backup')).toHaveLength(6);
});

test('what is left out is left out in its world only', () => {
  const left = matched('!=', 'eu/ops/backup', 'mail');
  expect(left).toHaveLength(TASKS.length - 7);
  expect(left).toContain('us/ops/backup');
  expect(left).not.toContain('eu/ops/backup');
});

test('a pattern is of the name, or of each part between slashes', () => {
  expect(matched('=~', 'back.*')).toHaveLength(6);
  expect(matched('=~', 'eu/.*/mail')).toEqual(['eu/ops/mail', 'eu/shop/mail']);
  expect(matched('=~', '(eu/ops/backup|us/shop/mail)')).toEqual(['eu/ops/backup', 'us/shop/mail']);
  expect(matched('!~', 'eu/.*')).toEqual(expect.arrayContaining(['us/ops/backup']));
});

test('filters on what has no world stay as they are', () => {
  const matches: Match[] = [{ field: 'source', operator: '=', values: ['eu/ops'] }];
  expect(filtersIn(WORLDS, { ...NO_FILTER, matches })).toEqual([{ matches }]);
});

describe('what tells worlds apart', () => {
  function index(labels: Record<string, string[]>) {
    const asked: string[] = [];
    const http: Http = async (path) => {
      asked.push(decodeURIComponent(path));
      const [, label = ''] = /^\/api\/v1\/label\/(\w+)\/values/.exec(path) ?? [];
      const data = path.startsWith('/api/v1/labels?') ? Object.keys(labels) : labels[label];
      return { status: 200, body: JSON.stringify({ status: 'success', data }) };
    };
    return { http, asked };
  }

  test('is every label of the platform and the exporter that has two values', async () => {
    const { http, asked } = index({
      cluster: ['eu', 'us'],
      namespace: ['monitoring'],
      exported_namespace: ['ops', 'shop'],
      pod: ['a', 'b'],
      instance: ['a:1', 'b:1'],
    });
    expect((await askWorlds(http, KUBE_JOBS, signal)).labels).toEqual(['cluster', 'exported_namespace']);
    expect(asked[0]).toBe('/api/v1/labels?start=1&match[]={__name__=~"kube_job_status_start_time|kube_job_info"}');
    expect(asked.some((path) => path.includes('/label/pod/'))).toBe(false);
  });

  test('is what the user says, where the user says it', async () => {
    const { http } = index({ cluster: ['eu', 'us'], site: ['a', 'b'] });
    const profile = { ...KUBE_JOBS, worlds: readWorldLabels(' site,shift ') };
    expect((await askWorlds(http, profile, signal)).labels).toEqual(['site']);
    expect(() => readWorldLabels('site, my-site')).toThrow(/"my-site" is no name of a Prometheus label/);
  });

  test('is nothing where there is one, or where nobody can say', async () => {
    expect(await askWorlds(index({ cluster: ['eu'] }).http, KUBE_JOBS, signal)).toEqual({
      ...ONE_WORLD,
      there: ['cluster'],
    });
    expect(await askWorlds(async () => ({ status: 404, body: '' }), KUBE_JOBS, signal)).toEqual(ONE_WORLD);
  });
});
