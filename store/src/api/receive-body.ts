import type { IncomingMessage } from 'node:http';
import type { Limits } from '../config/config';
import { RequestError } from './errors';

/** A sender that says nothing for so long, in the middle of a body, is not waited for. */
const BODY_IDLE_MS = 15_000;

/**
 * Bytes of events that are not on disk yet, in bodies that are still coming in as well as in those that wait for their
 * commit. What comes is counted as it comes: a promise in `content-length` and a slow sender hold no more than they sent.
 */
export class WaitingBytes {
  private bytes = 0;

  constructor(
    private readonly limits: () => Limits,
    private readonly onChange: (bytes: number) => void,
    private readonly idleMs = BODY_IDLE_MS
  ) {}

  /**
   * Reads a body. Its bytes count until `release` is called on it.
   *
   * @throws RequestError when it is too large, too much waits already, or its sender falls silent
   */
  receive(stream: IncomingMessage): Promise<ReceivedBody> {
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let length = 0;
      let timer: NodeJS.Timeout | undefined;
      const release = () => this.add(-length);
      const stop = () => {
        clearTimeout(timer);
        stream.off('data', take);
        stream.off('end', end);
        stream.off('error', fail);
        stream.off('close', leave);
      };
      const fail = (error: Error) => {
        stop();
        release();
        // What still comes is read and thrown away, so that the sender gets to see the answer.
        stream.on('error', () => undefined);
        stream.resume();
        reject(error);
      };
      const leave = () => fail(new RequestError(400, 'The sender left in the middle of the body. Send it again.'));
      const wait = () => {
        clearTimeout(timer);
        timer = setTimeout(
          () =>
            fail(
              new RequestError(
                408,
                `Nothing more of the body came for ${this.idleMs / 1000} s. Send it again, in one go.`
              )
            ),
          this.idleMs
        );
      };
      const take = (chunk: Buffer) => {
        wait();
        length += chunk.length;
        this.add(chunk.length);
        chunks.push(chunk);
        const error = this.refusal(length, this.bytes);
        if (error !== undefined) {
          fail(error);
        }
      };
      const end = () => {
        stop();
        resolve({ bytes: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks), release });
      };
      const promised = Number(stream.headers['content-length'] ?? 0);
      const error = this.refusal(promised, this.bytes + promised);
      if (error !== undefined) {
        fail(error);
        return;
      }
      wait();
      stream.on('data', take);
      stream.on('end', end);
      stream.on('error', fail);
      stream.on('close', leave);
    });
  }

  /** Why a body of `length` bytes, with which so many would wait, is not taken. */
  private refusal(length: number, waiting: number): RequestError | undefined {
    const { maxBodyBytes, maxQueueBytes } = this.limits();
    if (length > maxBodyBytes) {
      return new RequestError(
        413,
        `The body is too large: more than ${maxBodyBytes} bytes. Send smaller batches, or raise limits.maxBody.`
      );
    }
    // One body may always come in, however small the queue is.
    return waiting > maxQueueBytes && waiting > length
      ? new RequestError(
          429,
          `${waiting - length} bytes of events wait for the disk, at most ${maxQueueBytes} may (limits.maxQueue). Send the batch again later.`,
          1
        )
      : undefined;
  }

  private add(bytes: number): void {
    this.bytes += bytes;
    this.onChange(this.bytes);
  }
}

export interface ReceivedBody {
  bytes: Buffer;
  /** Its bytes wait no longer. */
  release(): void;
}
