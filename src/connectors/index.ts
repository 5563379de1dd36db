import type { CreateConnector } from './connector';
import { createPrometheus, PROMETHEUS } from './prometheus/connector';
import { createTaskStore, TASK_STORE } from './task-store/connector';

/** A source system that the data source can read. */
export interface SourceSystem {
  /** Stored in the data source's settings: never renamed. */
  id: string;
  name: string;
  create: CreateConnector;
}

/** Every folder of this room, one line each. The architecture test fails on a folder that is missing here. */
export const CONNECTORS: readonly SourceSystem[] = [
  { id: TASK_STORE, name: 'Runlane task store', create: createTaskStore },
  { id: PROMETHEUS, name: 'Prometheus', create: createPrometheus },
];

export function findSourceSystem(id: string): SourceSystem | undefined {
  return CONNECTORS.find((system) => system.id === id);
}
