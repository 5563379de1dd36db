import type { DagRun, TaskInstance } from './wire';

/** What tells task instances apart. Not their uuid, which changes with each try and each clear. */
type Instance = Pick<TaskInstance, 'dag' | 'run' | 'task' | 'mapIndex'>;

/** `orders/manual__2026-01-01T00:00:00+00:00`: of a dag run, and the parent of its task instances. */
export function dagRunId({ dag, run }: Pick<DagRun, 'dag' | 'run'>): string {
  return `${dag}/${run}`;
}

/** `orders/manual__2026-01-01T00:00:00+00:00/charge`, of a mapped one `…/charge[3]`. */
export function instanceId(instance: Instance): string {
  const index = instance.mapIndex < 0 ? '' : `[${instance.mapIndex}]`;
  return `${dagRunId(instance)}/${instance.task}${index}`;
}

export function tryId(instance: Instance & { tryNumber: number }): string {
  return `${instanceId(instance)}#${instance.tryNumber}`;
}

/** Its place in the API. @param below `tries`, `logs/2` */
export function instancePath({ dag, run, task, mapIndex }: Instance, below: 'tries' | `logs/${number}`): string {
  const [d, r, t] = [dag, run, task].map(encodeURIComponent);
  const place = `/dags/${d}/dagRuns/${r}/taskInstances/${t}`;
  if (below === 'tries') {
    return mapIndex < 0 ? `${place}/tries` : `${place}/${mapIndex}/tries`;
  }
  return `${place}/${below}${mapIndex < 0 ? '' : `?map_index=${mapIndex}`}`;
}

/** A mapped task is one row with the index −1 until it is expanded; that row then becomes index 0. */
export function withoutPlaceholders(instances: readonly TaskInstance[]): TaskInstance[] {
  const whole = (instance: TaskInstance) => instanceId({ ...instance, mapIndex: -1 });
  const expanded = new Set(instances.filter(({ mapIndex }) => mapIndex >= 0).map(whole));
  return instances.filter((instance) => instance.mapIndex >= 0 || !expanded.has(whole(instance)));
}
