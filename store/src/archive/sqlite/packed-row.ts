/**
 * The columns of a run as one blob: a single value is bound and read several times faster than twenty. Little endian,
 * as all machines that Node runs on: seven float64 (NaN for not reported), seven uint32 (0 for none),
 * then state, substate + 1, kind + 1 and flags as bytes. Only a run with limits has two
 * more float64 after that.
 */
const PACKED_BYTES = 88;
const PACKED_BYTES_WITH_LIMITS = 104;

/** Signs of life come in between the states. */
export const BEATS = 1;
/** A later attempt of the same run is known. */
export const RETRIED = 2;

/** Packs and unpacks through one buffer of its own; what it returns is valid until the next call. */
export class RowPacker {
  private readonly withLimits = Buffer.from(new ArrayBuffer(PACKED_BYTES_WITH_LIMITS));
  private readonly bytes = this.withLimits.subarray(0, PACKED_BYTES);
  /** created, queued, started, finished, observed, cpu, rss */
  readonly floats = new Float64Array(this.bytes.buffer, 0, 7);
  /** source, task, worker, host, queue, ending, attempt */
  readonly words = new Uint32Array(this.bytes.buffer, 56, 7);
  /** state, substate, kind, flags (`BEATS`, `RETRIED`) */
  readonly small = new Uint8Array(this.bytes.buffer, 84, 4);
  /** memory in bytes, CPU in cores */
  readonly limits = new Float64Array(this.bytes.buffer, 88, 2);

  /** What is in the views, as a blob. */
  packed(): Buffer {
    const [memory, cpu] = this.limits;
    return memory === memory || cpu === cpu ? this.withLimits : this.bytes;
  }

  /** @throws RangeError when the blob is not one of ours. */
  unpack(blob: Uint8Array): void {
    if (blob.length !== PACKED_BYTES && blob.length !== PACKED_BYTES_WITH_LIMITS) {
      throw new RangeError(
        `[archive] a row has ${blob.length} bytes of columns instead of ${PACKED_BYTES} or ${PACKED_BYTES_WITH_LIMITS}: the file is damaged.`
      );
    }
    this.limits.fill(NaN);
    this.withLimits.set(blob);
  }
}
