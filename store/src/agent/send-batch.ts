import type { DurationMs } from '../../../src/model/units';
import type { Notices } from './notices';
import type { Sender, SendResult } from './sender';

export type Later = Extract<SendResult, { kind: 'later' }>;

/**
 * Sends lines until the store has taken or refused each; `undefined` then, else why it will have to be later. One bad
 * line does not hold up the others: a refused batch is looked through by halves.
 */
export async function sendBatch(
  ports: { sender: Sender; notices: Notices },
  lines: readonly string[],
  timeoutMs: DurationMs
): Promise<Later | undefined> {
  const result = await ports.sender.send(lines, timeoutMs);
  switch (result.kind) {
    case 'later':
      return result;
    case 'accepted':
      if (result.rejected > 0) {
        const why = result.firstReject ?? 'no reason given';
        ports.notices.tell(`the store rejected ${result.rejected} of ${lines.length} events: ${why}`);
      }
      return undefined;
    case 'refused': {
      if (lines.length === 1) {
        ports.notices.tell(`an event was refused and is given up: ${result.why}`);
        return undefined;
      }
      const half = Math.ceil(lines.length / 2);
      return (
        (await sendBatch(ports, lines.slice(0, half), timeoutMs)) ?? sendBatch(ports, lines.slice(half), timeoutMs)
      );
    }
  }
}
