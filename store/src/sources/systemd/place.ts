import { compact, optional, readNumber, readObject, readText } from '../../../../src/model/read-shape';
import type { Fields } from '../../../../src/model/read-shape';
import { readStarts } from '../process-manager';
import type { LastStart, LastStarts } from './follow';

/** What is known between two looks, and over restarts of the store. */
export interface Place {
  starts: LastStarts;
  /** Of the last entry of the journal that was read. */
  cursor?: string;
}

export function readPlace(fields: Fields): Place {
  return compact({
    starts: readStarts(fields, readStart),
    cursor: optional(fields['cursor'], 'place.cursor', readText),
  });
}

function readStart(value: unknown, where: string): LastStart {
  const fields = readObject(value, where);
  const number = (name: string) => optional(fields[name], `${where}.${name}`, readNumber);
  return compact({
    invocation: readText(fields['invocation'], `${where}.invocation`),
    startedAt: readNumber(fields['startedAt'], `${where}.startedAt`),
    told: readText(fields['told'], `${where}.told`),
    isStopping: fields['isStopping'] === true ? true : undefined,
    code: number('code'),
    signal: number('signal'),
    isDumped: fields['isDumped'] === true ? true : undefined,
    end: fields['end'] === 'told' ? 'told' : optional(fields['end'], `${where}.end`, readEnd),
    failedAt: number('failedAt'),
    goneAt: number('goneAt'),
    labels: optional(fields['labels'], `${where}.labels`, readText),
  });
}

function readEnd(value: unknown, where: string): { at: number; result: string } {
  const fields = readObject(value, where);
  return { at: readNumber(fields['at'], `${where}.at`), result: readText(fields['result'], `${where}.result`) };
}
