import { ConnectorError } from '../../model/connector-error';
import { KUBERNETES } from './refuse';

/** What the data source's settings, or `settings` of a source of the store, hold for Kubernetes; every part may be absent. */
export interface KubernetesSettings {
  /** With commas between them; nothing: all of the cluster. */
  kubernetesNamespaces?: string;
  /** Its name, where there are several clusters: it is part of what runs and tasks are called. */
  kubernetesCluster?: string;
}

/** What is read of a cluster, and what it is called. */
export interface Scope {
  /** Empty: all of them. */
  namespaces: readonly string[];
  cluster?: string;
}

/** RFC 1123, as the API server checks it. It becomes a part of addresses. */
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** It stands before names and in keys. */
const CLUSTER = /^[^\s/][^\n/]{0,99}$/;

/** @throws ConnectorError for what is no name of a namespace or a cluster */
export function readScope({ kubernetesNamespaces = '', kubernetesCluster = '' }: KubernetesSettings): Scope {
  const parts = String(kubernetesNamespaces).split(',');
  const namespaces = [...new Set(parts.map((name) => name.trim()).filter((name) => name !== ''))];
  const wrong = namespaces.find((name) => !NAMESPACE.test(name));
  if (wrong !== undefined) {
    throw bad(
      `Namespaces hold ${JSON.stringify(wrong)}, which is no name of one. Write them with commas between them, as shop, billing; leave it empty for all.`
    );
  }
  const cluster = String(kubernetesCluster).trim();
  if (cluster !== '' && !CLUSTER.test(cluster)) {
    throw bad(`The cluster is called ${JSON.stringify(cluster)}. Give it a name of at most 100 characters without /.`);
  }
  return { namespaces, ...(cluster !== '' && { cluster }) };
}

function bad(rest: string): ConnectorError {
  return new ConnectorError('bad-request', KUBERNETES, rest);
}
