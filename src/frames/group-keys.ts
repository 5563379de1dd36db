import type { Field } from '@grafana/data';
import { LIFECYCLE_STATES } from '../model/lifecycle';
import { textOfValue, wordsOf } from './field-values';
import type { RunColumns } from './run-columns';
import type { RunPart } from './run-fields';
import type { RunFields } from './run-fields';

/** The names that a fact takes, and which of them each row has: what lanes are made of. */
export interface GroupKeys {
  names: string[];
  /** Per row: index into `names`. */
  index: Uint8Array | Uint16Array | Uint32Array;
}

/** What the lanes are made of. `lane` is the frame's own lane field. */
export type LaneKey = 'lane' | 'task' | 'worker' | 'host' | 'queue' | 'source' | 'state' | `label:${string}`;

/** Rows where the fact is not reported have the name `''`. */
export function groupKeys(columns: RunColumns, by: LaneKey): GroupKeys {
  const only = columns.parts.length === 1 ? columns.parts[0] : undefined;
  if (only) {
    return keysOfPart(columns, only, by);
  }
  const names: string[] = [];
  const known = new Map<string, number>();
  const index = new Uint32Array(columns.length);
  for (const part of columns.parts) {
    const keys = keysOfPart(columns, part, by);
    const translate = keys.names.map((name) => {
      const at = known.get(name) ?? names.push(name) - 1;
      known.set(name, at);
      return at;
    });
    for (let row = 0; row < part.frame.length; row++) {
      index[part.first + row] = translate[keys.index[row]!]!;
    }
  }
  return { names, index };
}

function keysOfPart(columns: RunColumns, part: RunPart, by: LaneKey): GroupKeys {
  if (by === 'state') {
    const names = [...LIFECYCLE_STATES, 'lost'];
    const index = new Uint8Array(part.frame.length);
    for (let row = 0; row < index.length; row++) {
      index[row] = columns.lost[part.first + row] ? names.length - 1 : columns.state[part.first + row]!;
    }
    return { names, index };
  }
  if (by.startsWith('label:')) {
    return keysOfLabel(part, by.slice('label:'.length));
  }
  const field = by === 'lane' ? (part.fields.lane ?? part.fields.name) : laneField(part.fields, by);
  if (field === undefined) {
    return { names: [''], index: new Uint8Array(part.frame.length) };
  }
  const { words, index } = wordsOf(field, part.frame.length);
  return { names: words.map((word) => word.text), index };
}

function laneField(fields: RunFields, by: LaneKey): Field | undefined {
  switch (by) {
    case 'task':
      return fields.name;
    case 'worker':
      return fields.worker;
    case 'host':
      return fields.host;
    case 'queue':
      return fields.queue;
    case 'source':
      return fields.source;
    default:
      return undefined;
  }
}

function keysOfLabel(part: RunPart, label: string): GroupKeys {
  const names: string[] = [''];
  const known = new Map<string, number>([['', 0]]);
  const index = new Uint32Array(part.frame.length);
  const values = part.fields.labels?.values as ArrayLike<unknown> | undefined;
  for (let row = 0; row < index.length; row++) {
    const name = labelsOfValue(values?.[row])[label] ?? '';
    const at = known.get(name) ?? names.push(name) - 1;
    known.set(name, at);
    index[row] = at;
  }
  return { names, index };
}

/** Labels travel as an object or as its JSON text; anything else is no labels. */
export function labelsOfValue(value: unknown): Readonly<Record<string, string>> {
  let found: unknown = value;
  if (typeof value === 'string' && value.startsWith('{')) {
    try {
      found = JSON.parse(value);
    } catch {
      return {};
    }
  }
  if (found === null || typeof found !== 'object' || Array.isArray(found)) {
    return {};
  }
  return Object.fromEntries(Object.entries(found).map(([key, text]) => [key, textOfValue(text)]));
}

/** Which lanes these columns can be grouped by: the facts that at least one frame has, and every label key in a sample. */
export function laneKeysOf(columns: RunColumns): LaneKey[] {
  const keys = new Set<LaneKey>();
  for (const { fields, frame } of columns.parts) {
    for (const by of ['task', 'worker', 'host', 'queue', 'source'] as const) {
      if (laneField(fields, by)) {
        keys.add(by);
      }
    }
    const labels = fields.labels?.values as ArrayLike<unknown> | undefined;
    for (let row = 0; labels && row < Math.min(frame.length, 200); row++) {
      for (const key of Object.keys(labelsOfValue(labels[row]))) {
        keys.add(`label:${key}`);
      }
    }
  }
  keys.add('state');
  return [...keys];
}
