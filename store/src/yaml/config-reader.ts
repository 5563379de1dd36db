import { isMap, isScalar, isSeq } from 'yaml';
import type { Document, LineCounter } from 'yaml';

export type Path = ReadonlyArray<string | number>;
export type Environment = Readonly<Record<string, string | undefined>>;

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;
const MIB = 1024 ** 2;

/**
 * Reads values of a YAML document by their path and gathers what is wrong with them, each fault with its line. A value
 * that is absent or wrong is `undefined`.
 */
export class ConfigReader {
  readonly problems: string[] = [];

  constructor(
    private readonly document: Document,
    private readonly lines: LineCounter,
    readonly environment: Environment
  ) {}

  duration(path: Path, low: number, high: number): number | undefined {
    return this.quantity(
      path,
      /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/,
      { ms: 1, s: 1_000, m: MINUTE_MS, h: 60 * MINUTE_MS, d: DAY_MS },
      low,
      high,
      'a length of time such as 90s, 15m, 12h or 30d'
    );
  }

  size(path: Path, low: number, high: number): number | undefined {
    return this.quantity(
      path,
      /^(\d+(?:\.\d+)?)\s*(B|KiB|MiB|GiB|TiB)$/,
      { B: 1, KiB: 1_024, MiB: MIB, GiB: 1_024 * MIB, TiB: MIB * MIB },
      low,
      high,
      'a size such as 512MiB or 8GiB'
    );
  }

  private quantity(
    path: Path,
    pattern: RegExp,
    units: Readonly<Record<string, number>>,
    low: number,
    high: number,
    want: string
  ): number | undefined {
    const found = this.value(path);
    if (found === undefined) {
      return undefined;
    }
    const match = typeof found === 'string' ? pattern.exec(found.trim()) : null;
    const amount = match === null ? NaN : Math.round(Number(match[1]) * (units[match[2] ?? ''] ?? NaN));
    if (!(amount >= low && amount <= high)) {
      return this.fault(
        path,
        `${path.join('.')} is ${shown(found)}, want ${want}${match === null ? '' : `, from ${low} to ${high} ${'ms' in units ? 'ms' : 'bytes'}`}.`
      );
    }
    return amount;
  }

  whole(path: Path, low: number, high: number): number | undefined {
    const found = this.value(path);
    if (found === undefined) {
      return undefined;
    }
    if (typeof found !== 'number' || !Number.isInteger(found) || found < low || found > high) {
      return this.fault(path, `${path.join('.')} is ${shown(found)}, want a whole number from ${low} to ${high}.`);
    }
    return found;
  }

  truth(path: Path): boolean | undefined {
    const found = this.value(path);
    return found === undefined || typeof found === 'boolean'
      ? found
      : this.fault(path, `${path.join('.')} is ${shown(found)}, want true or false.`);
  }

  /** A text of 1 to `longest` characters. Numbers are texts too: nobody quotes an id of digits. */
  text(path: Path, longest = 2_000): string | undefined {
    const found = this.value(path);
    if (found === undefined) {
      return undefined;
    }
    const text = typeof found === 'number' ? String(found) : found;
    if (typeof text !== 'string' || text.trim() === '' || text.length > longest) {
      return this.fault(path, `${path.join('.')} is ${shown(found)}, want a text of 1 to ${longest} characters.`);
    }
    return text;
  }

  oneOf<Word extends string>(path: Path, words: readonly Word[]): Word | undefined {
    const found = this.value(path);
    if (found === undefined) {
      return undefined;
    }
    const word = words.find((candidate) => candidate === found);
    return word ?? this.fault(path, `${path.join('.')} is ${shown(found)}, want one of ${words.join(', ')}.`);
  }

  /** The paths of a list's entries. A single entry that is no list is a list of one. */
  entries(path: Path, most: number): Path[] {
    const node = this.document.getIn(path, true);
    if (isSeq(node)) {
      if (node.items.length > most) {
        this.fault(path, `${path.join('.')} has ${node.items.length} entries, at most ${most} are read.`);
      }
      return node.items.slice(0, most).map((_, i) => [...path, i]);
    }
    return this.value(path) === undefined ? [] : [path];
  }

  texts(path: Path, most: number): string[] | undefined {
    return this.value(path) === undefined
      ? undefined
      : this.entries(path, most).flatMap((entry) => this.text(entry) ?? []);
  }

  /** The names of a mapping's entries. */
  names(path: Path, most: number): string[] {
    const node = this.document.getIn(path, true);
    if (!isMap(node)) {
      if (this.value(path) !== undefined) {
        this.fault(path, `${path.join('.')} is no mapping. Want names with their settings.`);
      }
      return [];
    }
    if (node.items.length > most) {
      this.fault(path, `${path.join('.')} has ${node.items.length} entries, at most ${most} are read.`);
    }
    return node.items.slice(0, most).map(({ key }) => (isScalar(key) ? String(key.value) : String(key)));
  }

  /** The value of the environment variable that is named at `path`. It is never shown. */
  secret(path: Path): string | undefined {
    const name = this.text(path, 200);
    if (name === undefined) {
      return undefined;
    }
    const found = this.environment[name]?.trim() ?? '';
    return found === ''
      ? this.fault(path, `${path.join('.')} names ${name}, which is not set. Set it in the store's environment.`)
      : found;
  }

  /** Everything below `path` as plain values. */
  plain(path: Path): unknown {
    const node = this.document.getIn(path, true);
    return isMap(node) || isSeq(node) ? (node.toJSON() as unknown) : this.value(path);
  }

  /** Unknown keys are mistakes of spelling, and a setting that is silently not in force is worse than a refused file. */
  knows(path: Path, keys: readonly string[]): void {
    const node = path.length === 0 ? this.document.contents : this.document.getIn(path, true);
    if (node === null || node === undefined || (isScalar(node) && node.value === null)) {
      return;
    }
    if (!isMap(node)) {
      this.fault(path, `${path.join('.') || 'the file'} is no mapping. Want ${keys.join(', ')}.`);
      return;
    }
    for (const { key } of node.items) {
      const name = isScalar(key) ? String(key.value) : String(key);
      if (!keys.includes(name)) {
        this.fault([...path, name], `${[...path, name].join('.')} is not known. Known: ${keys.join(', ')}.`);
      }
    }
  }

  value(path: Path): unknown {
    const parent = this.document.getIn(path.slice(0, -1), true);
    if (path.length > 1 && !isMap(parent) && !isSeq(parent)) {
      return undefined;
    }
    const found: unknown = this.document.getIn(path);
    return found === null ? undefined : found;
  }

  fault(path: Path, problem: string): undefined {
    this.problems.push(`:${this.lineOf(path)}: ${problem}`);
    return undefined;
  }

  /** The line of the key, or of the nearest part above it. */
  private lineOf(path: Path): number {
    for (let length = path.length; length > 0; length--) {
      const last = path[length - 1];
      const parent = length === 1 ? this.document.contents : this.document.getIn(path.slice(0, length - 1), true);
      const pair = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && key.value === last) : undefined;
      const node: unknown = pair?.key ?? this.document.getIn(path.slice(0, length), true);
      const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined;
      if (Array.isArray(range) && typeof range[0] === 'number') {
        return this.lines.linePos(range[0]).line;
      }
    }
    return 1;
  }
}

export function splitTokens(text: string): string[] {
  return text.split(/[\s,]+/).filter((token) => token !== '');
}

export function shown(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
