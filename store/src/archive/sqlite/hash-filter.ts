const BITS_PER_HASH = 16;
const PROBES = 4;

/**
 * A set of hashes that may say "perhaps" of one it does not hold (about once in four hundred), but never "no" of one it
 * does: a Bloom filter (Bloom 1970), in layers that double in size so that it grows without knowing how far.
 */
export class HashFilter {
  private readonly layers: Array<{ bits: Uint32Array; room: number }> = [];

  constructor(firstRoom = 1 << 20) {
    this.grow(firstRoom);
  }

  /** @param hash a whole number of 53 bits, already well spread. */
  add(hash: number): void {
    let last = this.layers[this.layers.length - 1]!;
    if (last.room === 0) {
      last = this.grow(((last.bits.length * 32) / BITS_PER_HASH) * 2);
    }
    last.room--;
    const { bits } = last;
    const mask = bits.length * 32 - 1;
    let place = hash >>> 0;
    const step = (Math.floor(hash / 4294967296) * 2 + 1) | 0;
    for (let i = 0; i < PROBES; i++) {
      bits[(place & mask) >>> 5]! |= 1 << (place & 31);
      place = (place + Math.imul(step, 0x9e3779b1)) >>> 0;
    }
  }

  has(hash: number): boolean {
    return this.layers.some(({ bits }) => {
      const mask = bits.length * 32 - 1;
      let place = hash >>> 0;
      const step = (Math.floor(hash / 4294967296) * 2 + 1) | 0;
      for (let i = 0; i < PROBES; i++) {
        if ((bits[(place & mask) >>> 5]! & (1 << (place & 31))) === 0) {
          return false;
        }
        place = (place + Math.imul(step, 0x9e3779b1)) >>> 0;
      }
      return true;
    });
  }

  private grow(room: number): { bits: Uint32Array; room: number } {
    // A power of two, so that a mask finds the place.
    const bits = new Uint32Array(2 ** Math.ceil(Math.log2(room * BITS_PER_HASH)) / 32);
    const layer = { bits, room: Math.floor((bits.length * 32) / BITS_PER_HASH) };
    this.layers.push(layer);
    return layer;
  }
}
