import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HttpResponse } from '../../src/connectors/connector';
import { createKubernetes } from '../../src/connectors/kubernetes/connector';
import type { KubernetesSettings } from '../../src/connectors/kubernetes/settings';
import { ConnectorError } from '../../src/model/connector-error';
import { NO_FILTER } from '../../src/model/task-query';
import { eventually } from '../../tests/systems/eventually';
import { CRON_JOB, HELD, JOBS, manualRun } from './kubernetes-jobs';

/**
 * `npm run recordings:kubernetes`: what a real Kubernetes answers to its connector, for the fixtures of the contract test.
 * It needs a cluster that nobody else uses, with a node that has the image busybox:1.36:
 * KUBERNETES_URL, KUBERNETES_TOKEN (may do everything), KUBERNETES_STRANGER (a token that may read nothing), and for a node that
 * is lost KUBELET_PID, which is halted for a minute. NODE_EXTRA_CA_CERTS names the authority of the API server.
 */
const FIXTURES = join(__dirname, '../../src/connectors/kubernetes/fixtures');
const HOUR = 3_600_000;
const { KUBERNETES_URL = '', KUBERNETES_TOKEN = '', KUBERNETES_STRANGER = '', KUBELET_PID } = process.env;
const SHOP = '/apis/batch/v1/namespaces/shop';
const signal = new AbortController().signal;

async function ask(method: string, path: string, body?: object, token = KUBERNETES_TOKEN): Promise<HttpResponse> {
  const response = await fetch(KUBERNETES_URL + path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.text() };
}

async function must(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
  const answer = await ask(method, path, body);
  if (answer.status >= 300) {
    throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
  }
  return JSON.parse(answer.body) as Record<string, unknown>;
}

interface Recording {
  situation: string;
  settings?: KubernetesSettings;
  token?: string;
  /** Items of each list that are kept; absent: all. */
  most?: number;
  /** Done before an answer is asked for. */
  before?(path: string): Promise<void>;
}

/** Asks what the contract test asks, and keeps each answer under the address that was asked, without managedFields. */
async function record(file: string, { situation, settings, token, most, before }: Recording): Promise<void> {
  const answers: Array<HttpResponse & { path: string }> = [];
  const http = async (path: string) => {
    await before?.(path);
    const { status, body } = await ask('GET', path, undefined, token);
    const answer = { status, body: slim(body, most) };
    answers.push({ path, ...answer });
    return answer;
  };
  const now = Date.now();
  const range = { from: now - HOUR, to: now };
  const connector = createKubernetes({ http }, settings, () => now);
  for (const question of [
    () => connector.check(signal),
    () => connector.runs({ filter: NO_FILTER, range, limit: 50 }, signal),
  ]) {
    try {
      await question();
    } catch (error) {
      if (!(error instanceof ConnectorError)) {
        throw error;
      }
    }
  }
  const recorded = {
    system: 'Kubernetes 1.34.4: kube-apiserver, kube-controller-manager, kube-scheduler, kubelet, containerd 1.6.20',
    date: new Date(now).toISOString().slice(0, 10),
    situation,
    without: most === undefined ? 'managedFields' : `managedFields, and items of lists but the first ${most}`,
  };
  writeFileSync(join(FIXTURES, file), `${JSON.stringify({ recorded, now, range, settings, answers }, undefined, 2)}\n`);
  process.stdout.write(`${file}: ${answers.length} answers\n`);
}

/** Who set which field when is most of a list, and nobody reads it. */
function slim(body: string, most = Infinity): string {
  if (!body.startsWith('{')) {
    return body;
  }
  const value = JSON.parse(body) as { items?: Array<{ metadata?: Record<string, unknown> }> };
  value.items?.forEach(({ metadata }) => delete metadata?.['managedFields']);
  if (value.items !== undefined) {
    value.items = value.items.slice(0, most);
  }
  return JSON.stringify(value);
}

interface JobAsTold {
  metadata: { name: string };
  status: { failed?: number; conditions?: Array<{ type: string; status: string }> };
}

async function jobsNow(): Promise<Map<string, JobAsTold>> {
  const { items } = (await must('GET', `${SHOP}/jobs`)) as unknown as { items: JobAsTold[] };
  return new Map(items.map((job) => [job.metadata.name, job]));
}

const hasEnded = ({ status }: JobAsTold) =>
  status.conditions?.some(({ type, status: is }) => is === 'True' && (type === 'Complete' || type === 'Failed'));

const patience = { seconds: 300, everyMs: 2000 };
const pause = (ms: number) => new Promise((wait) => setTimeout(wait, ms));

async function everyEnd(): Promise<void> {
  await must('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } });
  await must('POST', `${SHOP}/cronjobs`, CRON_JOB);
  for (const job of [...JOBS, ...HELD]) {
    await must('POST', `${SHOP}/jobs`, job);
  }
  await must('POST', `${SHOP}/jobs`, manualRun(await must('GET', `${SHOP}/cronjobs/report`)));
  const endless = new Set(HELD.map(({ metadata }) => metadata.name));
  // One that is deleted while it runs, and one whose pods are.
  await pause(12_000);
  const pods = (await must('GET', '/api/v1/namespaces/shop/pods')) as unknown as {
    items: Array<{ metadata: { name: string; labels: Record<string, string> } }>;
  };
  const podOf = (job: string) => pods.items.find(({ metadata }) => metadata.labels['job-name'] === job)?.metadata.name;
  await must('DELETE', `/api/v1/namespaces/shop/pods/${podOf('pod-deleted')}`);
  await eventually(
    'all jobs to have ended',
    async () => {
      const open = [...(await jobsNow())].filter(([name, job]) => !endless.has(name) && !hasEnded(job));
      process.stdout.write(`open: ${open.map(([name]) => name).join(' ')}\n`);
      return open.length === 0 ? true : undefined;
    },
    patience
  );
  await must('DELETE', `/api/v1/namespaces/shop/pods?labelSelector=job-name%3Dpods-gone`);
  await eventually(
    'the CronJob to have run by itself',
    async () => ([...(await jobsNow()).keys()].some((name) => /^report-\d+$/.test(name)) ? true : undefined),
    patience
  );
  await pause(8_000);
  await record('every-end-of-a-job.json', {
    situation:
      'Every way a job and its pods end, wait or run; a CronJob that ran by its schedule and by hand; pods that were deleted',
    settings: { kubernetesNamespaces: 'shop' },
  });
}

/**
 * A node that does nothing but answer. Without it all nodes would be silent, and then nothing is taken away from any of them.
 */
async function otherNode(): Promise<() => void> {
  const lease = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
  const name = 'worker-2';
  const spec = () => ({ holderIdentity: name, leaseDurationSeconds: 40, renewTime: microTime() });
  await ask('DELETE', `/api/v1/nodes/${name}`);
  await ask('DELETE', `${lease}/${name}`);
  await must('POST', '/api/v1/nodes', { metadata: { name }, spec: { unschedulable: true } });
  await must('POST', lease, { metadata: { name }, spec: spec() });
  const ready = { type: 'Ready', status: 'True', reason: 'KubeletReady', lastHeartbeatTime: new Date() };
  await must('PATCH', `/api/v1/nodes/${name}/status`, { status: { conditions: [ready] } });
  const beat = setInterval(() => {
    void ask('PATCH', `${lease}/${name}`, { spec: spec() });
  }, 5_000);
  return () => clearInterval(beat);
}

function microTime(): string {
  return new Date().toISOString().replace('Z', '000Z');
}

async function nodeLost(pid: number): Promise<void> {
  const end = await otherNode();
  process.kill(pid, 'SIGSTOP');
  try {
    await pause(140_000);
    await record('node-does-not-answer.json', {
      situation:
        'One of two nodes has been silent for more than two minutes; a pod was told to end after five seconds of that',
      settings: { kubernetesNamespaces: 'shop' },
    });
  } finally {
    process.kill(pid, 'SIGCONT');
    end();
  }
}

/** Etcd forgets old versions every five minutes unless the API server is told otherwise. */
async function expired(): Promise<void> {
  await must('POST', '/api/v1/namespaces', { metadata: { name: 'many' } });
  const suspended = (n: number) => ({
    ...JOBS[0],
    metadata: { name: `job-${n}` },
    spec: { ...JOBS[0]?.spec, suspend: true },
  });
  for (let from = 0; from < 5000; from += 20) {
    const part = Array.from({ length: 20 }, (_, n) => from + n);
    await Promise.all(part.map((n) => must('POST', '/apis/batch/v1/namespaces/many/jobs', suspended(n))));
  }
  const started = Date.now();
  const http = (path: string) => ask('GET', path);
  const { runs, next } = await createKubernetes({ http }, { kubernetesNamespaces: 'many' }).runs(
    { filter: NO_FILTER, range: { from: 0, to: Date.now() }, limit: 10_000 },
    signal
  );
  process.stdout.write(`${runs.length} runs of 5,000 jobs in ${Date.now() - started} ms, next ${next}\n`);
  const first = (await must('GET', '/apis/batch/v1/namespaces/many/jobs?limit=500')) as {
    metadata: { continue: string };
  };
  const token = encodeURIComponent(first.metadata.continue);
  await eventually(
    'the token to expire',
    async () => {
      const { status } = await ask('GET', `/apis/batch/v1/namespaces/many/jobs?continue=${token}&limit=500`);
      return status === 410 ? true : undefined;
    },
    { seconds: 900, everyMs: 5000 }
  );
  // The connector's own first page is followed by the token of the one that has expired.
  await record('expired-while-it-was-read.json', {
    situation: 'The second page of 5,000 jobs is asked for when etcd has forgotten of which version the first was',
    settings: { kubernetesNamespaces: 'many' },
    most: 2,
    before: (path) => (path.includes('continue=') ? compacted(path) : Promise.resolve()),
  });
}

/** Until the version of this page is forgotten. */
async function compacted(path: string): Promise<void> {
  await eventually('the page to expire', async () => ((await ask('GET', path)).status === 410 ? true : undefined), {
    seconds: 900,
    everyMs: 5000,
  });
}

async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  const isWanted = (name: string) => wanted.length === 0 || wanted.includes(name);
  if (isWanted('refusals')) {
    await record('token-is-not-known.json', { situation: 'A token that the API server does not know', token: 'none' });
    await record('may-not-read.json', { situation: 'A token without any right', token: KUBERNETES_STRANGER });
    await record('nothing-there.json', {
      situation: 'A namespace without jobs',
      settings: { kubernetesNamespaces: 'kube-public' },
    });
  }
  if (isWanted('ends')) {
    await everyEnd();
  }
  if (isWanted('node') && KUBELET_PID !== undefined) {
    await nodeLost(Number(KUBELET_PID));
  }
  if (isWanted('expired')) {
    await expired();
  }
}

void main();
