const NAMES = 2 ** 26;

/** A worker or a queue of a source as one number, made of the numbers of both names. */
export function nameInSource(source: number, name: number): number {
  return source * NAMES + name;
}

/** The numbers that `nameInSource` was made of. */
export function partsOfName(key: number): { source: number; name: number } {
  return { source: Math.floor(key / NAMES), name: key % NAMES };
}
