import type { ComponentType } from 'react';
import { AIRFLOW_SYSTEM } from '../../connectors/airflow/system';
import { DAGSTER_SYSTEM } from '../../connectors/dagster/system';
import { KUBERNETES_SYSTEM } from '../../connectors/kubernetes/system';
import { PROMETHEUS_SYSTEM } from '../../connectors/prometheus/system';
import { TASK_STORE_SYSTEM } from '../../connectors/task-store/system';
import type { ConfigProps } from '../config/config-props';
import { PrometheusProfile } from '../config/prometheus-profile';
import { AirflowConnection } from './airflow';
import { DagsterConnection } from './dagster';
import { KubernetesConnection } from './kubernetes';
import { PrometheusConnection } from './prometheus';
import { TaskStoreConnection } from './task-store';

/** The settings of a source system that wants more than an address, a user and a password. */
export interface SystemPage {
  Connection: ComponentType<ConfigProps>;
  /** What is read there, where that is the user's to choose. */
  Choice?: ComponentType<ConfigProps>;
}

/** By the system's id. What is absent has the plain page: adding a system needs no page of its own. */
export const SYSTEM_PAGES: Readonly<Partial<Record<string, SystemPage>>> = {
  [TASK_STORE_SYSTEM.id]: { Connection: TaskStoreConnection },
  [PROMETHEUS_SYSTEM.id]: { Connection: PrometheusConnection, Choice: PrometheusProfile },
  [AIRFLOW_SYSTEM.id]: { Connection: AirflowConnection },
  [DAGSTER_SYSTEM.id]: { Connection: DagsterConnection },
  [KUBERNETES_SYSTEM.id]: { Connection: KubernetesConnection },
};
