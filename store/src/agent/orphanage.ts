import type { Bytes } from '../../../src/model/units';
import type { Claimed, Spool } from './spool';

/** Lines that go to the store together. */
export interface Batch {
  lines: string[];
  /** Called when the store has them. */
  done(): void;
}

/** What dead agents have left in the spool, batch by batch: a segment is claimed, read to its end, and deleted. */
export interface Orphanage {
  next(): Batch | undefined;
  any(): boolean;
}

export const BATCH_BYTES: Bytes = 512 * 1024;

export function createOrphanage(spool: Spool): Orphanage {
  let adopted: { claimed: Claimed; offset: number } | undefined;
  return {
    next: () => {
      for (;;) {
        const claimed = adopted?.claimed ?? spool.claim();
        if (claimed === undefined) {
          return undefined;
        }
        const offset = adopted?.offset ?? 0;
        adopted = { claimed, offset };
        const chunk = claimed.read(offset, BATCH_BYTES);
        if (chunk.lines.length > 0) {
          return { lines: chunk.lines, done: () => void (adopted = { claimed, offset: chunk.next }) };
        }
        adopted.offset = chunk.next;
        if (chunk.atEnd) {
          claimed.remove();
          adopted = undefined;
        }
      }
    },
    any: () => adopted !== undefined || spool.hasOrphans(),
  };
}
