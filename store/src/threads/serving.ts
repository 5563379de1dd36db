import type { MessagePort } from 'node:worker_threads';
import { ArchiveError } from '../archive/archive';
import type { IngestResult } from '../archive/archive';
import { Budget, GO_ON, MadeWay } from '../archive/budget';
import { workedTime } from './worked-time';
import { SqliteReads } from '../archive/sqlite/reads';
import { Sealer } from '../archive/sqlite/seal';
import type { SealedParts, SumsOfSealed } from '../archive/sqlite/seal';
import { Reader } from '../answers/reader';
import type {
  Answered,
  FromWorker,
  SentError,
  ToLookups,
  ToReader,
  ToSealer,
  ToWriter,
  WorkerStart,
} from './worker-messages';
import { Tending } from '../intake/tending';
import { Intake } from '../intake/intake';
import type { Batch } from '../intake/intake';
import type { Clock } from '../archive/engine';
import { SqliteWrites } from '../archive/sqlite/writes';

/**
 * How long a commit waits for more batches to join it: as long as the last one took, within these bounds, and not once
 * as many are there as the last one had. A store that has little to do answers at once; under load, more events of a run
 * come together and it is written once for all.
 */
const GROUP_WINDOW_MS = { least: 1, most: 20 };
/** With this much waiting, it waits no longer. */
const GROUP_BYTES = 2 * 1024 * 1024;
const WARM_EVERY_MS = 20;

const RUN = { writer: runWriter, reader: runReader, lookups: runLookups, sealer: runSealer };

/** What a thread of the archive does, by its role: it says `ready` or `broken`, then takes messages until `close`. */
export function serve(port: MessagePort, start: WorkerStart, clock: Clock): void {
  try {
    RUN[start.role](port, start, clock);
    send(port, { what: 'ready' });
  } catch (error) {
    send(port, { what: 'broken', error: toSent(error) });
  }
}

function runWriter(port: MessagePort, { file, settings }: WorkerStart, clock: Clock): void {
  const engine = new SqliteWrites(file);
  const intake = new Intake(engine, settings, clock);
  const tending = new Tending(intake, clock, (at) => send(port, { what: 'returned', at }));
  intake.onCommit = (commit) => send(port, { what: 'commit', commit });
  intake.onOutcomes = (outcomes) => send(port, { what: 'outcomes', outcomes });
  let waiting: Array<{ id: number; result: IngestResult }> = [];
  let waitingBytes = 0;
  let timer: NodeJS.Timeout | undefined;
  let windowMs = GROUP_WINDOW_MS.least;
  let flushing: NodeJS.Immediate | undefined;
  /** Batches of the last commit: once as many have come again, its senders are back and nobody is waited for. */
  let expected = 1;

  let trouble: string | undefined;
  const tell = (message: string | undefined) => {
    if (message !== trouble) {
      trouble = message;
      send(port, { what: 'trouble', message });
    }
  };
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    clearImmediate(flushing);
    flushing = undefined;
    const taken = waiting;
    waiting = [];
    waitingBytes = 0;
    if (taken.length === 0) {
      return;
    }
    expected = taken.length;
    const began = performance.now();
    try {
      intake.commit();
      tell(undefined);
    } catch (error) {
      const sent = toSent(error);
      tell(sent.message);
      for (const { id } of taken) {
        send(port, { what: 'failure', id, error: sent });
      }
      return;
    }
    windowMs = Math.min(GROUP_WINDOW_MS.most, Math.max(GROUP_WINDOW_MS.least, performance.now() - began));
    // In one message: each wakes the other thread, which then competes for the processor.
    send(port, { what: 'taken', batches: taken });
  };
  const enqueue = (id: number, batch: Batch) => {
    // Folded as they come, so that a batch is nearly done when the last of its group arrives.
    try {
      waiting.push({ id, result: intake.take(batch) });
    } catch (error) {
      send(port, { what: 'failure', id, error: toSent(error) });
    }
    waitingBytes += 'ndjson' in batch ? batch.ndjson.byteLength : 1_000;
    if (waitingBytes >= GROUP_BYTES) {
      flush();
    } else if (waiting.length >= expected) {
      // Not at once: what the port already holds joins in.
      flushing ??= setImmediate(flush);
    } else {
      timer ??= setTimeout(flush, windowMs);
    }
  };
  const noteSchedules = () => {
    try {
      intake.noteSchedules();
    } catch (error) {
      tell(toSent(error).message);
    }
  };
  try {
    intake.noteSchedules();
  } catch {
    // Nobody hears yet; tending tries again, and tells.
  }
  const tend = (id: number) => {
    flush();
    const fail = (error: unknown) => {
      const sent = toSent(error);
      tell(sent.message);
      send(port, { what: 'failure', id, error: sent });
    };
    try {
      const lost = tending.tend();
      engine.tidy();
      const told = () => {
        const { sealable, unsummed } = engine;
        send(port, { what: 'answer', id, value: { lost, sealable, unsummed } });
      };
      prune(told, fail);
      if (trouble !== undefined) {
        // Nobody may come to try: who asks whether the store is ready keeps senders away while it is not.
        intake.noteAge({ always: true });
        tell(undefined);
      }
    } catch (error) {
      fail(error);
    }
  };
  // Events go first: each chunk that is deleted gives way to what arrived meanwhile.
  const prune = (done: () => void, fail: (error: unknown) => void) => {
    if (!intake.prune()) {
      done();
      return;
    }
    setImmediate(() => {
      try {
        flush();
        prune(done, fail);
      } catch (error) {
        fail(error);
      }
    });
  };

  // As with pruning: what arrives meanwhile goes first.
  const unload = (id: number, step: () => boolean) => {
    setImmediate(() => {
      try {
        flush();
        if (step()) {
          unload(id, step);
        } else {
          send(port, { what: 'answer', id, value: engine.sealable });
        }
      } catch (error) {
        send(port, { what: 'failure', id, error: toSent(error) });
      }
    });
  };
  const takeSealed = (id: number, parts: SealedParts) => {
    flush();
    answerLater(port, id, () => {
      engine.takeSealed(parts);
      unload(id, () => engine.unload() || engine.shrink());
    });
  };

  const takeSums = (id: number, sums: SumsOfSealed) => {
    flush();
    answer(port, id, () => {
      engine.takeSums(sums);
      return engine.unsummed;
    });
  };

  port.on('message', (message: ToWriter) => {
    switch (message.what) {
      case 'ingest':
        enqueue(message.id, { ndjson: message.ndjson, clockAheadMs: message.clockAheadMs });
        break;
      case 'append':
        enqueue(message.id, { events: message.events });
        break;
      case 'tend':
        tend(message.id);
        break;
      case 'metrics':
        answer(port, message.id, () => intake.metrics.text());
        break;
      case 'sealed':
        takeSealed(message.id, message.parts);
        break;
      case 'summed':
        takeSums(message.id, message.sums);
        break;
      case 'follow':
        intake.following = message.on;
        break;
      case 'attend':
        intake.attending = message.on;
        break;
      case 'configure':
        intake.configure(message.settings);
        noteSchedules();
        break;
      case 'close':
        flush();
        engine.close();
        port.close();
    }
  });
}

function runReader(
  port: MessagePort,
  { file, settings, told, cacheBytes, warms, listeningSince }: WorkerStart,
  clock: Clock
): void {
  const word = told === undefined ? undefined : new Int32Array(told);
  const budget = new Budget(
    () => (word === undefined ? GO_ON : Atomics.load(word, 0)),
    () => performance.now(),
    workedTime()
  );
  const engine = new SqliteReads(file, budget, cacheBytes);
  const reader = new Reader(engine, settings, { listeningSince: listeningSince ?? clock.now() });
  let warming: NodeJS.Timeout | undefined;
  // Follows the file while nobody asks, so that a question finds little left to do.
  const warm = () => {
    warming = undefined;
    try {
      if (reader.warm()) {
        warming = setTimeout(warm, WARM_EVERY_MS);
      }
    } catch {
      // The next question tells what is wrong.
    }
  };
  if (warms === true) {
    warm();
  }
  port.on('message', (message: ToReader) => {
    switch (message.what) {
      case 'query':
        answer(port, message.id, () => reader.query(message.query, message.limits));
        break;
      case 'values':
        answer(port, message.id, () => reader.values(message.query, message.limits));
        break;
      case 'sift':
        answer(port, message.id, () => reader.sift(message.query, message.limits));
        break;
      case 'summary':
        answer(port, message.id, () => reader.summary(message.limits));
        break;
      case 'metrics':
        answer(port, message.id, () => reader.metricsText(message.now));
        break;
      case 'configure':
        reader.configure(message.settings);
        break;
      case 'returned':
        reader.listenAgain(message.at);
        break;
      case 'committed':
        if (warms === true) {
          warming ??= setTimeout(warm, WARM_EVERY_MS * 5);
        }
        break;
      case 'close':
        clearTimeout(warming);
        engine.close();
        port.close();
    }
  });
}

function runLookups(port: MessagePort, { file }: WorkerStart): void {
  const lookups = new SqliteReads(file);
  port.on('message', (message: ToLookups) => {
    switch (message.what) {
      case 'changes':
        answer(port, message.id, () => lookups.changes(message.cursor, message.limit));
        break;
      case 'size':
        answer(port, message.id, () => lookups.size());
        break;
      case 'close':
        lookups.close();
        port.close();
    }
  });
}

/** Makes sealed segments, which another thread puts in their place: so much compressing would keep events waiting. */
function runSealer(port: MessagePort, { file }: WorkerStart): void {
  const sealer = new Sealer(file);
  port.on('message', (message: ToSealer) => {
    switch (message.what) {
      case 'seal':
        answer(port, message.id, () => sealer.seal(message.segment));
        break;
      case 'sum':
        answer(port, message.id, () => sealer.sum(message.segment));
        break;
      case 'close':
        sealer.close();
        port.close();
    }
  });
}

/** Begins work that answers by itself. */
function answerLater(port: MessagePort, id: number, begin: () => void): void {
  try {
    begin();
  } catch (error) {
    send(port, { what: 'failure', id, error: toSent(error) });
  }
}

function answer(port: MessagePort, id: number, work: () => Answered): void {
  try {
    send(port, { what: 'answer', id, value: work() });
  } catch (error) {
    send(port, error instanceof MadeWay ? { what: 'made-way', id } : { what: 'failure', id, error: toSent(error) });
  }
}

function send(port: MessagePort, message: FromWorker): void {
  port.postMessage(message);
}

function toSent(error: unknown): SentError {
  return {
    ...(error instanceof ArchiveError && { kind: error.kind }),
    message: error instanceof Error ? error.message : String(error),
  };
}
