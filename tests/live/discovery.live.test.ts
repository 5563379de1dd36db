import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubernetesObject } from '../../src/connectors/kubernetes/fake-cluster.kit';
import { createTaskStore } from '../../src/connectors/task-store/connector';
import type { CollectedSources, SourceStatus } from '../../src/model/source-status';
import { NO_FILTER } from '../../src/model/task-query';
import type { TaskRun } from '../../src/model/task-run';
import { startNameServer } from '../../store/src/discovery/name-server.kit';
import type { NameServer } from '../../store/src/discovery/name-server.kit';
import { eventually } from '../systems/eventually';
import { startReplayedKubernetes } from '../systems/kubernetes';
import type { ReplayedKubernetes } from '../systems/kubernetes';
import { prometheusHttp } from '../systems/prometheus-http';
import { startStore } from '../systems/store';
import { startSupervisor, SUPERVISOR_USER } from '../systems/supervisor';
import type { Supervisor } from '../systems/supervisor';
import { stopAll, temporaryFolder } from '../systems/system';
import type { Launched } from '../systems/system';

/**
 * A real store that is told nowhere what to read, three real Supervisors that ask for a password, and three lists: a file, a name
 * server of this test on loopback, and the lists of an API server, which a server of this test answers with recorded pods.
 */
const TOKEN = 'of-a-service-account';
const NAME = '_supervisor._tcp.shop.example';
const data = temporaryFolder('discovery');
const listFile = join(data, 'hosts.yaml');
const signal = new AbortController().signal;
let supervisors: Supervisor[];
let names: NameServer;
let kubernetes: ReplayedKubernetes;
let store: Launched;

const source = () => ({
  system: 'supervisor',
  url: 'http://{target}/RPC2',
  user: SUPERVISOR_USER.user,
  passwordEnv: 'SUPERVISOR_PASSWORD',
  every: '1s',
});

const startFinding = () =>
  startStore({
    data: join(data, 'archive'),
    env: { SUPERVISOR_PASSWORD: SUPERVISOR_USER.password },
    config: {
      discovery: {
        file: {
          files: [join(data, 'hosts*.yaml')],
          name: '{environment}-{host}',
          labels: { environment: '{environment}', cluster: 'eu' },
          every: '1s',
          source: source(),
        },
        dns: { dns: { names: [NAME], server: names.address }, name: 'dns-{port}', every: '1s', source: source() },
        kubernetes: {
          kubernetes: {
            url: kubernetes.url,
            tokenFile: join(data, 'token'),
            role: 'pod',
            labels: 'team=web',
            port: portOf(2),
          },
          name: '{namespace}-{name}',
          every: '1s',
          source: source(),
        },
      },
    },
  });

const addressOf = (n: number) => new URL((supervisors[n] as Supervisor).url).host;
const portOf = (n: number) => Number(new URL((supervisors[n] as Supervisor).url).port);
const writeList = (text: string) => writeFileSync(listFile, text);

async function collected(): Promise<CollectedSources> {
  return (await (await fetch(`${store.url}/api/v1/sources`)).json()) as CollectedSources;
}

async function runsOf(name: string): Promise<TaskRun[]> {
  const range = { from: Date.now() - 3_600_000, to: Date.now() + 60_000 };
  const archive = createTaskStore({ http: prometheusHttp(store.url) });
  const { runs } = await archive.runs({ filter: NO_FILTER, range, limit: 1000 }, signal);
  return runs.filter((run) => run.source === name);
}

/** The status of a source, once it is as wanted. */
function becomes(name: string, is: (status: SourceStatus) => boolean): Promise<SourceStatus> {
  let seen = '';
  return eventually(
    `${name} to be as wanted`,
    async () => {
      const all = await collected();
      seen = JSON.stringify(all);
      return all.sources.find((one) => one.name === name && is(one));
    },
    { seconds: 30, everyMs: 300, lastSeen: () => seen }
  );
}

const isRead = ({ up, goneSince }: SourceStatus) => up === true && goneSince === undefined;
const isGone = ({ goneSince }: SourceStatus) => goneSince !== undefined;

beforeAll(async () => {
  const programs = { web: { command: 'sleep 1000' } };
  supervisors = await Promise.all([1, 2, 3].map(() => startSupervisor({ isProtected: true, programs })));
  names = await startNameServer();
  kubernetes = await startReplayedKubernetes({ token: TOKEN });
  kubernetes.cluster.change({ pods: [] });
  writeFileSync(join(data, 'token'), `${TOKEN}\n`);
  writeList('[]\n');
  store = await startFinding();
}, 900_000);

afterAll(async () => {
  await stopAll([store, kubernetes, ...(supervisors ?? [])]);
  await names.stop();
  rmSync(data, { recursive: true });
}, 60_000);

test('a host that a file names is read without a restart; one that went is not, and keeps its history', async () => {
  writeList(`- targets: ['${addressOf(0)}']\n  labels: { environment: prod }\n`);
  const status = await becomes('prod-127.0.0.1', isRead);
  expect(status).toMatchObject({ foundBy: 'file', url: `http://${addressOf(0)}/RPC2`, system: 'supervisor' });
  const [run] = await eventually('its runs', async () => {
    const runs = await runsOf('prod-127.0.0.1');
    return runs.length > 0 ? runs : undefined;
  });
  expect(run).toMatchObject({ task: 'web', state: 'running', labels: { environment: 'prod', cluster: 'eu' } });
  // The password is the config's; what is shown of the source has none of it.
  expect(JSON.stringify(await collected())).not.toContain(SUPERVISOR_USER.password);

  writeList(`- targets: ['${addressOf(0)}'\n`);
  const broken = await eventually('the list to be broken', async () => {
    const list = (await collected()).discoveries.find(({ name }) => name === 'file');
    return list?.up === false ? list : undefined;
  });
  expect(broken.lastError?.message).toMatch(/hosts\.yaml:\d: .*Correct the YAML or JSON/);
  expect(broken.found).toBe(1);
  const before = (await becomes('prod-127.0.0.1', isRead)).lastGoodAt ?? 0;
  await becomes('prod-127.0.0.1', (one) => isRead(one) && (one.lastGoodAt ?? 0) > before);

  writeList(`- targets: ['${addressOf(1)}']\n  labels: { environment: test }\n`);
  await becomes('test-127.0.0.1', isRead);
  const went = await becomes('prod-127.0.0.1', isGone);
  expect(Date.now() - (went.goneSince ?? 0)).toBeLessThan(60_000);
  expect(await runsOf('prod-127.0.0.1')).toEqual([{ ...run, observedAt: expect.any(Number) }]);
}, 120_000);

test('what SRV records name is read; a name server that fails changes nothing', async () => {
  const name = `dns-${portOf(0)}`;
  names.records.set(NAME, [{ target: 'localhost', port: portOf(0) }]);
  await becomes(name, isRead);
  names.isBroken = true;
  await eventually('the list to be broken', async () => {
    const list = (await collected()).discoveries.find((one) => one.name === 'dns');
    return list?.up === false && list.lastError?.message.includes('ESERVFAIL') ? list : undefined;
  });
  const before = (await becomes(name, isRead)).lastGoodAt ?? 0;
  await becomes(name, (one) => isRead(one) && (one.lastGoodAt ?? 0) > before);
  names.isBroken = false;
  names.records.set(NAME, []);
  await becomes(name, isGone);
}, 120_000);

test('recorded pods that a replayed API server lists are read while they run', async () => {
  const recorded = kubernetes.pods.find(
    ({ status }) => (status as { phase?: string } | undefined)?.phase === 'Running'
  ) as KubernetesObject;
  const pod = (phase: string) => ({
    ...recorded,
    metadata: { ...recorded.metadata, name: 'tasks-0', labels: { team: 'web' } },
    status: { ...(recorded['status'] as object), phase, podIP: '127.0.0.1' },
  });
  kubernetes.cluster.change({ pods: [pod('Running')] });
  await becomes('shop-tasks-0', isRead);
  kubernetes.cluster.change({ pods: [pod('Succeeded')] });
  await becomes('shop-tasks-0', isGone);
}, 120_000);

test('after a restart what went is still known, and what a list names is read on', async () => {
  const before = await becomes('prod-127.0.0.1', isGone);
  await store.stop();
  store = await startFinding();
  await becomes('test-127.0.0.1', isRead);
  expect((await becomes('prod-127.0.0.1', isGone)).goneSince).toBe(before.goneSince);
  const metrics = await (await fetch(`${store.url}/metrics`)).text();
  expect(metrics).toMatch(/^runlane_discovery_up\{discovery="file"\} 1$/m);
  expect(metrics).toMatch(/^runlane_discovery_sources\{discovery="file"\} 1$/m);
  expect(metrics).not.toContain('runlane_source_up{source="prod-127.0.0.1"}');
}, 120_000);
