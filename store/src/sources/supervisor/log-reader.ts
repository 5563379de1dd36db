import { ConnectorError } from '../../../../src/model/connector-error';
import type { Rpc } from './rpc-http';

/** How far the main log was read. */
export interface LogPlace {
  /** Bytes. */
  offset: number;
  /** The last that was read, up to `offset`: whether it still stands there tells whether it is still the same file. */
  tail: string;
}

export interface LogNews {
  /** Whole lines. */
  text: string;
  place: LogPlace;
  /** There is more. */
  isCut: boolean;
  /** The file that was read before is gone, and with it what it said last. */
  isRotated: boolean;
  /** Bytes that are no text and were passed over. */
  garbage: number;
}

const BEGIN: LogPlace = { offset: 0, tail: '' };
const CHUNK = 1024 ** 2;
const SMALL = 4096;
const TAIL = 200;

/**
 * What is new in the main log, a chunk of it. Supervisor gives its bytes as text and fails where a character is cut, so lengths
 * are counted in bytes and the cut is moved.
 *
 * @returns undefined where there is no log to read
 */
export async function readNews(rpc: Rpc, place: LogPlace = BEGIN, signal: AbortSignal): Promise<LogNews | undefined> {
  const at = place.offset - Buffer.byteLength(place.tail);
  const text = await readText(rpc, at, CHUNK, signal);
  if (text?.startsWith(place.tail) === true) {
    return upToLine(text.slice(place.tail.length), place, false);
  }
  if (text !== undefined && place.offset > 0) {
    const anew = await readText(rpc, 0, CHUNK, signal);
    return anew === undefined ? undefined : upToLine(anew, BEGIN, true);
  }
  // Nothing at all can be read, or not this part of it.
  return (await readText(rpc, 0, 1, signal)) === undefined ? undefined : readPastGarbage(rpc, place, signal);
}

async function readPastGarbage(rpc: Rpc, { offset }: LogPlace, signal: AbortSignal): Promise<LogNews> {
  const text = await readText(rpc, offset, SMALL, signal);
  return text === undefined
    ? { text: '', place: { offset: offset + SMALL, tail: '' }, isCut: true, isRotated: false, garbage: SMALL }
    : upToLine(text, { offset, tail: '' }, false);
}

function upToLine(text: string, { offset, tail }: LogPlace, isRotated: boolean): LogNews {
  const bytes = Buffer.byteLength(text);
  const isCut = bytes >= SMALL;
  // A line that is longer than a chunk is none of Supervisor's own.
  const end = text.lastIndexOf('\n') + 1 || (bytes >= CHUNK ? text.length : 0);
  const lines = text.slice(0, end);
  const place = { offset: offset + Buffer.byteLength(lines), tail: (tail + lines).slice(-TAIL) };
  return { text: lines, place, isCut: isCut && end > 0, isRotated, garbage: 0 };
}

/** @returns undefined where it cannot be read, these bytes or at all */
async function readText(rpc: Rpc, offset: number, length: number, signal: AbortSignal): Promise<string | undefined> {
  for (let more = 0; more < 4; more++) {
    try {
      const answer = await rpc('supervisor.readLog', [offset, length + more], signal);
      return 'value' in answer && typeof answer.value === 'string' ? answer.value : undefined;
    } catch (error) {
      // 500 where the bytes are no text.
      if (!(error instanceof ConnectorError) || error.kind !== 'unexpected-shape') {
        throw error;
      }
    }
  }
  return undefined;
}
