import type Database from 'better-sqlite3';
import type { ExpectedRuns } from '../../../src/health/spec';
import type { EpochMs } from '../../../src/model/units';

/** What makes a schedule the same one: when runs are expected, and of what. How late they may be can change. */
function keyOf({ task, source, cron, timezone, everyMs, phaseMs }: ExpectedRuns): string {
  const parts = [task, source ?? null, cron ?? null, timezone ?? null, everyMs ?? null];
  return JSON.stringify(phaseMs === undefined ? parts : [...parts, phaseMs]);
}

/**
 * Notes when schedules are learned of, and forgets those that are no longer set: one that is set again later is new.
 *
 * @throws what SQLite throws when it cannot write; nothing is noted then
 */
export function learnSchedules(db: Database.Database, expected: readonly ExpectedRuns[], now: EpochMs): void {
  const wanted = new Set(expected.map(keyOf));
  const known = new Set(db.prepare<[], string>('SELECT schedule FROM schedules').pluck().all());
  const gone = [...known].filter((key) => !wanted.has(key));
  const fresh = [...wanted].filter((key) => !known.has(key));
  if (gone.length + fresh.length === 0) {
    return;
  }
  const remove = db.prepare<[string]>('DELETE FROM schedules WHERE schedule = ?');
  const add = db.prepare<[string, number]>('INSERT INTO schedules (schedule, since) VALUES (?, ?)');
  db.transaction(() => {
    gone.forEach((key) => remove.run(key));
    fresh.forEach((key) => add.run(key, now));
  })();
}

/** The schedules with `since`; one that was not noted yet holds from `now` on. */
export function sinceLearned(
  db: Database.Database,
  expected: readonly ExpectedRuns[],
  now: EpochMs
): readonly ExpectedRuns[] {
  if (expected.length === 0) {
    return expected;
  }
  const known = new Map(db.prepare<[], [string, number]>('SELECT schedule, since FROM schedules').raw().all());
  return expected.map((schedule) => ({ ...schedule, since: known.get(keyOf(schedule)) ?? now }));
}
