import { Cron } from 'croner';
import { compilePattern } from '../model/pattern';
import type { ExpectedRuns, HealthChecks, HealthChecksPatch, HealthOverride, HealthSpec, Minimums } from './spec';
import { DEFAULT_HEALTH_SPEC, mergeChecks, REPEATED_TIMES, SKIPPED_TIMES } from './spec';
import { createFormat } from './wall-clock';

/** Says everything that is wrong with a spec at once, one line per fault. */
export class HealthSpecError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`[health spec] ${problems.join('\n[health spec] ')}`);
    this.name = 'HealthSpecError';
    this.problems = problems;
  }
}

const MOST_OVERRIDES = 200;
const MOST_EXPECTED = 500;
const LONGEST_PATTERN = 500;
const LONGEST_TIME_MS = 366 * 24 * 3600 * 1000;

type Limits = readonly [low: number, high: number];
type Numbers = Readonly<Record<string, Limits>>;

const RATIO: Limits = [0, 1];
const TIME: Limits = [0, LONGEST_TIME_MS];
const WEIGHT: Limits = [0, 100];
const MULTIPLE: Limits = [0, 1000];

const CHECKS: { readonly [Check in keyof HealthChecks]: { readonly [Key in keyof HealthChecks[Check]]: Limits } } = {
  failures: { weight: WEIGHT, allowed: RATIO, full: RATIO },
  abnormalExits: { weight: WEIGHT, allowed: RATIO, full: RATIO },
  lostRuns: { weight: WEIGHT, allowed: RATIO, full: RATIO },
  retries: { weight: WEIGHT, allowed: RATIO, full: RATIO },
  tooSlow: { weight: WEIGHT, quantile: RATIO, allowed: MULTIPLE, full: MULTIPLE, slackMs: TIME },
  tooFast: { weight: WEIGHT, quantile: RATIO, allowed: RATIO, full: RATIO, slackMs: TIME },
  wait: { weight: WEIGHT, quantile: RATIO, allowedMs: TIME, fullMs: TIME },
  oldestPending: { weight: WEIGHT, allowedMs: TIME, fullMs: TIME },
  silentWorkers: { weight: WEIGHT, allowed: RATIO, full: RATIO, silentAfterMs: TIME, forgottenAfterMs: TIME },
  resourcePressure: { weight: WEIGHT, allowed: RATIO, full: RATIO },
  missedRuns: { weight: WEIGHT, allowed: RATIO, full: RATIO },
};

const MINIMUM: Limits = [1, 1_000_000];
const MINIMUMS: { readonly [Key in keyof Minimums]: Limits } = {
  endedRuns: MINIMUM,
  durations: MINIMUM,
  baseline: MINIMUM,
  waits: MINIMUM,
};

/**
 * Reads a spec as users write it (YAML or JSON, already parsed). Every part may be left out and keeps its default.
 *
 * @throws HealthSpecError naming each wrong entry by its path, what was found and what is expected.
 */
export function decodeHealthSpec(value: unknown): HealthSpec {
  if (value === undefined || value === null) {
    return DEFAULT_HEALTH_SPEC;
  }
  const problems: string[] = [];
  const top = record(value, 'the spec', ['minimums', 'checks', 'overrides', 'expected', 'historyWindowMs'], problems);
  const checks = mergeChecks(DEFAULT_HEALTH_SPEC.checks, checksPatch(top.checks, 'checks', problems));
  orders(checks, 'checks', problems);
  const spec: HealthSpec = {
    minimums: { ...DEFAULT_HEALTH_SPEC.minimums, ...minimumsPatch(top.minimums, 'minimums', problems) },
    checks,
    overrides: list(top.overrides, 'overrides', MOST_OVERRIDES, problems).map((entry, index) =>
      override(entry, `overrides[${index}]`, checks, problems)
    ),
    expected: list(top.expected, 'expected', MOST_EXPECTED, problems).map((entry, index) =>
      expected(entry, `expected[${index}]`, problems)
    ),
    historyWindowMs:
      numbers(top, '', { historyWindowMs: [1000, LONGEST_TIME_MS] }, problems).historyWindowMs ??
      DEFAULT_HEALTH_SPEC.historyWindowMs,
  };
  if (problems.length > 0) {
    throw new HealthSpecError(problems);
  }
  return spec;
}

function override(value: unknown, path: string, base: HealthChecks, problems: string[]): HealthOverride {
  const entry = record(value, path, ['match', 'minimums', 'checks'], problems);
  const match = text(entry.match, `${path}.match`, LONGEST_PATTERN, problems);
  if (match !== undefined) {
    try {
      compilePattern(match);
    } catch (error) {
      problems.push(
        `${path}.match is not a regular expression: ${shown(match)} (${reason(error)}). Escape special characters with \\.`
      );
    }
  }
  const checks = checksPatch(entry.checks, `${path}.checks`, problems);
  orders(mergeChecks(base, checks), `${path}.checks`, problems);
  return { match: match ?? '', minimums: minimumsPatch(entry.minimums, `${path}.minimums`, problems), checks };
}

function expected(value: unknown, path: string, problems: string[]): ExpectedRuns {
  const entry = record(
    value,
    path,
    [
      ...['task', 'source', 'cron', 'timezone', 'skippedTime', 'repeatedTime', 'everyMs', 'from', 'phaseMs'],
      ...['graceMs', 'earlyMs', 'deadlineMs'],
    ],
    problems
  );
  const task = text(entry.task, `${path}.task`, LONGEST_PATTERN, problems);
  const source = optionalText(entry.source, `${path}.source`, problems);
  const cron = optionalText(entry.cron, `${path}.cron`, problems);
  const timezone = optionalText(entry.timezone, `${path}.timezone`, problems);
  const skippedTime = oneOf(entry.skippedTime, `${path}.skippedTime`, SKIPPED_TIMES, problems);
  const repeatedTime = oneOf(entry.repeatedTime, `${path}.repeatedTime`, REPEATED_TIMES, problems);
  const from = oneOf(entry.from, `${path}.from`, ['last-run', 'clock'], problems);
  const { everyMs, phaseMs, graceMs, earlyMs, deadlineMs } = numbers(
    entry,
    path,
    {
      everyMs: [1000, LONGEST_TIME_MS],
      phaseMs: TIME,
      graceMs: TIME,
      earlyMs: TIME,
      deadlineMs: [1000, LONGEST_TIME_MS],
    },
    problems
  );
  if ((cron === undefined) === (entry.everyMs === undefined)) {
    problems.push(
      `${path} needs either cron or everyMs: ${cron === undefined ? 'none' : 'both'} was found. Keep one of them.`
    );
  }
  if (cron !== undefined) {
    checkCron(cron, `${path}.cron`, problems);
  }
  if (timezone !== undefined) {
    checkTimezone(timezone, `${path}.timezone`, problems);
  }
  if (phaseMs !== undefined && (everyMs === undefined || from === 'last-run')) {
    problems.push(`${path}.phaseMs goes with everyMs, and not with from: last-run. Take one of them out.`);
  }
  if (entry.graceMs === undefined) {
    problems.push(`${path}.graceMs is missing. Say how many milliseconds late a run may begin.`);
  }
  return {
    task: task ?? '',
    source,
    cron,
    timezone,
    ...(skippedTime !== undefined && { skippedTime }),
    ...(repeatedTime !== undefined && { repeatedTime }),
    everyMs,
    ...((phaseMs !== undefined || from === 'clock') && { phaseMs: phaseMs ?? 0 }),
    graceMs: graceMs ?? 0,
    ...(earlyMs !== undefined && { earlyMs }),
    deadlineMs,
  };
}

function checkCron(cron: string, path: string, problems: string[]): void {
  try {
    if (new Cron(cron, { timezone: 'UTC', paused: true }).nextRun(new Date(0)) === null) {
      problems.push(`${path} never comes: ${shown(cron)}. Write days that there are.`);
    }
  } catch (error) {
    problems.push(`${path} cannot be used: ${shown(cron)} (${reason(error)}). Write five fields, such as "0 2 * * *".`);
  }
}

function checkTimezone(timezone: string, path: string, problems: string[]): void {
  try {
    createFormat(timezone);
  } catch {
    problems.push(`${path} is not known: ${shown(timezone)}. Write an IANA name, such as "Europe/Berlin", or "UTC".`);
  }
}

function checksPatch(value: unknown, path: string, problems: string[]): HealthChecksPatch | undefined {
  if (value === undefined) {
    return undefined;
  }
  const entry = record(value, path, Object.keys(CHECKS), problems);
  const read = <Check extends keyof HealthChecks>(check: Check): Partial<HealthChecks[Check]> | undefined => {
    const given = entry[check];
    if (given === undefined) {
      return undefined;
    }
    const limits: Numbers = CHECKS[check];
    const at = `${path}.${check}`;
    // Each key of the limits is a key of the check and each value was checked to be a number within them.
    return numbers(record(given, at, Object.keys(limits), problems), at, limits, problems) as Partial<
      HealthChecks[Check]
    >;
  };
  return {
    failures: read('failures'),
    abnormalExits: read('abnormalExits'),
    lostRuns: read('lostRuns'),
    retries: read('retries'),
    tooSlow: read('tooSlow'),
    tooFast: read('tooFast'),
    wait: read('wait'),
    oldestPending: read('oldestPending'),
    silentWorkers: read('silentWorkers'),
    resourcePressure: read('resourcePressure'),
    missedRuns: read('missedRuns'),
  };
}

function minimumsPatch(value: unknown, path: string, problems: string[]): Partial<Minimums> | undefined {
  return value === undefined
    ? undefined
    : numbers(record(value, path, Object.keys(MINIMUMS), problems), path, MINIMUMS, problems);
}

/** A line needs two ends: full deduction must lie beyond what is allowed. */
function orders(checks: HealthChecks, path: string, problems: string[]): void {
  const rising = (name: string, low: number, high: number): void => {
    if (!(high > low)) {
      problems.push(
        `${path}.${name}: full deduction at ${high} must be more than the allowed ${low}. Raise full or lower allowed.`
      );
    }
  };
  rising('failures', checks.failures.allowed, checks.failures.full);
  rising('abnormalExits', checks.abnormalExits.allowed, checks.abnormalExits.full);
  rising('lostRuns', checks.lostRuns.allowed, checks.lostRuns.full);
  rising('retries', checks.retries.allowed, checks.retries.full);
  rising('tooSlow', checks.tooSlow.allowed, checks.tooSlow.full);
  rising('wait', checks.wait.allowedMs, checks.wait.fullMs);
  rising('oldestPending', checks.oldestPending.allowedMs, checks.oldestPending.fullMs);
  rising('silentWorkers', checks.silentWorkers.allowed, checks.silentWorkers.full);
  rising('resourcePressure', checks.resourcePressure.allowed, checks.resourcePressure.full);
  rising('missedRuns', checks.missedRuns.allowed, checks.missedRuns.full);
  if (!(checks.tooFast.full < checks.tooFast.allowed)) {
    problems.push(
      `${path}.tooFast: full deduction at ${checks.tooFast.full} must be less than the allowed ${checks.tooFast.allowed}. Lower full or raise allowed.`
    );
  }
}

function record(value: unknown, path: string, known: readonly string[], problems: string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    problems.push(`${path} must be a set of names and values: ${shown(value)} was found.`);
    return {};
  }
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      problems.push(`${path} does not know ${shown(key)}. Known: ${known.join(', ')}.`);
    }
  }
  // A copy without prototype, so that a key such as "constructor" is never found by accident.
  return Object.assign(Object.create(null) as Record<string, unknown>, value);
}

function list(value: unknown, path: string, most: number, problems: string[]): readonly unknown[] {
  if (value === undefined) {
    return [];
  }
  if (!Array.isArray(value)) {
    problems.push(`${path} must be a list: ${shown(value)} was found.`);
    return [];
  }
  if (value.length > most) {
    problems.push(`${path} has ${value.length} entries, at most ${most} are read. Join some by a pattern.`);
    return [];
  }
  return value;
}

function numbers<Key extends string>(
  entry: Record<string, unknown>,
  path: string,
  limits: Readonly<Record<Key, Limits>>,
  problems: string[]
): Partial<Record<Key, number>> {
  const result: Partial<Record<Key, number>> = {};
  for (const key of Object.keys(limits) as Key[]) {
    const value = entry[key];
    if (value === undefined) {
      continue;
    }
    const [low, high] = limits[key];
    if (typeof value !== 'number' || !(value >= low && value <= high)) {
      const name = path === '' ? key : `${path}.${key}`;
      problems.push(`${name} must be a number from ${low} to ${high}: ${shown(value)} was found.`);
      continue;
    }
    result[key] = value;
  }
  return result;
}

function text(value: unknown, path: string, longest: number, problems: string[]): string | undefined {
  if (typeof value !== 'string' || value === '' || value.length > longest) {
    problems.push(`${path} must be a text of 1 to ${longest} characters: ${shown(value)} was found.`);
    return undefined;
  }
  return value;
}

function oneOf<Word extends string>(
  value: unknown,
  path: string,
  words: readonly Word[],
  problems: string[]
): Word | undefined {
  const word = words.find((candidate) => candidate === value);
  if (word === undefined && value !== undefined) {
    problems.push(`${path} must be one of ${words.join(', ')}: ${shown(value)} was found.`);
  }
  return word;
}

function optionalText(value: unknown, path: string, problems: string[]): string | undefined {
  return value === undefined ? undefined : text(value, path, LONGEST_PATTERN, problems);
}

function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? String(value);
  return json.length > 80 ? `${json.slice(0, 80)}…` : json;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
