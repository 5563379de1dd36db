import type { Field } from '@grafana/data';
import { FieldType, getValueFormat } from '@grafana/data';
import { LIFECYCLE_STATES } from '../model/lifecycle';
import { meaningOfWord, type WordMeaning } from './state-words';

const UNKNOWN = LIFECYCLE_STATES.indexOf('unknown');

/** Any cell as text; unknown is `''`. */
export function textOfValue(value: unknown): string {
  if (typeof value === 'string') {
    return value;
  }
  if (value === null || value === undefined || (typeof value === 'number' && Number.isNaN(value))) {
    return '';
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/**
 * A field as epoch ms, NaN where unknown. A `Float64Array` of ms is returned as it is. Numbers of other fields than time
 * fields may count s, µs or ns: the size of the first one tells. Texts are read as dates. An instant at or before 1970
 * is how many systems write "never".
 */
export function timesOf(field: Field, length: number): Float64Array {
  const values: ArrayLike<unknown> = field.values;
  const factor = field.type === FieldType.time ? 1 : unitOfInstants(values);
  if (values instanceof Float64Array && values.length === length && factor === 1 && allAfter1970(values)) {
    return values;
  }
  const times = new Float64Array(length);
  for (let row = 0; row < length; row++) {
    times[row] = instantOf(values[row], factor);
  }
  return times;
}

/** True for unknown (NaN) values as well. A plain loop: ten times as fast as `every` over a million. */
function allAfter1970(values: Float64Array): boolean {
  for (let row = 0; row < values.length; row++) {
    if (values[row]! <= 0) {
      return false;
    }
  }
  return true;
}

function instantOf(value: unknown, factor: number): number {
  let at = NaN;
  if (typeof value === 'number') {
    at = value * factor;
  } else if (typeof value === 'string') {
    at = value === '' ? NaN : Date.parse(value);
  } else if (typeof value === 'bigint') {
    at = Number(value) * factor;
  } else if (value instanceof Date || (value !== null && typeof value === 'object' && 'valueOf' in value)) {
    at = Number(value.valueOf());
  }
  return at > 0 ? at : NaN;
}

function unitOfInstants(values: ArrayLike<unknown>): number {
  for (let row = 0; row < values.length; row++) {
    const value = Number(values[row]);
    if (value > 0 && Number.isFinite(value)) {
      return value < 1e11 ? 1e3 : value < 1e14 ? 1 : value < 1e17 ? 1e-3 : 1e-6;
    }
  }
  return 1;
}

export interface Word {
  text: string;
  /** What the word means as a state. */
  meaning: WordMeaning;
}

/**
 * The distinct values of a field as words, and which of them each row has. An enum field's small index array is
 * returned as it is. Numbers are worded by the field's value mappings, booleans and trace status codes by their meaning.
 */
export function wordsOf(
  field: Field,
  length: number,
  suffix = ''
): { words: Word[]; index: Uint8Array | Uint16Array | Uint32Array } {
  const values: ArrayLike<unknown> = field.values;
  const enumText = field.type === FieldType.enum ? field.config.type?.enum?.text : undefined;
  if (enumText && isSmallIndex(values) && values.length === length) {
    return { words: enumText.map(asWord), index: values };
  }
  const words: Word[] = [];
  const known = new Map<unknown, number>();
  const byText = new Map<string, number>();
  const index = new Uint32Array(length);
  for (let row = 0; row < length; row++) {
    const value = values[row];
    let at = known.get(value);
    if (at === undefined) {
      const text = enumText && typeof value === 'number' ? (enumText[value] ?? '') : wordOfCell(field, value, suffix);
      at = byText.get(text);
      if (at === undefined) {
        at = words.push(asWord(text)) - 1;
        byText.set(text, at);
      }
      known.set(value, at);
    }
    index[row] = at;
  }
  return { words, index: words.length <= 256 ? Uint8Array.from(index) : index };
}

function isSmallIndex(values: ArrayLike<unknown>): values is Uint8Array | Uint16Array | Uint32Array {
  return values instanceof Uint8Array || values instanceof Uint16Array || values instanceof Uint32Array;
}

function asWord(text: string): Word {
  return { text, meaning: meaningOfWord(text) };
}

function wordOfCell(field: Field, value: unknown, suffix: string): string {
  const mapped = mappedText(field, value);
  // A mapping words what nobody knows (`S`, 3); a word that is known keeps its meaning whatever it is shown as.
  if (mapped !== undefined && (typeof value !== 'string' || meaningOfWord(value).state === UNKNOWN)) {
    return mapped;
  }
  if (suffix === 'statusCode' && typeof value === 'number') {
    return value === 2 ? 'failed' : 'completed';
  }
  return textOfValue(value);
}

/** The text that the user's value mappings give to a value, where they do. */
export function mappedText(field: Field, value: unknown): string | undefined {
  if (!field.config.mappings?.length || !field.display) {
    return undefined;
  }
  const display = field.display(value);
  const plain = textOfValue(value);
  return display.text !== plain && display.text !== '' ? display.text : undefined;
}

/** Milliseconds in one unit of a duration field: from its unit, else from the end of its name, else ms. */
export function durationUnitMs(field: Field): number {
  const units: Record<string, number> = {
    ns: 1e-6, µs: 1e-3, us: 1e-3, ms: 1, s: 1e3, dtdurations: 1e3, clocks: 1e3, dtdurationms: 1, clockms: 1, m: 6e4, h: 3.6e6, d: 8.64e7,
  }; // prettier-ignore
  const unit = field.config.unit;
  if (
    unit !== undefined &&
    Object.hasOwn(units, unit) &&
    units[unit] !== undefined &&
    getValueFormat(unit) !== undefined
  ) {
    return units[unit];
  }
  const name = field.name.toLowerCase();
  const suffix =
    /[_\s(]?(ns|nanos(?:econds)?|us|micros(?:econds)?|ms|millis(?:econds)?|s|secs?|seconds?|mins?|minutes?|hours?)\)?$/.exec(
      name
    )?.[1];
  if (suffix === undefined || /^(status|runs|class|pass|process)$/.test(name)) {
    return 1;
  }
  if (/^(ns|nano)/.test(suffix)) {
    return 1e-6;
  }
  if (/^(us|micro)/.test(suffix)) {
    return 1e-3;
  }
  if (/^(ms|milli)/.test(suffix)) {
    return 1;
  }
  return /^min/.test(suffix) ? 6e4 : /^hour/.test(suffix) ? 3.6e6 : 1e3;
}
