import { Cron } from 'croner';
import type { DurationMs, EpochMs } from '../../model/units';
import { cronJobName } from './names';
import type { Scope } from './settings';
import type { CronJob } from './wire';

/** The controller looks every ten seconds, and may be busy. */
const LATE_AFTER_MS: DurationMs = 120_000;
const MOST_NAMED = 5;

/** CronJobs that were due and made no job since, in sentences. */
export function sayMissed(cronJobs: readonly CronJob[], scope: Scope, now: EpochMs): string[] {
  const missed = cronJobs.flatMap((cronJob) => {
    const due = dueSince(cronJob, now);
    return due === undefined ? [] : [{ cronJob, due }];
  });
  missed.sort((a, b) => a.due - b.due);
  const said = missed.slice(0, MOST_NAMED).map(({ cronJob, due }) => {
    const why =
      cronJob.concurrency === 'Forbid' && cronJob.active > 0
        ? 'waits for its last run to end (concurrencyPolicy: Forbid)'
        : 'made no job: see kubectl describe cronjob';
    return `CronJob ${cronJobName(cronJob, scope)} was due at ${new Date(due).toISOString()} and ${why}.`;
  });
  const more = missed.length - said.length;
  return more > 0 ? [...said, `${more} other CronJobs were due and made no job.`] : said;
}

/**
 * When it should have run since it did last. Without a time zone of its own it goes by that of the controller, which is not
 * told: it is taken for UTC where the last run was at an instant of its schedule by UTC, else nothing is judged.
 */
export function dueSince(cronJob: CronJob, now: EpochMs): EpochMs | undefined {
  const { schedule, timeZone, isSuspended, lastScheduledAt, createdAt } = cronJob;
  if (isSuspended || (lastScheduledAt === undefined && timeZone === undefined)) {
    return undefined;
  }
  try {
    const cron = new Cron(schedule.replace(/\?/g, '*'), { timezone: timeZone ?? 'UTC', paused: true });
    const next = (after: EpochMs) => cron.nextRun(new Date(after))?.getTime();
    if (lastScheduledAt !== undefined && next(lastScheduledAt - 1000) !== lastScheduledAt) {
      return undefined;
    }
    const due = next(lastScheduledAt ?? createdAt);
    return due === undefined || due > now - LATE_AFTER_MS ? undefined : due;
  } catch {
    // What only Kubernetes understands (@every 1h) is not judged.
    return undefined;
  }
}
