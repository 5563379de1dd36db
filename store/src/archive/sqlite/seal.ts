import { deflateRawSync } from 'node:zlib';
import type Database from 'better-sqlite3';
import type { TaskRun } from '../../../../src/model/task-run';
import { ABSENT } from '../../../../src/model/run-table';
import { Segment, SEGMENT_SIZE } from '../columns';
import { STATE_NUMBER } from '../../../../src/model/word-numbers';
import { hashText } from './hash-text';
import { filterOf } from './key-filter';
import { KEY_KIND, PAGES, packKeys } from './key-pages';
import type { KeyKind } from './key-pages';
import { inSnapshot, openForReading } from './schema';
import { packColumns } from './sealed-columns';
import { SealedRuns } from './sealed-runs';
import { sumSegment } from './sealed-sums';
import type { SealedSums } from './sealed-sums';
import { setRow } from './set-row';
import { BlockWriter, packBundles } from './text-blocks';
import type { RunTexts } from './text-blocks';

const PAGE_CACHE_BYTES = 2 * 1024 ** 2;

/** A segment as it is sealed: immutable, and as small as it gets. See `schema.ts` for where each part lies. */
export interface SealedParts {
  segment: number;
  /** Numbers of changes up to here are in it; loose rows that changed later are newer than what is sealed. */
  asOf: number;
  /** How many runs had gone from the segment: when more have since, some that are sealed here are not there any more. */
  gone: number;
  /** Rows `0 … length - 1` may be there. */
  length: number;
  firstChange: number;
  lastChange: number;
  columns: Uint8Array;
  /** Where the texts of each row are, and the bundles of blocks: one after the other, with where each ends. */
  table: Uint8Array;
  texts: Uint8Array;
  textEnds: number[];
  /** Pages of hashes (`key-pages.ts`): numbers within the segment, where each ends, and all of them. */
  keys: Uint8Array;
  keyPages: number[];
  keyEnds: number[];
  filter: Uint8Array;
  labels: Uint8Array | null;
  sums: SealedSums | null;
}

/** The sums of a segment that was sealed without them. */
export interface SumsOfSealed {
  segment: number;
  /** Of the sealing that they were made of. */
  stamp: number;
  sums: SealedSums | null;
}

interface WholeRow {
  id: number;
  change: number;
  hash: number;
  root: number | null;
  trace: number | null;
  cols: Buffer;
  run: string;
  history: string;
}

/**
 * Makes sealed segments out of loose rows, in a thread of its own where there is one: it reads, and whoever writes the
 * archive takes over what it made. Runs that have not ended stay loose.
 */
export class Sealer {
  private readonly db: Database.Database;
  private readonly sealed: SealedRuns;
  private readonly rows: Database.Statement<[number, number], WholeRow>;
  private readonly newest: Database.Statement<[], number>;
  private readonly goneFrom: Database.Statement<[number], number>;

  /**
   * @param leastOfClass runs of a kind that are summed up
   * @throws ArchiveError when the file cannot be used, or is not open for writing.
   */
  constructor(
    private readonly path: string,
    private readonly leastOfClass?: number
  ) {
    this.db = openForReading(path, PAGE_CACHE_BYTES);
    this.sealed = new SealedRuns(this.db);
    this.rows = this.db.prepare(
      'SELECT id, change, hash, root, trace, cols, run, history FROM runs WHERE id >= ? AND id < ? ORDER BY id'
    );
    this.newest = this.db.prepare<[], number>('SELECT coalesce(max(change), 0) FROM runs').pluck();
    this.goneFrom = this.db.prepare<[number], number>('SELECT gone FROM segments WHERE segment = ?').pluck();
  }

  /** @throws ArchiveError */
  seal(number: number): SealedParts | undefined {
    return inSnapshot(this.db, this.path, () => {
      const gone = this.goneFrom.get(number);
      return gone === undefined ? undefined : this.make(number, gone);
    });
  }

  /** Sums up what is sealed. @throws ArchiveError */
  sum(number: number): SumsOfSealed | undefined {
    return inSnapshot(this.db, this.path, () => {
      const stamp = this.sealed.stamp(number);
      if (stamp === undefined) {
        return undefined;
      }
      const segment = new Segment(number);
      this.sealed.fill(segment);
      const run = (id: number) => {
        const texts = this.sealed.texts(id);
        return texts && (JSON.parse(texts.run) as TaskRun);
      };
      return { segment: number, stamp, sums: sumSegment(segment, run, this.leastOfClass) ?? null };
    });
  }

  close(): void {
    this.db.close();
  }

  private make(number: number, gone: number): SealedParts {
    const segment = new Segment(number);
    this.sealed.fill(segment);
    const change = new Float64Array(SEGMENT_SIZE).fill(NaN);
    if (segment.length > 0) {
      change.set(this.sealed.changes(number));
    }
    const gathered = new Gathered();
    let next = 0;
    const addSealed = (until: number) => {
      for (; next < until; next++) {
        if (segment.state[next] !== ABSENT && next < segment.length) {
          gathered.addSealed(next, this.sealed.texts(segment.firstId + next)!, segment.state[next]!);
        }
      }
    };
    for (const row of this.rows.iterate(segment.firstId, segment.firstId + SEGMENT_SIZE)) {
      const i = row.id - segment.firstId;
      addSealed(i);
      next = i + 1;
      setRow(segment, [row.id, row.change, row.cols]);
      gathered.hashes.push(row.hash);
      if (segment.end[i] === Infinity) {
        segment.state[i] = ABSENT;
        change[i] = NaN;
      } else {
        change[i] = row.change;
        gathered.addLoose(i, row, segment.state[i]!);
      }
    }
    addSealed(segment.length);
    // Rows that were sealed and are deleted now have no change either.
    for (let i = 0; i < segment.length; i++) {
      if (segment.state[i] === ABSENT) {
        change[i] = NaN;
      }
    }
    return {
      segment: number,
      asOf: this.newest.get() ?? 0,
      gone,
      length: segment.length,
      ...endsOf(change),
      columns: packColumns(segment, { change, labels: gathered.labels }),
      sums: sumSegment(segment, (id) => gathered.failed(id - segment.firstId), this.leastOfClass) ?? null,
      ...gathered.parts(),
    };
  }
}

function endsOf(change: Float64Array): { firstChange: number; lastChange: number } {
  let firstChange = Infinity;
  let lastChange = 0;
  for (const value of change) {
    if (value === value) {
      firstChange = Math.min(firstChange, value);
      lastChange = Math.max(lastChange, value);
    }
  }
  return { firstChange: Math.min(firstChange, lastChange), lastChange };
}

/** What is gathered of the rows that are sealed, in their order. */
class Gathered {
  readonly hashes: number[] = [];
  readonly labels = new Uint32Array(SEGMENT_SIZE);
  private readonly blocks = new BlockWriter();
  private readonly keys: Record<KeyKind, Array<[hash: number, row: number]>> = { runId: [], rootId: [], traceId: [] };
  private readonly failedTexts = new Map<number, string>();
  private readonly sets: string[] = [];
  private readonly numbers = new Map<string, number>();

  addLoose(row: number, { hash, root, trace, run, history }: WholeRow, state: number): void {
    this.keys.runId.push([hash, row]);
    if (root !== null) {
      this.keys.rootId.push([root, row]);
    }
    if (trace !== null) {
      this.keys.traceId.push([trace, row]);
    }
    this.add(row, { run, history }, state);
  }

  /** A row that was sealed before: its hashes are made of its ids again. */
  addSealed(row: number, texts: RunTexts, state: number): void {
    const { runId, rootId, traceId } = JSON.parse(texts.run) as TaskRun;
    const hash = hashText(runId);
    this.hashes.push(hash);
    this.keys.runId.push([hash, row]);
    if (rootId !== undefined) {
      this.keys.rootId.push([hashText(rootId), row]);
    }
    if (traceId !== undefined) {
      this.keys.traceId.push([hashText(traceId), row]);
    }
    this.add(row, texts, state);
  }

  /** A failed run by its row. */
  failed(row: number): TaskRun | undefined {
    const text = this.failedTexts.get(row);
    return text === undefined ? undefined : (JSON.parse(text) as TaskRun);
  }

  parts(): Pick<SealedParts, 'table' | 'texts' | 'textEnds' | 'keys' | 'keyPages' | 'keyEnds' | 'filter' | 'labels'> {
    const { blocks, table } = this.blocks.take();
    const texts = joined(packBundles(blocks));
    const pages = (Object.keys(KEY_KIND) as KeyKind[]).flatMap((kind) =>
      packKeys(this.keys[kind]).map(([page, blob]) => ({ page: KEY_KIND[kind] * PAGES + page, blob }))
    );
    const keys = joined(pages.map(({ blob }) => blob));
    return {
      table: table.encode(),
      texts: texts.bytes,
      textEnds: texts.ends,
      keys: keys.bytes,
      keyPages: pages.map(({ page }) => page),
      keyEnds: keys.ends,
      filter: filterOf(this.hashes),
      labels: this.sets.length === 0 ? null : deflateRawSync(`[${this.sets.join(',')}]`),
    };
  }

  private add(row: number, texts: RunTexts, state: number): void {
    const hasFailed = state === STATE_NUMBER.failed;
    this.blocks.add(row, texts, hasFailed);
    if (hasFailed) {
      this.failedTexts.set(row, texts.run);
    }
    if (texts.run.includes('"labels":{')) {
      const { labels } = JSON.parse(texts.run) as TaskRun;
      if (labels !== undefined) {
        this.labels[row] = this.numberOf(JSON.stringify(labels));
      }
    }
  }

  /** The first set is that of "none". */
  private numberOf(set: string): number {
    let number = this.numbers.get(set);
    if (number === undefined) {
      number = this.sets.push(set);
      this.numbers.set(set, number);
    }
    return number;
  }
}

/** Blobs one after the other: many small ones take long on their way to another thread. */
function joined(blobs: readonly Buffer[]): { bytes: Buffer; ends: number[] } {
  let end = 0;
  return { bytes: Buffer.concat(blobs), ends: blobs.map((blob) => (end += blob.length)) };
}
