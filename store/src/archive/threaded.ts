import { Worker } from 'node:worker_threads';
import type { TaskEvent } from '../../../src/model/task-event';
import type { DurationMs } from '../../../src/model/units';
import { ArchiveError } from './archive';
import type {
  Archive,
  ArchiveQuery,
  ArchiveSettings,
  ArchiveSize,
  ArchiveSummary,
  ChangePage,
  Commit,
  IngestResult,
  Outcomes,
  ValuesQuery,
} from './archive';
import { TEND_EVERY_MS } from './tending';
import type { Answered, FromWorker, SentError, ToLookups, ToReader, ToWriter, WorkerStart } from './worker-messages';

type Pending = { resolve: (value: Answered) => void; reject: (error: ArchiveError) => void };

/** How long what is under way may take when the store stops. */
const CLOSE_MS = 10_000;

/** One worker thread and the questions it has not answered yet. */
class Desk<Message> {
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
            reject(toError(message.error));
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
            this.pending.get(message.id)?.reject(toError(message.error));
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

  tell(message: Message): void {
    this.worker.postMessage(message);
  }

  ask(make: (id: number) => Message, transfer: ArrayBuffer[] = []): Promise<Answered> {
    if (this.gone !== undefined) {
      return Promise.reject(this.gone);
    }
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      this.worker.postMessage(make(id), transfer);
    });
  }

  async close(message: Message): Promise<void> {
    this.tell(message);
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

function toError({ kind, message }: SentError): ArchiveError {
  return new ArchiveError(kind ?? 'unreachable', message.replace(/^\[archive\] /, ''));
}

/** The SQLite archive in threads of its own: one writes, one answers questions, one looks up; none waits for another. */
export class ThreadedArchive implements Archive {
  private readonly followers = new Set<(commit: Commit) => void>();
  private readonly attendants = new Set<(outcomes: Outcomes) => void>();
  private problem: string | undefined;
  private readonly tending: NodeJS.Timeout;

  private constructor(
    private readonly writer: Desk<ToWriter>,
    private readonly reader: Desk<ToReader>,
    private readonly lookups: Desk<ToLookups>
  ) {
    // From here, not from the writer: while this thread is held up, no event can come in either.
    const tend = () => writer.tell({ what: 'tend' });
    tend();
    this.tending = setInterval(tend, TEND_EVERY_MS);
    this.tending.unref();
  }

  /** @throws ArchiveError when the file cannot be used. */
  static async open(file: string, settings: ArchiveSettings, workerScript: URL): Promise<ThreadedArchive> {
    const hear: { other: (message: FromWorker) => void } = { other: () => undefined };
    const spawn = (role: WorkerStart['role']) =>
      new Worker(workerScript, {
        workerData: { role, file, settings } satisfies WorkerStart,
        // Most objects of the writer live for one commit: a larger nursery lets them die there.
        resourceLimits: { maxYoungGenerationSizeMb: 96, maxOldGenerationSizeMb: 4_096 },
      });
    const writer = new Desk<ToWriter>(spawn('writer'), (message) => hear.other(message));
    await writer.ready;
    const reader = new Desk<ToReader>(spawn('reader'), (message) => hear.other(message));
    const lookups = new Desk<ToLookups>(spawn('lookups'), (message) => hear.other(message));
    await Promise.all([reader.ready, lookups.ready]);
    const archive = new ThreadedArchive(writer, reader, lookups);
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

  async query(query: ArchiveQuery): Promise<string> {
    return (await this.reader.ask((id) => ({ what: 'query', id, query }))) as string;
  }

  async run(key: string): Promise<string | undefined> {
    return (await this.lookups.ask((id) => ({ what: 'run', id, key }))) as string | undefined;
  }

  async values(query: ValuesQuery): Promise<string[]> {
    return (await this.reader.ask((id) => ({ what: 'values', id, query }))) as string[];
  }

  async changes(cursor: number, limit: number): Promise<ChangePage> {
    return (await this.lookups.ask((id) => ({ what: 'changes', id, cursor, limit }))) as ChangePage;
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
      this.writer.ask((id) => ({ what: 'metrics', id })),
      this.reader.ask((id) => ({ what: 'metrics', id, now: Date.now() })),
    ]);
    return (texts as string[]).join('');
  }

  async size(): Promise<ArchiveSize> {
    return (await this.lookups.ask((id) => ({ what: 'size', id }))) as ArchiveSize;
  }

  async summary(): Promise<ArchiveSummary> {
    return (await this.reader.ask((id) => ({ what: 'summary', id }))) as ArchiveSummary;
  }

  async configure(settings: ArchiveSettings): Promise<void> {
    this.writer.tell({ what: 'configure', settings });
    this.reader.tell({ what: 'configure', settings });
  }

  trouble(): string | undefined {
    return this.problem;
  }

  async close(): Promise<void> {
    clearInterval(this.tending);
    await Promise.all([this.reader.close({ what: 'close' }), this.lookups.close({ what: 'close' })]);
    await this.writer.close({ what: 'close' });
  }

  private hear(message: FromWorker): void {
    if (message.what === 'trouble') {
      this.problem = message.message;
    } else if (message.what === 'returned') {
      this.reader.tell({ what: 'returned', at: message.at });
    } else if (message.what === 'commit') {
      this.reader.tell({ what: 'committed' });
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
