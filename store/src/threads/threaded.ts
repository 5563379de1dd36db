import { Worker } from 'node:worker_threads';
import type { TaskEvent } from '../../../src/model/task-event';
import type { DurationMs, EpochMs } from '../../../src/model/units';
import { AnsweringThread, toArchiveError } from './answering-thread';
import type { Job, Started } from './answering-thread';
import { ArchiveError, DEFAULT_CACHE_BYTES } from '../archive/archive';
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
  Sealing,
  SiftQuery,
  ValuesQuery,
} from '../archive/archive';
import { SqliteReads } from '../archive/sqlite/reads';
import { QuestionLanes } from './question-lanes';
import { SealingWork } from './sealing-work';
import { ReaderMetrics } from '../metrics/reader-metrics';
import { TEND_EVERY_MS } from '../intake/tending';
import type {
  Answered,
  FromWorker,
  Tended,
  ToLookups,
  ToReader,
  ToSealer,
  ToWriter,
  WorkerStart,
} from './worker-messages';
import type { SealedParts, SumsOfSealed } from '../archive/sqlite/seal';

type Pending = { resolve: (value: Answered) => void; reject: (error: ArchiveError) => void };

/** How long what is under way may take when the store stops. */
const CLOSE_MS = 10_000;
/** The slow lane keeps fewer columns: what comes there has waited anyway. */
const SLOW_CACHE_BYTES = 32 * 1024 * 1024;
/** Most objects of the writer live for one commit: a larger nursery lets them die there. Readers hold typed arrays. */
const NURSERY_MB = { writer: 96, reader: 32, lookups: 16, sealer: 32 };

/** The writing thread and the batches that it has not answered yet. Without it there is no store. */
class WritingDesk {
  private readonly pending = new Map<number, Pending>();
  private nextId = 1;
  private gone: ArchiveError | undefined;
  private readonly exited: Promise<void>;
  readonly ready: Promise<void>;

  constructor(
    private readonly worker: Worker,
    private readonly onOther: (message: FromWorker) => void
  ) {
    this.ready = new Promise((resolve, reject) => {
      worker.on('message', (message: FromWorker) => {
        switch (message.what) {
          case 'ready':
            resolve();
            break;
          case 'broken':
            reject(toArchiveError(message.error));
            break;
          case 'answer':
            this.pending.get(message.id)?.resolve(message.value);
            this.pending.delete(message.id);
            break;
          case 'taken':
            for (const { id, result } of message.batches) {
              this.pending.get(id)?.resolve(result);
              this.pending.delete(id);
            }
            break;
          case 'failure':
            this.pending.get(message.id)?.reject(toArchiveError(message.error));
            this.pending.delete(message.id);
            break;
          default:
            this.onOther(message);
        }
      });
      worker.on('error', (error) => {
        this.fail(
          new ArchiveError('unreachable', `A thread of the archive failed (${error.message}). Restart the store.`, {
            cause: error,
          })
        );
        reject(this.gone);
      });
    });
    this.exited = new Promise((resolve) => {
      worker.on('exit', () => {
        this.fail(new ArchiveError('unreachable', 'The archive is closed. Start the store again.'));
        resolve();
      });
    });
  }

  tell(message: ToWriter): void {
    this.worker.postMessage(message);
  }

  ask(make: (id: number) => ToWriter, transfer: ArrayBuffer[] = []): Promise<Answered> {
    if (this.gone !== undefined) {
      return Promise.reject(this.gone);
    }
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      this.worker.postMessage(make(id), transfer);
    });
  }

  async close(): Promise<void> {
    this.tell({ what: 'close' });
    const timer = setTimeout(() => void this.worker.terminate(), CLOSE_MS);
    await this.exited;
    clearTimeout(timer);
  }

  private fail(error: ArchiveError): void {
    this.gone ??= error;
    for (const { reject } of this.pending.values()) {
      reject(this.gone);
    }
    this.pending.clear();
    this.onOther({ what: 'trouble', message: this.gone.message });
  }
}

type Present = Pick<WorkerStart, 'settings' | 'listeningSince'>;

/**
 * The SQLite archive in threads of its own: one writes, one answers questions, one takes those that last long, one tells
 * changes, one seals what has grown old; none waits for another.
 */
export class ThreadedArchive implements Archive {
  private readonly followers = new Set<(commit: Commit) => void>();
  private readonly attendants = new Set<(outcomes: Outcomes) => void>();
  private readonly readerMetrics: ReaderMetrics;
  private problem: string | undefined;
  private readonly tending: NodeJS.Timeout;
  private readonly sealWork: SealingWork;
  private closing = false;

  private constructor(
    private readonly writer: WritingDesk,
    private readonly lanes: QuestionLanes,
    private readonly lookups: AnsweringThread<ToLookups>,
    private readonly sealer: AnsweringThread<ToSealer>,
    /** For single runs, in this thread: an index has them sooner than a message is at another one. */
    private readonly runs: SqliteReads,
    /** What threads that are started again begin with. */
    private readonly present: Present,
    now: () => EpochMs,
    warn: (message: string) => void
  ) {
    this.sealWork = new SealingWork({
      seal: async (segment) => {
        const parts = (await this.askSealer((id) => ({ what: 'seal', id, segment }))) as SealedParts | undefined;
        return parts && ((await writer.ask((id) => ({ what: 'sealed', id, parts }))) as number | undefined);
      },
      sum: async (segment) => {
        const sums = (await this.askSealer((id) => ({ what: 'sum', id, segment }))) as SumsOfSealed | undefined;
        return sums && ((await writer.ask((id) => ({ what: 'summed', id, sums }))) as number | undefined);
      },
      warn,
    });
    this.readerMetrics = new ReaderMetrics(
      async () => (await lanes.askFirst((id) => ({ what: 'metrics', id, now: now() }))) as string
    );
    // From here, not from the writer: while this thread is held up, no event can come in either.
    const tend = () => {
      this.tend().catch(() => undefined);
    };
    tend();
    this.tending = setInterval(tend, TEND_EVERY_MS);
    this.tending.unref();
  }

  /**
   * @param now the clock that the threads of `workerScript` go by
   * @param warn told of what goes wrong while events are taken and questions answered all the same
   * @throws ArchiveError when the file cannot be used.
   */
  static async open(
    file: string,
    settings: ArchiveSettings,
    workerScript: URL,
    now: () => EpochMs = Date.now,
    warn: (message: string) => void = () => undefined
  ): Promise<ThreadedArchive> {
    const hear: { other: (message: FromWorker) => void } = { other: () => undefined };
    const present: Present = { settings, listeningSince: now() };
    const spawn = (role: WorkerStart['role'], more: Partial<WorkerStart> = {}) =>
      new Worker(workerScript, {
        workerData: { role, file, ...present, ...more } satisfies WorkerStart,
        resourceLimits: { maxYoungGenerationSizeMb: NURSERY_MB[role], maxOldGenerationSizeMb: 4_096 },
      });
    const answering =
      (role: WorkerStart['role'], more: Partial<WorkerStart> = {}) =>
      (): Started => {
        const told = new SharedArrayBuffer(4);
        return { port: spawn(role, { told, ...more }), told: new Int32Array(told) };
      };
    const writer = new WritingDesk(spawn('writer'), (message) => hear.other(message));
    await writer.ready;
    const cacheBytes = settings.maxCacheBytes ?? DEFAULT_CACHE_BYTES;
    const usual = new AnsweringThread<ToReader>(answering('reader', { cacheBytes, warms: true }), true, {
      what: 'close',
    });
    const slow = new AnsweringThread<ToReader>(
      answering('reader', { cacheBytes: Math.min(cacheBytes, SLOW_CACHE_BYTES) }),
      false,
      { what: 'close' }
    );
    const lookups = new AnsweringThread<ToLookups>(answering('lookups'), true, { what: 'close' });
    const sealer = new AnsweringThread<ToSealer>(answering('sealer'), false, { what: 'close' });
    await Promise.all([usual.open(), lookups.open()]);
    const archive = new ThreadedArchive(
      writer,
      new QuestionLanes(usual, slow),
      lookups,
      sealer,
      new SqliteReads(file),
      present,
      now,
      warn
    );
    hear.other = (message) => archive.hear(message);
    return archive;
  }

  async ingest(ndjson: Uint8Array, clockAheadMs?: DurationMs): Promise<IngestResult> {
    // Small bodies lie in a pool shared with others and must be copied; large ones move without copying.
    const whole =
      ndjson.byteOffset === 0 && ndjson.byteLength === ndjson.buffer.byteLength && ndjson.buffer instanceof ArrayBuffer;
    const own = whole ? ndjson : new Uint8Array(ndjson);
    return (await this.writer.ask(
      (id) => ({ what: 'ingest', id, ndjson: own, clockAheadMs }),
      [own.buffer as ArrayBuffer]
    )) as IngestResult;
  }

  async append(events: readonly TaskEvent[]): Promise<IngestResult> {
    return (await this.writer.ask((id) => ({ what: 'append', id, events }))) as IngestResult;
  }

  async query(query: ArchiveQuery, asking?: Asking): Promise<string> {
    const { view, filter, range, step, groupBy, limit } = query;
    const kind = JSON.stringify([view, filter, range.to - range.from, step, groupBy, limit]);
    return (await this.lanes.ask((id, limits) => ({ what: 'query', id, query, limits }), kind, asking)) as string;
  }

  async run(key: string): Promise<string | undefined> {
    if (this.closing) {
      throw new ArchiveError('unreachable', 'The archive is closed. Start the store again.');
    }
    return this.runs.run(key);
  }

  async values(query: ValuesQuery, asking?: Asking): Promise<string[]> {
    const { field, filter, range } = query;
    const kind = JSON.stringify(['values', field, filter, range.to - range.from]);
    return (await this.lanes.ask((id, limits) => ({ what: 'values', id, query, limits }), kind, asking)) as string[];
  }

  async sift(query: SiftQuery, asking?: Asking): Promise<string[]> {
    const kind = JSON.stringify(['sift', query.match]);
    return (await this.lanes.ask((id, limits) => ({ what: 'sift', id, query, limits }), kind, asking)) as string[];
  }

  async changes(cursor: number, limit: number): Promise<ChangePage> {
    return (await this.lookUp((id) => ({ what: 'changes', id, cursor, limit }))) as ChangePage;
  }

  follow(listener: (commit: Commit) => void): () => void {
    this.followers.add(listener);
    this.writer.tell({ what: 'follow', on: true });
    return () => {
      this.followers.delete(listener);
      if (this.followers.size === 0) {
        this.writer.tell({ what: 'follow', on: false });
      }
    };
  }

  attend(listener: (outcomes: Outcomes) => void): () => void {
    this.attendants.add(listener);
    this.writer.tell({ what: 'attend', on: true });
    return () => {
      this.attendants.delete(listener);
      this.writer.tell({ what: 'attend', on: this.attendants.size > 0 });
    };
  }

  async metrics(): Promise<string> {
    const texts = await Promise.all([
      this.writer.ask((id) => ({ what: 'metrics', id })) as Promise<string>,
      this.readerMetrics.text(),
    ]);
    return texts.join('');
  }

  async size(): Promise<ArchiveSize> {
    return (await this.lookUp((id) => ({ what: 'size', id }))) as ArchiveSize;
  }

  async summary(asking?: Asking): Promise<ArchiveSummary> {
    return (await this.lanes.ask(
      (id, limits) => ({ what: 'summary', id, limits }),
      'summary',
      asking
    )) as ArchiveSummary;
  }

  async configure(settings: ArchiveSettings): Promise<void> {
    this.present.settings = settings;
    this.writer.tell({ what: 'configure', settings });
    this.lanes.tell({ what: 'configure', settings });
  }

  /** Concludes lost runs and applies retention, which is done every few seconds anyway. What goes wrong is `trouble`. */
  async tend(): Promise<Tended> {
    const tended = (await this.writer.ask((id) => ({ what: 'tend', id }))) as Tended;
    void this.sealWork.run(tended);
    return tended;
  }

  trouble(): string | undefined {
    return this.problem;
  }

  sealing(): Sealing {
    return this.sealWork.state;
  }

  async close(): Promise<void> {
    clearInterval(this.tending);
    this.closing = true;
    this.sealWork.close();
    this.runs.close();
    await Promise.all([this.lanes.close(), this.lookups.close(), this.sealer.close()]);
    await this.writer.close();
  }

  private askSealer(make: (id: number) => ToSealer): Promise<Answered> {
    return new Promise((resolve, reject) => {
      this.sealer.ask({ make, resolve, reject });
    });
  }

  private lookUp(make: (id: number) => ToLookups): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const job: Job<ToLookups> = { make, resolve, reject };
      this.lookups.ask(job);
    });
  }

  private hear(message: FromWorker): void {
    if (message.what === 'trouble') {
      this.problem = message.message;
    } else if (message.what === 'returned') {
      this.present.listeningSince = message.at;
      this.lanes.tell({ what: 'returned', at: message.at });
    } else if (message.what === 'commit') {
      this.lanes.tell({ what: 'committed' });
      for (const follower of this.followers) {
        follower(message.commit);
      }
    } else if (message.what === 'outcomes') {
      for (const attendant of this.attendants) {
        attendant(message.outcomes);
      }
    }
  }
}
