import { rmSync } from 'node:fs';
import type { Http } from '../../src/connectors/connector';
import { createKubernetes } from '../../src/connectors/kubernetes/connector';
import type { KubernetesObject } from '../../src/connectors/kubernetes/fake-cluster.kit';
import { NO_FILTER } from '../../src/model/task-query';
import { runKey } from '../../src/model/task-run';
import type { TaskRun } from '../../src/model/task-run';
import { keptRuns, sourceStatus } from '../systems/ask-store';
import { eventually } from '../systems/eventually';
import { startReplayedKubernetes } from '../systems/kubernetes';
import type { ReplayedKubernetes } from '../systems/kubernetes';
import { startStore } from '../systems/store';
import { stopAll, temporaryFolder } from '../systems/system';
import type { Launched } from '../systems/system';

/**
 * What a real cluster told (`npm run recordings:kubernetes`), told again by a server of this test in the place of its API server: read
 * over HTTP as a data source reads it, and by a real store every second.
 */
const TOKEN = 'of-a-service-account';
const signal = new AbortController().signal;
const data = temporaryFolder('kubernetes');
let kubernetes: ReplayedKubernetes;
let store: Launched | undefined;

/** As Grafana's proxy asks: with the token of the settings. */
function http(token = TOKEN, url = kubernetes.url): Http {
  return async (path) => {
    const response = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } });
    return { status: response.status, body: await response.text() };
  };
}

const query = () => ({
  filter: NO_FILTER,
  range: { from: Date.now() - 3_600_000, to: Date.now() + 60_000 },
  limit: 1000,
});

const told = async () =>
  (await createKubernetes({ http: http() }, { kubernetesCluster: 'eu' }).runs(query(), signal)).runs;

const kept = () => keptRuns({ url: store?.url ?? '' });
const status = () => sourceStatus({ url: store?.url ?? '' });

const startCollecting = () =>
  startStore({
    data,
    env: { KUBERNETES_TOKEN: TOKEN },
    config: {
      sources: {
        cluster: {
          system: 'kubernetes',
          url: kubernetes.url,
          bearerEnv: 'KUBERNETES_TOKEN',
          every: '1s',
          settings: { kubernetesCluster: 'eu' },
        },
      },
    },
  });

const ends = (run: TaskRun) => [
  run.task,
  run.attempt,
  run.state,
  run.substate,
  run.exitCode,
  run.signal,
  run.finishedAt,
];

/** Every attempt that the API tells is in the store, as it is told. */
function same(): Promise<TaskRun[]> {
  let difference = '';
  return eventually(
    'the store to have what the API server tells',
    async () => {
      const [source, archive] = [await told(), new Map((await kept()).map((run) => [runKey(run), run]))];
      const unlike = source.filter((run) => {
        const found = archive.get(runKey({ ...run, source: 'cluster' }));
        return found === undefined || JSON.stringify(ends(found)) !== JSON.stringify(ends(run));
      });
      difference = JSON.stringify(unlike.slice(0, 2));
      return unlike.length === 0 ? [...archive.values()] : undefined;
    },
    { seconds: 30, everyMs: 500, lastSeen: () => difference }
  );
}

beforeAll(async () => {
  kubernetes = await startReplayedKubernetes({ token: TOKEN, prefix: '/k8s/clusters/c-1' });
}, 60_000);

afterAll(async () => {
  await stopAll([store, kubernetes]);
  rmSync(data, { recursive: true });
}, 60_000);

test('below a path of a proxy, with its token, each way to end, wait and run is read', async () => {
  const runs = await told();
  const states = new Set(runs.map(({ state, substate }) => `${state}/${substate}`));
  expect([...states].sort()).toEqual(
    expect.arrayContaining([
      'completed/success',
      'failed/error',
      'failed/killed',
      'failed/oom',
      'failed/timed_out',
      'pending/queued',
      'pending/received',
      'pending/suspended',
      'running/executing',
      'running/stopping',
    ])
  );
  expect(runs.every(({ task, labels }) => task.startsWith('eu/shop/') && labels?.['cluster'] === 'eu')).toBe(true);
});

test.each<[string, () => Http, RegExp]>([
  ['a token that is not known', () => http('another'), /answered 401\. Set the token of a service account/],
  [
    'a path that is not its own',
    () => http(TOKEN, new URL(kubernetes.url).origin),
    /answered 404\. Check that the address/,
  ],
])('%s is one clear error', async (_, through, message) => {
  const connector = createKubernetes({ http: through() });
  await expect(connector.runs(query(), signal)).rejects.toThrow(message);
  await expect(connector.check(signal)).rejects.toThrow(message);
});

test('the store keeps what was told, over the end of jobs, of their pods and of itself', async () => {
  store = await startCollecting();
  const before = await same();
  expect(await status()).toMatchObject({ name: 'cluster', up: true, skipped: 0, vanished: 0 });

  // A running job succeeds, another is deleted while it runs, and the TTL removes the rest.
  const named = (name: string) => (object: KubernetesObject) =>
    object.metadata.name === name || object.metadata.labels?.['job-name'] === name;
  const { jobs, pods, cluster } = kubernetes;
  const now = new Date(Date.now()).toISOString().replace(/\.\d+Z$/, 'Z');
  const done = {
    ...(jobs.find(named('runs')) as KubernetesObject),
    status: {
      startTime: now,
      completionTime: now,
      succeeded: 1,
      conditions: [{ type: 'Complete', status: 'True', lastTransitionTime: now }],
    },
  };
  cluster.change({ jobs: [done], pods: [] });
  const finished = (runs: readonly TaskRun[]) => runs.find(({ task }) => task === 'eu/shop/runs');
  await eventually('the end of the job', async () =>
    finished(await kept())?.state === 'completed' ? true : undefined
  );
  expect(finished(await kept())?.finishedAt).toBe(Date.parse(now));
  const after = new Map((await kept()).map((run) => [runKey(run), run]));
  for (const run of before.filter(({ task }) => task !== 'eu/shop/runs')) {
    const { state, finishedAt } = after.get(runKey(run)) ?? {};
    // No end is invented for what is deleted or removed: neither a cancellation nor a failure.
    expect([run.task, state, finishedAt]).toEqual([run.task, run.state, run.finishedAt]);
  }
  expect(pods.length).toBeGreaterThan(20);

  await store.stop();
  store = await startCollecting();
  await eventually('the store to read again', async () => ((await status()).up === true ? true : undefined));
  expect((await kept()).length).toBe(before.length);
}, 90_000);

test('5,000 jobs are read page by page, and none is left out when a page expires in between', async () => {
  const template = kubernetes.jobs.find(({ metadata }) => metadata.name === 'suspended') as KubernetesObject;
  const jobs = Array.from({ length: 5000 }, (_, n) => ({
    ...template,
    metadata: { ...template.metadata, name: `job-${n}`, uid: `uid-${n}` },
  }));
  kubernetes.cluster.change({ jobs, pods: [] });
  let compactions = 0;
  const compacting: Http = (path, init) => {
    if (path.includes('continue=') && compactions++ === 3) {
      kubernetes.cluster.compact();
    }
    return http()(path, init);
  };
  const page = await createKubernetes({ http: compacting }).runs({ ...query(), limit: 10_000 }, signal);
  expect(new Set(page.runs.map(({ runId }) => runId)).size).toBe(5000);
  expect(page).toMatchObject({ truncated: false, skipped: 0 });
});
