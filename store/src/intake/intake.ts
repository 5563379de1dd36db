import { applyEvent, withRetried } from '../../../src/model/apply-event';
import { isTerminal } from '../../../src/model/lifecycle';
import type { RunRecord } from '../../../src/model/run-record';
import type { TaskEvent } from '../../../src/model/task-event';
import { runKey } from '../../../src/model/task-run';
import type { TaskRun } from '../../../src/model/task-run';
import type { EpochMs } from '../../../src/model/units';
import type { ArchiveSettings, Commit, IngestResult, Outcomes } from '../archive/archive';
import type { Clock, RetentionListener, Sample, WritePort } from '../archive/engine';
import { TaskMetrics } from '../metrics/task-metrics';
import { Attempts } from './attempts';
import { foldEvents, foldLines } from './fold-batch';
import type { EventFolder } from './fold-batch';
import { HeldRuns } from './held-runs';
import type { HeldRun } from './held-runs';
import { learnSchedules } from './learn-schedules';
import { withoutLoss } from './lost-run';
import { OutcomeGatherer } from './outcomes';
import { RetentionClock } from './retention-clock';
import { asItCame } from './sender-clocks';
import { SignsOfLife } from './signs-of-life';

const NOTE_AGE_EVERY_MS = 3_600_000;

/** A batch that waits for its commit. */
export type Batch = { ndjson: Uint8Array; clockAheadMs?: number | undefined } | { events: readonly TaskEvent[] };

/**
 * What events do to the runs of an archive, whatever engine keeps them. Batches are folded into the runs held in memory as
 * they come (`take`), and every run that a group of them changed is written once (`commit`). Synchronous: who calls
 * decides the thread.
 */
export class Intake implements EventFolder, RetentionListener {
  readonly metrics = new TaskMetrics();
  /** Whether somebody wants the texts of changed runs with each commit. */
  following = false;
  onCommit: (commit: Commit) => void = () => undefined;
  /** Whether somebody wants to know how runs end. */
  attending = false;
  onOutcomes: (outcomes: Outcomes) => void = () => undefined;

  private readonly held: HeldRuns;
  private readonly signs: SignsOfLife;
  /** The time by which runs grow old. */
  private readonly age: RetentionClock;
  private notedAge: EpochMs | undefined;
  private dirty: HeldRun[] = [];
  private readonly samples: Array<Sample & { of: HeldRun }> = [];
  private readonly attempts: Attempts;
  /** Batches taken since the last commit, and why they are gone, if they are. */
  private taken = 0;
  private lost: { error: unknown } | undefined;
  private schedulesNoted = false;
  private readonly outcomes = new OutcomeGatherer();

  constructor(
    private readonly engine: WritePort,
    private settings: ArchiveSettings,
    private readonly clock: Clock
  ) {
    this.held = new HeldRuns(engine);
    this.attempts = new Attempts(engine);
    this.signs = new SignsOfLife(clock);
    this.age = new RetentionClock(engine.age(), clock);
    this.recall();
  }

  get cursor(): number {
    return this.engine.cursor;
  }

  configure(settings: ArchiveSettings): void {
    this.settings = settings;
    this.schedulesNoted = false;
  }

  /** Notes which schedules are new, once after each `configure`. @throws ArchiveError; the next call tries again. */
  noteSchedules(): void {
    if (!this.schedulesNoted) {
      learnSchedules(this.engine, this.settings.health.expected, this.clock.now());
      this.schedulesNoted = true;
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
      throw error;
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
      throw lost.error;
    }
    this.write();
  }

  /** Concludes `lost` for runs that gave signs of life, or promised to, and fell silent. Returns how many. */
  concludeLost(): number {
    const { events, undo } = this.signs.conclude(this.settings.lost, (key) => this.record(key));
    if (events.length > 0) {
      try {
        foldEvents(this, events);
        this.write();
      } catch (error) {
        // What could not be written is not concluded yet.
        undo();
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
      this.engine.noteAge(age);
      this.notedAge = age;
    }
  }

  /** Applies retention a little. Returns whether there is more to do. @throws ArchiveError when nothing can be written. */
  prune(): boolean {
    return this.guarded(() => this.engine.prune(this.settings.retention, this.age.now(), this));
  }

  deleted(id: number, run: TaskRun): void {
    const key = runKey(run);
    this.metrics.forget(run, id);
    this.held.forget(key);
    this.signs.over(key);
  }

  moved(from: number, to: number, run: TaskRun): void {
    this.held.renumber(runKey(run), to);
    this.metrics.renumber(run, from, to);
  }

  /** After an absence of the store: see `SignsOfLife`. */
  listenAgain(): void {
    this.signs.listenAgain(this.settings.lost);
  }

  record(key: string): RunRecord | undefined {
    return this.held.find(key)?.record;
  }

  /** Whether the event told something new. */
  fold(told: TaskEvent): boolean {
    const key = runKey(told);
    let held = this.held.find(key);
    const event = held === undefined ? told : asItCame(told, held.record);
    const beat = event.state === undefined;
    const beats = beat || event.heartbeatMs !== undefined;
    const before = held?.record;
    const record = applyEvent(withoutLoss(before, event, this.settings.lost), event);
    let isFollowed = false;
    if (held === undefined) {
      held = this.held.add(key, record, beats);
      isFollowed = this.meetAttempts(held);
    }
    const news = record !== before || (beats && !held.beats);
    held.record = isFollowed ? withRetried(record) : record;
    held.beats ||= beats;
    if (isTerminal(record.run.state)) {
      this.signs.over(key);
    } else if (held.beats) {
      this.signs.heard(key);
    }
    // The totals that come with an end are no sample: they say nothing about the moment.
    if (event.rssBytes !== undefined || (beat && event.cpuSeconds !== undefined)) {
      this.samples.push({ of: held, at: event.at, cpu: event.cpuSeconds ?? null, rss: event.rssBytes ?? null });
    }
    if (news) {
      this.soil(held);
    }
    return news;
  }

  private soil(held: HeldRun): void {
    if (!held.dirty) {
      held.dirty = true;
      this.dirty.push(held);
    }
  }

  /**
   * Another attempt of a run has come: those before it did not end the run, whenever they come. Says whether the new one
   * has itself been followed by another already.
   */
  private meetAttempts(held: HeldRun): boolean {
    const { source, runId, attempt } = held.record.run;
    let isFollowed = false;
    for (const other of this.attempts.meet(source, runId, attempt)) {
      if (other > attempt) {
        isFollowed = true;
      } else {
        const before = this.held.find(runKey({ source, runId, attempt: other }));
        if (before !== undefined && before.record.run.retried !== true) {
          before.record = withRetried(before.record);
          this.soil(before);
        }
      }
    }
    return isFollowed;
  }

  private recall(): void {
    const beating: string[] = [];
    for (const { id, run, beats, samples } of this.engine.recall()) {
      this.metrics.adopt(run, id);
      for (const { at, cpu, rss } of samples) {
        this.metrics.sample(id, at, cpu, rss);
      }
      if (beats) {
        beating.push(runKey(run));
      }
    }
    this.signs.listenAgain(this.settings.lost, beating);
  }

  private write(): void {
    const { dirty, samples, engine } = this;
    if (dirty.length === 0 && samples.length === 0) {
      return;
    }
    const from = engine.cursor;
    const texts = this.guarded(() => engine.commit(dirty, samples));
    for (const held of dirty) {
      this.metrics.observe(held.written?.run, held.record.run, held.id);
      if (this.attending) {
        this.outcomes.note(held.written?.run, held.record.run);
      }
    }
    this.held.wrote(dirty);
    this.dirty = [];
    this.attempts.clear();
    for (const { of, at, cpu, rss } of samples) {
      this.metrics.sample(of.id, at, cpu, rss);
    }
    samples.length = 0;
    this.onCommit({ from, to: engine.cursor, ...(this.following && { runs: texts }) });
    const outcomes = this.outcomes.take(engine.cursor);
    if (outcomes !== undefined) {
      this.onOutcomes(outcomes);
    }
  }

  /** When the work of the engine fails, memory goes back to what it has. */
  private guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.loseTaken(error);
      throw error;
    }
  }

  /** Memory goes back to what the engine has; who waits for a commit of what was taken is told by that commit. */
  private loseTaken(error: unknown): void {
    this.forgetUnwritten();
    if (this.taken > 0) {
      this.lost = { error };
    }
  }

  private forgetUnwritten(): void {
    this.dirty = [];
    this.attempts.clear();
    this.samples.length = 0;
    this.held.clear();
  }
}
