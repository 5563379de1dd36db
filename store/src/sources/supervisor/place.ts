import { compact, optional, readNumber, readObject, readText } from '../../../../src/model/read-shape';
import type { Fields } from '../../../../src/model/read-shape';
import type { DurationMs } from '../../../../src/model/units';
import { readStarts } from '../process-manager';
import type { LastStart, LastStarts } from './follow';
import type { LogPlace } from './log-reader';

/** What is known between two looks, and over restarts of the store. */
export interface Place {
  starts: LastStarts;
  log?: LogPlace;
  /** How far the log's clock was ahead of UTC when that was seen last. */
  zoneMs?: DurationMs;
}

export function readPlace(fields: Fields): Place {
  return compact({
    starts: readStarts(fields, readStart),
    log: optional(fields['log'], 'place.log', readLog),
    zoneMs: optional(fields['zoneMs'], 'place.zoneMs', readNumber),
  });
}

function readLog(value: unknown, where: string): LogPlace {
  const fields = readObject(value, where);
  return { offset: readNumber(fields['offset'], `${where}.offset`), tail: readText(fields['tail'], `${where}.tail`) };
}

function readStart(value: unknown, where: string): LastStart {
  const fields = readObject(value, where);
  return compact({
    runId: readText(fields['runId'], `${where}.runId`),
    pid: optional(fields['pid'], `${where}.pid`, readNumber),
    startedAt: readNumber(fields['startedAt'], `${where}.startedAt`),
    told: readText(fields['told'], `${where}.told`),
    end: optional(fields['end'], `${where}.end`, readEnd),
  });
}

function readEnd(value: unknown, where: string): NonNullable<LastStart['end']> {
  const fields = readObject(value, where);
  return compact({
    at: readNumber(fields['at'], `${where}.at`),
    exitCode: optional(fields['exitCode'], `${where}.exitCode`, readNumber),
    signal: optional(fields['signal'], `${where}.signal`, readText),
    isOpen: fields['isOpen'] === true ? true : undefined,
  });
}
