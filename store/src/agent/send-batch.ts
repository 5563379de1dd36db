import type { DurationMs } from '../../../src/model/units';
import { countMisdated, sayClocks, type RefusedForTime } from './clocks';
import type { Notices } from './notices';
import type { Sender, SendResult } from './sender';

export type Later = Extract<SendResult, { kind: 'later' }>;

export interface SendPorts {
  sender: Sender;
  notices: Notices;
  /** Counts events that the store will never take. */
  refused(count: number): void;
}

/**
 * Sends lines until the store has taken or refused each; `undefined` then, else why it will have to be later. One bad
 * line does not hold up the others: a refused batch is looked through by halves. What the store refuses for its time alone is
 * not refused for good: one of the two clocks is wrong, and will be set right.
 */
export async function sendBatch(
  ports: SendPorts,
  lines: readonly string[],
  timeoutMs: DurationMs
): Promise<Later | undefined> {
  const result = await ports.sender.send(lines, timeoutMs);
  switch (result.kind) {
    case 'later':
      return result.forTime === undefined ? result : waitForClocks(ports, lines, result.forTime, result.retryAfterMs);
    case 'accepted': {
      const later = result.forTime && waitForClocks(ports, lines, result.forTime);
      const bad = result.rejected - (result.forTime?.ahead ?? 0);
      // What is sent again is looked at again.
      if (bad > 0 && later === undefined) {
        const why = result.firstReject ?? 'no reason given';
        ports.notices.tell(`the store rejected ${bad} of ${lines.length} events: ${why}`);
        ports.refused(bad);
      }
      return later;
    }
    case 'refused': {
      if (lines.length === 1) {
        ports.notices.tell(`an event was refused and is given up: ${result.why}`);
        ports.refused(1);
        return undefined;
      }
      const half = Math.ceil(lines.length / 2);
      return (
        (await sendBatch(ports, lines.slice(0, half), timeoutMs)) ?? sendBatch(ports, lines.slice(half), timeoutMs)
      );
    }
  }
}

/** Keeps the batch until the clocks agree, unless this machine's own clock has since disowned all that was refused. */
function waitForClocks(
  { notices, refused }: SendPorts,
  lines: readonly string[],
  { ahead, storeNow }: RefusedForTime,
  retryAfterMs?: DurationMs
): Later | undefined {
  const now = Date.now();
  const misdated = countMisdated(lines, now);
  if (misdated >= ahead) {
    notices.tell(`${misdated} events are given up: they were written while this machine's clock was far ahead`);
    refused(misdated);
    return undefined;
  }
  const why = `the store refuses events for their time: ${sayClocks(storeNow, now)}. Set the clock that is wrong`;
  return { kind: 'later', why, tell: true, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}
