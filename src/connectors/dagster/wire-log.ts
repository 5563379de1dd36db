import type { EpochMs } from '../../model/units';
import { compact, optional, readFlag, readList, readObject, readText, readTexts, ShapeError } from '../../model/read-shape';
import { readMember } from './graphql';

/** An exception as Dagster keeps it; `causes` are the ones that it was raised from, the nearest first. */
export interface PythonError {
  className?: string;
  message: string;
  stack: string[];
  causes: PythonError[];
}

/** The result of an asset check. */
export interface DagsterEvaluation {
  check: string;
  /** `orders`, `raw/orders`. */
  asset: string;
  passed: boolean;
  /** `ERROR`, `WARN`. */
  severity: string;
  description?: string;
}

/** An entry of a run's log, of the kinds that are of use. */
export interface DagsterEvent {
  /** `ExecutionStepFailureEvent`, `RunFailureEvent` … */
  kind: string;
  at: EpochMs;
  message: string;
  step?: string;
  error?: PythonError;
  evaluation?: DagsterEvaluation;
}

export interface DagsterLogPage {
  events: DagsterEvent[];
  cursor: string;
  hasMore: boolean;
}

/** @throws ShapeError, also where the run is not found any more */
export function readLogPage(value: unknown, at: string): DagsterLogPage {
  const page = readMember(value, at, 'EventConnection');
  return {
    events: readList(page['events'], `${at}.events`, readEvent),
    cursor: readText(page['cursor'], `${at}.cursor`),
    hasMore: readFlag(page['hasMore'], `${at}.hasMore`),
  };
}

function readEvent(value: unknown, at: string): DagsterEvent {
  const event = readObject(value, at);
  return compact<DagsterEvent>({
    kind: readText(event['__typename'], `${at}.__typename`),
    at: readMilliseconds(event['timestamp'], `${at}.timestamp`),
    message: readText(event['message'], `${at}.message`),
    step: optional(event['stepKey'], `${at}.stepKey`, readText),
    error: optional(event['error'], `${at}.error`, readPythonError),
    evaluation: optional(event['evaluation'], `${at}.evaluation`, readEvaluation),
  });
}

/** Times of the log are milliseconds, as text. */
export function readMilliseconds(value: unknown, where: string): EpochMs {
  const time = Number(readText(value, where));
  if (!Number.isFinite(time)) {
    throw new ShapeError(where, value, 'milliseconds');
  }
  return time;
}

export function readPythonError(value: unknown, at: string): PythonError {
  const error = readObject(value, at);
  return compact<PythonError>({
    className: optional(error['className'], `${at}.className`, readText),
    message: readText(error['message'], `${at}.message`),
    stack: optional(error['stack'], `${at}.stack`, readTexts) ?? [],
    causes: optional(error['causes'], `${at}.causes`, (list, where) => readList(list, where, readPythonError)) ?? [],
  });
}

function readEvaluation(value: unknown, at: string): DagsterEvaluation {
  const evaluation = readObject(value, at);
  const { path } = readObject(evaluation['assetKey'], `${at}.assetKey`);
  return compact<DagsterEvaluation>({
    check: readText(evaluation['checkName'], `${at}.checkName`),
    asset: readTexts(path, `${at}.assetKey.path`).join('/'),
    passed: readFlag(evaluation['success'], `${at}.success`),
    severity: readText(evaluation['severity'], `${at}.severity`),
    description: optional(evaluation['description'], `${at}.description`, readText),
  });
}
