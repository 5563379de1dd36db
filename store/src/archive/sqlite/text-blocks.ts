import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { firstPlace } from '../../../../src/model/first-place';

/** Runs of one block, in files as well: so many compress nearly as well as all together, and one is read in 30 µs. */
const BLOCK_ROWS = 32;
/** zlib's usual one: a fifth smaller than the fastest, at a third of a processor for 60,000 runs a second. */
const LEVEL = 6;

/** What is kept of a run beside its columns: its JSON text and its history (`run-row.ts`). */
export interface RunTexts {
  run: string;
  history: string;
}

/**
 * Texts of runs, compressed a block at a time. A block is the number of its rows, the rows (uint16 each), then the
 * compressed texts, one a line: JSON has no line breaks of its own.
 */
export function packBlock(rows: readonly number[], lines: readonly string[]): Buffer {
  const head = Buffer.alloc(2 + 2 * rows.length);
  head.writeUInt16LE(rows.length, 0);
  rows.forEach((row, i) => head.writeUInt16LE(row, 2 + 2 * i));
  return Buffer.concat([head, deflateRawSync(lines.join('\n'), { level: LEVEL })]);
}

/** Blocks that the file holds together: SQLite's pages are best filled by what is much larger than they are. */
const BUNDLE_BLOCKS = 16;
const BUNDLE_HEAD_BYTES = 4 * BUNDLE_BLOCKS;

/** Bundles of blocks: where each block of the bundle ends (uint32; those that are not there end where the last one does), then the blocks. */
export function packBundles(blocks: readonly Buffer[]): Buffer[] {
  const bundles: Buffer[] = [];
  for (let first = 0; first < blocks.length; first += BUNDLE_BLOCKS) {
    const own = blocks.slice(first, first + BUNDLE_BLOCKS);
    const head = Buffer.alloc(BUNDLE_HEAD_BYTES);
    let end = BUNDLE_HEAD_BYTES;
    for (let i = 0; i < BUNDLE_BLOCKS; i++) {
      end += own[i]?.length ?? 0;
      head.writeUInt32LE(end, 4 * i);
    }
    bundles.push(Buffer.concat([head, ...own]));
  }
  return bundles;
}

/** Where a block is: the number of its bundle within the segment, and which one it is there. */
export function placeOfBlock(block: number): { bundle: number; index: number } {
  return { bundle: Math.floor(block / BUNDLE_BLOCKS), index: block % BUNDLE_BLOCKS };
}

export function blockIn(bundle: Buffer, index: number): Buffer {
  return bundle.subarray(
    index === 0 ? BUNDLE_HEAD_BYTES : bundle.readUInt32LE(4 * (index - 1)),
    bundle.readUInt32LE(4 * index)
  );
}

/** A block that was read, by row. */
export function unpackBlock(block: Buffer): ReadonlyMap<number, RunTexts> {
  const count = block.readUInt16LE(0);
  const lines = inflateRawSync(block.subarray(2 + 2 * count))
    .toString()
    .split('\n');
  const texts = new Map<number, RunTexts>();
  for (let i = 0; i < count; i++) {
    texts.set(block.readUInt16LE(2 + 2 * i), { run: lines[2 * i] ?? '', history: lines[2 * i + 1] ?? '' });
  }
  return texts;
}

/**
 * Where the texts of a segment's rows are: the first row of each block, ascending, and the rows of failed runs, which have
 * blocks of their own behind the others: what they failed of is asked for together.
 */
export class BlockTable {
  private constructor(
    private readonly firsts: Uint16Array,
    private readonly failed: Uint16Array
  ) {}

  static of(firsts: readonly number[], failed: readonly number[]): BlockTable {
    return new BlockTable(Uint16Array.from(firsts), Uint16Array.from(failed));
  }

  static decode(blob: Buffer): BlockTable {
    const numbers = Uint16Array.from({ length: blob.length / 2 }, (_, i) => blob.readUInt16LE(2 * i));
    const failedFrom = 1 + (numbers[0] ?? 0);
    return new BlockTable(numbers.subarray(1, failedFrom), numbers.subarray(failedFrom));
  }

  /** How many blocks are not of failed runs, the first rows of these, the failed rows: uint16 each. */
  encode(): Buffer {
    const numbers = [this.firsts.length, ...this.firsts, ...this.failed];
    const blob = Buffer.alloc(2 * numbers.length);
    numbers.forEach((number, i) => blob.writeUInt16LE(number, 2 * i));
    return blob;
  }

  /** The block that holds the row, if any does. */
  blockOf(row: number): number | undefined {
    const failed = lastUpTo(this.failed, row);
    if (failed >= 0 && this.failed[failed] === row) {
      return this.firsts.length + Math.floor(failed / BLOCK_ROWS);
    }
    const block = lastUpTo(this.firsts, row);
    return block < 0 ? undefined : block;
  }
}

/** The place of the last of some ascending numbers that is not larger; -1 for none. */
function lastUpTo(numbers: Uint16Array, most: number): number {
  return firstPlace(0, numbers.length, (place) => numbers[place]! > most) - 1;
}

/** Gathers the texts of rows, in ascending order, into blocks. */
export class BlockWriter {
  private readonly usual = emptyKind();
  private readonly failed = emptyKind();
  private readonly failedRows: number[] = [];

  add(row: number, { run, history }: RunTexts, hasFailed: boolean): void {
    const kind = hasFailed ? this.failed : this.usual;
    if (hasFailed) {
      this.failedRows.push(row);
    }
    kind.rows.push(row);
    kind.lines.push(run, history);
    if (kind.rows.length === BLOCK_ROWS) {
      close(kind);
    }
  }

  take(): { blocks: Buffer[]; table: BlockTable } {
    const { usual, failed } = this;
    close(usual);
    close(failed);
    return {
      blocks: [...usual.blocks, ...failed.blocks],
      table: BlockTable.of(usual.firsts, this.failedRows),
    };
  }
}

interface Kind {
  rows: number[];
  lines: string[];
  blocks: Buffer[];
  firsts: number[];
}

function emptyKind(): Kind {
  return { rows: [], lines: [], blocks: [], firsts: [] };
}

function close(kind: Kind): void {
  const [first] = kind.rows;
  if (first !== undefined) {
    kind.blocks.push(packBlock(kind.rows, kind.lines));
    kind.firsts.push(first);
    kind.rows = [];
    kind.lines = [];
  }
}
