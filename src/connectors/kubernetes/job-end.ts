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
    };
  }
  const complete = held('Complete');
  return complete === undefined
    ? undefined
    : { state: 'completed', substate: 'success', at: completedAt ?? complete.at ?? createdAt };
}

/** It has been decided how it ends, and its pods are being ended. */
export function endingOf({ conditions }: Job): Condition | undefined {
  return conditions.find(({ type, isTrue }) => isTrue && (type === 'FailureTarget' || type === 'SuccessCriteriaMet'));
}

export function sayEnd({ reason, message }: JobEnd): string {
  return [reason, message].filter((part) => part !== undefined).join(': ');
}
