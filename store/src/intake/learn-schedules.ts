import type { ExpectedRuns } from '../../../src/health/spec';
import type { EpochMs } from '../../../src/model/units';
import type { WritePort } from '../archive/engine';
import { scheduleKey } from '../archive/known-schedules';

/**
 * Notes when schedules are learned of, and forgets those that are no longer set: one that is set again later is new.
 *
 * @throws ArchiveError where nothing can be written; nothing is noted then
 */
export function learnSchedules(
  engine: Pick<WritePort, 'schedules' | 'noteSchedules'>,
  expected: readonly ExpectedRuns[],
  now: EpochMs
): void {
  const wanted = new Set(expected.map(scheduleKey));
  const known = engine.schedules();
  const gone = [...known.keys()].filter((key) => !wanted.has(key));
  const fresh = [...wanted].filter((key) => !known.has(key));
  if (gone.length + fresh.length > 0) {
    engine.noteSchedules(gone, fresh, now);
  }
}
