import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeCluster, refused } from '../../../src/connectors/kubernetes/fake-cluster.kit';
import type { KubernetesObject } from '../../../src/connectors/kubernetes/fake-cluster.kit';
import { createKubernetesFinder } from './kubernetes-finder';
import type { KubernetesQuestion } from './kubernetes-finder';

const signal = new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), 'runlane-discovery-'));

afterAll(() => rmSync(folder, { recursive: true }));

function service(name: string, ports: object[], labels: Record<string, string> = { app: 'flower' }): KubernetesObject {
  return { metadata: { name, namespace: 'shop', uid: `uid-${name}`, labels }, spec: { ports } };
}

function pod(
  name: string,
  { metadata = {}, status = {} }: { metadata?: object; status?: object } = {}
): KubernetesObject {
  return {
    metadata: { name, namespace: 'shop', uid: `uid-${name}`, labels: { app: 'flower' }, ...metadata },
    spec: {
      nodeName: 'worker-1',
      containers: [
        { name: 'side' },
        { name: 'main', ports: [{ containerPort: 80 }, { name: 'http', containerPort: 5555 }] },
      ],
    },
    status: { phase: 'Running', podIP: '10.1.0.7', ...status },
  };
}

function look(cluster: FakeCluster, question: Partial<KubernetesQuestion> = {}, tokens: string[] = []) {
  const asked: KubernetesQuestion = {
    url: 'https://k8s',
    role: 'service',
    namespaces: [],
    token: { bearer: 'token' },
    ...question,
  };
  const finder = createKubernetesFinder(asked, (_, token) => {
    tokens.push(token);
    return cluster.http;
  });
  return finder.look(signal);
}

test('services of the labels are found by their name, with the port that is wanted', async () => {
  const http = { name: 'http', port: 5555 };
  const cluster = new FakeCluster({
    services: [
      service('flower', [{ name: 'metrics', port: 9090 }, http]),
      service('other', [http], { app: 'web' }),
      service('mute', [{ name: 'metrics', port: 9090 }]),
    ],
  });
  expect(await look(cluster, { labels: 'app=flower', port: 'http', namespaces: ['shop', 'billing'] })).toEqual({
    targets: [{ address: 'flower.shop.svc:5555', labels: { app: 'flower', name: 'flower', namespace: 'shop' } }],
    notices: ['The service shop/mute has no port called http. Set port to its number.'],
  });
  expect(cluster.asked).toEqual([
    '/api/v1/namespaces/shop/services?labelSelector=app%3Dflower&limit=500',
    '/api/v1/namespaces/billing/services?labelSelector=app%3Dflower&limit=500',
  ]);
  const { targets } = await look(cluster, { labels: 'app=flower' });
  expect(targets.map(({ address }) => address)).toEqual(['flower.shop.svc:9090', 'mute.shop.svc:9090']);
});

test('pods are found by their address while they run', async () => {
  const cluster = new FakeCluster({
    pods: [
      pod('runs'),
      pod('six', { status: { podIP: 'fd00::7' } }),
      pod('waits', { status: { phase: 'Pending', podIP: undefined } }),
      pod('ended', { status: { phase: 'Succeeded' } }),
      pod('leaves', { metadata: { deletionTimestamp: '2026-11-30T12:00:00Z' } }),
    ],
  });
  const labels = { app: 'flower', namespace: 'shop', node: 'worker-1' };
  expect(await look(cluster, { role: 'pod', port: 'http' })).toEqual({
    targets: [
      { address: '10.1.0.7:5555', labels: { ...labels, name: 'runs' } },
      { address: '[fd00::7]:5555', labels: { ...labels, name: 'six' } },
    ],
    notices: [],
  });
  expect((await look(cluster, { role: 'pod', port: 6000 })).targets.map(({ address }) => address)).toEqual([
    '10.1.0.7:6000',
    '[fd00::7]:6000',
  ]);
});

test('more than a page is read, an object that cannot be read is counted, and none is said', async () => {
  const many = Array.from({ length: 600 }, (_, n) => service(`s${n}`, [{ port: 1 }]));
  const found = await look(new FakeCluster({ services: [...many, service('odd', [{ port: 'x' }])] }));
  expect(found.targets).toHaveLength(200);
  expect(found.notices).toEqual([
    '1 services could not be read.',
    'The list has 600 entries, of which the first 200 are taken. Make two lists of it.',
  ]);
  expect(await look(new FakeCluster({}))).toEqual({ targets: [], notices: ['The cluster has no such services.'] });
});

test('the token is read anew with each look, since Kubernetes replaces it', async () => {
  const file = join(folder, 'token');
  const cluster = new FakeCluster({});
  const tokens: string[] = [];
  writeFileSync(file, 'first\n');
  await look(cluster, { token: { file } }, tokens);
  writeFileSync(file, 'second\n');
  await look(cluster, { token: { file } }, tokens);
  expect(tokens).toEqual(['first', 'second']);
  await expect(look(cluster, { token: { file: join(folder, 'none') } })).rejects.toThrow(
    /The token of the service account cannot be read at .* \(ENOENT\)\. In a pod, see automountServiceAccountToken/
  );
});

test.each([
  [
    refused(403, 'services is forbidden: User "system:serviceaccount:ops:runlane" cannot list'),
    /answered 403: services is forbidden.*kubernetes-reader\.yaml/,
  ],
  [refused(401, 'Unauthorized'), /answered 401\. Set the token of a service account/],
  [{ status: 200, body: '<html>Sign in</html>' }, /answered a web page|no JSON/],
  [{ status: 200, body: '{"kind":"PodList"}' }, /kind is/],
])('an answer that is none is no empty list', async (answer, message) => {
  const cluster = new FakeCluster({});
  cluster.instead.set('/api/v1/services', answer);
  await expect(look(cluster)).rejects.toThrow(message);
});
