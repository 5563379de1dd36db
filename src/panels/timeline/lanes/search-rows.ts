import type { Field } from '@grafana/data';
import { RUN_FIELD } from '../../../frames/field-names';
import { wordsOf } from '../../../frames/field-values';
import type { GroupKeys } from '../../../frames/group-keys';
import type { RunColumns } from '../../../frames/run-columns';

/** The facts in which text is looked for. */
const SEARCHED = [RUN_FIELD.task, RUN_FIELD.runId, RUN_FIELD.worker, RUN_FIELD.host, RUN_FIELD.queue, RUN_FIELD.errorType, RUN_FIELD.error, RUN_FIELD.substate, RUN_FIELD.signal] as const; // prettier-ignore

/** 1 for each row whose lane or facts contain the text, whatever its case; `undefined` when nothing is looked for. */
export function searchRows(columns: RunColumns, keys: GroupKeys, search: string): Uint8Array | undefined {
  const text = search.trim().toLowerCase();
  if (text === '') {
    return undefined;
  }
  const keep = new Uint8Array(columns.length);
  const lanes = keys.names.map((name) => (name.toLowerCase().includes(text) ? 1 : 0));
  for (let row = 0; row < columns.length; row++) {
    keep[row] = lanes[keys.index[row]!]!;
  }
  for (const part of columns.parts) {
    const fields = new Set<Field>();
    for (const name of SEARCHED) {
      const field = part.frame.fields.find((candidate) => candidate.name === name) ?? part.fields.byFact[name];
      if (field) {
        fields.add(field);
      }
    }
    for (const field of fields) {
      // Distinct values are looked at once, however many rows have them.
      const { words, index } = wordsOf(field, part.frame.length);
      const found = words.map((word) => (word.text.toLowerCase().includes(text) ? 1 : 0));
      for (let row = 0; row < part.frame.length; row++) {
        keep[part.first + row]! |= found[index[row]!]!;
      }
    }
  }
  return keep;
}
