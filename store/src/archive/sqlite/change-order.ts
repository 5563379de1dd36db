import { firstPlace } from '../../../../src/model/first-place';
import { SEGMENT_SIZE } from '../columns';

/** The rows of a segment in the order of their newest changes. */
export class ChangeOrder {
  /** Change and row in one number, which sorts without a function to call: exact while there are fewer than 2^37 changes. */
  private readonly ordered: Float64Array;

  /** @param changes by row, NaN where there is none */
  constructor(changes: Float64Array) {
    this.ordered = changes.map((change, row) => change * SEGMENT_SIZE + row).filter((value) => value === value);
    this.ordered.sort();
  }

  get length(): number {
    return this.ordered.length;
  }

  at(i: number): { change: number; row: number } {
    const value = this.ordered[i]!;
    return { change: Math.floor(value / SEGMENT_SIZE), row: value % SEGMENT_SIZE };
  }

  /** Where the first change after `cursor` stands. */
  after(cursor: number): number {
    const least = (cursor + 1) * SEGMENT_SIZE;
    return firstPlace(0, this.ordered.length, (place) => this.ordered[place]! >= least);
  }
}
