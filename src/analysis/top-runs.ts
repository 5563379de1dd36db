/** The `size` runs with the largest value; of equals, the first in the order. */
export class TopRuns {
  readonly ids: number[] = [];
  /** Of each, in the same order. */
  readonly values: number[] = [];

  /** @param order of ids: below zero when the first comes before the second */
  constructor(
    private readonly size: number,
    private readonly order: (a: number, b: number) => number
  ) {}

  offer(value: number, id: number): void {
    const { ids, values, size } = this;
    if (ids.length === size && !this.isBefore(value, id, size - 1)) {
      return;
    }
    let place = ids.length === size ? size - 1 : ids.length;
    while (place > 0 && this.isBefore(value, id, place - 1)) {
      values[place] = values[place - 1]!;
      ids[place] = ids[place - 1]!;
      place--;
    }
    values[place] = value;
    ids[place] = id;
  }

  private isBefore(value: number, id: number, place: number): boolean {
    const held = this.values[place]!;
    return value > held || (value === held && this.order(id, this.ids[place]!) < 0);
  }
}
