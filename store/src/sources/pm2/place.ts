import { compact, optional, readNumber, readObject, readText, ShapeError } from '../../../../src/model/read-shape';
import type { OpenStart, OpenStarts } from './follow';

/** What is known between two connections, and over restarts of the store. */
export interface Place {
  starts: OpenStarts;
  /** Pid of the daemon, as PM2 notes it. */
  daemon?: string;
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
      starts: Object.fromEntries(starts.map(([runId, start]) => [runId, readStart(start, `place.starts.${runId}`)])),
      daemon: optional(fields['daemon'], 'place.daemon', readText),
    });
  } catch (error) {
    if (error instanceof ShapeError || error instanceof SyntaxError) {
      return { starts: {} };
    }
    throw error;
  }
}

function readStart(value: unknown, where: string): OpenStart {
  const fields = readObject(value, where);
  return compact({
    id: readNumber(fields['id'], `${where}.id`),
    startedAt: readNumber(fields['startedAt'], `${where}.startedAt`),
    restarts: readNumber(fields['restarts'], `${where}.restarts`),
    pid: optional(fields['pid'], `${where}.pid`, readNumber),
    goneAt: optional(fields['goneAt'], `${where}.goneAt`, readNumber),
  });
}
