/**
 * Small readers for decoded JSON: each takes `unknown` and the place it came from, and gives a typed value or throws a
 * `ShapeError` that names the place, what was found and what was wanted.
 */
export class ShapeError extends Error {
  constructor(where: string, found: unknown, wanted: string) {
    super(`${where} is ${describe(found)}, wanted ${wanted}`);
    this.name = 'ShapeError';
  }
}

export type Fields = Readonly<Record<string, unknown>>;

export function readObject(value: unknown, where: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ShapeError(where, value, 'an object');
  }
  return value as Fields;
}

export function readArray(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) {
    throw new ShapeError(where, value, 'an array');
  }
  return value;
}

export function readList<T>(value: unknown, where: string, readOne: (value: unknown, where: string) => T): T[] {
  return readArray(value, where).map((item, index) => readOne(item, `${where}[${index}]`));
}

/** The rows of a list that could be read; one that cannot be is left out and counted. */
export interface Rows<T> {
  rows: T[];
  skipped: number;
}

/** @throws ShapeError when the whole is no array */
export function readRows<T>(value: unknown, where: string, readOne: (value: unknown, where: string) => T): Rows<T> {
  return readEach(readArray(value, where), (item, index) => readOne(item, `${where}[${index}]`));
}

/** The same of items at hand. */
export function readEach<I, T>(items: readonly I[], readOne: (item: I, index: number) => T): Rows<T> {
  const rows: T[] = [];
  items.forEach((item, index) => {
    try {
      rows.push(readOne(item, index));
    } catch (error) {
      if (!(error instanceof ShapeError)) {
        throw error;
      }
    }
  });
  return { rows, skipped: items.length - rows.length };
}

export function readText(value: unknown, where: string): string {
  if (typeof value !== 'string') {
    throw new ShapeError(where, value, 'text');
  }
  return value;
}

export function readNumber(value: unknown, where: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new ShapeError(where, value, 'a number');
  }
  return value;
}

export function readFlag(value: unknown, where: string): boolean {
  if (typeof value !== 'boolean') {
    throw new ShapeError(where, value, 'true or false');
  }
  return value;
}

/** A column of a series: `null` says that there is nothing to say about this bucket. */
export function readColumn(value: unknown, where: string): Array<number | null> {
  return readList(value, where, (item, at) => (item === null ? null : readNumber(item, at)));
}

export function readNumbers(value: unknown, where: string): number[] {
  return readList(value, where, readNumber);
}

export function readTexts(value: unknown, where: string): string[] {
  return readList(value, where, readText);
}

export function readOneOf<T extends string>(value: unknown, where: string, words: readonly T[]): T {
  const word = words.find((candidate) => candidate === value);
  if (word === undefined) {
    throw new ShapeError(where, value, `one of ${words.join(', ')}`);
  }
  return word;
}

/** Absent and `null` both mean "not reported". */
export function optional<T>(value: unknown, where: string, read: (value: unknown, where: string) => T): T | undefined {
  return value === undefined || value === null ? undefined : read(value, where);
}

/** Drops the keys whose value is `undefined`, so that "not reported" leaves no trace in the object. */
export function compact<T extends object>(record: T): T {
  for (const key of Object.keys(record) as Array<keyof T>) {
    if (record[key] === undefined) {
      delete record[key];
    }
  }
  return record;
}

function describe(found: unknown): string {
  if (found === undefined) {
    return 'missing';
  }
  const text = JSON.stringify(found) ?? String(found);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
