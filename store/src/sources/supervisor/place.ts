import { compact, optional, readNumber, readObject, readText, ShapeError } from '../../../../src/model/read-shape';
import type { DurationMs } from '../../../../src/model/units';
import type { LastStart, LastStarts } from './follow';
import type { LogPlace } from './log-reader';

/** What is known between two looks, and over restarts of the store. */
export interface Place {
  starts: LastStarts;
  log?: LogPlace;
  /** How far the log's clock was ahead of UTC when that was seen last. */
  zoneMs?: DurationMs;
}

export function encodePlace(place: Place): string {
  return JSON.stringify(place);
}

/** A place of another version is none: then everything is met for the first time. */
export function decodePlace(text: string | undefined): Place {
  try {
    const fields = readObject(JSON.parse(text ?? '{}'), 'place');
    const starts = Object.entries(readObject(fields['starts'] ?? {}, 'place.starts'));
    return compact({
      starts: Object.fromEntries(starts.map(([name, start]) => [name, readStart(start, `place.starts.${name}`)])),
      log: optional(fields['log'], 'place.log', readLog),
      zoneMs: optional(fields['zoneMs'], 'place.zoneMs', readNumber),
    });
  } catch (error) {
    if (error instanceof ShapeError || error instanceof SyntaxError) {
      return { starts: {} };
    }
    throw error;
  }
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
