import { readFile } from 'node:fs/promises';
import type { Http } from '../../../src/connectors/connector';
import { Expired, readList } from '../../../src/connectors/kubernetes/lists';
import type { List } from '../../../src/connectors/kubernetes/lists';
import { createNodeHttp } from '../sources/node-http';
import { readPod, readService } from './kubernetes-wire';
import type { Addressed, PortWanted } from './kubernetes-wire';
import { asLook, ListError } from './target';
import type { Finder } from './target';

export interface KubernetesQuestion {
  /** Of the API server. */
  url: string;
  role: 'service' | 'pod';
  /** Empty: all of them. */
  namespaces: readonly string[];
  /** A label selector: `app=flower,tier!=test`. */
  labels?: string;
  /** Name or number of the port; absent: the first one. */
  port?: PortWanted;
  /** The token, or the file that holds it, which is replaced from time to time. */
  token: { bearer: string } | { file: string };
}

const ANSWER_WITHIN_MS = 30_000;
const KINDS = {
  service: { path: 'services', kind: 'ServiceList', read: readService },
  pod: { path: 'pods', kind: 'PodList', read: readPod },
};

/** Services or pods of a cluster, by their labels. @param httpOf how its API server is asked with a token */
export function createKubernetesFinder(
  question: KubernetesQuestion,
  httpOf: (url: string, bearer: string) => Http = byFetch
): Finder {
  const { namespaces, labels, port, role } = question;
  const { path, kind, read } = KINDS[role];
  return {
    look: async (signal) => {
      const http = httpOf(question.url, await tokenOf(question));
      const places = namespaces.length === 0 ? [''] : namespaces.map((name) => `/namespaces/${name}`);
      const lists: Array<List<Addressed>> = [];
      // One after the other: the API server has other work than to answer us.
      for (const place of places) {
        lists.push(
          await ask(
            http,
            {
              path: `/api/v1${place}/${path}`,
              kind,
              ...(labels !== undefined && { params: { labelSelector: labels } }),
              read: (item) => read(item, port),
            },
            signal
          )
        );
      }
      const found = lists.flatMap(({ items }) => items);
      const skipped = lists.reduce((sum, list) => sum + list.skipped, 0);
      const notices = [
        ...found.flatMap(({ leftOut }) => leftOut ?? []),
        ...(skipped > 0 ? [`${skipped} ${path} could not be read.`] : []),
        ...(found.length === 0 && skipped === 0 ? [`The cluster has no such ${path}.`] : []),
      ];
      return asLook(
        found.flatMap(({ target }) => target ?? []),
        notices
      );
    },
  };
}

async function ask(http: Http, question: Parameters<typeof readList<Addressed>>[1], signal: AbortSignal) {
  try {
    return await readList(http, question, signal);
  } catch (error) {
    if (error instanceof Expired) {
      throw new ListError(`GET ${question.path} changed while it was read. It is read again.`);
    }
    throw error;
  }
}

async function tokenOf({ token }: KubernetesQuestion): Promise<string> {
  if ('bearer' in token) {
    return token.bearer;
  }
  try {
    return (await readFile(token.file, 'utf8')).trim();
  } catch (error) {
    throw new ListError(
      `The token of the service account cannot be read at ${token.file} (${(error as NodeJS.ErrnoException).code}). In a pod, see automountServiceAccountToken; elsewhere set bearerEnv.`
    );
  }
}

function byFetch(url: string, bearer: string): Http {
  return createNodeHttp({ endpoint: { url, bearer }, system: 'kubernetes', timeoutMs: ANSWER_WITHIN_MS });
}
