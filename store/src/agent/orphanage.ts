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
        const chunk = claimed.read(adopted?.offset ?? 0, BATCH_BYTES);
        const advance = (): void => {
          adopted = chunk.atEnd ? undefined : { claimed, offset: chunk.next };
          if (chunk.atEnd) {
            claimed.remove();
          }
        };
        adopted ??= { claimed, offset: 0 };
        if (chunk.lines.length > 0) {
          return { lines: chunk.lines, done: advance };
        }
        advance();
      }
    },
    any: () => adopted !== undefined || spool.hasOrphans(),
  };
}
