import type Database from 'better-sqlite3';
import type { TaskRun } from '../../../../src/model/task-run';
import type { EpochMs } from '../../../../src/model/units';
import type { RetentionConfig } from '../archive';
import type { ChangedRun, KeptRun, RecalledRun, RetentionListener, Sample, WritePort } from '../engine';
import { HashFilter } from './hash-filter';
import { hashText } from './hash-text';
import { Marks } from './marks';
import { NameBook } from './name-book';
import { NameSweep } from './name-sweep';
import { Pruner } from './pruner';
import { recallEnded, recallOpen } from './recall';
import { RowWriter } from './row-writer';
import { decodeRecord } from './run-row';
import { SampleWriter } from './sample-writer';
import { readSchedules, writeSchedules } from './schedules';
import { openForWriting, selectByHash, toArchiveError } from './schema';
import type { OpenFile } from './schema';
import { SegmentBook } from './segment-book';
import { windBack } from './write-ahead-log';

interface FoundRow {
  id: number;
  attempt: number;
  run: string;
  history: string;
}

/**
 * Writes an archive in a SQLite file: every run that a commit changed is written once, in one transaction with
 * `synchronous = FULL`.
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
  /** Hashes of all runs in the file: spares the look-up of runs that are new. */
  private known = new HashFilter();
  private nextId = 1;

  private readonly findRun: Database.Statement<[number], FoundRow>;
  private readonly beginWork: Database.Statement<[]>;
  private readonly commitWork: Database.Statement<[]>;
  private readonly rollback: Database.Statement<[]>;

  /**
   * @param options.maxPages how large the file may become
   * @throws ArchiveError when the file cannot be used.
   */
  constructor(
    private readonly path: string,
    options: { maxPages?: number } = {}
  ) {
    this.file = openForWriting(path, options);
    const { db } = this.file;
    this.db = db;
    this.names = new NameBook(db);
    this.segments = new SegmentBook(db);
    this.rows = new RowWriter(db, this.names);
    this.samples = new SampleWriter(db);
    this.marks = new Marks(db);
    this.sweep = new NameSweep(db, this.names, this.marks);
    this.pruner = new Pruner(db, this.segments, this.samples, {
      transaction: (work) => this.transaction(work),
      deleting: () => this.marks.set('change', this.cursor),
      move: (id, run) => this.move(id, run),
    });
    this.findRun = db.prepare(selectByHash('id, attempt, run, history'));
    this.beginWork = db.prepare('BEGIN IMMEDIATE');
    this.commitWork = db.prepare('COMMIT');
    this.rollback = db.prepare('ROLLBACK');
    this.readNextId();
    for (const hash of db.prepare<[], number>('SELECT hash FROM runs ORDER BY id >> 14, hash').pluck().iterate()) {
      this.known.add(hash);
    }
    const newest = db.prepare<[], number | null>('SELECT max(change) FROM runs').pluck().get() ?? 0;
    this.cursor = Math.max(newest, this.marks.get('change') ?? 0);
  }

  load(key: string): KeptRun | undefined {
    const idAt = key.indexOf('\n') + 1;
    const attemptAt = key.indexOf('\n', idAt) + 1;
    const runId = key.slice(idAt, attemptAt - 1);
    const hash = hashText(runId);
    if (!this.known.has(hash)) {
      return undefined;
    }
    const source = key.slice(0, idAt - 1);
    const attempt = Number(key.slice(attemptAt));
    for (const row of this.find(hash)) {
      if (row.attempt === attempt) {
        const { record, beats } = decodeRecord(row.run, row.history);
        if (record.run.runId === runId && record.run.source === source) {
          return { id: row.id, record, beats };
        }
      }
    }
    return undefined;
  }

  attempts(source: string, runId: string): number[] {
    const hash = hashText(runId);
    if (!this.known.has(hash)) {
      return [];
    }
    return this.find(hash).flatMap((row) => {
      const found = JSON.parse(row.run) as TaskRun;
      return found.runId === runId && found.source === source ? [row.attempt] : [];
    });
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
      this.known = this.sweep.step(this.segments.runs, (work) => this.transaction(work)) ?? this.known;
    }
    return more;
  }

  *recall(): Generator<RecalledRun> {
    yield* recallEnded(this.db, this.nextId);
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

  /** Keeps the log of the file short, whoever reads. */
  tidy(): void {
    windBack(this.db, this.path);
  }

  close(): void {
    this.file.close();
  }

  private find(hash: number): FoundRow[] {
    return this.told(() => this.findRun.all(hash));
  }

  private write(run: ChangedRun): string {
    let hash: number | undefined;
    if (run.written === undefined) {
      run.id = this.nextId++;
      hash = hashText(run.record.run.runId);
      this.known.add(hash);
      this.sweep.noteHash(hash);
    }
    const text = this.rows.write(run, ++this.cursor, hash);
    this.segments.note(run.id, run.record.run, run.written?.run);
    return text;
  }

  private move(from: number, run: TaskRun): number {
    const to = this.nextId++;
    this.rows.copy(from, to, ++this.cursor);
    this.samples.move(from, to);
    this.segments.note(to, run, undefined);
    this.sweep.noteHash(hashText(run.runId));
    return to;
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
    this.nextId = 1 + (this.db.prepare<[], number | null>('SELECT max(id) FROM runs').pluck().get() ?? 0);
  }

  private told<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw toArchiveError(error, this.path);
    }
  }
}
