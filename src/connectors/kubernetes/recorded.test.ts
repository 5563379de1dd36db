import { readFileSync } from 'fs';
import { join } from 'path';
import type { RunPage } from '../../model/answer';
import { NO_FILTER } from '../../model/task-query';
import type { TaskRun } from '../../model/task-run';
import type { HttpResponse } from '../connector';
import { createKubernetes } from './connector';

interface Recorded {
  now: number;
  range: { from: number; to: number };
  answers: Array<HttpResponse & { path: string }>;
}

const signal = new AbortController().signal;

/** What a recorded cluster (`npm run recordings:kubernetes`) is shown as. */
async function recorded(situation: string): Promise<RunPage> {
  const { now, range, answers } = JSON.parse(
    readFileSync(join(__dirname, 'fixtures', `${situation}.json`), 'utf8')
  ) as Recorded;
  const http = async (path: string) => answers.find((one) => one.path === path) ?? { status: 404, body: '' };
  const connector = createKubernetes({ http }, { kubernetesNamespaces: 'shop' }, () => now);
  return connector.runs({ filter: NO_FILTER, range, limit: 1000 }, signal);
}

/** The tries of a job, the first one first. */
function tries({ runs }: RunPage, job: string): TaskRun[] {
  return runs
    .filter(({ kind, labels }) => kind === 'job' && labels?.['job'] === job)
    .sort((a, b) => a.attempt - b.attempt);
}

const word = ({ attempt, state, substate, nativeState }: TaskRun) => `#${attempt} ${state}/${substate} ${nativeState}`;

let page: RunPage;
beforeAll(async () => {
  page = await recorded('every-end-of-a-job');
});

test.each([
  ['succeeds', ['#1 completed/success Completed']],
  ['succeeds-at-second', ['#1 failed/error Error', '#2 completed/success Completed']],
  ['exits-with-3', ['#1 failed/error Error', '#2 failed/error Error', '#3 failed/error Error']],
  ['out-of-memory', ['#1 failed/oom OOMKilled']],
  ['segfaults', ['#1 failed/error Error']],
  ['evicted', ['#1 failed/killed Evicted']],
  ['past-its-deadline', ['#1 failed/timed_out DeadlineExceeded']],
  ['deadline-of-the-pod', ['#1 failed/timed_out DeadlineExceeded']],
  ['failed-by-policy', ['#1 failed/error Error']],
  ['init-fails', ['#1 failed/error Error']],
  ['with-sidecar', ['#1 completed/success Completed']],
  ['parallel', ['#1 completed/success Complete']],
  ['indexed-with-a-failure', ['#1 failed/error FailedIndexes']],
  // Its pod is deleted with the restarts in it; that there were three tells the limit.
  ['restarts-in-place', ['#3 failed/error BackoffLimitExceeded']],
  ['pods-gone', ['#2 failed/error BackoffLimitExceeded']],
  ['pod-deleted', ['#2 completed/success Completed']],
  ['runs', ['#1 running/executing Running']],
  ['no-node-for-it', ['#1 pending/queued Unschedulable']],
  ['suspended', ['#1 pending/suspended Suspended']],
  ['sidecar-keeps-it', ['#1 running/stopping NotReady']],
  ['report-by-hand', ['#1 completed/success Completed']],
  // Deleted with its pod as soon as it ended.
  ['gone-at-once', []],
])('the job %s is %j', (job, words) => {
  expect(tries(page, job).map(word)).toEqual(words);
});

test('a try that failed says why, by its own message, its code or its signal', () => {
  const last = (job: string) => tries(page, job).at(-1);
  expect(last('exits-with-3')).toMatchObject({
    exitCode: 3,
    error: { type: 'BackoffLimitExceeded', message: 'no such order' },
  });
  expect(last('exits-with-3')?.evidence).toMatch(/^The job ended: BackoffLimitExceeded: /);
  expect(last('segfaults')).toMatchObject({ exitCode: 139, signal: 'SIGSEGV' });
  expect(last('out-of-memory')).toMatchObject({
    exitCode: 137,
    signal: 'SIGKILL',
    error: { type: 'OOMKilled' },
    memoryLimitBytes: 32 * 1024 ** 2,
    cpuLimitCores: 0.5,
  });
  expect(last('evicted')?.error).toEqual({
    type: 'Evicted',
    message: 'Pod ephemeral local storage usage exceeds the total limit of containers 4Mi.',
  });
  expect(last('failed-by-policy')).toMatchObject({ exitCode: 42 });
  expect(last('failed-by-policy')?.evidence).toMatch(/PodFailurePolicy: .* exit code 42 matching FailJob rule/);
  expect(last('init-fails')).toMatchObject({ exitCode: 4, error: { message: 'no schema' } });
});

test('a deadline that comes while the next try is waited for ends one that never began', () => {
  const told = tries(page, 'deadline-while-it-waits');
  expect(told.slice(0, -1).every((run) => run.substate === 'error' && run.exitCode === 1)).toBe(true);
  expect(told.at(-1)).toMatchObject({
    attempt: told.length,
    substate: 'timed_out',
    error: { type: 'DeadlineExceeded' },
  });
  expect(told.at(-1)?.startedAt).toBeUndefined();
});

test('what waits says for what', () => {
  const [image] = tries(page, 'image-is-not-there');
  // The one and the other word in turns.
  expect(image).toMatchObject({ state: 'pending', substate: 'received', worker: 'worker-1' });
  expect(image?.evidence).toMatch(/^(ErrImagePull|ImagePullBackOff): .*127.0.0.1:5999\/shop:1/);
  expect(tries(page, 'no-node-for-it')[0]?.evidence).toMatch(/^Unschedulable: 0\/\d nodes are available/);
  expect(tries(page, 'sidecar-keeps-it')[0]?.evidence).toMatch(/ended with code 0; proxy of the same pod still runs/);
  expect(tries(page, 'waits-for-its-next-try').at(-1)).toMatchObject({ state: 'pending' });
});

test('each restart in a pod is a try; before the last only their number is known, which is said', () => {
  const told = tries(page, 'restarts-for-ever');
  const [first] = told;
  expect(first?.attempt).toBeGreaterThan(1);
  expect(told.map(({ attempt }) => attempt)).toEqual(told.map((_, n) => (first?.attempt ?? 0) + n));
  // It may be recorded between an end and the restart.
  expect(told.slice(0, -1).every(({ state, exitCode }) => state === 'failed' && exitCode === 7)).toBe(true);
  expect(told.at(-1)).toMatchObject({ state: 'pending', substate: 'retrying' });
  expect(page.notices?.join()).toMatch(/^Kubernetes counted \d+ earlier attempts that it tells nothing of any more/);
});

test('a failed job ends when its condition says so, a pod when its container did', () => {
  const { answers } = JSON.parse(
    readFileSync(join(__dirname, 'fixtures', 'every-end-of-a-job.json'), 'utf8')
  ) as Recorded;
  const list = answers.find(({ path }) => path.startsWith('/apis/batch/v1/namespaces/shop/jobs?limit=500'));
  const { items } = JSON.parse(list?.body ?? '') as {
    items: Array<{
      metadata: { name: string };
      status: { completionTime?: string; conditions?: Array<{ type: string; lastTransitionTime: string }> };
    }>;
  };
  const job = items.find(({ metadata }) => metadata.name === 'past-its-deadline');
  expect(job?.status.completionTime).toBeUndefined();
  const failed = job?.status.conditions?.find(({ type }) => type === 'Failed');
  expect(tries(page, 'past-its-deadline')[0]?.finishedAt).toBe(Date.parse(failed?.lastTransitionTime ?? ''));
  const [succeeds] = tries(page, 'succeeds');
  expect((succeeds?.finishedAt ?? 0) - (succeeds?.startedAt ?? 0)).toBe(2000);
});

test('a run of a CronJob has its name, by schedule and by hand; what the API server made up is no part of a name', () => {
  const reports = page.runs.filter(({ task }) => task === 'report');
  expect(reports.length).toBeGreaterThanOrEqual(2);
  expect(reports.map(({ labels }) => labels?.['job'])).toContain('report-by-hand');
  expect(reports[0]?.labels).toMatchObject({
    namespace: 'shop',
    cronjob: 'report',
    schedule: '* * * * *',
    timezone: 'Etc/UTC',
    concurrency: 'Forbid',
  });
  const made = page.runs.find(({ task }) => task === 'import');
  expect(made?.labels?.['job']).toMatch(/^import-\w{5}$/);
});

test('a job of many pods is a run, and below it each pod, by index with its tries', () => {
  const below = (job: string) =>
    page.runs.filter(({ kind, labels }) => kind === 'task' && labels?.['job'] === job).reverse();
  expect(below('parallel').map(word)).toEqual(Array(3).fill('#1 completed/success Completed'));
  const [whole] = tries(page, 'indexed-with-a-failure');
  const indexes = below('indexed-with-a-failure');
  expect(new Set(indexes.map(({ parentId }) => parentId))).toEqual(new Set([whole?.runId]));
  expect(new Set(indexes.map(({ task }) => task))).toEqual(new Set(['indexed-with-a-failure.pod']));
  expect(indexes.map((run) => `${run.labels?.['index']} ${word(run)}`).sort()).toEqual([
    '0 #1 completed/success Completed',
    '1 #1 failed/error Error',
    '1 #2 failed/error Error',
    '2 #1 completed/success Completed',
  ]);
  expect(whole?.evidence).toBe('FailedIndexes: Job has failed indexes (2 of 3 completed, 0 active, 2 failed.)');
});

test('a run has its node and labels of its own, without those of machines', () => {
  const [run] = tries(page, 'succeeds');
  expect(run).toMatchObject({ worker: 'worker-1', host: 'worker-1', maxAttempts: 2 });
  expect(run?.labels).toEqual({
    team: 'web',
    namespace: 'shop',
    job: 'succeeds',
    pod: expect.stringMatching(/^succeeds-\w{5}$/) as unknown,
    image: 'busybox:1.36',
  });
});

test('what was on a node that does not answer is lost once it was to be gone, and its job tries again', async () => {
  const [lost, next] = tries(await recorded('node-does-not-answer'), 'runs');
  expect(lost).toMatchObject({ state: 'failed', substate: 'lost', nativeState: 'Terminating', worker: 'worker-1' });
  expect(lost?.evidence).toMatch(/^It was to be gone by .*, and node worker-1 did not confirm it\.$/);
  expect(next).toMatchObject({ attempt: 2, state: 'pending', substate: 'queued' });
});
