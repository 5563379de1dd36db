import type { Connector } from '../../../src/connectors/connector';
import { ConnectorError } from '../../../src/model/connector-error';
import type { TaskRun } from '../../../src/model/task-run';
import { toLine } from '../agent/event-line';
import { BATCH_BYTES, createOrphanage } from '../agent/orphanage';
import { pause } from '../agent/pause';
import { sendBatch } from '../agent/send-batch';
import type { SendPorts } from '../agent/send-batch';
import type { Spool } from '../agent/spool';
import { backOffMs } from '../alerts/back-off';
import { filterOf } from './ledger';
import type { Ledger } from './ledger';

export interface SpooledPorts extends Omit<SendPorts, 'refused'> {
  spool: Spool;
  /** The store as a source, which tells what it has. */
  store: Connector;
  random(): number;
}

export interface SpooledLedger extends Ledger {
  /** Sends what is left for at most `graceMs`; the rest stays in the spool for the next start. */
  close(graceMs: number): Promise<void>;
}

const PAGE = 5_000;
const ANSWER_WITHIN_MS = 10_000;

/**
 * A store on another machine. What is kept is on this machine's disk first and in the store as soon as it can be reached, in
 * the order in which it was found.
 */
export function createSpooledLedger(ports: SpooledPorts): SpooledLedger {
  const { spool, store, notices, random } = ports;
  const orphans = createOrphanage(spool);
  const leaving = new AbortController();
  const send: SendPorts = { ...ports, refused: (count) => spool.countLost('refused', count) };
  let sending: Promise<void> | undefined;
  let isWanted = false;

  /** Sends own lines, then those of predecessors that died, until there are none. */
  async function sendAll(): Promise<void> {
    let place = { offset: 0, generation: spool.generation() };
    for (let failures = 0; !leaving.signal.aborted;) {
      // Making room moved the lines: begin again. The store knows those that it has.
      const offset = place.generation === spool.generation() ? place.offset : 0;
      const chunk = spool.read(offset, BATCH_BYTES);
      if (chunk.lines.length === 0 && chunk.atEnd) {
        spool.reset();
        place = { offset: 0, generation: spool.generation() };
      }
      const batch = chunk.lines.length > 0 || !chunk.atEnd ? undefined : orphans.next();
      const lines = batch?.lines ?? chunk.lines;
      if (lines.length === 0 && chunk.atEnd) {
        return;
      }
      const later = await sendBatch(send, lines, ANSWER_WITHIN_MS);
      if (later === undefined) {
        failures = 0;
        batch?.done();
        place = batch === undefined ? { offset: chunk.next, generation: spool.generation() } : place;
      } else {
        notices.tell(`${later.why}. Events wait in the spool.`);
        await pause(later.retryAfterMs ?? backOffMs(++failures, random), leaving.signal);
      }
    }
  }

  function wake(): void {
    isWanted = true;
    sending ??= (async () => {
      while (isWanted) {
        isWanted = false;
        await sendAll();
      }
      sending = undefined;
    })();
  }

  wake();
  return {
    async runs(source, range, states) {
      const runs: TaskRun[] = [];
      let cursor: string | undefined;
      do {
        const query = { filter: filterOf(source, states), range, limit: PAGE, ...(cursor !== undefined && { cursor }) };
        const page = await store.runs(query, leaving.signal);
        runs.push(...page.runs);
        cursor = page.next;
      } while (cursor !== undefined);
      return runs;
    },
    async keep(events) {
      const homeless = spool.append(events.map(toLine));
      if (homeless.length > 0) {
        // The source is read again from the same place.
        throw new ConnectorError(
          'unreachable',
          store.id,
          `The store is away and the spool ${spool.directory} is full. Bring the store back, or raise --spool-max.`
        );
      }
      await spool.synced();
      wake();
    },
    async close(graceMs) {
      await Promise.race([sending, new Promise((resolve) => setTimeout(resolve, graceMs))]);
      leaving.abort();
      const left = spool.read(0, 1);
      spool.close(left.lines.length === 0 && left.atEnd);
    },
  };
}
