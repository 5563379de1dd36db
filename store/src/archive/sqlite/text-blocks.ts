import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** Runs of one block: so many compress nearly as well as all together, and one is read in 30 µs. */
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
 * Where the texts of a segment's rows are: the first row of each block, ascending, and again from block `failedFrom` on.
 * Failed runs have blocks of their own: what they failed of is asked for together.
 */
export class BlockTable {
  private constructor(
    private readonly firsts: Uint16Array,
    private readonly failedFrom: number
  ) {}

  static of(firsts: readonly number[], failedFrom: number): BlockTable {
    return new BlockTable(Uint16Array.from(firsts), failedFrom);
  }

  static decode(blob: Buffer): BlockTable {
    const numbers = Uint16Array.from({ length: blob.length / 2 }, (_, i) => blob.readUInt16LE(2 * i));
    return new BlockTable(numbers.subarray(1), numbers[0] ?? 0);
  }

  encode(): Buffer {
    const blob = Buffer.alloc(2 + 2 * this.firsts.length);
    blob.writeUInt16LE(this.failedFrom, 0);
    this.firsts.forEach((first, i) => blob.writeUInt16LE(first, 2 + 2 * i));
    return blob;
  }

  /** Blocks that may hold the row: one of each kind. */
  blocksOf(row: number): number[] {
    return [this.last(row, 0, this.failedFrom), this.last(row, this.failedFrom, this.firsts.length)].filter(
      (block) => block >= 0
    );
  }

  /** The last block in `[from, to)` that begins at the row or before it; -1 for none. */
  private last(row: number, from: number, to: number): number {
    let low = from;
    let high = to;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.firsts[middle]! <= row) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low > from ? low - 1 : -1;
  }
}

/** Gathers the texts of rows, in ascending order, into blocks. */
export class BlockWriter {
  private readonly usual = emptyKind();
  private readonly failed = emptyKind();

  add(row: number, { run, history }: RunTexts, hasFailed: boolean): void {
    const kind = hasFailed ? this.failed : this.usual;
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
      table: BlockTable.of([...usual.firsts, ...failed.firsts], usual.blocks.length),
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
