import { getEnvironmentData, parentPort, workerData } from 'node:worker_threads';
import { serve } from './serving';
import type { WorkerStart } from './worker-messages';

/** What threads find the memory of their clock under. */
export const CLOCK = 'clock of the test';

/** A thread of the archive that goes by the clock of a test: wall and steady, in memory that they share. */
if (parentPort !== null) {
  const times = new Float64Array(getEnvironmentData(CLOCK) as SharedArrayBuffer);
  serve(parentPort, workerData as WorkerStart, { now: () => times[0]!, steady: () => times[1]! });
}
