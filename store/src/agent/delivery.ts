import type { TaskEvent } from '../../../src/model/task-event';
import type { DurationMs } from '../../../src/model/units';
import { steadyNow } from './clocks';
import { toLine, type EventLine } from './event-line';
import type { Notices } from './notices';
import { BATCH_BYTES, createOrphanage, type Batch } from './orphanage';
import { sendBatch, type Later } from './send-batch';
import type { Sender } from './sender';
import { NOTHING_DROPPED, type Dropped, type Spool } from './spool';

/**
 * Brings events to the store without making anybody wait. State changes are on disk before they are on the wire, so a
 * killed agent loses none; samples go to disk only while the store is away.
 */
export interface Delivery {
  /** Never throws, never waits. */
  put(event: TaskEvent): void;
  dropped(): Dropped;
  /** Sends what is left for at most `graceMs`, leaves the rest to the spool. */
  close(graceMs: DurationMs): Promise<Leftover>;
}

export interface Leftover {
  /** Events of this or another agent lie in the spool. */
  undelivered: boolean;
  /** Why, in the words of the last failed attempt. */
  why?: string;
}

const BATCH_LINES = 500;
/** Only used where the spool cannot be: events in memory beyond this are dropped, samples first. */
const MEMORY_LINES = 2000;
const FIRST_BACKOFF: DurationMs = 500;
/** For an answer of the store. */
const LONGEST_WAIT: DurationMs = 5000;
const LONGEST_BACKOFF: DurationMs = 30_000;

export function createDelivery(ports: { sender: Sender; spool?: Spool; notices: Notices }): Delivery {
  const { spool, notices } = ports;
  const lost: Dropped = { ...NOTHING_DROPPED };
  /** Not yet acknowledged. While the store is away only those that the disk did not take. */
  let memory: Array<{ line: EventLine; onDisk: boolean }> = [];
  /** While the store is away: how far the own segment has been sent. */
  let backlog: { offset: number; generation: number } | undefined;
  const orphans = spool && createOrphanage(spool);
  let pumping: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  /** By the steady clock, as all that is waited for. */
  let notBefore: DurationMs = 0;
  let failures = 0;
  let lastFailure: Later | undefined;
  let closing = false;
  let giveUpAt: DurationMs = Infinity;

  function put(event: TaskEvent): void {
    try {
      const line = toLine(event);
      const onDisk = (line.weight !== 'sample' || backlog !== undefined) && keepOnDisk(line) === 'kept';
      if (backlog === undefined || !onDisk) {
        remember(line, onDisk);
      }
      pump();
    } catch (error) {
      notices.tell(`an event could not be kept: ${say(error)}. The command is not affected.`);
    }
  }

  function keepOnDisk(line: EventLine): 'kept' | 'full' | 'unavailable' {
    try {
      if (spool !== undefined) {
        return spool.append([line]).length === 0 ? 'kept' : 'full';
      }
    } catch (error) {
      notices.tell(`the spool cannot be written: ${say(error)}. Events wait in memory.`);
    }
    return 'unavailable';
  }

  function remember(line: EventLine, onDisk: boolean): void {
    memory.push({ line, onDisk });
    if (memory.length > MEMORY_LINES) {
      const at = memory.findIndex((candidate) => candidate.line.weight === 'sample');
      const [gone] = memory.splice(Math.max(0, at), 1);
      if (gone !== undefined && !gone.onDisk) {
        lose(gone.line);
      }
    }
  }

  function refused(count: number): void {
    lost.refused += count;
    spool?.countLost('refused', count);
  }

  function lose(line: EventLine): void {
    lost[line.weight]++;
    spool?.countLost(line.weight);
  }

  function pump(): void {
    if (pumping === undefined && !closing) {
      const wait = notBefore - steadyNow();
      if (wait > 0) {
        timer ??= setTimeout(() => {
          timer = undefined;
          pump();
        }, wait);
        timer.unref();
        return;
      }
      pumping = sendAll().finally(() => {
        pumping = undefined;
        if (notBefore > steadyNow() || memory.length > 0) {
          pump();
        }
      });
    }
  }

  async function sendAll(): Promise<void> {
    for (let batch = nextBatch(); batch !== undefined; batch = nextBatch()) {
      const later = await sendBatch(
        { ...ports, refused },
        batch.lines,
        Math.max(1, Math.min(LONGEST_WAIT, giveUpAt - steadyNow()))
      );
      if (later !== undefined) {
        retreat(later);
        return;
      }
      failures = 0;
      lastFailure = undefined;
      batch.done();
    }
  }

  function nextBatch(): Batch | undefined {
    if (spool !== undefined && backlog !== undefined) {
      return backlogBatch(spool);
    }
    if (memory.length > 0) {
      const batch = takeLines(memory);
      return {
        lines: batch.map(({ line }) => line.text),
        done: () => {
          memory = memory.filter((entry) => !batch.includes(entry));
          if (memory.length === 0) {
            forgetOwn();
          }
        },
      };
    }
    return closing ? undefined : orphans?.next();
  }

  function backlogBatch(from: Spool): Batch | undefined {
    const place = backlog ?? { offset: 0, generation: 0 };
    // Making room moved the lines: begin again. The store knows those that it has.
    const offset = place.generation === from.generation() ? place.offset : 0;
    const chunk = from.read(offset, BATCH_BYTES);
    const generation = from.generation();
    if (chunk.lines.length === 0) {
      backlog = chunk.atEnd ? undefined : { offset: chunk.next, generation };
      if (chunk.atEnd && memory.every((entry) => !entry.onDisk)) {
        forgetOwn();
      }
      return nextBatch();
    }
    return {
      lines: chunk.lines,
      done: () => {
        backlog = { offset: chunk.next, generation };
      },
    };
  }

  function forgetOwn(): void {
    try {
      spool?.reset();
    } catch (error) {
      notices.tell(
        `the spool ${spool?.directory ?? ''} cannot be cleared: ${say(error)}. Events may be sent twice, which does no harm.`
      );
    }
  }

  /** The store is away: everything goes to disk, and we try again later. */
  function retreat(result: Later): void {
    lastFailure = result;
    failures++;
    if (result.tell === true) {
      notices.tell(`${result.why}. Events wait in the spool.`);
    }
    const backoff = Math.min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** (failures - 1));
    notBefore = steadyNow() + (result.retryAfterMs ?? backoff * (0.75 + Math.random() / 2));
    if (spool !== undefined && backlog === undefined) {
      backlog = { offset: 0, generation: spool.generation() };
      memory = memory.filter(({ line, onDisk }) => {
        const fate = onDisk ? 'kept' : keepOnDisk(line);
        if (fate === 'full' && line.weight === 'sample') {
          lose(line);
          return false;
        }
        return fate !== 'kept';
      });
    }
  }

  return {
    put,
    dropped: () => spool?.dropped() ?? { ...lost },
    close: async (graceMs) => {
      giveUpAt = steadyNow() + graceMs;
      closing = true;
      clearTimeout(timer);
      const work = async (): Promise<void> => {
        await pumping;
        // A store that hung or asked for patience is not asked once more: the caller wants to leave.
        const patient = lastFailure?.timedOut !== true && lastFailure?.retryAfterMs === undefined;
        if (patient && steadyNow() < giveUpAt) {
          await sendAll();
        }
        await spool?.synced();
      };
      await Promise.race([work(), new Promise((resolve) => setTimeout(resolve, graceMs))]);
      const sent = memory.length === 0 && backlog === undefined && pumping === undefined;
      for (const { line, onDisk } of memory) {
        if (!onDisk && keepOnDisk(line) !== 'kept') {
          lose(line);
        }
      }
      spool?.close(sent);
      return {
        undelivered: spool !== undefined && (!sent || (orphans?.any() ?? false)),
        why: lastFailure?.why,
      };
    },
  };
}

/** As many from the front as make one batch, but at least one. */
function takeLines<T extends { line: EventLine }>(entries: readonly T[]): T[] {
  let bytes = 0;
  let count = 0;
  for (const { line } of entries) {
    bytes += line.text.length;
    if (count > 0 && (bytes > BATCH_BYTES || count >= BATCH_LINES)) {
      break;
    }
    count++;
  }
  return entries.slice(0, count);
}

function say(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
