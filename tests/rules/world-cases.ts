import type { RuleCase } from './cases';

/** The same task in two worlds, things of which several exporters tell, and workers that were taken away. */

function target(world: string, job: string): string {
  return `job="${job}",instance="10.0.0.1:1"${world === '' ? '' : `,${world}`}`;
}

function celery(world: string, metric: string): string {
  return `celery_task_${metric}{${target(world, 'celery')},name="mail",hostname="w1",queue_name="q"}`;
}

const PROD = 'env="prod"';
const STAGE = 'env="stage"';

export const CELERY_WORLD_CASES: readonly RuleCase[] = [
  {
    rule: 'repeated-failure',
    it: 'is not silenced by the success of another environment',
    series: {
      [`up{${target(PROD, 'celery')}}`]: '1x400',
      [`up{${target(STAGE, 'celery')}}`]: '1x400',
      [celery(PROD, 'failed_total')]: '0x10 1x10 2x10 3x300',
      [celery(PROD, 'succeeded_total')]: '5x400',
      [celery(STAGE, 'failed_total')]: '0x400',
      [celery(STAGE, 'succeeded_total')]: '0+1x400',
    },
    firing: { 25: 0, 35: 1, 60: 1 },
    labels: { source: 'celery', task: 'mail', env: 'prod' },
  },
  {
    rule: 'task-failing',
    it: 'is about the environment that fails, whatever the others complete',
    series: {
      [`up{${target(PROD, 'celery')}}`]: '1x400',
      [`up{${target(STAGE, 'celery')}}`]: '1x400',
      [celery(PROD, 'failed_total')]: '0+1x60',
      [celery(PROD, 'succeeded_total')]: '0+1x60',
      [celery(STAGE, 'failed_total')]: '0x60',
      [celery(STAGE, 'succeeded_total')]: '0+100x60',
    },
    firing: { 30: 1 },
    labels: { source: 'celery', task: 'mail', env: 'prod' },
  },
  {
    rule: 'repeated-failure',
    it: 'is silent when a target gets a label, which begins its counters anew with what they had',
    series: {
      [`up{${target('', 'celery')}}`]: '1x100 stale',
      [`up{${target(PROD, 'celery')}}`]: '_x101 1x300',
      [celery('', 'failed_total')]: '7x100 stale',
      [celery(PROD, 'failed_total')]: '_x101 7x300',
      [celery('', 'succeeded_total')]: '5x100 stale',
      [celery(PROD, 'succeeded_total')]: '_x101 5x300',
    },
    firing: { 99: 0, 102: 0, 110: 0, 130: 0, 200: 0 },
  },
  {
    rule: 'worker-lost',
    it: 'rings for an hour, not for ever: it may have been taken away on purpose',
    series: {
      [`up{${target('', 'celery')}}`]: '1x400',
      [`celery_worker_up{${target('', 'celery')},hostname="w9"}`]: '1x10 0x390',
    },
    firing: { 9: 0, 15: 1, 65: 1, 80: 0, 300: 0 },
  },
];

const KSM = (instance = 'a:1', world = '') => `job="ksm",instance="${instance}"${world === '' ? '' : `,${world}`}`;

/** A job of a CronJob: begun in a minute, failed (or completed) two minutes later, told of until the end. */
function job(
  name: string,
  owner: string,
  begun: number,
  ends: 'failed' | 'completed',
  of = KSM()
): Record<string, string> {
  const labels = `{${of},job_name="${name}"`;
  const since = (minute: number, value: number) => `_x${minute} ${value}x${500 - minute}`;
  const { metric, value } =
    ends === 'failed'
      ? { metric: `kube_job_failed${labels},condition="true"}`, value: 1 }
      : { metric: `kube_job_status_completion_time${labels}}`, value: 60 * (begun + 2) };
  return {
    [`kube_job_created${labels}}`]: since(begun, 60 * begun),
    [`kube_job_status_start_time${labels}}`]: since(begun, 60 * begun),
    [`kube_job_owner${labels},owner_kind="CronJob",owner_name="${owner}"}`]: since(begun, 1),
    [metric]: since(begun + 2, value),
  };
}

const OPS = 'namespace="ops"';
const SHOP = 'namespace="shop"';
const lastSuccess = (world: string) =>
  `kube_cronjob_status_last_successful_time{${KSM('a:1', world)},cronjob="backup"}`;

export const KUBE_CASES: readonly RuleCase[] = [
  {
    rule: 'repeated-failure',
    it: 'counts the failures of a CronJob, also of runs made by hand, in the namespace that they are in',
    series: {
      [`up{${KSM()}}`]: '1x500',
      ...job('backup-1', 'backup', 20, 'failed', KSM('a:1', OPS)),
      ...job('backup-2', 'backup', 80, 'failed', KSM('a:1', OPS)),
      ...job('by-hand', 'backup', 100, 'failed', KSM('a:1', OPS)),
      ...job('backup-1', 'backup', 20, 'completed', KSM('a:1', SHOP)),
      ...job('backup-2', 'backup', 80, 'completed', KSM('a:1', SHOP)),
      ...job('backup-3', 'backup', 140, 'completed', KSM('a:1', SHOP)),
      [lastSuccess(OPS)]: '_x10 0x490',
      [lastSuccess(SHOP)]: '_x22 1320x60 4920x60 8520x350',
    },
    firing: { 90: 0, 105: 1, 150: 1 },
    labels: { source: 'ksm', task: 'backup', namespace: 'ops' },
  },
  {
    rule: 'repeated-failure',
    it: 'takes no failure for a new one when another exporter tells of it',
    series: {
      [`up{${KSM('a:1')}}`]: '1x100',
      [`up{${KSM('b:1')}}`]: '_x101 1x400',
      ...['old-1', 'old-2', 'old-3', 'old-4'].reduce(
        (all, name) => ({
          ...all,
          [`kube_job_failed{${KSM('a:1')},job_name="${name}",condition="true"}`]: '1x100',
          [`kube_job_created{${KSM('a:1')},job_name="${name}"}`]: '-90000x100',
          [`kube_job_owner{${KSM('a:1')},job_name="${name}",owner_kind="CronJob",owner_name="old"}`]: '1x100',
          [`kube_job_failed{${KSM('b:1')},job_name="${name}",condition="true"}`]: '_x101 1x400',
          [`kube_job_created{${KSM('b:1')},job_name="${name}"}`]: '_x101 -90000x400',
          [`kube_job_owner{${KSM('b:1')},job_name="${name}",owner_kind="CronJob",owner_name="old"}`]: '_x101 1x400',
        }),
        {}
      ),
    },
    firing: { 95: 0, 103: 0, 120: 0, 200: 0 },
  },
  {
    rule: 'repeated-failure',
    it: 'counts what is born and fails after another exporter has begun to tell',
    series: {
      [`up{${KSM('a:1')}}`]: '1x100',
      [`up{${KSM('b:1')}}`]: '_x101 1x400',
      ...job('report-1', 'report', 110, 'failed', KSM('b:1')),
      ...job('report-2', 'report', 130, 'failed', KSM('b:1')),
      ...job('report-3', 'report', 150, 'failed', KSM('b:1')),
      [`kube_job_status_completion_time{${KSM('b:1')},job_name="report-0"}`]: '_x101 10x400',
      [`kube_job_created{${KSM('b:1')},job_name="report-0"}`]: '_x101 10x400',
      [`kube_job_owner{${KSM('b:1')},job_name="report-0",owner_kind="CronJob",owner_name="report"}`]: '_x101 1x400',
      [`kube_cronjob_status_last_successful_time{${KSM('b:1')},cronjob="report"}`]: '_x101 10x400',
    },
    firing: { 140: 0, 156: 1 },
    labels: { source: 'ksm', task: 'report' },
  },
];
