import type { Substate } from '../../model/lifecycle';
import type { EpochMs } from '../../model/units';
import type { Condition, Job } from './wire';

/** How a job ended, by its own word. */
export interface JobEnd {
  state: 'completed' | 'failed';
  substate: Substate;
  /** `BackoffLimitExceeded`, `DeadlineExceeded`, `PodFailurePolicy`, `FailedIndexes`; absent of a success. */
  reason?: string;
  message?: string;
  at: EpochMs;
  /** When it was decided; of a failure its pods end after that (since 1.31), and then the job. */
  decidedAt: EpochMs;
}

/** `completionTime` is there of a success only; of a failure its condition tells when it came to be so. */
export function jobEnd({ conditions, completedAt, createdAt }: Job): JobEnd | undefined {
  const held = (type: string) => conditions.find((condition) => condition.type === type && condition.isTrue);
  const failed = held('Failed');
  if (failed !== undefined) {
    const { reason, message, at = createdAt } = failed;
    return {
      state: 'failed',
      substate: reason === 'DeadlineExceeded' ? 'timed_out' : 'error',
      ...(reason !== undefined && { reason }),
      ...(message !== undefined && { message }),
      at,
      decidedAt: held('FailureTarget')?.at ?? at,
    };
  }
  const complete = held('Complete');
  if (complete === undefined) {
    return undefined;
  }
  const at = completedAt ?? complete.at ?? createdAt;
  return { state: 'completed', substate: 'success', at, decidedAt: at };
}

/** It has been decided how it ends, and its pods are being ended. */
export function endingOf({ conditions }: Job): Condition | undefined {
  return conditions.find(({ type, isTrue }) => isTrue && (type === 'FailureTarget' || type === 'SuccessCriteriaMet'));
}

export function sayEnd({ reason, message }: JobEnd): string {
  return [reason, message].filter((part) => part !== undefined).join(': ');
}
