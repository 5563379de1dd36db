import type Database from 'better-sqlite3';
import type { EpochMs } from '../../../../src/model/units';
import type { RetentionConfig } from '../archive';
import type { ChangedRun, KeptRun, RecalledRun, RetentionListener, Sample, WritePort } from '../engine';
import { hashText } from './hash-text';
import { KeyFilter } from './key-filter';
import { SegmentLoader } from './load-segment';
import { Marks } from './marks';
import { NameBook } from './name-book';
import { NameSweep } from './name-sweep';
import { Pruner } from './pruner';
import { recallEnded, recallOpen } from './recall';
import { RowWriter } from './row-writer';
import { decodeRecord } from './run-row';
import { RunsByKey } from './runs-by-key';
import { SampleWriter } from './sample-writer';
import { readSchedules, writeSchedules } from './schedules';
import { openForWriting, toArchiveError } from './schema';
import type { OpenFile } from './schema';
import type { SealedParts, SumsOfSealed } from './seal';
import { SealedRuns } from './sealed-runs';
import { SealedWriter } from './sealed-writer';
import { idsOf, partsOf, SegmentBook, segmentOf } from './segment-book';
import { windBack } from './write-ahead-log';

/** Which segments are sealed: see `SegmentBook.sealable`. */
export interface SealingPolicy {
  stay: number;
  least: number;
  /** Runs of a kind that are summed up; as usual when left out. */
  leastOfClass?: number;
}

const USUAL_SEALING: SealingPolicy = { stay: 2, least: 4_096 };
/** Rows deleted in one transaction once they are sealed. */
const UNLOAD_ROWS = 4_096;
/** Segments that are not sealed and whose hashes are read before the archive is ready; those of others are read later. */
const KNOWN_AT_ONCE = 4;
/** Pages that the file may have to spare: those of a segment that was sealed are soon needed for the next. */
const SPARE_PAGES = 16_384;
const VACUUM_PAGES = 2_000;

/**
 * Writes an archive in a SQLite file: every run that a commit changed is written once, in one transaction with
 * `synchronous = FULL`. Runs come as rows of the table `runs`; when a segment of them has grown old, it is sealed
 * (`seal.ts`). What comes for a sealed run later is a row again, which counts instead of what is sealed.
 */
export class SqliteWrites implements WritePort {
  cursor: number;

  private readonly file: OpenFile;
  private readonly db: Database.Database;
  private readonly names: NameBook;
  private readonly segments: SegmentBook;
  private readonly rows: RowWriter;
  private readonly samples: SampleWriter;
  private readonly pruner: Pruner;
  private readonly marks: Marks;
  private readonly sweep: NameSweep;
  private readonly sealed: SealedRuns;
  private readonly sealing: SealedWriter;
  private readonly runs: RunsByKey;
  private readonly loader: SegmentLoader;
  /** Hashes of all runs in the file: spares the look-up of runs that are new. */
  private readonly known = new KeyFilter();
  /** Segments whose hashes are not known yet. */
  private readonly assumed = new Set<number>();
  private nextId = 1;
  /** Rows that are sealed and still to be deleted. */
  private unloading: { segment: number; next: number; asOf: number } | undefined;

  private readonly hashesIn: Database.Statement<[number, number], number>;
  private readonly beginWork: Database.Statement<[]>;
  private readonly commitWork: Database.Statement<[]>;
  private readonly rollback: Database.Statement<[]>;

  /**
   * @param options.maxPages how large the file may become
   * @param options.sealing which segments are sealed
   * @throws ArchiveError when the file cannot be used.
   */
  constructor(
    private readonly path: string,
    private readonly options: { maxPages?: number; sealing?: SealingPolicy } = {}
  ) {
    this.file = openForWriting(path, options);
    const { db } = this.file;
    this.db = db;
    this.names = new NameBook(db);
    this.segments = new SegmentBook(db);
    this.rows = new RowWriter(db, this.names);
    this.samples = new SampleWriter(db);
    this.marks = new Marks(db);
    this.sealed = new SealedRuns(db);
    this.sealing = new SealedWriter(db, this.marks);
    this.loader = new SegmentLoader(db, this.sealed);
    this.runs = new RunsByKey(db, this.sealed, (hash) => this.known.candidates(hash));
    this.sweep = new NameSweep(db, this.names, this.marks, this.sealed);
    this.pruner = new Pruner(db, {
      segments: this.segments,
      samples: this.samples,
      sealed: this.sealed,
      sealing: this.sealing,
      transaction: (work) => this.transaction(work),
      deleting: () => this.noteEnds(),
      move: (id, texts) => this.move(id, texts),
      emptied: (segment) => this.known.drop(segment),
    });
    this.hashesIn = db
      .prepare<[number, number], number>('SELECT hash FROM runs WHERE (id >> 14) >= ? AND (id >> 14) < ?')
      .pluck();
    this.beginWork = db.prepare('BEGIN IMMEDIATE');
    this.commitWork = db.prepare('COMMIT');
    this.rollback = db.prepare('ROLLBACK');
    this.readNextId();
    this.learnHashes();
    const newest = db.prepare<[], number | null>('SELECT max(change) FROM runs').pluck().get() ?? 0;
    this.cursor = Math.max(newest, this.marks.get('change') ?? 0);
  }

  load(key: string): KeptRun | undefined {
    const idAt = key.indexOf('\n') + 1;
    const attemptAt = key.indexOf('\n', idAt) + 1;
    const runId = key.slice(idAt, attemptAt - 1);
    if (!this.mayHave(runId)) {
      return undefined;
    }
    const source = key.slice(0, idAt - 1);
    const attempt = Number(key.slice(attemptAt));
    return this.told(() => {
      for (const { found, run } of this.runs.attempts(source, runId)) {
        if (run.attempt === attempt) {
          return { id: found.id, ...decodeRecord(found.run, found.history) };
        }
      }
      return undefined;
    });
  }

  attempts(source: string, runId: string): number[] {
    return this.mayHave(runId)
      ? this.told(() => Array.from(this.runs.attempts(source, runId), ({ run }) => run.attempt))
      : [];
  }

  commit(changed: readonly ChangedRun[], samples: ReadonlyArray<Sample & { of: ChangedRun }>): string[] {
    const texts: string[] = [];
    this.transaction(() => {
      for (const run of changed) {
        texts.push(this.write(run));
      }
      for (const sample of samples) {
        this.samples.write(sample.of, sample);
      }
      this.segments.flush();
    });
    return texts;
  }

  prune(retention: RetentionConfig, age: EpochMs, listener: RetentionListener): boolean {
    const { deleted, more } = this.pruner.prune(retention, age, listener);
    this.sweep.noteDeleted(deleted);
    if (!more) {
      this.sweep.step(this.segments.runs, (work) => this.transaction(work));
    }
    return more;
  }

  *recall(): Generator<RecalledRun> {
    yield* recallEnded(this.loader, (id) => this.runs.texts(id), this.nextId);
    yield* recallOpen(this.db, this.segments.withOpenRuns);
  }

  age(): EpochMs | undefined {
    return this.marks.get('age') ?? (this.segments.newest || undefined);
  }

  noteAge(age: EpochMs): void {
    this.told(() => this.marks.set('age', age));
  }

  schedules(): ReadonlyMap<string, EpochMs> {
    return this.told(() => readSchedules(this.db));
  }

  noteSchedules(gone: readonly string[], fresh: readonly string[], since: EpochMs): void {
    this.told(() => writeSchedules(this.db, gone, fresh, since));
  }

  /** Keeps the log of the file short, whoever reads, and learns what it was opened without. */
  tidy(): void {
    windBack(this.db, this.path);
    const [segment] = this.assumed;
    if (segment !== undefined) {
      this.learnSegment(segment);
    }
  }

  /** The segment that should be sealed next, if any. */
  get sealable(): number | undefined {
    const { stay, least } = this.options.sealing ?? USUAL_SEALING;
    return this.unloading === undefined ? this.segments.sealable(stay, least) : undefined;
  }

  /**
   * Takes over a segment that was sealed. Then call `unload` until it says that nothing is left to do.
   *
   * @throws ArchiveError when the file cannot be written; it is as before then, and can be sealed again
   */
  takeSealed(parts: SealedParts): void {
    const { segment, asOf } = parts;
    if (this.segments.goneFrom(segment) !== parts.gone) {
      // Runs were deleted meanwhile that are in it. It is sealed again.
      return;
    }
    this.transaction(() => {
      this.sealing.put(parts);
      this.noteEnds();
    });
    if (this.assumed.delete(segment)) {
      this.known.fill(segment, Buffer.from(parts.filter));
    }
    this.unloading = { segment, next: idsOf(segment)[0], asOf };
  }

  /** A segment that was sealed without sums, if any. */
  get unsummed(): number | undefined {
    return this.told(() => this.sealing.unsummed);
  }

  /** Takes over its sums. @throws ArchiveError */
  takeSums(sums: SumsOfSealed): void {
    this.transaction(() => this.sealing.putSums(sums));
  }

  /** Deletes a little of what is sealed now. Whether it dies in the middle does not matter: what is left is sealed again. */
  unload(): boolean {
    const { unloading } = this;
    if (unloading === undefined) {
      return false;
    }
    const { segment, next, asOf } = unloading;
    const to = Math.min(next + UNLOAD_ROWS, idsOf(segment)[1]);
    this.unloading = undefined;
    this.transaction(() => {
      this.segments.noteLoose(segment, -this.sealing.deleteSealed(next, to, asOf));
    });
    if (to < idsOf(segment)[1]) {
      this.unloading = { ...unloading, next: to };
      return true;
    }
    return false;
  }

  /** Gives back a little of what the file has to spare. Returns whether there is more. */
  shrink(): boolean {
    return this.told(() => {
      const spare = Number(this.db.pragma('freelist_count', { simple: true }));
      if (spare <= SPARE_PAGES) {
        return false;
      }
      this.db.pragma(`incremental_vacuum(${Math.min(VACUUM_PAGES, spare - SPARE_PAGES)})`);
      return spare - VACUUM_PAGES > SPARE_PAGES;
    });
  }

  close(): void {
    this.file.close();
  }

  private mayHave(runId: string): boolean {
    return this.known.candidates(hashText(runId)).length > 0;
  }

  private write(run: ChangedRun): string {
    let hash: number | undefined;
    if (run.written === undefined) {
      run.id = this.nextId++;
      hash = hashText(run.record.run.runId);
      this.known.add(segmentOf(run.id), hash);
    }
    const { text, isNewRow } = this.rows.write(run, ++this.cursor, hash);
    if (isNewRow) {
      this.segments.noteLoose(segmentOf(run.id), 1);
    }
    this.segments.note(run.id, run.record.run, run.written?.run);
    return text;
  }

  /** Writes a run again at the end, within a transaction. */
  private move(from: number, texts: { run: string; history: string }): number {
    const to = this.nextId++;
    const kept = decodeRecord(texts.run, texts.history);
    const { run } = kept.record;
    const hash = hashText(run.runId);
    this.rows.write({ id: to, ...kept }, ++this.cursor, hash);
    this.known.add(segmentOf(to), hash);
    this.samples.move(from, to);
    this.segments.noteLoose(segmentOf(to), 1);
    this.segments.note(to, run, undefined);
    return to;
  }

  /** The newest change and the highest id may be of rows that go now, and are not given again. */
  private noteEnds(): void {
    this.marks.set('change', this.cursor);
    this.marks.set('ids', this.nextId - 1);
  }

  private learnHashes(): void {
    const filters = this.db.prepare<[number], Buffer>('SELECT filter FROM sealed_filters WHERE segment = ?').pluck();
    const sealed = new Set(this.sealed.segments().map(({ segment }) => segment));
    for (const segment of sealed) {
      this.known.fill(segment, filters.get(segment)!);
    }
    let atOnce = KNOWN_AT_ONCE;
    for (const segment of this.segments.withLoose) {
      if (sealed.has(segment) || atOnce-- > 0) {
        this.learnSegment(segment);
      } else {
        // Until then each of its runs is looked up.
        this.known.assume(segment);
        this.assumed.add(segment);
      }
    }
  }

  private learnSegment(segment: number): void {
    if (this.assumed.delete(segment)) {
      this.known.drop(segment);
    }
    for (const hash of this.hashesIn.iterate(...partsOf(segment))) {
      this.known.add(segment, hash);
    }
  }

  /** Runs `work` in a transaction. When it fails, memory goes back to what the file has. */
  private transaction(work: () => void): void {
    const { cursor } = this;
    try {
      this.beginWork.run();
      work();
      this.commitWork.run();
    } catch (error) {
      if (this.db.inTransaction) {
        this.rollback.run();
      }
      this.cursor = cursor;
      this.segments.reload();
      this.names.reload();
      this.readNextId();
      throw toArchiveError(error, this.path);
    }
  }

  private readNextId(): void {
    const highest = this.db.prepare<[], number | null>('SELECT max(id) FROM runs').pluck().get() ?? 0;
    this.nextId = 1 + Math.max(highest, this.marks.get('ids') ?? 0);
  }

  private told<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw toArchiveError(error, this.path);
    }
  }
}
