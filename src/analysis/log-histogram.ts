/**
 * A histogram with logarithmic bins: any quantile is within 1 % of the exact one, whatever the distribution, and two
 * histograms merge exactly (bin by bin), over lanes, time and machines.
 *
 * The mapping is the logarithmic one of DDSketch (Masson, Rim, Lee: "DDSketch: a fast and fully-mergeable quantile
 * sketch with relative-error guarantees", VLDB 2019): with `gamma = (1 + a) / (1 - a)` a value `x > 0` falls into bin
 * `ceil(log_gamma(x))`, and every bin answers with `2 * gamma^i / (gamma + 1)`, the value that is at most `a * x` away
 * from all values of the bin.
 */
export const RELATIVE_ERROR = 0.01;

const GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR);
const LN_GAMMA = Math.log(GAMMA);
const MIDDLE = 2 / (GAMMA + 1);

/** Values up to here (a microsecond, where values are milliseconds) count as zero: no clock tells them apart. */
export const SMALLEST_VALUE = 1e-3;

const LOWEST_BIN = Math.ceil(Math.log(SMALLEST_VALUE) / LN_GAMMA);
const HIGHEST_BIN = Math.ceil(Math.log(Number.MAX_VALUE) / LN_GAMMA);

const FORMAT_VERSION = 1;

/** The same content as the blob, for JSON. `bins` holds index and count in turn, indices ascending. */
export interface LogHistogramJson {
  v: 1;
  zero: number;
  sum: number;
  min?: number;
  max?: number;
  bins: number[];
}

export class LogHistogram {
  /** Values counted. */
  count = 0;
  /** Sum of the values as given; merging adds up in another order, so its last bits may differ. */
  sum = 0;
  private zero = 0;
  private smallest = Infinity;
  private largest = -Infinity;
  /** `bins[i]` counts bin `offset + i`. */
  private bins: Float64Array = new Float64Array(0);
  private offset = 0;

  /** The smallest value, exactly; `undefined` while empty. */
  get min(): number | undefined {
    return this.count === 0 ? undefined : this.smallest;
  }

  /** The largest value, exactly; `undefined` while empty. */
  get max(): number | undefined {
    return this.count === 0 ? undefined : this.largest;
  }

  /**
   * Counts a value. Negative values count as zero (a clock went back); what is not a finite number is no measurement
   * and is left out.
   */
  add(value: number, times = 1): void {
    if (!Number.isFinite(value) || !(times > 0)) {
      return;
    }
    const measured = value > 0 ? value : 0;
    this.count += times;
    this.sum += measured * times;
    if (measured < this.smallest) {
      this.smallest = measured;
    }
    if (measured > this.largest) {
      this.largest = measured;
    }
    if (measured <= SMALLEST_VALUE) {
      this.zero += times;
      return;
    }
    this.addToBin(Math.ceil(Math.log(measured) / LN_GAMMA), times);
  }

  merge(other: LogHistogram): void {
    if (other.count === 0) {
      return;
    }
    this.count += other.count;
    this.sum += other.sum;
    this.zero += other.zero;
    this.smallest = Math.min(this.smallest, other.smallest);
    this.largest = Math.max(this.largest, other.largest);
    const { bins, offset } = other;
    if (this.bins.length === 0) {
      this.bins = bins.slice();
      this.offset = offset;
      return;
    }
    this.cover(Math.min(this.offset, offset), Math.max(this.offset + this.bins.length, offset + bins.length));
    const own = this.bins;
    const shift = offset - this.offset;
    for (let i = 0; i < bins.length; i++) {
      own[shift + i]! += bins[i]!;
    }
  }

  /**
   * The value at rank `floor(q * (count - 1))` of the sorted values, within 1 %; `undefined` while empty. `q` outside
   * 0…1 is taken as the nearer end.
   */
  quantile(q: number): number | undefined {
    if (this.count === 0) {
      return undefined;
    }
    const rank = Math.floor(Math.min(1, Math.max(0, q)) * (this.count - 1));
    if (rank <= 0) {
      return this.smallest;
    }
    if (rank >= this.count - 1) {
      return this.largest;
    }
    let below = this.zero;
    if (below > rank) {
      return this.smallest;
    }
    for (let i = 0; i < this.bins.length; i++) {
      below += this.bins[i] ?? 0;
      if (below > rank) {
        return Math.min(this.largest, Math.max(this.smallest, MIDDLE * Math.pow(GAMMA, this.offset + i)));
      }
    }
    return this.largest;
  }

  /** How many values are at most `value`, the border bin counted whole: the cumulative bucket of a Prometheus histogram. */
  countUpTo(value: number): number {
    if (this.count === 0 || value < this.smallest) {
      return 0;
    }
    if (value >= this.largest) {
      return this.count;
    }
    let total = this.zero;
    if (value <= SMALLEST_VALUE) {
      return total;
    }
    const last = Math.ceil(Math.log(value) / LN_GAMMA) - this.offset;
    for (let i = 0; i <= last && i < this.bins.length; i++) {
      total += this.bins[i] ?? 0;
    }
    return total;
  }

  /**
   * The blob: version, zero count, sum, min and max (float64, little endian), number of used bins, then per bin the
   * distance to the one before and the count, all as LEB128 varints (the first distance is zigzag-coded).
   */
  encode(): Uint8Array {
    const bytes: number[] = [FORMAT_VERSION];
    writeVarint(bytes, this.zero);
    const ends = new DataView(new ArrayBuffer(24));
    ends.setFloat64(0, this.sum, true);
    ends.setFloat64(8, this.count === 0 ? 0 : this.smallest, true);
    ends.setFloat64(16, this.count === 0 ? 0 : this.largest, true);
    for (let i = 0; i < 24; i++) {
      bytes.push(ends.getUint8(i));
    }
    const used = this.usedBins();
    writeVarint(bytes, used.length / 2);
    let before = 0;
    for (let i = 0; i < used.length; i += 2) {
      const index = used[i] ?? 0;
      writeVarint(bytes, i === 0 ? zigzag(index) : index - before);
      writeVarint(bytes, used[i + 1] ?? 0);
      before = index;
    }
    return Uint8Array.from(bytes);
  }

  /** @throws RangeError when the bytes are cut, of another version or hold impossible bins. */
  static decode(blob: Uint8Array): LogHistogram {
    const reader = new VarintReader(blob);
    const version = reader.byte();
    if (version !== FORMAT_VERSION) {
      throw damaged(`format version ${version} is not ${FORMAT_VERSION}`);
    }
    const zero = reader.varint();
    const ends = [reader.float64(), reader.float64(), reader.float64()];
    const used = reader.varint();
    if (used > HIGHEST_BIN - LOWEST_BIN + 1) {
      throw damaged(`${used} bins are more than there can be`);
    }
    const bins: number[] = [];
    let index = 0;
    for (let i = 0; i < used; i++) {
      const step = reader.varint();
      index = i === 0 ? unzigzag(step) : index + step;
      bins.push(index, reader.varint());
    }
    if (!reader.atEnd()) {
      throw damaged('bytes are left over');
    }
    return LogHistogram.of(zero, ends[0] ?? 0, ends[1] ?? 0, ends[2] ?? 0, bins);
  }

  toJSON(): LogHistogramJson {
    return {
      v: FORMAT_VERSION,
      zero: this.zero,
      sum: this.sum,
      ...(this.count === 0 ? {} : { min: this.smallest, max: this.largest }),
      bins: this.usedBins(),
    };
  }

  /** @throws RangeError when the value has not the shape of `LogHistogramJson`. */
  static fromJSON(json: unknown): LogHistogram {
    if (typeof json !== 'object' || json === null) {
      throw damaged('it is not an object');
    }
    const { v, zero, sum, min, max, bins } = json as Record<string, unknown>;
    if (v !== FORMAT_VERSION) {
      throw damaged(`format version ${String(v)} is not ${FORMAT_VERSION}`);
    }
    if (!isCount(zero) || typeof sum !== 'number' || !Array.isArray(bins) || bins.length % 2 !== 0) {
      throw damaged('zero, sum or bins are missing or of the wrong type');
    }
    if (!bins.every((entry): entry is number => Number.isSafeInteger(entry))) {
      throw damaged('a bin is not a whole number');
    }
    return LogHistogram.of(zero, sum, typeof min === 'number' ? min : 0, typeof max === 'number' ? max : 0, bins);
  }

  private static of(zero: number, sum: number, min: number, max: number, bins: readonly number[]): LogHistogram {
    const histogram = new LogHistogram();
    histogram.restore(zero, sum, min, max, bins);
    return histogram;
  }

  /** Puts a decoded content in place. `bins` holds index and count in turn, ascending. */
  private restore(zero: number, sum: number, min: number, max: number, bins: readonly number[]): void {
    this.zero = zero;
    this.count = zero;
    let before = LOWEST_BIN - 1;
    for (let i = 0; i < bins.length; i += 2) {
      const index = bins[i] ?? 0;
      const times = bins[i + 1] ?? 0;
      if (index <= before || index > HIGHEST_BIN || times < 1) {
        throw damaged(`bin ${index} with count ${times} cannot be`);
      }
      this.addToBin(index, times);
      this.count += times;
      before = index;
    }
    if (this.count > 0) {
      if (!(min >= 0 && max >= min && Number.isFinite(max) && sum >= 0)) {
        throw damaged(`smallest ${min}, largest ${max} and sum ${sum} do not fit together`);
      }
      this.sum = sum;
      this.smallest = min;
      this.largest = max;
    }
  }

  private usedBins(): number[] {
    const used: number[] = [];
    for (let i = 0; i < this.bins.length; i++) {
      const times = this.bins[i] ?? 0;
      if (times > 0) {
        used.push(this.offset + i, times);
      }
    }
    return used;
  }

  private addToBin(index: number, times: number): void {
    const at = index - this.offset;
    if (at >= 0 && at < this.bins.length) {
      this.bins[at] = (this.bins[at] ?? 0) + times;
      return;
    }
    this.makeRoomFor(index);
    const place = index - this.offset;
    this.bins[place] = (this.bins[place] ?? 0) + times;
  }

  /** Grows towards `index` by at least a third, so that adding stays cheap on average. */
  private makeRoomFor(index: number): void {
    const { bins, offset } = this;
    if (bins.length === 0) {
      this.bins = new Float64Array(32);
      this.offset = index - 16;
      return;
    }
    const spare = 16 + Math.floor(bins.length / 3);
    const end = offset + bins.length;
    this.cover(index < offset ? index - spare : offset, index >= end ? index + 1 + spare : end);
  }

  /** Has bins from `low` up to, not including, `high`, which hold all that there were. */
  private cover(low: number, high: number): void {
    const { bins, offset } = this;
    if (high - low > bins.length) {
      const grown = new Float64Array(high - low);
      grown.set(bins, offset - low);
      this.bins = grown;
      this.offset = low;
    }
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function damaged(fact: string): RangeError {
  return new RangeError(
    `[log histogram] The stored histogram cannot be read: ${fact}. Drop it and build it from the runs again.`
  );
}

/** LEB128 by arithmetic, because shifts would cut numbers at 32 bits. */
function writeVarint(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
}

function zigzag(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1;
}

function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

class VarintReader {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  byte(): number {
    const byte = this.bytes[this.at];
    if (byte === undefined) {
      throw damaged(`it ends after ${this.bytes.length} bytes`);
    }
    this.at += 1;
    return byte;
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 8; i++) {
      const byte = this.byte();
      value += (byte % 128) * scale;
      if (byte < 128) {
        if (!Number.isSafeInteger(value)) {
          break;
        }
        return value;
      }
      scale *= 128;
    }
    throw damaged('a number is too large');
  }

  float64(): number {
    const view = new DataView(new ArrayBuffer(8));
    for (let i = 0; i < 8; i++) {
      view.setUint8(i, this.byte());
    }
    return view.getFloat64(0, true);
  }

  atEnd(): boolean {
    return this.at === this.bytes.length;
  }
}
