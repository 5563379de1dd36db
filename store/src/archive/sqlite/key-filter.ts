/** Positions of each segment's filter: 16 bits for each run of a full one. */
const POSITIONS = 2 ** 20;
const PROBES = 8;
/** Segments whose filters lie side by side, a bit each. */
const LANES = 32;
const WORDS = POSITIONS / 32;

/** The filter of one segment alone: bits by position. */
export function filterOf(hashes: Iterable<number>): Buffer {
  const words = new Uint32Array(WORDS);
  for (const hash of hashes) {
    const step = stepOf(hash);
    let at = hash >>> 0;
    for (let i = 0; i < PROBES; i++) {
      const position = at & (POSITIONS - 1);
      words[position >>> 5]! |= 1 << (position & 31);
      at = (at + step) >>> 0;
    }
  }
  return Buffer.from(words.buffer);
}

/**
 * Which segments may hold a run, by the hash of its id: a Bloom filter (Bloom 1970) for each segment, wrong about once in
 * two thousand where it says "perhaps" and never where it says "no". Filters of 32 segments lie side by side, so that one
 * look asks all of them; a segment that goes takes its bits along.
 */
export class KeyFilter {
  private readonly groups: Uint32Array[] = [];
  private readonly slots = new Map<number, number>();
  /** By slot. */
  private readonly segments: Array<number | undefined> = [];

  add(segment: number, hash: number): void {
    const { bits, lane } = this.laneOf(segment);
    const step = stepOf(hash);
    let at = hash >>> 0;
    for (let i = 0; i < PROBES; i++) {
      bits[at & (POSITIONS - 1)]! |= lane;
      at = (at + step) >>> 0;
    }
  }

  /** Takes over what `filterOf` made, instead of what was known of the segment. */
  fill(segment: number, filter: Buffer): void {
    this.drop(segment);
    const { bits, lane } = this.laneOf(segment);
    const words = new Uint32Array(new Uint8Array(filter).buffer);
    for (let w = 0; w < WORDS; w++) {
      for (let word = words[w]!; word !== 0; word &= word - 1) {
        bits[w * 32 + (31 - Math.clz32(word & -word))]! |= lane;
      }
    }
  }

  /** Nothing is known of the segment yet: it may hold any run. */
  assume(segment: number): void {
    const { bits, lane } = this.laneOf(segment);
    for (let i = 0; i < POSITIONS; i++) {
      bits[i]! |= lane;
    }
  }

  drop(segment: number): void {
    const slot = this.slots.get(segment);
    if (slot === undefined) {
      return;
    }
    const bits = this.groups[Math.floor(slot / LANES)]!;
    const keep = ~(1 << (slot % LANES));
    for (let i = 0; i < POSITIONS; i++) {
      bits[i]! &= keep;
    }
    this.slots.delete(segment);
    this.segments[slot] = undefined;
  }

  has(segment: number): boolean {
    return this.slots.has(segment);
  }

  /** Segments that are known, in no order. */
  get known(): Iterable<number> {
    return this.slots.keys();
  }

  /** Segments that may hold a run with this hash, the newest first. */
  candidates(hash: number): number[] {
    const step = stepOf(hash);
    const found: number[] = [];
    for (let g = 0; g < this.groups.length; g++) {
      const bits = this.groups[g]!;
      let at = hash >>> 0;
      let lanes = -1;
      for (let i = 0; i < PROBES && lanes !== 0; i++) {
        lanes &= bits[at & (POSITIONS - 1)]!;
        at = (at + step) >>> 0;
      }
      for (; lanes !== 0; lanes &= lanes - 1) {
        const segment = this.segments[g * LANES + (31 - Math.clz32(lanes & -lanes))];
        if (segment !== undefined) {
          found.push(segment);
        }
      }
    }
    return found.length > 1 ? found.sort((a, b) => b - a) : found;
  }

  private laneOf(segment: number): { bits: Uint32Array; lane: number } {
    let slot = this.slots.get(segment);
    if (slot === undefined) {
      slot = this.segments.indexOf(undefined);
      if (slot < 0) {
        slot = this.segments.length;
        if (slot % LANES === 0) {
          this.groups.push(new Uint32Array(POSITIONS));
        }
      }
      this.segments[slot] = segment;
      this.slots.set(segment, slot);
    }
    return { bits: this.groups[Math.floor(slot / LANES)]!, lane: 1 << (slot % LANES) };
  }
}

/** The upper 21 bits of a hash, spread over 32 and odd, so that a run's positions differ. */
function stepOf(hash: number): number {
  return Math.imul((Math.floor(hash / 4294967296) * 2 + 1) | 0, 0x9e3779b1);
}
