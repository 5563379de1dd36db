import type { RunError } from '../../model/task-run';
import type { EpochMs } from '../../model/units';
import { toRunError } from './run-error';
import type { DagsterEvaluation, DagsterEvent } from './wire-log';

/** How a try of a step, or a run, failed. */
export interface Failure {
  error?: RunError;
  /** What Dagster says of it, where there is no exception. */
  said: string;
  signal?: string;
  exitCode?: number;
}

export interface StepLog {
  /** Of each try that failed, in their order. */
  failures: Failure[];
  /** When each further try began. */
  restarts: EpochMs[];
}

/** What a run's log tells beyond the run itself. */
export interface RunLog {
  /** Absent while the run has not failed. */
  failure?: Failure;
  steps: ReadonlyMap<string, StepLog>;
  checks: Array<DagsterEvaluation & { at: EpochMs; step?: string }>;
}

/** A process that is gone is told beside the step's failure, as an event of the executor's. */
const GONE_BY_SIGNAL = /terminated by signal \d+ \((SIG[A-Z0-9]+)\)/;
const GONE_WITH_CODE = /exited with code (\d+)/;

/** @param events from the log's beginning on; failures at the end of a log that was cut are missing */
export function toRunLog(events: readonly DagsterEvent[]): RunLog {
  const steps = new Map<string, StepLog>();
  const crashes = new Map<string, string>();
  const log: RunLog = { steps, checks: [] };
  const ofStep = (key = '') => {
    const one = steps.get(key) ?? { failures: [], restarts: [] };
    steps.set(key, one);
    return one;
  };
  let lastError: RunError | undefined;
  for (const event of events) {
    const { kind, at, step, message } = event;
    switch (kind) {
      case 'EngineEvent':
        if (event.error !== undefined) {
          lastError = toRunError(event.error);
          if (step !== undefined) {
            crashes.set(step, message);
          }
        }
        break;
      case 'ExecutionStepUpForRetryEvent':
      case 'ExecutionStepFailureEvent':
        ofStep(step).failures.push(failureOf(event, crashes.get(step ?? '')));
        crashes.delete(step ?? '');
        break;
      case 'ExecutionStepRestartEvent':
        ofStep(step).restarts.push(at);
        break;
      case 'RunFailureEvent':
        // A run that could not be started fails without an exception: the executor's last words say why.
        log.failure = { ...(lastError !== undefined && { error: lastError }), ...failureOf(event) };
        break;
      case 'AssetCheckEvaluationEvent':
        if (event.evaluation !== undefined) {
          log.checks.push({ ...event.evaluation, at, ...(step !== undefined && { step }) });
        }
        break;
      default:
        break;
    }
  }
  return log;
}

function failureOf({ error, message }: DagsterEvent, crash?: string): Failure {
  const failure: Failure = { said: message };
  if (crash === undefined) {
    return error === undefined ? failure : { ...failure, error: toRunError(error) };
  }
  const [, signal] = GONE_BY_SIGNAL.exec(crash) ?? [];
  const [, code] = GONE_WITH_CODE.exec(crash) ?? [];
  // What may be done about it follows in further sentences.
  const [said = crash] = crash.split('. ', 1);
  return {
    said: crash,
    error: { ...(error?.className !== undefined && { type: error.className }), message: said },
    ...(signal !== undefined && { signal }),
    ...(code !== undefined && { exitCode: Number(code) }),
  };
}
