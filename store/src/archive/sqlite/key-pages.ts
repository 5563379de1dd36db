import { firstPlace } from '../../../../src/model/first-place';

/** Hashes are spread over so many pages of a segment. */
export const PAGES = 32;
/** What the hashes of a page are of. */
export const KEY_KIND = { runId: 0, rootId: 1, traceId: 2 } as const;
export type KeyKind = keyof typeof KEY_KIND;

const ENTRY_BYTES = 6;

/** The number of a page in the file. */
export function pageOf(segment: number, kind: KeyKind, page: number): number {
  return (segment * 4 + KEY_KIND[kind]) * PAGES + page;
}

/** Numbers of all pages of a segment: first, and the first that is another's. */
export function pagesOf(segment: number): [from: number, to: number] {
  return [segment * 4 * PAGES, (segment + 1) * 4 * PAGES];
}

/** Which page a hash is on. */
export function pageOfHash(hash: number): number {
  return Math.floor(hash / 4294967296) % PAGES;
}

/** Hashes with their rows: the lower 32 bits of the hashes, ascending, then the rows (uint16). */
export function packKeys(
  entries: ReadonlyArray<readonly [hash: number, row: number]>
): Array<[page: number, blob: Buffer]> {
  const pages = Array.from({ length: PAGES }, () => [] as Array<readonly [low: number, row: number]>);
  for (const [hash, row] of entries) {
    pages[pageOfHash(hash)]!.push([hash >>> 0, row]);
  }
  return pages.flatMap((page, number) => {
    if (page.length === 0) {
      return [];
    }
    page.sort((a, b) => a[0] - b[0]);
    const blob = Buffer.alloc(ENTRY_BYTES * page.length);
    page.forEach(([low, row], i) => {
      blob.writeUInt32LE(low, 4 * i);
      blob.writeUInt16LE(row, 4 * page.length + 2 * i);
    });
    return [[number, blob] as [number, Buffer]];
  });
}

/** Rows that a page gives for a hash; now and then one of another. */
export function rowsOfHash(page: Buffer, hash: number): number[] {
  const count = page.length / ENTRY_BYTES;
  const wanted = hash >>> 0;
  const rows: number[] = [];
  let place = firstPlace(0, count, (at) => page.readUInt32LE(4 * at) >= wanted);
  for (; place < count && page.readUInt32LE(4 * place) === wanted; place++) {
    rows.push(page.readUInt16LE(4 * count + 2 * place));
  }
  return rows;
}
