/**
 * The columns of a run as one blob: a single value is bound and read several times faster than twenty. Little endian,
 * as all machines that Node runs on: seven float64 (NaN for not reported), seven uint32 (0 for none),
 * then state, substate + 1 and kind + 1 as bytes.
 */
export const PACKED_BYTES = 88;

/** Packs and unpacks through one buffer of its own; what it returns is valid until the next call. */
export class RowPacker {
  readonly bytes = Buffer.from(new ArrayBuffer(PACKED_BYTES));
  /** created, queued, started, finished, observed, cpu, rss */
  readonly floats = new Float64Array(this.bytes.buffer, this.bytes.byteOffset, 7);
  /** source, task, worker, host, queue, ending, attempt */
  readonly words = new Uint32Array(this.bytes.buffer, this.bytes.byteOffset + 56, 7);
  /** state, substate, kind */
  readonly small = new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + 84, 4);

  /** @throws RangeError when the blob is not one of ours. */
  unpack(blob: Uint8Array): void {
    if (blob.length !== PACKED_BYTES) {
      throw new RangeError(
        `[archive] a row has ${blob.length} bytes of columns instead of ${PACKED_BYTES}: the file is damaged.`
      );
    }
    this.bytes.set(blob);
  }
}
