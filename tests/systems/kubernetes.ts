import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { FakeCluster, refused } from '../../src/connectors/kubernetes/fake-cluster.kit';
import type { KubernetesObject } from '../../src/connectors/kubernetes/fake-cluster.kit';
import type { System } from './system';

const FIXTURES = join(__dirname, '../../src/connectors/kubernetes/fixtures');

/** A server in place of Kubernetes' API server, which is too much to build for a test. */
export interface ReplayedKubernetes extends System {
  /** What it answers from. */
  cluster: FakeCluster;
  /** Objects of the recording, their times moved to now. */
  jobs: KubernetesObject[];
  pods: KubernetesObject[];
}

interface Recorded {
  now: number;
  answers: Array<{ path: string; body: string }>;
}

/** The recorded objects of a cluster behind an API server's lists, tokens and refusals, below a path as a proxy may give it one. */
export async function startReplayedKubernetes({ token, prefix = '' }: { token: string; prefix?: string }) {
  const { now, answers } = JSON.parse(readFileSync(join(FIXTURES, 'every-end-of-a-job.json'), 'utf8')) as Recorded;
  const moved = (text: string) =>
    text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, (time) => {
      const at = Date.parse(time) - now + Date.now();
      return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
    });
  const objectsOf = (list: string) => {
    const answer = answers.find(({ path }) => path.includes(`/namespaces/shop/${list}?`) && path.includes('limit=500'));
    return (JSON.parse(moved(answer?.body ?? '')) as { items: KubernetesObject[] }).items;
  };
  const [jobs, pods, cronjobs] = ['jobs', 'pods', 'cronjobs'].map(objectsOf) as [
    KubernetesObject[],
    KubernetesObject[],
    KubernetesObject[],
  ];
  const cluster = new FakeCluster({ jobs, pods, cronjobs });
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const mayAsk = request.headers.authorization === `Bearer ${token}`;
    const { status, body } = !path.startsWith(`${prefix}/`)
      ? { status: 404, body: '404 page not found\n' }
      : mayAsk
        ? cluster.answer(path.slice(prefix.length))
        : refused(401, 'Unauthorized', 'Unauthorized');
    response.writeHead(status, { 'content-type': body.startsWith('{') ? 'application/json' : 'text/plain' });
    response.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const replayed: ReplayedKubernetes = {
    url: `http://127.0.0.1:${port}${prefix}`,
    pid: process.pid,
    cluster,
    jobs,
    pods,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
  return replayed;
}
