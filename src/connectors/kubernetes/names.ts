import type { CronJob, Job, Meta } from './wire';
import type { Scope } from './settings';

/**
 * What a job's task is called: as its CronJob, also where it was made from one by hand, else as itself, without what the API
 * server made up for `generateName`. No pattern is cut off: a name that ends in a date is its name.
 */
export function taskOf(job: Job, scope: Scope): string {
  const stem = job.generateName?.replace(/[-.]+$/, '');
  return inWorld(job, job.cronJob ?? (stem === undefined || stem === '' ? job.name : stem), scope);
}

export function cronJobName(cronJob: CronJob, scope: Scope): string {
  return inWorld(cronJob, cronJob.name, scope);
}

/** Cluster and namespace stand before a name wherever the settings leave room for several, whatever runs there now. */
function inWorld({ namespace }: Meta, name: string, { cluster, namespaces }: Scope): string {
  return [cluster, namespaces.length === 1 ? undefined : namespace, name]
    .filter((part) => part !== undefined)
    .join('/');
}

/** With its uid: a job that is deleted and made again by the same name is another one. */
export function runIdOf({ namespace, name, uid }: Job, { cluster }: Scope): string {
  return [cluster, namespace, name, uid].filter((part) => part !== undefined).join('/');
}

/** What finds the CronJob of a job. */
export function placeOf({ namespace }: Meta, name: string | undefined): string {
  return `${namespace}/${name}`;
}
