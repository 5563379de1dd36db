import type Database from 'better-sqlite3';
import { applyEvent, withdrawConclusion, withRetried } from '../../../src/model/apply-event';
import { isTerminal } from '../../../src/model/lifecycle';
import type { RunRecord } from '../../../src/model/run-record';
import type { TaskEvent } from '../../../src/model/task-event';
import type { TaskRun } from '../../../src/model/task-run';
import type { DurationMs } from '../../../src/model/units';
import { SENDERS_RETURN_MS } from '../archive/archive';
import type { ArchiveError, ArchiveSettings, Commit, IngestResult, Outcomes } from '../archive/archive';
import { foldEvents, foldLines } from './fold-batch';
import type { EventFolder } from './fold-batch';
import { OutcomeGatherer } from './outcomes';
import { BEATS, RETRIED, RowPacker } from '../archive/sqlite/packed-row';
import { Pruner } from '../archive/sqlite/pruner';
import type { RunKeeper } from '../archive/sqlite/pruner';
import { decodeRecord, encodeHistory, endingOf, hashText, KIND_NUMBER, STATE_NUMBER, SUBSTATE_NUMBER } from '../archive/sqlite/run-row';
import { learnSchedules } from '../archive/known-schedules';
import { longestSilence, lostAfter } from './lost-run';
import { Marks } from '../archive/sqlite/marks';
import { recallEnded, recallSamples } from '../archive/sqlite/recall-metrics';
import { RetentionClock } from './retention-clock';
import { openForWriting, selectByHash, toArchiveError } from '../archive/sqlite/schema';
import type { OpenFile } from '../archive/sqlite/schema';
import { HashFilter } from '../archive/sqlite/hash-filter';
import { NameBook } from '../archive/sqlite/name-book';
import { NameSweep } from '../archive/sqlite/name-sweep';
import { SegmentBook } from '../archive/sqlite/segment-book';
import { asItCame } from './sender-clocks';
import { TaskMetrics } from '../metrics/task-metrics';
import { windBack } from '../archive/sqlite/write-ahead-log';

/** Runs kept decoded for the events to come; others are read back from the file when an event asks for them. */
const MAX_HELD = 100_000;
/** Ended runs are asked for by late events only, which come soon if at all. */
const MAX_ENDED_HELD = 5_000;
/** Resource samples kept per run. */
const MOST_SAMPLES = 1_000;
const NOTE_AGE_EVERY_MS = 3_600_000;

interface Held {
  id: number;
  record: RunRecord;
  /** The record as the file has it; `undefined` for a run that is not in the file yet. */
  written: RunRecord | undefined;
  /** Whether its silence means something: signs of life come in between the states, or were promised. */
  beats: boolean;
  dirty: boolean;
  /** Whether it is in the line of ended runs. */
  ended: boolean;
  key: string;
  /** How many resource samples the file has of it, once that was asked. */
  samples?: number;
}

/** A batch that waits for its commit. */
export type Batch = { ndjson: Uint8Array; clockAheadMs?: DurationMs | undefined } | { events: readonly TaskEvent[] };

export interface WriterClock {
  /** Wall clock, epoch ms. */
  now(): number;
  /** Never jumps; ms since some moment. */
  steady(): number;
}

/**
 * The one writer of a SQLite archive. Batches are folded into the runs held in memory as they come (`take`), and every run
 * that a group of them changed is written once (`commit`), in one transaction with `synchronous = FULL`. Synchronous: who
 * calls decides the thread.
 */
export class Writer implements EventFolder, RunKeeper {
  readonly metrics = new TaskMetrics();
  /** Whether somebody wants the texts of changed runs with each commit. */
  following = false;
  onCommit: (commit: Commit) => void = () => undefined;
  /** Whether somebody wants to know how runs end. */
  attending = false;
  onOutcomes: (outcomes: Outcomes) => void = () => undefined;

  private readonly file: OpenFile;
  private readonly db: Database.Database;
  private readonly held = new Map<string, Held>();
  private readonly names: NameBook;
  private readonly segments: SegmentBook;
  private readonly pruner: Pruner;
  private readonly marks: Marks;
  private readonly sweep: NameSweep;
  /** The time by which runs grow old. */
  private readonly age: RetentionClock;
  private notedAge: number | undefined;
  /** Steady time of the last sign of life of runs that give such signs. */
  private readonly heardAt = new Map<string, number>();
  private readonly samples: Array<{ held: Held; at: number; cpu: number | null; rss: number | null }> = [];
  private dirty: Held[] = [];
  /** Attempts of the runs that have come since the last commit, which the file does not know yet. */
  private readonly fresh = new Map<string, number[]>();
  private ended: Held[] = [];
  private endedFrom = 0;
  private nextId = 1;
  /** Batches taken since the last commit, and why they are gone, if they are. */
  private taken = 0;
  private lost: ArchiveError | undefined;
  private lastChange = 0;
  private schedulesNoted = false;
  /** Hashes of all runs in the file: spares the look-up of runs that are new. */
  private known = new HashFilter();
  private readonly packer = new RowPacker();
  private readonly outcomes = new OutcomeGatherer();

  private readonly insertRun: Database.Statement<unknown[]>;
  private readonly updateRun: Database.Statement<unknown[]>;
  private readonly findRun: Database.Statement<[number]>;
  private readonly insertSample: Database.Statement<[number, number, number | null, number | null]>;
  private readonly countSamples: Database.Statement<[number], number>;
  private readonly thinSamples: Database.Statement<[number, number]>;
  private readonly moveSamples: Database.Statement<[number, number]>;
  private readonly beginWork: Database.Statement<[]>;
  private readonly commitWork: Database.Statement<[]>;
  private readonly rollback: Database.Statement<[]>;

  constructor(
    private readonly path: string,
    private settings: ArchiveSettings,
    private readonly clock: WriterClock,
    options: { maxPages?: number } = {}
  ) {
    this.file = openForWriting(path, options);
    const { db } = this.file;
    this.db = db;
    this.names = new NameBook(db);
    this.segments = new SegmentBook(db);
    this.pruner = new Pruner(db, this.segments, this);
    this.marks = new Marks(db);
    this.sweep = new NameSweep(db, this.names, this.marks);
    this.age = new RetentionClock(this.marks.get('age') ?? (this.segments.newest || undefined), clock);
    this.insertRun = db.prepare(
      'INSERT INTO runs (id, hash, source, attempt, change, root, trace, state, observed, cols, run, history) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'
    );
    // Columns that an index is over only when they may have changed: roots and traces come once, if at all.
    this.updateRun = db.prepare(
      'UPDATE runs SET change = ?, root = ?, trace = ?, state = ?, observed = ?, cols = ?, run = ?, history = ? WHERE id = ?'
    );
    this.findRun = db.prepare(selectByHash('id, attempt, run, history'));
    this.insertSample = db.prepare('INSERT OR IGNORE INTO samples (run, at, cpu, rss) VALUES (?, ?, ?, ?)');
    this.countSamples = db.prepare<[number], number>('SELECT count(*) FROM samples WHERE run = ?').pluck();
    // Every second one goes, the newest stays: a long run keeps its whole life in ever coarser steps.
    this.thinSamples = db.prepare(
      'DELETE FROM samples WHERE run = ? AND at IN (SELECT at FROM (SELECT at, row_number() OVER (ORDER BY at DESC) AS place FROM samples WHERE run = ?) WHERE place % 2 = 0)'
    );
    this.moveSamples = db.prepare('UPDATE OR IGNORE samples SET run = ? WHERE run = ?');
    this.beginWork = db.prepare('BEGIN IMMEDIATE');
    this.commitWork = db.prepare('COMMIT');
    this.rollback = db.prepare('ROLLBACK');
    this.load();
  }

  get cursor(): number {
    return this.lastChange;
  }

  configure(settings: ArchiveSettings): void {
    this.settings = settings;
    this.schedulesNoted = false;
  }

  /** Notes which schedules are new, once after each `configure`. @throws ArchiveError; the next call tries again. */
  noteSchedules(): void {
    if (this.schedulesNoted) {
      return;
    }
    try {
      learnSchedules(this.db, this.settings.health.expected, this.clock.now());
      this.schedulesNoted = true;
    } catch (error) {
      throw this.asArchiveError(error);
    }
  }

  /**
   * Folds a batch into the runs held in memory. Its result holds once `commit` has returned. When it throws, the batches
   * taken before it are lost as well, and the next `commit` says so.
   */
  take(batch: Batch): IngestResult {
    this.taken++;
    try {
      return 'ndjson' in batch
        ? foldLines(this, batch.ndjson, this.clock.now(), batch.clockAheadMs ?? 0)
        : foldEvents(this, batch.events);
    } catch (error) {
      this.taken--;
      this.loseTaken(error);
      throw this.asArchiveError(error);
    }
  }

  /**
   * Writes all that was taken. After it returns, everything accepted is on disk; when it throws, nothing that was taken
   * since the last commit is, and the runs held in memory are as they were.
   */
  commit(): void {
    const { lost } = this;
    this.taken = 0;
    this.lost = undefined;
    if (lost !== undefined) {
      this.forgetUnwritten();
      throw lost;
    }
    this.write();
  }

  /** Concludes `lost` for runs that gave signs of life, or promised to, and fell silent. Returns how many. */
  concludeLost(): number {
    const steady = this.clock.steady();
    const events: TaskEvent[] = [];
    const silent: Array<[key: string, heard: number]> = [];
    for (const [key, heard] of this.heardAt) {
      const silence = steady - heard;
      if (silence < this.settings.lost.afterMs) {
        continue;
      }
      const held = this.hold(key);
      if (held !== undefined && silence < longestSilence(held.record.run, this.settings.lost)) {
        continue;
      }
      this.heardAt.delete(key);
      // A run reported as unknown is one that its observer has stopped watching: its silence tells nothing.
      const { run, open } = held?.record ?? {};
      if (run !== undefined && !isTerminal(run.state) && open?.state !== 'unknown') {
        events.push(lostAfter(silence, run, this.clock.now()));
        silent.push([key, heard]);
      }
    }
    if (events.length > 0) {
      try {
        foldEvents(this, events);
        this.write();
      } catch (error) {
        // What could not be written is not concluded yet.
        silent.forEach(([key, heard]) => this.heardAt.set(key, heard));
        throw error;
      }
    }
    return events.length;
  }

  /**
   * Writes down the time by which runs grow old, where it has moved on since.
   *
   * @throws ArchiveError where nothing can be written, which is how a store learns of a full disk before events come
   */
  noteAge({ always = false } = {}): void {
    const age = this.age.now();
    if (always || this.notedAge === undefined || Math.abs(age - this.notedAge) >= NOTE_AGE_EVERY_MS) {
      try {
        this.marks.set('age', age);
      } catch (error) {
        throw this.asArchiveError(error);
      }
      this.notedAge = age;
    }
  }

  /** Applies retention a little. Returns whether there is more to do. @throws ArchiveError when the file cannot be written. */
  prune(): boolean {
    const { deleted, more } = this.pruner.prune(this.settings.retention, this.age.now());
    this.metrics.dropped(deleted);
    this.sweep.noteDeleted(deleted);
    if (!more) {
      this.known = this.sweep.step(this.segments.runs, (work) => this.transaction(work)) ?? this.known;
    }
    return more;
  }

  /** Keeps the log of the file short, whoever reads. */
  windBack(): void {
    windBack(this.db, this.path);
  }

  close(): void {
    this.file.close();
  }

  private load(): void {
    this.nextId = 1 + (this.db.prepare<[], number | null>('SELECT max(id) FROM runs').pluck().get() ?? 0);
    for (const hash of this.db.prepare<[], number>('SELECT hash FROM runs ORDER BY id >> 14, hash').pluck().iterate()) {
      this.known.add(hash);
    }
    recallEnded(this.db, this.metrics, this.nextId);
    const newest = this.db.prepare<[], number | null>('SELECT max(change) FROM runs').pluck().get() ?? 0;
    this.lastChange = Math.max(newest, this.marks.get('change') ?? 0);
    const openRuns = this.db.prepare<[number, number, number], { id: number; run: string; history: string }>(
      'SELECT id, run, history FROM runs WHERE id >= ? AND id < ? AND state <= ?'
    );
    const beating: string[] = [];
    for (const [from, to] of this.segments.withOpenRuns) {
      for (const row of openRuns.iterate(from, to, STATE_NUMBER.running)) {
        const { id } = row;
        const { record, beats } = decodeRecord(row.run, row.history);
        this.metrics.adopt(record.run, id);
        if (record.run.state === 'running') {
          recallSamples(this.db, this.metrics, id);
        }
        if (beats) {
          beating.push(keyOf(record.run));
        }
      }
    }
    this.listenAgain(beating);
  }

  /**
   * The silence of these runs (of all that are waited for) counts from now on: while the store was away nobody could be
   * heard. And before its senders are back, none of these is lost.
   */
  listenAgain(keys: Iterable<string> = this.heardAt.keys()): void {
    const heard = this.clock.steady() + Math.max(0, SENDERS_RETURN_MS - this.settings.lost.afterMs);
    for (const key of keys) {
      this.heardAt.set(key, heard);
    }
  }

  record(key: string): RunRecord | undefined {
    return this.hold(key)?.record;
  }

  /** Whether the event told something new. */
  fold(told: TaskEvent): boolean {
    const key = keyOf(told);
    let held = this.hold(key);
    const event = held === undefined ? told : asItCame(told, held.record);
    const beat = event.state === undefined;
    const beats = beat || event.heartbeatMs !== undefined;
    const before = held?.record;
    let base = before;
    if (base?.derivedEnd !== undefined && base.end === undefined && event.derived !== true) {
      const alive = event.state === undefined || !isTerminal(event.state);
      // Later than the conclusion by our clock, or than the silence by the sender's, which may be behind.
      const { at, finishedAt = at } = base.derivedEnd;
      if (alive && event.at > Math.min(at, finishedAt + this.settings.lost.afterMs)) {
        base = withdrawConclusion(base);
      }
    }
    const record = applyEvent(base, event);
    let isFollowed = false;
    if (held === undefined) {
      held = { id: this.nextId++, record, written: undefined, beats, dirty: false, ended: false, key };
      this.remember(key, held);
      isFollowed = this.meetAttempts(held);
    }
    const news = record !== before || (beats && !held.beats);
    held.record = isFollowed ? withRetried(record) : record;
    held.beats ||= beats;
    if (isTerminal(record.run.state)) {
      this.heardAt.delete(key);
    } else if (held.beats) {
      this.heardAt.set(key, this.clock.steady());
    }
    // The totals that come with an end are no sample: they say nothing about the moment.
    if (event.rssBytes !== undefined || (beat && event.cpuSeconds !== undefined)) {
      this.samples.push({ held, at: event.at, cpu: event.cpuSeconds ?? null, rss: event.rssBytes ?? null });
    }
    if (news) {
      this.soil(held);
    }
    return news;
  }

  private soil(held: Held): void {
    if (!held.dirty) {
      held.dirty = true;
      this.dirty.push(held);
    }
  }

  /**
   * Another attempt of a run has come: those before it did not end the run, whenever they come. Says whether the new one
   * has itself been followed by another already.
   */
  private meetAttempts(held: Held): boolean {
    const { source, runId, attempt } = held.record.run;
    const run = `${source}\n${runId}`;
    const others = new Set(this.fresh.get(run));
    const hash = hashText(runId);
    if (this.known.has(hash)) {
      for (const row of this.findRun.all(hash) as Array<{ attempt: number; run: string }>) {
        const found = JSON.parse(row.run) as TaskRun;
        if (found.runId === runId && found.source === source) {
          others.add(row.attempt);
        }
      }
    }
    this.fresh.set(run, [...others, attempt]);
    let isFollowed = false;
    for (const other of others) {
      if (other > attempt) {
        isFollowed = true;
      } else {
        const before = this.hold(`${run}\n${other}`);
        if (before !== undefined && before.record.run.retried !== true) {
          before.record = withRetried(before.record);
          this.soil(before);
        }
      }
    }
    return isFollowed;
  }

  /** The run of the key, from memory or from the file. */
  private hold(key: string): Held | undefined {
    const held = this.held.get(key);
    if (held !== undefined) {
      return held;
    }
    const idAt = key.indexOf('\n') + 1;
    const attemptAt = key.indexOf('\n', idAt) + 1;
    const runId = key.slice(idAt, attemptAt - 1);
    const hash = hashText(runId);
    if (!this.known.has(hash)) {
      return undefined;
    }
    const source = key.slice(0, idAt - 1);
    const attempt = Number(key.slice(attemptAt));
    for (const row of this.findRun.all(hash) as Array<{ id: number; attempt: number; run: string; history: string }>) {
      if (row.attempt === attempt) {
        const { record, beats } = decodeRecord(row.run, row.history);
        if (record.run.runId === runId && record.run.source === source) {
          const found: Held = { id: row.id, record, written: record, beats, dirty: false, ended: false, key };
          this.remember(key, found);
          return found;
        }
      }
    }
    return undefined;
  }

  private remember(key: string, held: Held): void {
    this.held.set(key, held);
    if (this.held.size > MAX_HELD) {
      for (const [oldest, candidate] of this.held) {
        if (this.held.size <= MAX_HELD * 0.9) {
          break;
        }
        if (!candidate.dirty) {
          this.held.delete(oldest);
        }
      }
    }
  }

  private write(): void {
    const { dirty, samples } = this;
    if (dirty.length === 0 && samples.length === 0) {
      return;
    }
    const from = this.lastChange;
    const texts: string[] | undefined = this.following ? [] : undefined;
    this.transaction(() => {
      for (const held of dirty) {
        this.writeRow(held, texts);
      }
      for (const { held, at, cpu, rss } of samples) {
        const { changes } = this.insertSample.run(held.id, at, cpu, rss);
        held.samples = held.samples === undefined ? (this.countSamples.get(held.id) ?? 0) : held.samples + changes;
        if (held.samples > MOST_SAMPLES) {
          held.samples -= this.thinSamples.run(held.id, held.id).changes;
        }
      }
      this.segments.flush();
    });
    for (const held of dirty) {
      this.metrics.observe(held.written?.run, held.record.run, held.id);
      if (this.attending) {
        this.outcomes.note(held.written?.run, held.record.run);
      }
      held.written = held.record;
      held.dirty = false;
      if (isTerminal(held.record.run.state) && !held.ended) {
        held.ended = true;
        this.ended.push(held);
      }
    }
    this.dirty = [];
    this.fresh.clear();
    for (const { held, at, cpu, rss } of samples) {
      this.metrics.sample(held.id, at, cpu, rss);
    }
    while (this.ended.length - this.endedFrom > MAX_ENDED_HELD) {
      const oldest = this.ended[this.endedFrom++]!;
      oldest.ended = false;
      if (isTerminal(oldest.record.run.state)) {
        this.held.delete(oldest.key);
      }
    }
    if (this.endedFrom > MAX_ENDED_HELD) {
      this.ended.splice(0, this.endedFrom);
      this.endedFrom = 0;
    }
    this.samples.length = 0;
    this.onCommit({ from, to: this.lastChange, ...(texts !== undefined && { runs: texts }) });
    const outcomes = this.outcomes.take(this.lastChange);
    if (outcomes !== undefined) {
      this.onOutcomes(outcomes);
    }
  }

  deleting(): void {
    // Who follows must not see numbers of changes again, though the newest change may go.
    this.marks.set('change', this.lastChange);
  }

  move(id: number, run: TaskRun): void {
    const held = this.hold(keyOf(run));
    if (held === undefined) {
      return;
    }
    held.id = this.nextId++;
    held.written = undefined;
    this.writeRow(held, undefined);
    held.written = held.record;
    this.moveSamples.run(held.id, id);
    this.metrics.renumber(run, id, held.id);
  }

  forget(id: number, run: TaskRun): void {
    const key = keyOf(run);
    this.metrics.forget(run, id);
    this.held.delete(key);
    this.heardAt.delete(key);
  }

  /** Runs `work` in a transaction. When it fails, memory goes back to what the file has. */
  transaction(work: () => void): void {
    const { lastChange } = this;
    try {
      this.beginWork.run();
      work();
      this.commitWork.run();
    } catch (error) {
      if (this.db.inTransaction) {
        this.rollback.run();
      }
      this.lastChange = lastChange;
      this.loseTaken(error);
      throw this.asArchiveError(error);
    }
  }

  /** Memory goes back to what the file has; who waits for a commit of what was taken is told by that commit. */
  private loseTaken(error: unknown): void {
    this.forgetUnwritten();
    if (this.taken > 0) {
      this.lost = this.asArchiveError(error);
    }
  }

  private asArchiveError(error: unknown): ArchiveError {
    return toArchiveError(error, this.path);
  }

  private forgetUnwritten(): void {
    this.dirty = [];
    this.fresh.clear();
    this.samples.length = 0;
    // Everything held may rest on what was not written; the file is read again as events ask for it.
    this.held.clear();
    this.ended = [];
    this.endedFrom = 0;
    this.segments.reload();
    this.names.reload();
    this.nextId = 1 + (this.db.prepare<[], number | null>('SELECT max(id) FROM runs').pluck().get() ?? 0);
  }

  private writeRow(held: Held, texts: string[] | undefined): void {
    const { record } = held;
    const { run } = record;
    const text = JSON.stringify(run);
    texts?.push(text);
    const { floats, words, small, limits } = this.packer;
    floats[0] = run.createdAt ?? NaN;
    floats[1] = run.queuedAt ?? NaN;
    floats[2] = run.startedAt ?? NaN;
    floats[3] = run.finishedAt ?? NaN;
    floats[4] = run.observedAt;
    floats[5] = run.cpuSeconds ?? NaN;
    floats[6] = run.maxRssBytes ?? NaN;
    words[0] = this.names.idOf(run.source);
    words[1] = this.names.idOf(run.task);
    words[2] = this.names.idOf(run.worker);
    words[3] = this.names.idOf(run.host);
    words[4] = this.names.idOf(run.queue);
    words[5] = this.names.idOf(endingOf(run));
    words[6] = run.attempt;
    small[0] = STATE_NUMBER[run.state];
    small[1] = run.substate === undefined ? 0 : (SUBSTATE_NUMBER.get(run.substate) ?? -1) + 1;
    small[2] = run.kind === undefined ? 0 : KIND_NUMBER[run.kind] + 1;
    small[3] = (held.beats ? BEATS : 0) | (run.retried === true ? RETRIED : 0);
    limits[0] = run.memoryLimitBytes ?? NaN;
    limits[1] = run.cpuLimitCores ?? NaN;
    const bytes = this.packer.packed();
    const change = ++this.lastChange;
    const root = run.rootId === undefined ? null : hashText(run.rootId);
    const trace = run.traceId === undefined ? null : hashText(run.traceId);
    const history = encodeHistory(record, held.beats);
    if (held.written !== undefined) {
      this.updateRun.run(change, root, trace, small[0], run.observedAt, bytes, text, history, held.id);
    } else {
      const hash = hashText(run.runId);
      this.known.add(hash);
      this.sweep.noteHash(hash);
      this.insertRun.run(
        held.id,
        hash,
        words[0],
        run.attempt,
        change,
        root,
        trace,
        small[0],
        run.observedAt,
        bytes,
        text,
        history
      );
    }
    this.segments.note(held.id, run, held.written?.run);
  }
}

function keyOf(run: { source: string; runId: string; attempt: number }): string {
  return `${run.source}\n${run.runId}\n${run.attempt}`;
}
