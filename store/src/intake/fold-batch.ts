import { decodeEventLine } from '../../../src/model/decode-event';
import type { RunRecord } from '../../../src/model/run-record';
import { byOurClock } from '../../../src/model/sender-clock';
import type { TaskEvent } from '../../../src/model/task-event';
import type { DurationMs, EpochMs } from '../../../src/model/units';
import { MAX_REJECTS_TOLD } from '../archive/archive';
import type { IngestResult } from '../archive/archive';
import { believable } from './sender-clocks';

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Who holds the runs that events change. */
export interface EventFolder {
  /** What is known of a run, by its key. */
  record(key: string): RunRecord | undefined;
  /** Whether the event told something new. */
  fold(event: TaskEvent): boolean;
}

/**
 * Folds NDJSON line by line. A line that is wrong is rejected, and said to be; the others are taken.
 *
 * @param now epoch ms, against which instants of events are checked
 * @param clockAheadMs how far the sender's clock is known to be ahead of ours; 0 where it is not
 */
export function foldLines(into: EventFolder, ndjson: Uint8Array, now: EpochMs, clockAheadMs: DurationMs): IngestResult {
  const result = nothingYet();
  const events: TaskEvent[] = [];
  const reject = (line: number, error: string, isAhead = false) => {
    result.rejectedTotal++;
    result.ahead += Number(isAhead);
    if (result.rejected.length < MAX_REJECTS_TOLD) {
      result.rejected.push({ line, error });
    }
  };
  let text: string | undefined;
  try {
    text = UTF8.decode(ndjson);
  } catch {
    text = undefined;
  }
  let number = 0;
  const take = (line: string) => {
    number++;
    if (line.length === 0 || line.trim() === '') {
      return;
    }
    const decoded = decodeEventLine(line, now);
    if ('problem' in decoded) {
      reject(number, decoded.problem, decoded.isAhead);
      return;
    }
    result.cut += decoded.cut.length > 0 ? 1 : 0;
    result.unknownFields += decoded.unknown;
    events.push(clockAheadMs === 0 ? decoded.event : byOurClock(decoded.event, clockAheadMs));
  };
  if (text !== undefined) {
    for (let from = 0; from < text.length;) {
      const newline = text.indexOf('\n', from);
      const to = newline < 0 ? text.length : newline;
      take(text.slice(from, to));
      from = to + 1;
    }
    return foldInto(into, events, now, result);
  }
  // Some line is not UTF-8: find out which, and keep the others.
  for (let from = 0; from < ndjson.length;) {
    const newline = ndjson.indexOf(10, from);
    const to = newline < 0 ? ndjson.length : newline;
    let line: string | undefined;
    try {
      line = UTF8.decode(ndjson.subarray(from, to));
    } catch {
      line = undefined;
    }
    from = to + 1;
    if (line === undefined) {
      reject(++number, 'not UTF-8. Send the line encoded as UTF-8.');
    } else {
      take(line);
    }
  }
  return foldInto(into, events, now, result);
}

function foldInto(into: EventFolder, events: readonly TaskEvent[], now: EpochMs, result: IngestResult): IngestResult {
  for (const event of believable(events, now, (key) => into.record(key))) {
    result.accepted++;
    result.duplicates += into.fold(event) ? 0 : 1;
  }
  return result;
}

export function foldEvents(into: EventFolder, events: readonly TaskEvent[]): IngestResult {
  const result = nothingYet();
  for (const event of events) {
    result.accepted++;
    result.duplicates += into.fold(event) ? 0 : 1;
  }
  return result;
}

function nothingYet(): IngestResult {
  return { accepted: 0, duplicates: 0, rejected: [], rejectedTotal: 0, ahead: 0, cut: 0, unknownFields: 0 };
}
