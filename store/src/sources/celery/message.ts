import { readObject, ShapeError } from '../../../../src/model/read-shape';
import { readEvent } from './celery-event';
import type { CeleryEvent } from './celery-event';

/** Events of one message, and how many could not be read. */
export interface Heard {
  events: readonly CeleryEvent[];
  skipped: number;
  /** Why, for one of those that could not be read. */
  why?: string;
}

/** What is longer is not read: Celery cuts arguments to 1 KiB each, but not exceptions and tracebacks. */
export const LONGEST_MESSAGE = 4 * 1024 ** 2;

/**
 * A message that kombu published on Redis: an envelope with the body in Base64.
 */
export function readEnvelope(text: string): Heard {
  if (text.length > LONGEST_MESSAGE) {
    return unreadable(`it has ${text.length} characters, at most ${LONGEST_MESSAGE} are read`);
  }
  try {
    const envelope = readObject(JSON.parse(text), 'message');
    const properties = readObject(envelope['properties'], 'properties');
    const body = envelope['body'];
    if (typeof body !== 'string') {
      throw new ShapeError('body', body, 'text');
    }
    return readBody(
      properties['body_encoding'] === 'base64' ? Buffer.from(body, 'base64').toString('utf8') : body,
      envelope['content-type']
    );
  } catch (error) {
    return unreadable(error instanceof ShapeError ? error.message : 'it is no message of Celery');
  }
}

/**
 * The body of a message: one event, or of `task.multi` a list of them. Only JSON is read. What is pickled is code that would be
 * run by reading it, and stays closed.
 */
export function readBody(body: string, contentType: unknown): Heard {
  if (contentType !== 'application/json') {
    return unreadable(
      `it is ${typeof contentType === 'string' ? contentType.slice(0, 60) : 'of no type'}; only JSON is read (event_serializer = 'json')`
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return unreadable('its body is no JSON');
  }
  const events: CeleryEvent[] = [];
  let skipped = 0;
  let why: string | undefined;
  for (const one of Array.isArray(value) ? value : [value]) {
    try {
      const event = readEvent(one);
      if (event !== undefined) {
        events.push(event);
      }
    } catch (error) {
      if (!(error instanceof ShapeError)) {
        throw error;
      }
      skipped++;
      why = error.message;
    }
  }
  return { events, skipped, ...(why !== undefined && { why }) };
}

export function unreadable(why: string): Heard {
  return { events: [], skipped: 1, why };
}
