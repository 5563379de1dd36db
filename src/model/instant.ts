import type { EpochMs } from './units';

/** Nothing that Runlane shows happened before this, twelve days after 1970 began. */
const EARLIEST_POSSIBLE: EpochMs = 1e9;

/**
 * An instant as a source wrote it, or `undefined` where the source has written "never" into the field: 0 and −1, also in
 * the local time of some zone, the zero time of Go and .NET (year 1), of NTP (1900) or of a spreadsheet. All of these lie before
 * anything that can have happened, so that one bound tells them from instants.
 */
export function reportedInstant(ms: EpochMs | undefined): EpochMs | undefined {
  return ms !== undefined && ms >= EARLIEST_POSSIBLE ? ms : undefined;
}
