import type Database from 'better-sqlite3';
import type { EpochMs } from '../../../../src/model/units';

/** When each schedule was learned of, by its key. */
export function readSchedules(db: Database.Database): ReadonlyMap<string, EpochMs> {
  return new Map(db.prepare<[], [string, number]>('SELECT schedule, since FROM schedules').raw().all());
}

/** @throws what SQLite throws when it cannot write; nothing is noted then */
export function writeSchedules(
  db: Database.Database,
  gone: readonly string[],
  fresh: readonly string[],
  since: EpochMs
): void {
  const remove = db.prepare<[string]>('DELETE FROM schedules WHERE schedule = ?');
  const add = db.prepare<[string, number]>('INSERT INTO schedules (schedule, since) VALUES (?, ?)');
  db.transaction(() => {
    gone.forEach((key) => remove.run(key));
    fresh.forEach((key) => add.run(key, since));
  })();
}
