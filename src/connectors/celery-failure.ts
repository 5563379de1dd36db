import type { Substate } from '../model/lifecycle';
import type { RunError } from '../model/task-run';
import { pythonError } from './python-error';

export interface CeleryFailure {
  substate: Substate;
  error?: RunError;
  /** Of the child that ran the task: `SIGKILL`. */
  signal?: string;
}

/** How a Celery task failed, from what its events (and Flower) tell: the `repr` of its exception and the traceback. */
export function celeryFailure(exception: string | undefined, traceback: string | undefined): CeleryFailure {
  const error = pythonError(exception, traceback);
  const signal = /\bsignal \d+ \((SIG[A-Z0-9]+)\)/.exec(error?.message ?? '')?.[1];
  return {
    substate: substateOf(error ?? {}, exception),
    ...(error !== undefined && { error }),
    ...(signal !== undefined && { signal }),
  };
}

function substateOf({ type, message = '' }: RunError, exception = ''): Substate {
  if (type === 'TimeLimitExceeded' || type === 'SoftTimeLimitExceeded') {
    return 'timed_out';
  }
  if (type === 'WorkerLostError') {
    return /\bsignal \d+/.test(message) ? 'killed' : 'lost';
  }
  // `Reject(requeue=False)` of a task that is acknowledged early: `reject requeue=False: not today`.
  return exception.startsWith('reject requeue=') ? 'rejected' : 'error';
}
