import { ConnectorError } from '../../model/connector-error';
import type { Http, HttpResponse } from '../connector';
import { parseJson } from '../parse-json';
import type { Asked } from '../parse-json';
import { readAnswer } from '../read-answer';
import { AIRFLOW, refuse } from './refuse';
import { readVersion } from './wire';
import type { Rows } from './wire';

/** Rows asked for at once. Airflow 3.2 and newer, and 2, give `maximum_page_limit` of them instead, 100 where nobody changed it. */
const PAGE = 1000;
/** Requests under way at once: browsers have six connections for all panels together. */
const AT_ONCE = 4;

/** What is asked in an address, by name; lists repeat their name. */
export type Params = Readonly<Record<string, string | number | readonly string[] | undefined>>;

export interface Pages<T> {
  rows: T[];
  skipped: number;
  total: number;
  /** Where the rest begins, if there is one. */
  next?: number;
}

/** Airflow's REST API of one version. Paths begin behind `/api/v2`. */
export interface AirflowApi {
  /** `3.3.2`. */
  version: string;
  /** `/api/v2` of Airflow 3, or 2's `/api/v1`. */
  base: '/api/v2' | '/api/v1';
  get<T>(path: string, signal: AbortSignal, read: (value: unknown) => T): Promise<T>;
  /** The body of what may be no JSON. */
  getText(path: string, signal: AbortSignal): Promise<string>;
  /** Up to `most` rows of a list, from `offset` on. @param keyOf what tells rows apart */
  list<T>(question: ListQuestion<T>, window: { offset: number; most: number }, signal: AbortSignal): Promise<Pages<T>>;
}

export interface ListQuestion<T> {
  path: string;
  params: Params;
  read: (value: unknown) => Rows<T>;
  keyOf: (row: T) => string;
}

/** Finds out which API there is: 3.x has v2 only, 2.x v1 only. @throws ConnectorError when there is neither */
export async function findApi(http: Http, signal: AbortSignal): Promise<AirflowApi> {
  const newer = await http('/api/v2/version', { signal });
  if (newer.status !== 404) {
    return createApi(http, '/api/v2', decode('GET /api/v2/version', newer, readVersion));
  }
  const older = await http('/api/v1/version', { signal });
  return createApi(http, '/api/v1', decode('GET /api/v1/version', older, readVersion));
}

function createApi(http: Http, base: AirflowApi['base'], version: string): AirflowApi {
  const get: AirflowApi['get'] = async (path, signal, read) => {
    const response = await http(base + path, { signal });
    return decode(`GET ${base}${path.split('?', 1)[0]}`, response, read);
  };

  const getText: AirflowApi['getText'] = async (path, signal) => {
    const response = await http(base + path, { signal });
    if (response.status !== 200) {
      throw refuse(`GET ${base}${path.split('?', 1)[0]}`, response);
    }
    return response.body;
  };

  const list: AirflowApi['list'] = async (question, { offset, most }, signal) => {
    const { path, params, read, keyOf } = question;
    const end = offset + most;
    const ask = (from: number, size: number) =>
      get(`${path}?${encode({ ...params, limit: Math.min(size, end - from), offset: from })}`, signal, read);
    const found = new Map<string, ReturnType<typeof read>['rows'][number]>();
    let [at, total, skipped] = [offset, Infinity, 0];
    const take = (page: ReturnType<typeof read>) => {
      const before = found.size;
      page.rows.forEach((row) => found.set(keyOf(row), row));
      if (found.size === before && page.rows.length > 0) {
        throw new ConnectorError(
          'unexpected-shape',
          AIRFLOW,
          `GET ${base}${path} answered the rows from ${at} on with some that came before. Look for a proxy that drops what follows the ? of an address.`
        );
      }
      skipped += page.skipped;
      // An empty page although more was promised would be asked for for ever.
      total = page.count === 0 ? at : page.total;
      at += page.count;
    };

    // The first page tells how many rows come at once, and how many there are.
    const first = await ask(offset, PAGE);
    take(first);
    const size = Math.min(PAGE, first.count);
    while (at < Math.min(end, total)) {
      const starts = Array.from({ length: AT_ONCE }, (_, page) => at + page * size);
      const wanted = starts.filter((start) => start < Math.min(end, total));
      for (const page of await Promise.all(wanted.map((start) => ask(start, size)))) {
        take(page);
        if (page.count < size) {
          // Behind a short page the others do not follow on: they are asked for again.
          break;
        }
      }
    }
    return { rows: [...found.values()], skipped, total, ...(at < total && { next: at }) };
  };

  return { version, base, get, getText, list };
}

/** @throws ConnectorError that says what came instead of an answer of Airflow's */
function decode<T>(where: string, response: HttpResponse, read: (value: unknown) => T): T {
  if (response.status !== 200) {
    throw refuse(where, response);
  }
  const asked: Asked = { connector: AIRFLOW, where, system: 'Airflow' };
  const value = parseJson(response.body, asked);
  return readAnswer(asked, () => read(value));
}

function encode(params: Params): string {
  return Object.entries(params)
    .flatMap(([name, value]) => {
      const values = value === undefined ? [] : typeof value === 'object' ? value : [String(value)];
      return values.map((one) => `${name}=${encodeURIComponent(one)}`);
    })
    .join('&');
}

/** `work` for each, `AT_ONCE` at a time, in order. */
export async function fewAtOnce<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(work))));
  }
  return results;
}
