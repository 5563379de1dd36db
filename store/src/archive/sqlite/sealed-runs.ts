import { inflateRawSync } from 'node:zlib';
import type Database from 'better-sqlite3';
import { SEGMENT_SIZE } from '../columns';
import type { Segment } from '../columns';
import { ChangeOrder } from './change-order';
import { pageOf, pageOfHash, rowsOfHash } from './key-pages';
import type { KeyKind } from './key-pages';
import { hasBit, unpackChanges, unpackColumns, unpackLabels } from './sealed-columns';
import { blockIn, BlockTable, placeOfBlock, unpackBlock } from './text-blocks';
import type { RunTexts } from './text-blocks';

/** Blocks that are kept decompressed: whoever reads one run often reads those beside it. */
const MOST_BLOCKS = 8;

/** Segments whose order of changes is kept: a page lies in one, or at the edge of two. */
const MOST_ORDERS = 2;

/** Number of a bundle of texts in the file. */
export function bundleOf(segment: number, bundle: number): number {
  return segment * 4096 + bundle;
}

interface SealedFacts {
  stamp: number;
  length: number;
  blocks: Buffer;
}

interface KnownSegment {
  stamp: number;
  table: BlockTable;
  texts: Map<number, ReadonlyMap<number, RunTexts>>;
}

/**
 * What is sealed of the archive's segments (`seal.ts`): runs that lie there unless they are deleted or a newer row of them
 * is loose in the table `runs`. Whoever asks for a run looks there first. Belongs to one connection.
 */
export class SealedRuns {
  private readonly facts: Database.Statement<[number], SealedFacts>;
  private readonly stampOf: Database.Statement<[number], number>;
  private readonly all: Database.Statement<[], { segment: number; stamp: number }>;
  private readonly columns: Database.Statement<[number], Buffer>;
  private readonly gone: Database.Statement<[number], Buffer>;
  private readonly bundle: Database.Statement<[number], Buffer>;
  private readonly page: Database.Statement<[number], Buffer>;
  private readonly labelSets: Database.Statement<[number], Buffer | null>;
  private readonly changed: Database.Statement<
    [number],
    { segment: number; first: number; stamp: number; length: number }
  >;
  /** Segments whose texts were read. */
  private readonly known = new Map<number, KnownSegment>();
  private reading: KnownSegment | undefined;
  private readonly orders = new Map<number, { stamp: number; order: ChangeOrder }>();

  constructor(db: Database.Database) {
    const blob = (sql: string) => db.prepare<[number], Buffer>(sql).pluck();
    this.facts = db.prepare('SELECT stamp, length, blocks FROM sealed WHERE segment = ?');
    this.stampOf = db.prepare<[number], number>('SELECT stamp FROM sealed WHERE segment = ?').pluck();
    this.all = db.prepare('SELECT segment, stamp FROM sealed ORDER BY segment DESC');
    this.columns = blob('SELECT columns FROM sealed_columns WHERE segment = ?');
    this.gone = blob('SELECT rows FROM sealed_gone WHERE segment = ?');
    this.bundle = blob('SELECT texts FROM sealed_texts WHERE bundle = ?');
    this.page = blob('SELECT keys FROM sealed_keys WHERE page = ?');
    this.labelSets = db.prepare<[number], Buffer | null>('SELECT labels FROM sealed WHERE segment = ?').pluck();
    this.changed = db.prepare(
      'SELECT segment, first_change AS first, stamp, length FROM sealed WHERE last_change > ? ORDER BY first_change'
    );
  }

  /** Segments of which something is sealed, the newest first, each with a number that differs with every sealing. */
  segments(): Array<{ segment: number; stamp: number }> {
    return this.all.all();
  }

  isSealed(segment: number): boolean {
    return this.stamp(segment) !== undefined;
  }

  /** The number of its sealing; `undefined` when nothing of it is sealed. */
  stamp(segment: number): number | undefined {
    return this.stampOf.get(segment);
  }

  /** Fills an empty segment with the rows that are sealed. */
  fill(segment: Segment): void {
    const facts = this.facts.get(segment.segment);
    if (facts !== undefined) {
      const columns = this.columns.get(segment.segment)!;
      unpackColumns(segment, columns, facts.length, this.gone.get(segment.segment));
    }
  }

  /** By row, the number of its newest change when it was sealed. */
  changes(segment: number): Float64Array {
    return unpackChanges(this.columns.get(segment)!, this.facts.get(segment)!.length);
  }

  /** Whether a sealed run is deleted, or lies elsewhere now. */
  isGone(id: number): boolean {
    const gone = this.gone.get(Math.floor(id / SEGMENT_SIZE));
    return gone !== undefined && hasBit(gone, id % SEGMENT_SIZE);
  }

  /** Texts of a run that is not loose; `undefined` where it was deleted, or never was. */
  texts(id: number): RunTexts | undefined {
    const segment = Math.floor(id / SEGMENT_SIZE);
    const row = id % SEGMENT_SIZE;
    const known = this.knownOf(segment);
    if (known === undefined) {
      return undefined;
    }
    if (this.isGone(id)) {
      return undefined;
    }
    const block = known.table.blockOf(row);
    return block === undefined ? undefined : this.blockTexts(segment, known, block).get(row);
  }

  /** Ids of sealed runs with this hash, some of them maybe of others, deleted, or loose too. */
  find(segment: number, kind: KeyKind, hash: number): number[] {
    const page = this.page.get(pageOf(segment, kind, pageOfHash(hash)));
    return page === undefined ? [] : rowsOfHash(page, hash).map((row) => segment * SEGMENT_SIZE + row);
  }

  /** The different sets of labels, and the number of each row's; the first is that of "none". */
  labels(segment: number): { sets: Array<Readonly<Record<string, string>>>; of: Uint32Array } {
    const sets: Array<Readonly<Record<string, string>>> = [{}];
    const of = new Uint32Array(SEGMENT_SIZE);
    const packed = this.labelSets.get(segment);
    const facts = packed ? this.facts.get(segment) : undefined;
    if (packed && facts !== undefined) {
      sets.push(...(JSON.parse(inflateRawSync(packed).toString()) as Array<Record<string, string>>));
      of.set(unpackLabels(this.columns.get(segment)!, facts.length));
    }
    return { sets, of };
  }

  /**
   * Sealed runs that changed after a cursor: segment by segment, each in the order of its changes, with the least number of a
   * change that may follow: what lies before it is complete. They may be loose too.
   */
  *changedAfter(cursor: number): Generator<{ first: number; changes: Iterable<{ change: number; id: number }> }> {
    for (const { segment, first, stamp, length } of this.changed.all(cursor)) {
      yield { first, changes: this.changesOf({ segment, stamp, length }, cursor) };
    }
  }

  private *changesOf(
    { segment, stamp, length }: { segment: number; stamp: number; length: number },
    cursor: number
  ): Generator<{ change: number; id: number }> {
    const order = this.orderOf(segment, stamp, length);
    const gone = this.gone.get(segment);
    for (let i = order.after(cursor); i < order.length; i++) {
      const { change, row } = order.at(i);
      if (gone === undefined || !hasBit(gone, row)) {
        yield { change, id: segment * SEGMENT_SIZE + row };
      }
    }
  }

  /** Whoever follows the changes asks the same segment again and again: its order is made once. */
  private orderOf(segment: number, stamp: number, length: number): ChangeOrder {
    let known = this.orders.get(segment);
    if (known?.stamp !== stamp) {
      known = { stamp, order: new ChangeOrder(unpackChanges(this.columns.get(segment)!, length)) };
    }
    this.orders.delete(segment);
    this.orders.set(segment, known);
    const [oldest] = this.orders.keys();
    if (this.orders.size > MOST_ORDERS && oldest !== undefined) {
      this.orders.delete(oldest);
    }
    return known.order;
  }

  private knownOf(segment: number): KnownSegment | undefined {
    const stamp = this.stampOf.get(segment);
    let known = this.known.get(segment);
    if (stamp === undefined) {
      return undefined;
    }
    if (known?.stamp !== stamp) {
      known = { stamp, table: BlockTable.decode(this.facts.get(segment)!.blocks), texts: new Map() };
      this.known.delete(segment);
      this.known.set(segment, known);
    }
    return known;
  }

  private blockTexts(segment: number, known: KnownSegment, number: number): ReadonlyMap<number, RunTexts> {
    let texts = known.texts.get(number);
    if (texts === undefined) {
      const { bundle, index } = placeOfBlock(number);
      texts = unpackBlock(blockIn(this.bundle.get(bundleOf(segment, bundle))!, index));
      known.texts.set(number, texts);
      // Only the segment that is read now keeps blocks: a few, the oldest goes first.
      if (this.reading !== known) {
        this.reading?.texts.clear();
        this.reading = known;
      }
      const [oldest] = known.texts.keys();
      if (known.texts.size > MOST_BLOCKS && oldest !== undefined) {
        known.texts.delete(oldest);
      }
    }
    return texts;
  }
}
