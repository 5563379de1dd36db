/**
 * Columns of numbers in as few bytes as their values need, laid out so that they are read as they lie: a number is
 * `(base + code) / scale`, where codes are whole numbers of `width` bytes, the highest one for "not reported" (NaN).
 * Of times, the distance to another column is kept where that is shorter. Little endian, each column on a multiple of
 * eight bytes behind its head of four float64: width (0: all the same, 8: the values themselves), base, scale, and
 * whether it is relative.
 */
const HEAD_BYTES = 32;
const SCALES = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6];

type Numbers = Float64Array | Uint32Array | Uint8Array;

interface Plan {
  width: 0 | 1 | 2 | 4 | 8;
  base: number;
  scale: number;
}

/** Writes columns one after the other; `NumberReader` reads them in the same order. */
export class NumberWriter {
  private readonly parts: Buffer[] = [];

  /** @param length rows of every column */
  constructor(private readonly length: number) {}

  /** @param reference a column that was written before, to whose values these may be near */
  add(values: Numbers, reference?: Float64Array): this {
    const plain = planOf(values, this.length);
    const distances = reference === undefined ? undefined : distancesTo(values, reference, this.length);
    const near = distances === undefined ? undefined : planOf(distances, this.length);
    if (distances !== undefined && near !== undefined && near.width < plain.width) {
      this.write(distances, near, true);
    } else {
      this.write(values, plain, false);
    }
    return this;
  }

  take(): Buffer {
    return Buffer.concat(this.parts);
  }

  private write(values: Numbers, { width, base, scale }: Plan, isRelative: boolean): void {
    const { length } = this;
    const bytes = new ArrayBuffer(HEAD_BYTES + Math.ceil((width * length) / 8) * 8);
    new Float64Array(bytes, 0, 4).set([width, base, scale, Number(isRelative)]);
    if (width === 8) {
      new Float64Array(bytes, HEAD_BYTES, length).set(values.subarray(0, length));
    } else if (width > 0) {
      const codes = codesOf(bytes, HEAD_BYTES, width, length);
      const unknown = highest(width);
      for (let i = 0; i < length; i++) {
        const value = values[i]!;
        codes[i] = value === value ? Math.round(value * scale) - base : unknown;
      }
    }
    this.parts.push(Buffer.from(bytes));
  }
}

/** Reads what a `NumberWriter` wrote. */
export class NumberReader {
  private at = 0;
  private readonly bytes: ArrayBuffer;
  private readonly begin: number;

  constructor(
    blob: Buffer,
    private readonly length: number
  ) {
    // Views begin at multiples of eight, as SQLite's buffers nearly always do.
    const aligned = blob.byteOffset % 8 === 0 ? blob : new Uint8Array(blob);
    this.bytes = aligned.buffer as ArrayBuffer;
    this.begin = aligned.byteOffset;
  }

  /** The next column into `target`, rows `0 … length - 1`; those behind stay as they are. */
  into(target: Numbers, reference?: Float64Array): void {
    const { length } = this;
    const at = this.begin + this.at;
    const [width = 0, base = 0, scale = 1, isRelative = 0] = new Float64Array(this.bytes, at, 4);
    this.at += HEAD_BYTES + Math.ceil((width * length) / 8) * 8;
    if (width === 8) {
      target.set(new Float64Array(this.bytes, at + HEAD_BYTES, length));
    } else if (width === 0) {
      target.fill(base / scale, 0, length);
    } else {
      const codes = codesOf(this.bytes, at + HEAD_BYTES, width, length);
      const unknown = highest(width);
      // One loop for each case: they are what opening a segment takes.
      if (scale === 1) {
        for (let i = 0; i < length; i++) {
          const code = codes[i]!;
          target[i] = code === unknown ? NaN : base + code;
        }
      } else {
        for (let i = 0; i < length; i++) {
          const code = codes[i]!;
          target[i] = code === unknown ? NaN : (base + code) / scale;
        }
      }
    }
    if (isRelative === 1 && reference !== undefined) {
      for (let i = 0; i < length; i++) {
        target[i]! += reference[i]!;
      }
    }
  }

  skip(columns: number): void {
    for (let i = 0; i < columns; i++) {
      const [width = 0] = new Float64Array(this.bytes, this.begin + this.at, 1);
      this.at += HEAD_BYTES + Math.ceil((width * this.length) / 8) * 8;
    }
  }
}

function highest(width: number): number {
  return 2 ** (8 * width) - 1;
}

function codesOf(
  bytes: ArrayBuffer,
  at: number,
  width: number,
  length: number
): Uint8Array | Uint16Array | Uint32Array {
  return width === 1
    ? new Uint8Array(bytes, at, length)
    : width === 2
      ? new Uint16Array(bytes, at, length)
      : new Uint32Array(bytes, at, length);
}

/** The fewest bytes that give back every value exactly. */
function planOf(values: Numbers, length: number): Plan {
  for (const scale of SCALES) {
    let least = Infinity;
    let most = -Infinity;
    let hasUnknown = false;
    let i = 0;
    for (; i < length; i++) {
      const value = values[i]!;
      if (value !== value) {
        hasUnknown = true;
        continue;
      }
      const whole = Math.round(value * scale);
      if (whole / scale !== value) {
        break;
      }
      least = Math.min(least, whole);
      most = Math.max(most, whole);
    }
    if (i < length) {
      continue;
    }
    if (least === Infinity) {
      return { width: 0, base: NaN, scale: 1 };
    }
    if (least === most && !hasUnknown) {
      return { width: 0, base: least, scale };
    }
    // Beyond this a whole number has no neighbour of its own.
    const width =
      Math.abs(least) > 2 ** 52 || Math.abs(most) > 2 ** 52
        ? undefined
        : WIDTHS.find((bytes) => most - least < highest(bytes));
    return width === undefined ? RAW : { width, base: least, scale };
  }
  return RAW;
}

const WIDTHS = [1, 2, 4] as const;
const RAW: Plan = { width: 8, base: 0, scale: 1 };

/** `undefined` where the values cannot be told exactly by their distances. */
function distancesTo(values: Numbers, reference: Float64Array, length: number): Float64Array | undefined {
  const distances = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    const value = values[i]!;
    const distance = value - reference[i]!;
    if (value === value && reference[i]! + distance !== value) {
      return undefined;
    }
    distances[i] = distance;
  }
  return distances;
}
