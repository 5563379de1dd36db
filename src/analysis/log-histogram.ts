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

/** What a histogram holds: enough to merge it into another. */
export interface HistogramBins {
  /** Values counted. */
  readonly count: number;
  /** Sum of the values as given; merging adds up in another order, so its last bits may differ. */
  readonly sum: number;
  /** Values that count as zero. */
  readonly zero: number;
  /** Infinity while empty. */
  readonly smallest: number;
  /** -Infinity while empty. */
  readonly largest: number;
  /** `bins[i]` counts bin `offset + i`. */
  readonly offset: number;
  readonly bins: ArrayLike<number>;
}

export class LogHistogram implements HistogramBins {
  count = 0;
  sum = 0;
  zero = 0;
  smallest = Infinity;
  largest = -Infinity;
  bins: Float64Array = new Float64Array(0);
  offset = 0;

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

  merge(other: HistogramBins): void {
    if (other.count === 0) {
      return;
    }
    this.count += other.count;
    this.sum += other.sum;
    this.zero += other.zero;
    this.smallest = Math.min(this.smallest, other.smallest);
    this.largest = Math.max(this.largest, other.largest);
    const { bins, offset } = other;
    if (bins.length === 0) {
      return;
    }
    if (this.bins.length === 0) {
      this.bins = Float64Array.from(bins);
      this.offset = offset;
      return;
    }
    this.makeRoomFor(offset);
    this.makeRoomFor(offset + bins.length - 1);
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
    const end = offset + bins.length;
    if (index >= offset && index < end) {
      return;
    }
    const spare = 16 + Math.floor(bins.length / 3);
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
