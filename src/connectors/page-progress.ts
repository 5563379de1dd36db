/** A page may bring what came before once: between two of them, so much was new that everything moved on by a page. */
const MOST_REPEATED = 3;

/**
 * Whether pages get on: a source, or a proxy before it that drops what follows the `?` of an address, may answer each question with
 * the same page, or lead in a circle, and would be read for ever.
 */
export class PageProgress {
  private readonly cursors = new Set<string>();
  private repeated = 0;

  /**
   * @param next where the next page begins
   * @param isRepeated it had runs, and all of them had come before
   * @returns whether it is worth asking for
   */
  leadsOn(next: string, isRepeated: boolean): boolean {
    this.repeated = isRepeated ? this.repeated + 1 : 0;
    const isCircle = this.cursors.has(next);
    this.cursors.add(next);
    return !isCircle && this.repeated < MOST_REPEATED;
  }
}

export const PAGES_REPEAT =
  'The source gives pages again that it gave before, so that not all was read. Look for a proxy before it that drops what follows the ? of an address.';
