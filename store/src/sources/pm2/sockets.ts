import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { ConnectorError } from '../../../../src/model/connector-error';
import { ShapeError } from '../../../../src/model/read-shape';
import type { DurationMs } from '../../../../src/model/units';
import { saySocketFailure } from '../socket-failure';
import { encodeFrame, FrameError, FrameReader, readPart } from './frames';
import type { Frame } from './frames';
import { readMessage } from './wire';
import type { BusMessage } from './wire';

const ID = 'pm2';
/** The only questions that are asked: whoever may use this socket may also stop everything. */
type Question = 'getMonitorData' | 'getVersion';
/** Kept until they are read; PM2 itself keeps what is not taken from it. */
const MOST_HEARD = 10_000;

/** One answer of PM2's daemon. @throws ConnectorError */
export async function askDaemon(
  path: string,
  question: Question,
  { timeoutMs, signal }: { timeoutMs: DurationMs; signal: AbortSignal }
): Promise<unknown> {
  signal.throwIfAborted();
  const timeout = AbortSignal.timeout(timeoutMs);
  const over = AbortSignal.any([signal, timeout]);
  const socket = createConnection(path);
  const stop = () => socket.destroy(over.reason as Error);
  over.addEventListener('abort', stop);
  try {
    socket.write(encodeFrame([{ type: 'call', method: question, args: [{}] }, '1']));
    const reader = new FrameReader();
    for await (const chunk of socket) {
      const [frame] = reader.push(chunk as Buffer);
      if (frame !== undefined) {
        return readAnswer(frame, question);
      }
    }
    throw new ConnectorError('unreachable', ID, `The daemon ended the connection before it had answered ${question}.`);
  } catch (error) {
    signal.throwIfAborted();
    if (timeout.aborted) {
      throw new ConnectorError(
        'timeout',
        ID,
        `${question} was not answered within ${timeoutMs / 1000} s. Raise timeout, or see whether PM2's daemon is busy.`,
        { cause: error }
      );
    }
    throw asConnectorError(error, path);
  } finally {
    over.removeEventListener('abort', stop);
    socket.destroy();
  }
}

function readAnswer(frame: Frame, question: Question): unknown {
  const answer = readPart(frame[0]);
  const { args, error } = (answer ?? {}) as { args?: unknown; error?: unknown };
  if (!Array.isArray(args)) {
    const said = typeof error === 'string' ? `: ${error.slice(0, 200)}` : '';
    throw new ConnectorError(
      'unexpected-shape',
      ID,
      `${question} was not answered as PM2 does${said}. PM2 5 to 7 can be read.`
    );
  }
  return args[0];
}

/** What PM2's bus says, from now on. */
export class Bus {
  private heard: BusMessage[] = [];
  private failure: ConnectorError | undefined;
  private wake: () => void = () => undefined;
  /** Messages that could not be read, or were too many. */
  private skipped = 0;

  private constructor(
    private readonly socket: Socket,
    private readonly path: string
  ) {
    const reader = new FrameReader();
    socket.on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk).forEach((frame) => this.hear(frame));
      } catch (error) {
        socket.destroy(error as Error);
      }
    });
    socket.on('error', (error) => this.fail(asConnectorError(error, path)));
    socket.on('close', () =>
      this.fail(new ConnectorError('unreachable', ID, "PM2's daemon has ended, or ended the connection."))
    );
  }

  /** @throws ConnectorError */
  static async connect(path: string, timeoutMs: DurationMs): Promise<Bus> {
    const bus = new Bus(createConnection(path), path);
    const { socket } = bus;
    await new Promise<void>((resolve, reject) => {
      socket.setTimeout(timeoutMs, () => socket.destroy(new Error('ETIMEDOUT')));
      socket.once('connect', resolve);
      socket.once('error', (error) => reject(asConnectorError(error, path)));
    });
    socket.setTimeout(0);
    return bus;
  }

  /** What was heard since the last call. @throws ConnectorError when the connection has ended and all was taken */
  take(): { messages: BusMessage[]; skipped: number } {
    const { heard: messages, skipped, failure } = this;
    if (messages.length === 0 && failure !== undefined) {
      throw failure;
    }
    this.heard = [];
    this.skipped = 0;
    return { messages, skipped };
  }

  /** Until something is heard, the connection ends, or this long. */
  async wait(ms: DurationMs, signal: AbortSignal): Promise<void> {
    if (this.heard.length > 0 || this.failure !== undefined || signal.aborted) {
      return;
    }
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done);
      this.wake = done;
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private hear([topic, message]: Frame): void {
    try {
      // Most of what is said is what programs print; it is not even decoded.
      const name = topic?.toString().slice(2) ?? '';
      const read = name === 'process:event' || name === 'log:PM2' ? readMessage(name, readPart(message)) : undefined;
      if (read !== undefined && this.heard.length < MOST_HEARD) {
        this.heard.push(read);
        this.wake();
      } else if (read !== undefined) {
        this.skipped++;
      }
    } catch (error) {
      if (!(error instanceof ShapeError)) {
        throw error;
      }
      this.skipped++;
    }
  }

  private fail(error: ConnectorError): void {
    this.failure ??= error;
    this.wake();
  }
}

function asConnectorError(error: unknown, path: string): ConnectorError {
  if (error instanceof ConnectorError) {
    return error;
  }
  if (error instanceof FrameError) {
    return new ConnectorError(
      'unexpected-shape',
      ID,
      `What listens at ${path} does not speak as PM2: ${error.message}. Set settings.home to PM2_HOME of PM2.`,
      { cause: error }
    );
  }
  const code = String((error as NodeJS.ErrnoException).code ?? (error as Error).message);
  const remedy = 'PM2 lets its own user only: run runlane collect as that user.';
  return new ConnectorError('unreachable', ID, saySocketFailure(code, path, 'PM2', remedy), { cause: error });
}
