import { ConnectorError } from '../../model/connector-error';
import { NO_FILTER } from '../../model/task-query';
import { createKubernetes } from './connector';
import { after, ended, FakeCluster, jobObject, mainIs, MADE_AT, podObject, refused } from './fake-cluster.kit';
import type { KubernetesObject } from './fake-cluster.kit';
import type { KubernetesSettings } from './settings';

const signal = new AbortController().signal;
const range = { from: Date.parse(MADE_AT), to: Date.parse(after(3600)) };

/** Jobs that are done, the first the oldest. */
function jobs(count: number, namespace = 'shop'): KubernetesObject[] {
  return Array.from({ length: count }, (_, n) =>
    jobObject(`job-${n}`, {
      namespace,
      metadata: { creationTimestamp: after(n % 3000) },
      status: { succeeded: 1 },
    })
  );
}

const podsOf = (all: readonly KubernetesObject[]) =>
  all.map((job) => podObject(job, 1, { status: { phase: 'Succeeded', ...mainIs(ended(0, 3100)) } }));

function connect(cluster: Pick<FakeCluster, 'http'>, settings: KubernetesSettings = {}, now = range.to) {
  return createKubernetes({ http: cluster.http }, settings, () => now);
}

const ask = (connector: ReturnType<typeof connect>, limit = 10_000, cursor?: string) =>
  connector.runs({ filter: NO_FILTER, range, limit, ...(cursor !== undefined && { cursor }) }, signal);

test('every page of every list is read, all of one version', async () => {
  const all = jobs(1200);
  const cluster = new FakeCluster({ jobs: all, pods: podsOf(all) });
  const page = await ask(connect(cluster));
  expect(page).toMatchObject({ truncated: false, skipped: 0 });
  expect(new Set(page.runs.map(({ runId }) => runId)).size).toBe(1200);
  expect(page.runs.every(({ state }) => state === 'completed')).toBe(true);
  const lists = cluster.asked.filter((path) => !path.includes('metrics'));
  expect(lists.slice(0, 4)).toEqual([
    '/apis/batch/v1/jobs?limit=500',
    '/apis/batch/v1/jobs?continue=1001-500&limit=500',
    '/apis/batch/v1/jobs?continue=1001-1000&limit=500',
    '/api/v1/pods?labelSelector=job-name&resourceVersion=1001&resourceVersionMatch=Exact&limit=500',
  ]);
  expect(lists.at(-1)).toContain('/apis/batch/v1/cronjobs?resourceVersion=1001');
});

test('runs are given page by page, the newest first; a page of an older reading is not there any more', async () => {
  const all = jobs(25);
  const cluster = new FakeCluster({ jobs: all, pods: podsOf(all) });
  let now = range.to;
  const connector = createKubernetes({ http: cluster.http }, {}, () => now);
  const first = await ask(connector, 10);
  expect(first.runs[0]?.labels?.['job']).toBe('job-24');
  expect(first).toMatchObject({ truncated: true, next: '1.10' });
  const asked = cluster.asked.length;
  const second = await ask(connector, 10, first.next);
  const third = await ask(connector, 10, second.next);
  expect(cluster.asked).toHaveLength(asked);
  const seen = [...first.runs, ...second.runs, ...third.runs].map(({ runId }) => runId);
  expect(new Set(seen).size).toBe(25);
  expect(third).toMatchObject({ truncated: false });
  now += 60_000;
  await ask(connector, 10);
  await expect(ask(connector, 10, second.next)).rejects.toMatchObject({ kind: 'bad-request' });
  await expect(ask(connector, 10, 'x')).rejects.toThrow(/^\[kubernetes\] The page "x" is not there any more/);
});

test('panels that ask at the same time read the cluster once', async () => {
  const cluster = new FakeCluster({ jobs: jobs(3) });
  const connector = connect(cluster);
  await Promise.all([ask(connector), ask(connector), ask(connector)]);
  expect(cluster.asked.filter((path) => path.startsWith('/apis/batch/v1/jobs'))).toHaveLength(1);
});

test('what expires while it is read is read anew from the beginning', async () => {
  const all = jobs(1200);
  const cluster = new FakeCluster({ jobs: all, pods: podsOf(all) });
  let expires = 2;
  const http: typeof cluster.http = (path, init) => {
    if (path.includes('continue=') && expires-- > 0) {
      cluster.compact();
    }
    return cluster.http(path, init);
  };
  expect((await ask(connect({ http }))).runs).toHaveLength(1200);
  expires = Infinity;
  await expect(ask(connect({ http }))).rejects.toMatchObject({
    kind: 'truncated',
    message: expect.stringMatching(/jobs answered 410 3 times: .*Name fewer namespaces/) as unknown,
  });
});

test('namespaces of the settings are read one by one, as a Role for each of them wants it', async () => {
  const cluster = new FakeCluster({ jobs: [...jobs(2, 'shop'), ...jobs(2, 'billing'), ...jobs(2, 'other')] });
  const page = await ask(connect(cluster, { kubernetesNamespaces: 'shop, billing', kubernetesCluster: 'eu' }));
  expect([...new Set(page.runs.map(({ task }) => task))].sort()).toEqual([
    'eu/billing/job-0',
    'eu/billing/job-1',
    'eu/shop/job-0',
    'eu/shop/job-1',
  ]);
  expect(cluster.asked[0]).toBe('/apis/batch/v1/namespaces/shop/jobs?limit=500');
  expect(cluster.asked[1]).toBe(
    '/apis/batch/v1/namespaces/billing/jobs?resourceVersion=1001&resourceVersionMatch=Exact&limit=500'
  );
  const one = await ask(connect(cluster, { kubernetesNamespaces: 'shop' }));
  expect(one.runs.map(({ task }) => task).sort()).toEqual(['job-0', 'job-1']);
});

test.each<[KubernetesSettings, RegExp]>([
  [
    { kubernetesNamespaces: 'shop/../kube-system' },
    /Namespaces hold "shop\/\.\.\/kube-system", which is no name of one/,
  ],
  [{ kubernetesNamespaces: 'Shop' }, /Namespaces hold "Shop"/],
  [{ kubernetesCluster: 'eu/west' }, /The cluster is called "eu\/west"/],
])('the settings %j are refused', (settings, message) => {
  expect(() => connect(new FakeCluster({}), settings)).toThrow(ConnectorError);
  expect(() => connect(new FakeCluster({}), settings)).toThrow(message);
});

test('an object that cannot be read is counted, the others are shown', async () => {
  const broken = { ...jobObject('broken'), spec: undefined };
  const nameless = { ...jobObject('x'), metadata: { namespace: 'shop' } };
  const cluster = new FakeCluster({ jobs: [broken, nameless as unknown as KubernetesObject, ...jobs(2)] });
  expect(await ask(connect(cluster))).toMatchObject({ skipped: 2, runs: { length: 2 } });
});

test('a page that repeats, and pages that never end, are an error', async () => {
  const repeating = new FakeCluster({ jobs: jobs(600) });
  const http: typeof repeating.http = (path) => repeating.http(path.replace(/continue=[^&]*&?/, ''));
  await expect(ask(connect({ http }))).rejects.toThrow(/jobs answered a page with what came before. Look for a proxy/);
  const empty: typeof repeating.http = async (path) => {
    const metadata = { resourceVersion: '1', continue: `${path.length}` };
    return { status: 200, body: JSON.stringify({ kind: 'JobList', metadata, items: [] }) };
  };
  await expect(ask(connect({ http: empty }))).rejects.toMatchObject({ kind: 'unexpected-shape' });
});

test('without the right to list, the error says who may not do what, and which role gives it', async () => {
  const cluster = new FakeCluster({ jobs: jobs(1) });
  const who =
    'User "system:serviceaccount:ops:grafana" cannot list resource "pods" in API group "" at the cluster scope';
  cluster.instead.set('/api/v1/pods', refused(403, `pods is forbidden: ${who}`, 'Forbidden'));
  for (const question of [() => ask(connect(cluster)), () => connect(cluster).check(signal)]) {
    await expect(question()).rejects.toMatchObject({
      kind: 'unauthorised',
      message: expect.stringMatching(
        /^\[kubernetes\] GET \/api\/v1\/pods answered 403: pods is forbidden: User "system:serviceaccount:ops:grafana" cannot list .*ClusterRole runlane-reader.*kubernetes-reader\.yaml/
      ) as unknown,
    });
  }
});

test('CronJobs that may not be read are missed and told so; the jobs are shown', async () => {
  const cluster = new FakeCluster({ jobs: jobs(2) });
  cluster.instead.set('/apis/batch/v1/cronjobs', refused(403, 'cronjobs.batch is forbidden', 'Forbidden'));
  const page = await ask(connect(cluster));
  expect(page.runs).toHaveLength(2);
  expect(page.notices?.join()).toMatch(/^CronJobs may not be read \(list of cronjobs in batch\)/);
  expect((await connect(cluster).check(signal)).summary).toBe(
    '2 jobs in all namespaces, CronJobs may not be read: their schedules are not told.'
  );
});

test('memory in use is told of what runs, where metrics.k8s.io is served', async () => {
  const job = jobObject('report', { status: { active: 1 } });
  const pod = podObject(job, 1, { status: mainIs({ running: { startedAt: after(2) } }) });
  const cluster = new FakeCluster({ jobs: [job], pods: [pod] });
  const told = async () => (await ask(connect(cluster))).runs[0]?.maxRssBytes;
  expect(await told()).toBeUndefined();
  const container = (memory: string) => ({ name: 'main', usage: { cpu: '12345678n', memory } });
  const items = [
    { metadata: { namespace: 'shop', name: 'report-1' }, containers: [container('2048Ki'), container('1Mi')] },
  ];
  cluster.instead.set('/apis/metrics.k8s.io/v1beta1/pods', {
    status: 200,
    body: JSON.stringify({ kind: 'PodMetricsList', items }),
  });
  expect(await told()).toBe(3 * 1024 ** 2);
});

test('the check counts what there is, and refuses what is too old', async () => {
  const cronJob = (name: string, suspend: boolean): KubernetesObject => ({
    metadata: { name, namespace: 'shop', uid: name, creationTimestamp: MADE_AT },
    spec: { schedule: '0 5 * * *', suspend },
  });
  const cluster = new FakeCluster({ jobs: jobs(1200), cronjobs: [cronJob('a', false), cronJob('b', true)] });
  await expect(connect(cluster).check(signal)).resolves.toEqual({
    product: 'Kubernetes',
    version: 'v1.34.4',
    summary: '1200 jobs in all namespaces, 2 CronJobs, 1 of them suspended.',
  });
  const old = new FakeCluster({}, 'v1.23.17+k3s1');
  await expect(connect(old).check(signal)).rejects.toMatchObject({ kind: 'unsupported-version' });
});

test('what a cluster would tell if it were set up for it is named with its setting', async () => {
  const short = [1, 2, 3, 4, 5].map((n) => jobObject(`short-${n}`, { spec: { ttlSecondsAfterFinished: 0 } }));
  const kept = jobObject('kept', { spec: { ttlSecondsAfterFinished: 3600 } });
  const cluster = new FakeCluster({ jobs: [...short, kept], pods: [podObject(kept, 1)] });
  const lacking = await connect(cluster).lacks?.(signal);
  expect(lacking?.map(({ setting }) => setting)).toEqual(['ttlSecondsAfterFinished: 3600', 'metrics-server']);
  expect(lacking?.[0]?.message).toMatch(
    /^The jobs of shop\/short-1, shop\/short-2, shop\/short-3 and 2 others are removed/
  );

  const complete = new FakeCluster({ jobs: [kept], pods: [podObject(kept, 1)] });
  const metrics = JSON.stringify({ kind: 'PodMetricsList', items: [] });
  complete.instead.set('/apis/metrics.k8s.io/v1beta1/pods', { status: 200, body: metrics });
  expect(await connect(complete).lacks?.(signal)).toEqual([]);
  // Where nothing runs, nobody misses it.
  expect(await connect(new FakeCluster({ jobs: [kept] })).lacks?.(signal)).toEqual([]);
});
