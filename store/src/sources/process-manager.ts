import type { Reports } from '../../../src/connectors/connector';
import { readObject, ShapeError } from '../../../src/model/read-shape';
import type { Fields } from '../../../src/model/read-shape';

/** What a manager of processes on this machine can tell of them. */
export const PROCESS_REPORTS: Reports = {
  attempts: true,
  queues: false,
  workers: true,
  resources: true,
  waits: false,
  exits: true,
  errors: true,
  parents: false,
  traces: false,
  pending: false,
  running: true,
};

export function encodePlace(place: object): string {
  return JSON.stringify(place);
}

/** The place of a feed. One of another version is read as an empty one: then everything is met for the first time. */
export function decodePlace<Place>(text: string | undefined, read: (fields: Fields) => Place): Place {
  try {
    return read(readObject(JSON.parse(text ?? '{}'), 'place'));
  } catch (error) {
    if (error instanceof ShapeError || error instanceof SyntaxError) {
      return read({});
    }
    throw error;
  }
}

/** The last starts of processes, by name. */
export function readStarts<Start>(
  fields: Fields,
  readStart: (value: unknown, where: string) => Start
): Record<string, Start> {
  const starts = Object.entries(readObject(fields['starts'] ?? {}, 'place.starts'));
  return Object.fromEntries(starts.map(([name, start]) => [name, readStart(start, `place.starts.${name}`)]));
}
