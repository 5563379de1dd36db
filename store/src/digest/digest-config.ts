import { Cron } from 'croner';
import type { DurationMs } from '../../../src/model/units';
import { LANGUAGES } from '../alerts/alerts-config';
import type { Language, Smtp } from '../alerts/alerts-config';
import { readAddresses, readSmtp } from '../alerts/read-endpoint';
import type { ConfigReader } from '../yaml/config-reader';

/** The `digest` section of the config. */
export interface DigestConfig {
  to: readonly string[];
  from: string;
  smtp: Smtp;
  language: Language;
  /** Length of the period. */
  sinceMs: DurationMs;
  /** When the store sends it by itself; never when absent. */
  schedule?: string;
  timezone: string;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MOST_RECIPIENTS = 100;

export function readDigest(reader: ConfigReader): DigestConfig | undefined {
  if (reader.value(['digest']) === undefined) {
    return undefined;
  }
  reader.knows(['digest'], ['to', 'from', 'smtp', 'language', 'since', 'schedule', 'timezone']);
  const to = readAddresses(reader, ['digest', 'to'], MOST_RECIPIENTS);
  const [from] = readAddresses(reader, ['digest', 'from'], 1);
  const smtp = readSmtp(reader, ['digest', 'smtp']);
  const timezone = reader.text(['digest', 'timezone'], 100) ?? 'UTC';
  const schedule = reader.text(['digest', 'schedule'], 200);
  if (schedule !== undefined && !isSchedule(schedule, timezone)) {
    reader.fault(
      ['digest', 'schedule'],
      `digest.schedule is ${JSON.stringify(schedule)} in ${timezone}, want five fields such as "0 8 * * 1" and an IANA time zone.`
    );
  }
  if (to.length === 0 || from === undefined) {
    return reader.fault(['digest'], 'digest needs to and from. Want mail addresses.');
  }
  return (
    smtp && {
      to,
      from,
      smtp,
      language: reader.oneOf(['digest', 'language'], LANGUAGES) ?? 'en',
      sinceMs: reader.duration(['digest', 'since'], HOUR_MS, 92 * DAY_MS) ?? 7 * DAY_MS,
      timezone,
      ...(schedule !== undefined && { schedule }),
    }
  );
}

/** The first instant of the schedule after `after`. */
export function nextDue(
  { schedule, timezone }: { schedule: string; timezone: string },
  after: number
): number | undefined {
  return new Cron(schedule, { timezone, paused: true, legacyMode: true }).nextRun(new Date(after))?.getTime();
}

function isSchedule(schedule: string, timezone: string): boolean {
  try {
    return schedule.trim().split(/\s+/).length === 5 && nextDue({ schedule, timezone }, 0) !== undefined;
  } catch {
    return false;
  }
}
