/** The `size` rows with the largest value; of equals, those offered first. */
export class TopRows {
  readonly ids: number[] = [];
  private readonly values: number[] = [];

  constructor(private readonly size: number) {}

  offer(value: number, id: number): void {
    const { ids, values, size } = this;
    if (ids.length === size && !(value > values[size - 1]!)) {
      return;
    }
    let place = ids.length === size ? size - 1 : ids.length;
    while (place > 0 && value > values[place - 1]!) {
      values[place] = values[place - 1]!;
      ids[place] = ids[place - 1]!;
      place--;
    }
    values[place] = value;
    ids[place] = id;
  }
}
