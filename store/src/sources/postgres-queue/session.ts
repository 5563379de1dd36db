import { Client, DatabaseError } from 'pg';
import type { ClientConfig } from 'pg';
import type { DurationMs } from '../../../../src/model/units';
import type { Question, Row } from './question';

export interface Answered {
  rows: Row[];
  /** Columns with the number of their type. */
  fields: ReadonlyArray<{ name: string; dataTypeID: number }>;
}

/** Asks PostgreSQL one thing after the other. Rejects with what its client says, or the reason of the signal. */
export type Ask = (question: Question, signal: AbortSignal) => Promise<Answered>;

export interface Session {
  ask: Ask;
  close(): Promise<void>;
}

/** Everything as PostgreSQL writes it: what a text means is decided where rows become runs. */
const AS_TEXT = { getTypeParser: () => (text: string) => text } as unknown as ClientConfig['types'];

/**
 * One connection, made when it is needed and again after it broke. Its session can only read, and no statement of it outlives
 * `timeoutMs`. Each statement is a transaction of its own, so that between two of them it holds nothing.
 */
export function openSession(server: ClientConfig, timeoutMs: DurationMs): Session {
  let open: Promise<Client> | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const connect = (): Promise<Client> => {
    const client = new Client({
      ...server,
      application_name: 'runlane',
      // As the connection begins, so that no statement comes before them.
      options: [
        '-c default_transaction_read_only=on',
        `-c statement_timeout=${timeoutMs}`,
        `-c lock_timeout=${Math.min(timeoutMs, 5_000)}`,
        '-c TimeZone=UTC',
        '-c DateStyle=ISO,YMD',
      ].join(' '),
      connectionTimeoutMillis: timeoutMs,
      // For a server that is gone without a word.
      query_timeout: timeoutMs + 5_000,
      keepAlive: true,
      types: AS_TEXT,
    });
    const mine = client.connect().then(() => client);
    const drop = () => {
      open = open === mine ? undefined : open;
    };
    client.on('error', drop);
    client.on('end', drop);
    mine.catch(drop);
    return mine;
  };

  const askOnce = async ({ text, values }: Question, signal: AbortSignal): Promise<Answered> => {
    signal.throwIfAborted();
    open ??= connect();
    const client = await open;
    // What is not waited for any more ends with its connection.
    const end = () => {
      open = undefined;
      client.end().catch(() => undefined);
    };
    signal.addEventListener('abort', end, { once: true });
    try {
      const { rows, fields } = await client.query<Row>(text, values);
      return { rows, fields };
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof DatabaseError)) {
        end();
      }
      throw error;
    } finally {
      signal.removeEventListener('abort', end);
    }
  };

  return {
    ask: (question, signal) => {
      const answer = last.then(() => askOnce(question, signal));
      last = answer.catch(() => undefined);
      return answer;
    },
    close: async () => {
      const client = await open?.catch(() => undefined);
      open = undefined;
      await client?.end();
    },
  };
}
