import type { ExpectedRuns } from '../../../src/health/spec';
import type { EpochMs } from '../../../src/model/units';

/** What makes a schedule the same one: when runs are expected, and of what. How late they may be can change. */
export function scheduleKey({ task, source, cron, timezone, everyMs, phaseMs }: ExpectedRuns): string {
  const parts = [task, source ?? null, cron ?? null, timezone ?? null, everyMs ?? null];
  return JSON.stringify(phaseMs === undefined ? parts : [...parts, phaseMs]);
}

/** The schedules with `since`; one that was not noted yet holds from `now` on. */
export function sinceLearned(
  known: ReadonlyMap<string, EpochMs>,
  expected: readonly ExpectedRuns[],
  now: EpochMs
): readonly ExpectedRuns[] {
  return expected.map((schedule) => ({ ...schedule, since: known.get(scheduleKey(schedule)) ?? now }));
}
