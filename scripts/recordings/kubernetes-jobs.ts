/** Jobs of the recordings, each named by what becomes of it. */
interface JobManifest {
  metadata: Record<string, unknown> & { name?: string };
  spec: Record<string, unknown>;
}

/** `$$` is how Kubernetes writes `$` in a command. */
const IMAGE = 'busybox:1.36';

function container(script: string, more: object = {}): object {
  return { name: 'main', image: IMAGE, imagePullPolicy: 'IfNotPresent', command: ['sh', '-c', script], ...more };
}

interface Parts {
  /** Of the job. */
  spec?: object;
  /** Of the pod. */
  pod?: object;
  /** Of the container. */
  main?: object;
  labels?: Record<string, string>;
}

function job(name: string, script: string, { spec, pod, main, labels }: Parts = {}): JobManifest {
  return {
    metadata: { name, ...(labels && { labels }) },
    spec: {
      backoffLimit: 1,
      ...spec,
      template: {
        spec: {
          restartPolicy: 'Never',
          terminationGracePeriodSeconds: 2,
          containers: [container(script, main)],
          ...pod,
        },
      },
    },
  };
}

/** What the next pod of a job sees of the one before. */
const SEEN = { volumes: [{ name: 'seen', hostPath: { path: '/run/runlane-recordings', type: 'DirectoryOrCreate' } }] };
const AT_SEEN = { volumeMounts: [{ name: 'seen', mountPath: '/seen' }] };

/** Those that end. */
export const JOBS: readonly JobManifest[] = [
  job('succeeds', 'echo done; sleep 2', { labels: { team: 'web' } }),
  job('exits-with-3', 'echo no such order > /dev/termination-log; exit 3', { spec: { backoffLimit: 2 } }),
  job('succeeds-at-second', 'test -e /seen/x || { touch /seen/x; exit 1; }', { pod: SEEN, main: AT_SEEN }),
  job('out-of-memory', 'sleep 1; tail /dev/zero', {
    spec: { backoffLimit: 0 },
    main: { resources: { limits: { memory: '32Mi', cpu: '500m' } } },
  }),
  job('segfaults', "sh -c 'kill -SEGV $$$$'; exit $?", { spec: { backoffLimit: 0 } }),
  job('evicted', 'dd if=/dev/zero of=/big bs=1M count=20; sleep 120', {
    spec: { backoffLimit: 0 },
    main: { resources: { limits: { 'ephemeral-storage': '4Mi' } } },
  }),
  job('past-its-deadline', 'sleep 120', { spec: { activeDeadlineSeconds: 8 } }),
  job('deadline-of-the-pod', 'sleep 120', { spec: { backoffLimit: 0 }, pod: { activeDeadlineSeconds: 5 } }),
  job('deadline-while-it-waits', 'exit 1', { spec: { backoffLimit: 6, activeDeadlineSeconds: 55 } }),
  job('failed-by-policy', 'exit 42', {
    spec: {
      backoffLimit: 6,
      podFailurePolicy: {
        rules: [{ action: 'FailJob', onExitCodes: { containerName: 'main', operator: 'In', values: [42] } }],
      },
    },
  }),
  job('indexed-with-a-failure', 'sleep 1; test $JOB_COMPLETION_INDEX != 1', {
    spec: {
      completions: 3,
      parallelism: 3,
      completionMode: 'Indexed',
      backoffLimitPerIndex: 1,
      backoffLimit: undefined,
    },
  }),
  job('parallel', 'sleep 2', { spec: { completions: 3, parallelism: 2 } }),
  job('restarts-in-place', 'exit 7', { spec: { backoffLimit: 2 }, pod: { restartPolicy: 'OnFailure' } }),
  job('init-fails', 'echo never', {
    spec: { backoffLimit: 0 },
    pod: { initContainers: [{ ...container('echo no schema > /dev/termination-log; exit 4'), name: 'migrate' }] },
  }),
  job('with-sidecar', 'sleep 3', {
    pod: { initContainers: [{ ...container('sleep 600'), name: 'proxy', restartPolicy: 'Always' }] },
  }),
  job('pod-deleted', 'trap "exit 143" TERM; test -e /seen/y && exit 0; touch /seen/y; sleep 120 & wait', {
    pod: SEEN,
    main: AT_SEEN,
    spec: { backoffLimit: 2 },
  }),
  job('pods-gone', 'exit 5', { spec: { backoffLimit: 1 } }),
  job('gone-at-once', 'true', { spec: { ttlSecondsAfterFinished: 0 } }),
  { ...job('', 'exit 0'), metadata: { generateName: 'import-' } },
];

/** Those that do not. */
export const HELD: ReadonlyArray<JobManifest & { metadata: { name: string } }> = [
  job('runs', 'sleep 3600', {
    // A node that is silent is left after five seconds, not after five minutes.
    pod: {
      tolerations: ['not-ready', 'unreachable'].map((key) => ({
        key: `node.kubernetes.io/${key}`,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 5,
      })),
    },
  }),
  job('image-is-not-there', 'true', { main: { image: '127.0.0.1:5999/shop:1' } }),
  job('no-node-for-it', 'true', { pod: { nodeSelector: { disk: 'fast' } } }),
  job('suspended', 'true', { spec: { suspend: true } }),
  job('waits-for-its-next-try', 'exit 1', { spec: { backoffLimit: 20 } }),
  job('restarts-for-ever', 'exit 7', { spec: { backoffLimit: 20 }, pod: { restartPolicy: 'OnFailure' } }),
  job('sidecar-keeps-it', 'sleep 1', {
    pod: { containers: [container('sleep 1'), { ...container('sleep 3600'), name: 'proxy' }] },
  }),
] as ReadonlyArray<JobManifest & { metadata: { name: string } }>;

export const CRON_JOB = {
  metadata: { name: 'report' },
  spec: {
    schedule: '* * * * *',
    timeZone: 'Etc/UTC',
    concurrencyPolicy: 'Forbid',
    jobTemplate: { spec: job('', 'sleep 1').spec },
  },
};

/** As `kubectl create job --from=cronjob/report` makes it. */
export function manualRun(cronJob: Record<string, unknown>): JobManifest {
  const { uid } = cronJob['metadata'] as { uid: string };
  return {
    metadata: {
      name: 'report-by-hand',
      annotations: { 'cronjob.kubernetes.io/instantiate': 'manual' },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name: 'report', uid }],
    },
    spec: CRON_JOB.spec.jobTemplate.spec,
  };
}
