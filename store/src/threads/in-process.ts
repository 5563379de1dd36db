import type { TaskEvent } from '../../../src/model/task-event';
import type { DurationMs } from '../../../src/model/units';
import type {
  Archive,
  ArchiveQuery,
  ArchiveSettings,
  ArchiveSize,
  ArchiveSummary,
  Asking,
  ChangePage,
  Commit,
  IngestResult,
  Outcomes,
  QuestionLimits,
  Sealing,
  SiftQuery,
  ValuesQuery,
} from '../archive/archive';
import { DEFAULT_QUESTION_LIMITS } from '../archive/archive';
import { Reader } from '../answers/reader';
import { Intake } from '../intake/intake';
import type { Batch } from '../intake/intake';
import type { Clock, Engine } from '../archive/engine';

/** An archive in the calling thread: for tests and small tools. The store runs it in threads of its own. */
export class InProcessArchive implements Archive {
  private readonly intake: Intake;
  private readonly reader: Reader;
  private readonly followers = new Set<(commit: Commit) => void>();
  private readonly attendants = new Set<(outcomes: Outcomes) => void>();
  private waiting: Array<{
    result: IngestResult;
    resolve: (result: IngestResult) => void;
    reject: (error: unknown) => void;
  }> = [];
  private problem: string | undefined;

  constructor(
    private readonly engine: Engine,
    settings: ArchiveSettings,
    private readonly clock: Clock
  ) {
    this.intake = new Intake(engine.writes, settings, clock);
    this.intake.noteSchedules();
    this.reader = new Reader(engine.reads, settings, { listeningSince: clock.now() });
    this.intake.onCommit = (commit) => {
      for (const follower of this.followers) {
        follower(commit);
      }
    };
    this.intake.onOutcomes = (outcomes) => {
      for (const attendant of this.attendants) {
        attendant(outcomes);
      }
    };
  }

  ingest(ndjson: Uint8Array, clockAheadMs?: DurationMs): Promise<IngestResult> {
    return this.enqueue({ ndjson, clockAheadMs });
  }

  append(events: readonly TaskEvent[]): Promise<IngestResult> {
    return this.enqueue({ events });
  }

  async query(query: ArchiveQuery, asking?: Asking): Promise<string> {
    return this.reader.query(query, limitsOf(asking));
  }

  async run(key: string): Promise<string | undefined> {
    return this.engine.reads.run(key);
  }

  async values(query: ValuesQuery, asking?: Asking): Promise<string[]> {
    return this.reader.values(query, limitsOf(asking));
  }

  async sift(query: SiftQuery, asking?: Asking): Promise<string[]> {
    return this.reader.sift(query, limitsOf(asking));
  }

  async changes(cursor: number, limit: number): Promise<ChangePage> {
    return this.engine.reads.changes(cursor, limit);
  }

  follow(listener: (commit: Commit) => void): () => void {
    this.followers.add(listener);
    this.intake.following = true;
    return () => {
      this.followers.delete(listener);
      this.intake.following = this.followers.size > 0;
    };
  }

  attend(listener: (outcomes: Outcomes) => void): () => void {
    this.attendants.add(listener);
    this.intake.attending = true;
    return () => {
      this.attendants.delete(listener);
      this.intake.attending = this.attendants.size > 0;
    };
  }

  async metrics(): Promise<string> {
    return this.intake.metrics.text() + this.reader.metricsText(this.clock.now());
  }

  async size(): Promise<ArchiveSize> {
    return this.engine.reads.size();
  }

  async summary(asking?: Asking): Promise<ArchiveSummary> {
    return this.reader.summary(limitsOf(asking));
  }

  async configure(settings: ArchiveSettings): Promise<void> {
    this.intake.configure(settings);
    this.intake.noteSchedules();
    this.reader.configure(settings);
  }

  trouble(): string | undefined {
    return this.problem;
  }

  /** Here `tend` seals, and throws what goes wrong. */
  sealing(): Sealing {
    return { failures: 0 };
  }

  /** Concludes lost runs and applies retention; the threaded archive does this by itself. */
  tend(): { lost: number } {
    this.flush();
    const lost = this.intake.concludeLost();
    this.intake.noteAge();
    while (this.intake.prune()) {
      // One chunk at a time.
    }
    this.engine.writes.tidy();
    return { lost };
  }

  /** After an absence, which the threaded archive notices by itself. */
  listenAgain(): void {
    this.intake.listenAgain();
    this.reader.listenAgain(this.clock.now());
  }

  async close(): Promise<void> {
    this.flush();
    this.engine.reads.close();
    this.engine.writes.close();
  }

  private enqueue(batch: Batch): Promise<IngestResult> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ result: this.intake.take(batch), resolve, reject });
      if (this.waiting.length === 1) {
        setImmediate(() => this.flush());
      }
    });
  }

  private flush(): void {
    const { waiting } = this;
    this.waiting = [];
    if (waiting.length === 0) {
      return;
    }
    try {
      this.intake.commit();
      this.problem = undefined;
      waiting.forEach(({ result, resolve }) => resolve(result));
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
      waiting.forEach(({ reject }) => reject(error));
    }
  }
}

function limitsOf(asking: Asking = {}): QuestionLimits {
  const { maxBytes, maxMs } = DEFAULT_QUESTION_LIMITS;
  return { maxBytes: asking.maxBytes ?? maxBytes, maxMs: asking.maxMs ?? maxMs };
}
