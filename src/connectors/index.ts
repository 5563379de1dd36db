import { AIRFLOW_SYSTEM } from './airflow/system';
import { DAGSTER_SYSTEM } from './dagster/system';
import { FLOWER_SYSTEM } from './flower/system';
import { KUBERNETES_SYSTEM } from './kubernetes/system';
import { PROMETHEUS_SYSTEM } from './prometheus/system';
import type { SourceSystem } from './system';
import { TASK_STORE_SYSTEM } from './task-store/system';

/** Every source system that the data source can read, one line each; the first is what a data source without one reads. */
export const SYSTEMS = [
  TASK_STORE_SYSTEM,
  PROMETHEUS_SYSTEM,
  FLOWER_SYSTEM,
  AIRFLOW_SYSTEM,
  DAGSTER_SYSTEM,
  KUBERNETES_SYSTEM,
] as const satisfies readonly SourceSystem[];

export function findSourceSystem(id: string): SourceSystem | undefined {
  return SYSTEMS.find((system) => system.id === id);
}
