import type { EpochMs } from '../model/units';
import { LogHistogram } from './log-histogram';

/** What happened in one bucket or in several together. */
export class Tally {
  started = 0;
  retries = 0;
  completed = 0;
  failed = 0;
  lost = 0;
  abnormal = 0;
  readonly durations = new LogHistogram();
  readonly waits = new LogHistogram();

  plus(other: Tally): Tally {
    const sum = new Tally();
    for (const part of [this, other]) {
      sum.started += part.started;
      sum.retries += part.retries;
      sum.completed += part.completed;
      sum.failed += part.failed;
      sum.lost += part.lost;
      sum.abnormal += part.abnormal;
      sum.durations.merge(part.durations);
      sum.waits.merge(part.waits);
    }
    return sum;
  }
}

/** A wait for a worker: since when the run waits, and the time in which it does. */
export interface Waiting {
  since: EpochMs;
  from: EpochMs;
  to: EpochMs;
}
