import type { SourceSystem } from '../system';
import { createTaskStore, TASK_STORE } from './connector';

export const TASK_STORE_SYSTEM: SourceSystem = {
  id: TASK_STORE,
  name: 'Runlane task store',
  exampleAddress: 'http://localhost:7331',
  routes: [{ path: 'store', bearer: 'readToken' }],
  nothing: [],
  keepsHistory: true,
  scores: 'here',
  create: createTaskStore,
};
