import { ConnectorError } from '../../../../src/model/connector-error';
import { POSTGRES_QUEUE } from './refuse';

/** Where a page ended: in which schema, in which of the mapping's reads, behind which row. */
export interface Place {
  schema: number;
  read: number;
  after?: readonly string[];
}

export function writePlace({ schema, read, after }: Place): string {
  return JSON.stringify([schema, read, ...(after ?? [])]);
}

/** @throws ConnectorError when it is none of this source's, as it is set up now */
export function readPlace(text: string, { schemas, reads }: { schemas: number; reads: number }): Place {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const [schema, read, ...after] = Array.isArray(value) ? (value as unknown[]) : [];
  if (!isBelow(schema, schemas) || !isBelow(read, reads) || !after.every((one) => typeof one === 'string')) {
    throw new ConnectorError(
      'bad-request',
      POSTGRES_QUEUE,
      `The page ${JSON.stringify(text)} is none of these tables. Ask anew.`
    );
  }
  return { schema, read, ...(after.length > 0 && { after }) };
}

/** The read that follows, in this schema or the next. */
export function nextRead(
  { schema, read }: Place,
  { schemas, reads }: { schemas: number; reads: number }
): Place | undefined {
  return read + 1 < reads
    ? { schema, read: read + 1 }
    : schema + 1 < schemas
      ? { schema: schema + 1, read: 0 }
      : undefined;
}

function isBelow(value: unknown, limit: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < limit;
}
