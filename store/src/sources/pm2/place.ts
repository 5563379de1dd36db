import { compact, optional, readNumber, readObject, readText } from '../../../../src/model/read-shape';
import type { Fields } from '../../../../src/model/read-shape';
import { readStarts } from '../process-manager';
import type { OpenStart, OpenStarts } from './follow';

/** What is known between two connections, and over restarts of the store. */
export interface Place {
  starts: OpenStarts;
  /** Pid of the daemon, as PM2 notes it. */
  daemon?: string;
}

export function readPlace(fields: Fields): Place {
  return compact({
    starts: readStarts(fields, readStart),
    daemon: optional(fields['daemon'], 'place.daemon', readText),
  });
}

function readStart(value: unknown, where: string): OpenStart {
  const fields = readObject(value, where);
  return compact({
    id: readNumber(fields['id'], `${where}.id`),
    startedAt: readNumber(fields['startedAt'], `${where}.startedAt`),
    restarts: readNumber(fields['restarts'], `${where}.restarts`),
    pid: optional(fields['pid'], `${where}.pid`, readNumber),
    goneAt: optional(fields['goneAt'], `${where}.goneAt`, readNumber),
  });
}
