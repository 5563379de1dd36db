import { ConnectorError } from '../../../src/model/connector-error';

/** Jobs that one queue has in one of its places in Redis, from so many on. */
export interface QueuePage<Place extends string> {
  queue: string;
  place: Place;
  from: number;
}

export function encodeQueuePage({ queue, place, from }: QueuePage<string>): string {
  return JSON.stringify([queue, place, from]);
}

/** @throws ConnectorError when the cursor is none of this system's */
export function decodeQueuePage<Place extends string>(
  cursor: string,
  places: readonly Place[],
  { id, name }: { id: string; name: string }
): QueuePage<Place> {
  try {
    const [queue, word, from] = JSON.parse(cursor) as unknown[];
    const place = places.find((one) => one === word);
    if (typeof queue === 'string' && place !== undefined && Number.isSafeInteger(from) && (from as number) >= 0) {
      return { queue, place, from: from as number };
    }
  } catch {
    // Said below.
  }
  throw new ConnectorError('bad-request', id, `The page ${cursor.slice(0, 100)} is none of ${name}'s. Ask anew.`);
}
