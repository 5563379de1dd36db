import { parentPort, workerData } from 'node:worker_threads';
import { serve } from './serving';
import type { WorkerStart } from './worker-messages';

if (parentPort !== null) {
  serve(parentPort, workerData as WorkerStart, { now: Date.now, steady: () => performance.now() });
}
