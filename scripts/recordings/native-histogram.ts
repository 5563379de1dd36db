/** Bytes of a protobuf message, field by field. Only what a remote write of one native histogram needs. */
type Field = readonly [number: number, value: Uint8Array | number | { double: number } | { signed: number }];

/** One series; its counts grow by `counts` in neighbouring buckets from `offset` on (schema 0: bounds are powers of two). */
export interface NativeSeries {
  labels: Readonly<Record<string, string>>;
  offset: number;
  counts: readonly number[];
}

/** The body of a Prometheus remote write: a native histogram of each series per instant. */
export function remoteWriteOf(series: readonly NativeSeries[], instants: readonly number[]): Uint8Array<ArrayBuffer> {
  return snappy(message(series.map((one): Field => [1, seriesOf(one, instants)])));
}

function seriesOf({ labels, offset, counts }: NativeSeries, instants: readonly number[]): Uint8Array {
  const total = counts.reduce((a, b) => a + b, 0);
  const histograms = instants.map((at, i): Field => {
    let before = 0;
    const deltas = counts.map((count) => {
      const delta = count * i - before;
      before = count * i;
      return delta;
    });
    const span = message([
      [1, { signed: offset }],
      [2, counts.length],
    ]);
    return [
      4,
      message([
        [1, total * i],
        [3, { double: total * i }],
        [4, { signed: 0 }],
        [5, { double: 1e-9 }],
        [6, 0],
        [11, span],
        [12, packedSigned(deltas)],
        [15, at],
      ]),
    ];
  });
  const names = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return message([
    ...names.map(([name, value]): Field => [
      1,
      message([
        [1, bytes(name)],
        [2, bytes(value)],
      ]),
    ]),
    ...histograms,
  ]);
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function varint(value: number | bigint): number[] {
  const out: number[] = [];
  let rest = BigInt(value);
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    out.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return out;
}

function zigzag(value: number): bigint {
  const big = BigInt(value);
  return big >= 0n ? big << 1n : (-big << 1n) - 1n;
}

function packedSigned(values: readonly number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => varint(zigzag(value))));
}

function message(fields: readonly Field[]): Uint8Array {
  const out: number[] = [];
  for (const [number, value] of fields) {
    if (typeof value === 'number') {
      out.push(...varint(number << 3), ...varint(value));
    } else if (value instanceof Uint8Array) {
      out.push(...varint((number << 3) | 2), ...varint(value.length), ...value);
    } else if ('signed' in value) {
      out.push(...varint(number << 3), ...varint(zigzag(value.signed)));
    } else {
      const double = new Uint8Array(Float64Array.of(value.double).buffer);
      out.push(...varint((number << 3) | 1), ...double);
    }
  }
  return Uint8Array.from(out);
}

/** Snappy without any compression: the length, then literals. */
function snappy(data: Uint8Array): Uint8Array<ArrayBuffer> {
  const parts: number[] = varint(data.length);
  for (let at = 0; at < data.length; at += 60_000) {
    const chunk = data.subarray(at, at + 60_000);
    parts.push(61 << 2, (chunk.length - 1) & 0xff, (chunk.length - 1) >> 8, ...chunk);
  }
  return Uint8Array.from(parts);
}
