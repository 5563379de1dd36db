import type { TaskRun } from '../../model/task-run';
import { after, ended, holds, jobObject, mainIs, MADE_AT, podObject } from './fake-cluster.kit';
import type { KubernetesObject } from './fake-cluster.kit';
import type { Around } from './row';
import { toTaskRuns } from './to-task-runs';
import { readJob, readPod } from './wire';

const AROUND: Around = {
  now: Date.parse(after(3600)),
  scope: { namespaces: ['shop'] },
  cronJobs: new Map(),
  memory: new Map(),
};

function told(job: KubernetesObject, pods: readonly KubernetesObject[], around: Partial<Around> = {}) {
  return toTaskRuns(readJob(job), pods.map(readPod), { ...AROUND, ...around });
}

const words = ({ rows }: { rows: TaskRun[] }) =>
  rows.map(({ attempt, state, substate, nativeState }) => `#${attempt} ${state}/${substate} ${nativeState}`);

const job = jobObject('report', { status: { active: 1 } });
const failedAt = (number: number, seconds: number, part: object = {}) =>
  podObject(job, number, { status: { phase: 'Failed', ...mainIs(ended(1, seconds)) }, ...part });

test('of pods that are gone only the number is left: the others keep theirs', () => {
  const tried = jobObject('report', { status: { active: 1, failed: 3 } });
  const found = told(tried, [failedAt(30, 35), podObject(job, 60, { status: mainIs({ running: {} }) })]);
  expect(words(found)).toEqual(['#3 failed/error Error', '#4 running/executing Running']);
  expect(found.unseen).toBe(2);
});

test('a pod that failed and is not counted yet is not missed twice', () => {
  const finalizers = ['batch.kubernetes.io/job-tracking'];
  const metadata = (uid: string) => ({ uid, finalizers });
  const pods = [failedAt(30, 35, {}), failedAt(60, 65, {})].map((pod, n) => ({
    ...pod,
    metadata: { ...pod.metadata, ...metadata(`p${n}`) },
  }));
  // One of two is about to be counted, a third is gone since.
  const counted = { failed: 1, uncountedTerminatedPods: { failed: ['p0'] }, active: 0 };
  const found = told(jobObject('report', { status: counted }), pods);
  expect(words(found).slice(0, 2)).toEqual(['#2 failed/error Error', '#3 failed/error Error']);
  expect(found.unseen).toBe(1);
});

test('after a failure it waits for the next try, unless that was the last', () => {
  const once = (status: object, spec = {}) => told(jobObject('report', { status, spec }), [failedAt(1, 5)]);
  expect(words(once({ failed: 1 }))).toEqual(['#1 failed/error Error', '#2 pending/retrying Backoff']);
  expect(words(once({ failed: 1 }, { backoffLimit: 0 }))).toEqual(['#1 failed/error Error']);
  const undecided = failedAt(1, 5, { metadata: { finalizers: ['batch.kubernetes.io/job-tracking'] } });
  expect(words(told(job, [undecided]))).toEqual(['#1 failed/error Error']);
  const ending = { failed: 1, conditions: [holds('FailureTarget', 6, { reason: 'PodFailurePolicy' })] };
  expect(words(once(ending))).toEqual(['#1 failed/error Error']);
});

test.each([
  ['PreemptionByScheduler', 'killed'],
  ['EvictionByEvictionAPI', 'killed'],
  ['TerminationByKubelet', 'killed'],
  ['DeletionByTaintManager', 'lost'],
  ['DeletionByPodGC', 'lost'],
])('a pod that was disrupted by %s is %s', (reason, substate) => {
  const pod = podObject(job, 1, {
    status: {
      phase: 'Failed',
      ...mainIs(ended(143, 9)),
      conditions: [holds('DisruptionTarget', 8, { reason, message: 'It had to go.' })],
    },
  });
  const [run] = told(job, [pod]).rows;
  expect(run).toMatchObject({ state: 'failed', substate, exitCode: 143, signal: 'SIGTERM' });
  expect(run?.error).toEqual({ type: reason, message: 'It had to go.' });
});

test.each([
  ['NodeLost', 'lost'],
  ['OutOfcpu', 'rejected'],
  ['UnexpectedAdmissionError', 'rejected'],
])('a pod without a container that failed with %s is %s, and has an end', (reason, substate) => {
  const conditions = [{ type: 'PodScheduled', status: 'True', lastTransitionTime: after(2) }];
  const pod = podObject(job, 1, { status: { phase: 'Failed', reason, message: 'No room.', conditions } });
  expect(told(job, [pod]).rows[0]).toMatchObject({
    state: 'failed',
    substate,
    finishedAt: Date.parse(after(2)),
    error: { type: reason, message: 'No room.' },
  });
});

test('a container that the kubelet did not find again has no exit code, and its pod was not restarted', () => {
  const unknown = {
    terminated: { exitCode: 137, reason: 'ContainerStatusUnknown', startedAt: null, finishedAt: null },
  };
  const conditions = [holds('DisruptionTarget', 9, { reason: 'TerminationByKubelet', message: 'The node was low.' })];
  const status = { phase: 'Failed', reason: 'Evicted', message: 'Too much. ', conditions };
  const pod = podObject(job, 1, {
    spec: { restartPolicy: 'Never' },
    status: { ...status, ...mainIs(unknown, { restartCount: 1, lastState: unknown }) },
  });
  const found = told(jobObject('report', { spec: { backoffLimit: 0 } }), [pod]);
  expect(words(found)).toEqual(['#1 failed/killed Evicted']);
  expect(found.unseen).toBe(0);
  expect(found.rows[0]).toMatchObject({ error: { message: 'Too much.' }, finishedAt: Date.parse(after(9)) });
  expect(found.rows[0]?.exitCode).toBeUndefined();
});

test('a pod whose node does not say how it is was lost; one that is told to end has a while for it', () => {
  const unknown = podObject(job, 1, { status: { phase: 'Unknown', reason: 'NodeLost', ...mainIs({ running: {} }) } });
  expect(words(told(job, [unknown]))[0]).toBe('#1 failed/lost NodeLost');
  const leaving = podObject(job, 1, {
    metadata: { deletionTimestamp: after(100) },
    status: mainIs({ running: { startedAt: after(2) } }),
  });
  const at = (seconds: number) => words(told(job, [leaving], { now: Date.parse(after(seconds)) }));
  expect(at(90)).toEqual(['#1 running/stopping Terminating']);
  expect(at(150)).toEqual(['#1 running/stopping Terminating']);
  expect(at(200)).toEqual(['#1 failed/lost Terminating', '#2 pending/retrying Backoff']);
});

test('a node that does not answer makes what it tells old, which is said', () => {
  const conditions = [
    { type: 'ContainersReady', status: 'True', lastTransitionTime: after(3) },
    { type: 'Ready', status: 'False', lastTransitionTime: after(60) },
  ];
  const pod = podObject(job, 1, { status: { conditions, ...mainIs({ running: { startedAt: after(2) } }) } });
  expect(told(job, [pod]).rows[0]).toMatchObject({
    state: 'running',
    evidence: `Node worker-1 has not answered since ${new Date(after(60)).toISOString()}: whether this still runs is not known.`,
  });
});

test('a job whose pods are gone has its end from the job, and no start that nobody knows', () => {
  const complete = { succeeded: 1, completionTime: after(90), conditions: [holds('Complete', 91)] };
  const [run] = told(jobObject('report', { status: complete }), []).rows;
  expect(run).toMatchObject({ attempt: 1, state: 'completed', finishedAt: Date.parse(after(90)) });
  expect(run).toMatchObject({
    startedAt: Date.parse(MADE_AT),
    evidence: expect.stringContaining('pod is gone') as unknown,
  });
  const conditions = [holds('Failed', 90, { reason: 'BackoffLimitExceeded', message: 'Enough.' })];
  const failed = told(jobObject('report', { status: { failed: 7, conditions } }), []);
  expect(words(failed)).toEqual(['#7 failed/error BackoffLimitExceeded']);
  expect(failed.unseen).toBe(6);
  expect(failed.rows[0]?.startedAt).toBeUndefined();
  expect(failed.rows[0]?.finishedAt).toBe(Date.parse(after(90)));
});

test('while its pods are being ended a job is about to end, by the number that its last try will have', () => {
  const ending = (reason: string, spec = {}) =>
    words(
      told(
        jobObject('report', { spec, status: { failed: 1, conditions: [holds('FailureTarget', 6, { reason })] } }),
        []
      )
    );
  expect(ending('DeadlineExceeded')).toEqual(['#1 running/stopping FailureTarget']);
  expect(
    ending('BackoffLimitExceeded', { template: { spec: { restartPolicy: 'OnFailure' } }, backoffLimit: 2 })
  ).toEqual(['#3 running/stopping FailureTarget']);
});

test('a deadline ends the try that ran, whatever its exit code was', () => {
  const conditions = [holds('Failed', 60, { reason: 'DeadlineExceeded', message: 'Too long.' })];
  const found = told(jobObject('report', { status: { failed: 1, conditions } }), [
    podObject(job, 1, { status: { phase: 'Failed', ...mainIs(ended(143, 61)) } }),
  ]);
  expect(words(found)).toEqual(['#1 failed/timed_out Error']);
  expect(found.rows[0]).toMatchObject({ exitCode: 143, error: { type: 'DeadlineExceeded', message: 'Too long.' } });
});

test('a pod that ended after the deadline, and long before its job did, is the try that the deadline ended', () => {
  const reason = { reason: 'DeadlineExceeded', message: 'Too long.' };
  const conditions = [holds('FailureTarget', 60, reason), holds('Failed', 90, reason)];
  const late = jobObject('report', { status: { failed: 1, conditions } });
  const pod = podObject(job, 1, { status: { phase: 'Failed', ...mainIs(ended(143, 61)) } });
  expect(words(told(late, [pod]))).toEqual(['#1 failed/timed_out Error']);
  const before = podObject(job, 1, { status: { phase: 'Failed', ...mainIs(ended(1, 30)) } });
  expect(words(told(late, [before]))).toEqual(['#1 failed/error Error', '#2 failed/timed_out DeadlineExceeded']);
});

test('a job that is resumed begins to wait anew, and keeps the time when it was made', () => {
  const suspended = jobObject('report', {
    spec: { suspend: true },
    status: { startTime: null, conditions: [holds('Suspended', 1)] },
  });
  expect(words(told(suspended, []))).toEqual(['#1 pending/suspended Suspended']);
  const pod = podObject(job, 600, { status: mainIs({ running: { startedAt: after(605) } }) });
  expect(told(job, [pod]).rows[0]).toMatchObject({
    createdAt: Date.parse(MADE_AT),
    queuedAt: Date.parse(after(600)),
    startedAt: Date.parse(after(605)),
  });
});

test('restarts in a pod are tries: the last one ended as lastState says, those before are counted', () => {
  const status = mainIs(
    { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s' } },
    { restartCount: 3, lastState: ended(7, 50) }
  );
  const spec = { restartPolicy: 'OnFailure' };
  const found = told(job, [podObject(job, 1, { spec, status })]);
  // The fourth container has ended, the fifth one waits.
  expect(words(found)).toEqual(['#4 failed/error Error', '#5 pending/retrying CrashLoopBackOff']);
  expect(found.unseen).toBe(3);
  const restarted = mainIs({ running: { startedAt: after(90) } }, { restartCount: 4, lastState: ended(7, 50) });
  const now = told(job, [podObject(job, 1, { spec, status: restarted })]);
  expect(words(now)).toEqual(['#4 failed/error Error', '#5 running/executing Running']);
  expect(found.rows[0]).toMatchObject({ exitCode: 7, finishedAt: Date.parse(after(50)) });
  const limited = jobObject('report', { spec: { backoffLimit: 3 }, status: { active: 1 } });
  expect(words(told(limited, [podObject(job, 1, { spec, status })]))).toEqual(['#4 failed/error Error']);
});

test('between its end and its restart a container has ended, and the next try waits', () => {
  const pod = (restartCount: number) =>
    podObject(job, 1, { spec: { restartPolicy: 'OnFailure' }, status: mainIs(ended(7, 50), { restartCount }) });
  const limited = jobObject('report', { spec: { backoffLimit: 1 }, status: { active: 1 } });
  expect(words(told(limited, [pod(0)]))).toEqual(['#1 failed/error Error', '#2 pending/retrying Backoff']);
  expect(words(told(limited, [pod(1)]))).toEqual(['#2 failed/error Error']);
});

test('the main container decides: the first, or the one that an annotation names', () => {
  const containers = [
    { name: 'proxy', image: 'proxy:1' },
    { name: 'work', image: 'work:1', resources: { limits: { memory: '1Gi', cpu: '1500m' } } },
  ];
  const containerStatuses = [
    { name: 'proxy', restartCount: 0, state: ended(0, 20) },
    { name: 'work', restartCount: 0, state: ended(9, 10, { message: ' boom\n' }) },
  ];
  const part = { spec: { containers }, status: { phase: 'Failed', containerStatuses } };
  const annotations = { 'kubectl.kubernetes.io/default-container': 'work' };
  const [named] = told(job, [podObject(job, 1, { ...part, metadata: { annotations } })]).rows;
  expect(named).toMatchObject({
    exitCode: 9,
    error: { message: 'boom' },
    memoryLimitBytes: 2 ** 30,
    cpuLimitCores: 1.5,
  });
  expect(named?.labels).toMatchObject({ image: 'work:1' });
  // The first one did its work; that the pod failed is the other's doing.
  const [first] = told(job, [podObject(job, 1, part)]).rows;
  expect(first).toMatchObject({ state: 'failed', exitCode: 9, error: { message: 'boom' } });
});

test('clocks of nodes that are behind put no start before the pod was made', () => {
  const pod = podObject(job, 100, { status: { phase: 'Succeeded', ...mainIs(ended(0, 60)) } });
  const [run] = told(jobObject('report', { status: { succeeded: 1 } }), [pod]).rows;
  expect(run).toMatchObject({ queuedAt: Date.parse(after(100)), startedAt: Date.parse(after(100)) });
  expect(run?.finishedAt).toBe(Date.parse(after(100)));
});

test('with pods that count themselves by index, a try has the number that the pod has', () => {
  const indexed = jobObject('sweep', {
    spec: {
      completions: 4,
      parallelism: 4,
      completionMode: 'Indexed',
      backoffLimitPerIndex: 3,
      backoffLimit: 2147483647,
    },
    status: { active: 1, failed: 2 },
  });
  const annotations = {
    'batch.kubernetes.io/job-completion-index': '3',
    'batch.kubernetes.io/job-index-failure-count': '2',
  };
  const found = told(indexed, [podObject(indexed, 9, { metadata: { annotations }, status: mainIs({ running: {} }) })]);
  const [, pod] = found.rows;
  expect(pod).toMatchObject({ attempt: 3, maxAttempts: 4, kind: 'task', labels: { index: '3' } });
  expect(found.unseen).toBe(2);
});

test('two namespaces or two clusters with the same jobs are two tasks and two runs', () => {
  const inShop = told(job, []).rows[0];
  const everywhere = told(job, [], { scope: { namespaces: [] } }).rows[0];
  const inEurope = told(job, [], { scope: { namespaces: ['shop', 'billing'], cluster: 'eu' } }).rows[0];
  expect([inShop, everywhere, inEurope].map((run) => run?.task)).toEqual(['report', 'shop/report', 'eu/shop/report']);
  expect(inShop?.runId).toBe('shop/report/uid-shop-report');
  expect(inEurope).toMatchObject({
    runId: 'eu/shop/report/uid-shop-report',
    labels: { cluster: 'eu', namespace: 'shop' },
  });
});
