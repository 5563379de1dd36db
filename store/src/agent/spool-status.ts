import { sayBytes } from './durations';
import type { DeliveryOptions } from './run-options';
import { readSpoolStatus, spoolDirectory } from './spool';

/** What `runlane spool` prints. */
export function describeSpool(options: DeliveryOptions): string {
  const directory = spoolDirectory(options.spool, options.store);
  const { events, bytes, dropped } = readSpoolStatus(directory);
  const lost = dropped.sample + dropped.change + dropped.end;
  return [
    `store    ${options.store}`,
    `spool    ${directory}`,
    `waiting  ${events} events, ${sayBytes(bytes)} of ${sayBytes(options.spoolLimitBytes)}`,
    `dropped  ${lost} events (${dropped.end} ends, ${dropped.change} other changes, ${dropped.sample} samples), ${dropped.damaged} damaged lines, ${dropped.refused} that the store refused`,
    '',
  ].join('\n');
}
