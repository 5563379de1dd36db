import type { Lack } from '../../model/source-status';
import type { Job, Pod } from './wire';

/** Shorter, and a job may be made, end and be removed between two looks at the list. */
const SHORTEST_TTL_SECONDS = 60;
const MOST_NAMED = 3;

/** @param hasMemory whether `metrics.k8s.io` answered */
export function lacksOf(jobs: readonly Job[], pods: readonly Pod[], hasMemory: boolean): Lack[] {
  const short = jobs.filter(({ ttlSeconds = Infinity }) => ttlSeconds < SHORTEST_TTL_SECONDS);
  const names = [...new Set(short.map(({ namespace, cronJob, name }) => `${namespace}/${cronJob ?? name}`))];
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} others` : '';
  return [
    ...(names.length === 0
      ? []
      : [
          {
            what: 'ends of jobs that are removed at once',
            setting: 'ttlSecondsAfterFinished: 3600',
            message: `The jobs of ${names.slice(0, MOST_NAMED).join(', ')}${more} are removed less than ${SHORTEST_TTL_SECONDS} s after their end: one that ends between two looks is never seen to end. Raise spec.ttlSecondsAfterFinished of the Job (of a CronJob in jobTemplate.spec).`,
          },
        ]),
    ...(hasMemory || !pods.some(({ phase }) => phase === 'Running')
      ? []
      : [
          {
            what: 'memory in use',
            setting: 'metrics-server',
            message:
              'metrics.k8s.io is not served, or may not be read: what running pods use is not told. Install metrics-server in the cluster, and apply kubernetes-reader.yaml of provisioning/kubernetes, by which it may be read.',
          },
        ]),
  ];
}
