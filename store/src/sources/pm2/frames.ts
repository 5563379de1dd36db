/**
 * The frames of PM2's sockets (AMP 1): a byte with the version and the number of parts, then each part with its length before it. A part is
 * `s:` and text, or `j:` and JSON.
 */
export type Frame = readonly Buffer[];

/** It does not speak so, or says more than is read. */
export class FrameError extends Error {}

const VERSION = 1;
/** A list of a thousand processes with their environments has some 20 MB. */
const MAX_FRAME_BYTES = 128 * 1024 ** 2;

export function encodeFrame(parts: readonly unknown[]): Buffer {
  const encoded = parts.map((part) =>
    Buffer.from(typeof part === 'string' ? `s:${part}` : `j:${JSON.stringify(part)}`)
  );
  const lengths = encoded.map(({ length }) => {
    const prefix = Buffer.alloc(4);
    prefix.writeUInt32BE(length);
    return prefix;
  });
  const head = Buffer.from([(VERSION << 4) | parts.length]);
  return Buffer.concat([head, ...encoded.flatMap((part, i) => [lengths[i]!, part])]);
}

/** Text of a part, or its JSON; `undefined` where it is neither. */
export function readPart(part: Buffer | undefined): unknown {
  const kind = part?.subarray(0, 2).toString();
  const rest = part?.subarray(2).toString() ?? '';
  if (kind === 's:') {
    return rest;
  }
  try {
    return kind === 'j:' ? (JSON.parse(rest) as unknown) : undefined;
  } catch {
    return undefined;
  }
}

/** Cuts a stream of bytes into frames. */
export class FrameReader {
  private pending: Buffer[] = [];
  private bytes = 0;
  /** How many bytes the frame that has begun has at least. */
  private wanted = 1;

  /** @throws FrameError */
  push(chunk: Buffer): Frame[] {
    this.pending.push(chunk);
    this.bytes += chunk.length;
    if (this.bytes < this.wanted) {
      return [];
    }
    let rest: Buffer = Buffer.concat(this.pending);
    const frames: Frame[] = [];
    for (;;) {
      const read = readFrame(rest);
      if ('wanted' in read) {
        this.pending = [rest];
        this.bytes = rest.length;
        this.wanted = read.wanted;
        return frames;
      }
      frames.push(read.frame);
      rest = rest.subarray(read.length);
    }
  }
}

function readFrame(bytes: Buffer): { frame: Frame; length: number } | { wanted: number } {
  const head = bytes[0];
  if (head === undefined) {
    return { wanted: 1 };
  }
  if (head >> 4 !== VERSION) {
    throw new FrameError(`it begins with the byte ${head}, wanted version ${VERSION} of its frames`);
  }
  const frame: Buffer[] = [];
  let at = 1;
  for (let left = head & 0xf; left > 0; left--) {
    if (bytes.length < at + 4) {
      return { wanted: at + 4 };
    }
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > MAX_FRAME_BYTES) {
      throw new FrameError(`it sends a message of more than ${MAX_FRAME_BYTES / 1024 ** 2} MiB, which is not read`);
    }
    if (bytes.length < end) {
      return { wanted: end };
    }
    frame.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return { frame, length: at };
}
