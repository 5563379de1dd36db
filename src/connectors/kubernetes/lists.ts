import { ConnectorError } from '../../model/connector-error';
import type { Fields } from '../../model/read-shape';
import type { Http } from '../connector';
import { parseJson } from '../parse-json';
import { readAnswer } from '../read-answer';
import { KUBERNETES, refuse } from './refuse';
import { readPage } from './wire';
import type { ListPage } from './wire';

/** Objects in one answer; each has some kilobytes. */
const PAGE = 500;
/** Objects of a kind that are read at all. */
const MOST = 50_000;

export interface ListQuestion<T> {
  /** `/apis/batch/v1/jobs`. */
  path: string;
  /** `JobList`. */
  kind: string;
  params?: Readonly<Record<string, string>>;
  read: (item: Fields) => T;
}

export interface List<T> {
  items: T[];
  skipped: number;
  /** As of which version all of it is. */
  resourceVersion: string;
  /** There is more than is read. */
  isCut: boolean;
}

/** The version that was asked for is not kept any more: with 410, once etcd has been compacted. */
export class Expired extends Error {}

/** What `read` makes of an answer. @throws ConnectorError, or `Expired` */
export async function get<T>(http: Http, path: string, signal: AbortSignal, read: (value: unknown) => T): Promise<T> {
  const where = `GET ${path.split('?', 1)[0]}`;
  const response = await http(path, { signal });
  if (response.status === 410) {
    throw new Expired(where);
  }
  if (response.status !== 200) {
    throw refuse(where, response);
  }
  const asked = { connector: KUBERNETES, where, system: 'Kubernetes' };
  const value = parseJson(response.body, asked);
  return readAnswer(asked, () => read(value));
}

/** All pages of a list, which are of one moment. */
export async function readList<T extends { uid: string }>(
  http: Http,
  { path, kind, params = {}, read }: ListQuestion<T>,
  signal: AbortSignal
): Promise<List<T>> {
  const { resourceVersion: _, resourceVersionMatch: __, ...always } = params;
  const found = new Map<string, T>();
  let skipped = 0;
  let page: ListPage<T> | undefined;
  do {
    // A token says of which version it is; to say it twice is refused.
    const asked = page === undefined ? params : { ...always, continue: page.next ?? '' };
    const next = await get(http, `${path}?${encode({ ...asked, limit: String(PAGE) })}`, signal, (value) =>
      readPage(value, kind, read)
    );
    const before = found.size;
    next.items.forEach((item) => found.set(item.uid, item));
    if (page !== undefined && (next.next === page.next || (found.size === before && next.skipped === 0))) {
      throw new ConnectorError(
        'unexpected-shape',
        KUBERNETES,
        `GET ${path} answered a page with what came before. Look for a proxy that drops what follows the ? of an address.`
      );
    }
    skipped += next.skipped;
    page = next;
  } while (page.next !== undefined && found.size + skipped < MOST);
  return {
    items: [...found.values()],
    skipped,
    resourceVersion: page.resourceVersion,
    isCut: page.next !== undefined,
  };
}

function encode(params: Readonly<Record<string, string>>): string {
  return Object.entries(params)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
}
