import type { EpochMs } from '../../model/units';
import { readMember } from './graphql';
import { compact, optional, readList, readNumber, readObject, readRows, readText } from '../../model/read-shape';
import type { Fields, Rows } from '../../model/read-shape';

/** One try of a step that has ended. */
export interface DagsterAttempt {
  startedAt: EpochMs;
  finishedAt: EpochMs;
}

export interface DagsterStep {
  /** With the index of a mapped step: `work[p0]`. */
  key: string;
  /** `IN_PROGRESS`, `SUCCESS`, `FAILURE`, `SKIPPED`. */
  status?: string;
  /** Of the first try. */
  startedAt?: EpochMs;
  finishedAt?: EpochMs;
  attempts: DagsterAttempt[];
}

/** A row of `runsOrError`, times in milliseconds; what Dagster gives as `null` is absent. */
export interface DagsterRun {
  runId: string;
  status: string;
  job: string;
  createdAt: EpochMs;
  /** Absent where nothing ever ran: Dagster gives its end then. */
  startedAt?: EpochMs;
  finishedAt?: EpochMs;
  updatedAt: EpochMs;
  /** Of a run that was executed again: the first one, and the one before. */
  rootRunId?: string;
  parentRunId?: string;
  location?: string;
  repository?: string;
  tags: Readonly<Record<string, string>>;
  /** Whether asset checks belong to it. */
  hasChecks: boolean;
  steps: DagsterStep[];
}

/** @throws ShapeError when there is no list; a run that cannot be read is counted. */
export function readRuns(data: Fields): Rows<DagsterRun> {
  const { results } = readMember(data['runsOrError'], 'runsOrError', 'Runs');
  return readRows(results, 'results', readRun);
}

function readRun(value: unknown, at: string): DagsterRun {
  const row = readObject(value, at);
  const text = (name: string) => optional(row[name], name, readText);
  const time = (name: string) => optional(row[name], name, readSeconds);
  const origin = optional(row['repositoryOrigin'], 'repositoryOrigin', readObject);
  const createdAt = readSeconds(row['creationTime'], 'creationTime');
  const startedAt = time('startTime');
  const finishedAt = time('endTime');
  const tags = Object.fromEntries(readList(row['tags'], 'tags', readTag));
  return compact<DagsterRun>({
    runId: readText(row['runId'], 'runId'),
    status: readText(row['status'], 'status'),
    job: readText(row['jobName'], 'jobName'),
    createdAt,
    startedAt: startedAt === finishedAt ? undefined : startedAt,
    finishedAt,
    // Of a new run it is cut to the second.
    updatedAt: Math.max(time('updateTime') ?? createdAt, createdAt),
    rootRunId: text('rootRunId'),
    parentRunId: text('parentRunId'),
    location: optional(origin?.['repositoryLocationName'], 'location', readText) ?? tags['dagster/code_location'],
    repository: optional(origin?.['repositoryName'], 'repository', readText),
    tags,
    hasChecks:
      (optional(row['assetChecks'], 'assetChecks', (list, where) => readList(list, where, readObject)) ?? []).length >
      0,
    steps: readList(row['stepStats'], 'stepStats', readStep),
  });
}

function readTag(value: unknown, at: string): readonly [string, string] {
  const tag = readObject(value, at);
  return [readText(tag['key'], `${at}.key`), readText(tag['value'], `${at}.value`)];
}

function readStep(value: unknown, at: string): DagsterStep {
  const step = readObject(value, at);
  const time = (name: string) => optional(step[name], `${at}.${name}`, readSeconds);
  return compact<DagsterStep>({
    key: readText(step['stepKey'], `${at}.stepKey`),
    status: optional(step['status'], `${at}.status`, readText),
    startedAt: time('startTime'),
    finishedAt: time('endTime'),
    attempts: readList(step['attempts'], `${at}.attempts`, readAttempt),
  });
}

function readAttempt(value: unknown, at: string): DagsterAttempt {
  const attempt = readObject(value, at);
  const finishedAt = readSeconds(attempt['endTime'], `${at}.endTime`);
  return { startedAt: Math.min(readSeconds(attempt['startTime'], `${at}.startTime`), finishedAt), finishedAt };
}

/** Dagster's times are seconds since 1970 with a fraction. */
export function readSeconds(value: unknown, where: string): EpochMs {
  return Math.round(readNumber(value, where) * 1000);
}
