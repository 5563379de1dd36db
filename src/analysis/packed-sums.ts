import type { HistogramBins } from './log-histogram';
import type { Counts, PackedHistograms, PackedRows } from './summary';

export function narrow(values: ArrayLike<number>): Counts {
  let most = 0;
  for (let i = 0; i < values.length; i++) {
    most = Math.max(most, values[i]!);
  }
  return most < 2 ** 8 ? Uint8Array.from(values) : most < 2 ** 16 ? Uint16Array.from(values) : Uint32Array.from(values);
}

/** @param values rows of `width` */
export function packRows(values: ArrayLike<number>, width: number): PackedRows {
  const rows: number[] = [];
  const kept: number[] = [];
  for (let row = 0; row * width < values.length; row++) {
    const own = Array.from({ length: width }, (_, i) => values[row * width + i]!);
    if (own.some((value) => value !== 0)) {
      rows.push(row);
      kept.push(...own);
    }
  }
  return { width, rows: narrow(rows), values: narrow(kept) };
}

/**
 * Adds rows to others.
 *
 * @param firstOf where a row begins among the others; below zero where it is left out
 * @param columnOf by column here, the column there
 */
export function addRows(
  { width, rows, values }: PackedRows,
  into: Int32Array,
  firstOf: (row: number) => number,
  columnOf: ArrayLike<number>,
  times = 1
): void {
  for (let k = 0; k < rows.length; k++) {
    const first = firstOf(rows[k]!);
    if (first < 0) {
      continue;
    }
    const from = k * width;
    for (let column = 0; column < width; column++) {
      into[first + columnOf[column]!]! += times * values[from + column]!;
    }
  }
}

export function packHistograms(histograms: ReadonlyArray<HistogramBins | undefined>): PackedHistograms {
  const all = histograms.map((histogram) => (histogram === undefined || histogram.count === 0 ? undefined : histogram));
  const bins: number[] = [];
  const offset = new Int16Array(all.length);
  const end = Uint32Array.from(all, (histogram, i) => {
    if (histogram !== undefined) {
      const [first, last] = usedBins(histogram.bins);
      offset[i] = histogram.offset + first;
      for (let bin = first; bin < last; bin++) {
        bins.push(histogram.bins[bin]!);
      }
    }
    return bins.length;
  });
  return {
    count: narrow(all.map((histogram) => histogram?.count ?? 0)),
    zero: narrow(all.map((histogram) => histogram?.zero ?? 0)),
    sum: Float64Array.from(all, (histogram) => histogram?.sum ?? 0),
    smallest: Float64Array.from(all, (histogram) => histogram?.smallest ?? Infinity),
    largest: Float64Array.from(all, (histogram) => histogram?.largest ?? -Infinity),
    offset,
    end,
    bins: narrow(bins),
  };
}

/** One of packed histograms, to be merged into another; `undefined` where nothing was counted. */
export function histogramIn(packed: PackedHistograms, i: number): HistogramBins | undefined {
  const { count, zero, sum, smallest, largest, offset, end, bins } = packed;
  return count[i] === 0
    ? undefined
    : {
        count: count[i]!,
        zero: zero[i]!,
        sum: sum[i]!,
        smallest: smallest[i]!,
        largest: largest[i]!,
        offset: offset[i]!,
        bins: bins.subarray(i === 0 ? 0 : end[i - 1]!, end[i]!),
      };
}

/** The bins between the first and the last that hold anything. */
function usedBins(bins: ArrayLike<number>): [first: number, last: number] {
  let first = 0;
  let last = bins.length;
  while (first < last && bins[first] === 0) {
    first++;
  }
  while (last > first && bins[last - 1] === 0) {
    last--;
  }
  return [first, last];
}
