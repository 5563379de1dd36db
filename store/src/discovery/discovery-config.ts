import type { DurationMs } from '../../../src/model/units';
import { readLabels, readSourceTemplate, SOURCE_KEYS } from '../collect/source-config';
import type { SourceTemplate } from '../collect/source-config';
import { readUrl } from '../alerts/read-endpoint';
import { shown } from '../yaml/config-reader';
import type { ConfigReader, Path } from '../yaml/config-reader';
import { fillForExample } from './fill';
import type { KubernetesQuestion } from './kubernetes-finder';

/** Where sources are looked for. */
export type Lookup =
  | { by: 'files'; paths: readonly string[] }
  | { by: 'dns'; names: readonly string[]; server?: string }
  | ({ by: 'kubernetes' } & KubernetesQuestion);

/** One entry of `discovery` in the config: a list of places, and what each of them is read as. Plain data. */
export interface DiscoveryConfig {
  name: string;
  lookup: Lookup;
  everyMs: DurationMs;
  /** Labels that an entry must have for this list to lead to it. */
  only: Readonly<Record<string, string>>;
  /** What a source is called: with `{target}`, `{host}`, `{port}` and labels of the list in braces. */
  pattern: string;
  /** Labels of the runs: patterns as well. */
  labels: Readonly<Record<string, string>>;
  /** Its address is a pattern as well. */
  template: SourceTemplate;
  /** How long it is remembered that a source went. */
  rememberMs: DurationMs;
}

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
const MOST_LISTS = 50;
const MOST_PLACES = 100;
const WAYS = ['files', 'dns', 'kubernetes'] as const;
/** What differs from one found source to the next is not said of all of them. */
const TEMPLATE_KEYS = SOURCE_KEYS.filter((key) => key !== 'labels');
/** Where Kubernetes puts the token of a pod's service account. */
const TOKEN_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/token';
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const DNS_NAME = /^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,252})$/;

/** @param maxAgeMs how long runs are kept */
export function readDiscovery(reader: ConfigReader, maxAgeMs: DurationMs): DiscoveryConfig[] {
  return reader.names(['discovery'], MOST_LISTS).flatMap((name) => readList(reader, name, maxAgeMs) ?? []);
}

function readList(reader: ConfigReader, name: string, maxAgeMs: DurationMs): DiscoveryConfig | undefined {
  const path: Path = ['discovery', name];
  reader.knows(path, [...WAYS, 'every', 'only', 'name', 'labels', 'source']);
  const lookup = readLookup(reader, path);
  reader.knows([...path, 'source'], TEMPLATE_KEYS);
  const template = readSourceTemplate(reader, [...path, 'source'], maxAgeMs, fillForExample);
  const usualMs = (lookup?.by === 'files' ? 5 : 30) * SECOND_MS;
  const config = {
    name,
    everyMs: reader.duration([...path, 'every'], SECOND_MS, HOUR_MS) ?? usualMs,
    only: readLabels(reader, [...path, 'only']),
    pattern: reader.text([...path, 'name'], 500) ?? '{target}',
    labels: readLabels(reader, [...path, 'labels']),
    rememberMs: maxAgeMs,
  };
  if (lookup === undefined || template === undefined) {
    return undefined;
  }
  if (template.endpoint === undefined) {
    return reader.fault(
      [...path, 'source', 'system'],
      `${path.join('.')}.source.system is ${shown(template.system)}, which is read on the machine of the collector. Set it up in sources there.`
    );
  }
  return { ...config, lookup, template };
}

function readLookup(reader: ConfigReader, path: Path): Lookup | undefined {
  const given = WAYS.filter((way) => reader.value([...path, way]) !== undefined);
  const [way] = given;
  if (way === undefined || given.length > 1) {
    return reader.fault(
      path,
      `${path.join('.')} has ${given.join(' and ') || 'no list'}, want one of ${WAYS.join(', ')}.`
    );
  }
  switch (way) {
    case 'files':
      return { by: way, paths: reader.texts([...path, way], MOST_PLACES) ?? [] };
    case 'dns':
      return readDns(reader, [...path, way]);
    case 'kubernetes':
      return readKubernetes(reader, [...path, way]);
  }
}

function readDns(reader: ConfigReader, path: Path): Lookup | undefined {
  reader.knows(path, ['names', 'server']);
  const names = reader.texts([...path, 'names'], MOST_PLACES) ?? [];
  const server = reader.text([...path, 'server'], 300);
  if (names.length === 0) {
    return reader.fault(path, `${path.join('.')}.names is missing. Want names such as _flower._tcp.example.com.`);
  }
  const wrong = names.find((name) => !DNS_NAME.test(name));
  if (wrong !== undefined) {
    return reader.fault(
      [...path, 'names'],
      `${path.join('.')}.names holds ${shown(wrong)}, want a name such as _flower._tcp.example.com.`
    );
  }
  if (server !== undefined && !/^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:.]+\])(:\d{1,5})?$/.test(server)) {
    return reader.fault(
      [...path, 'server'],
      `${path.join('.')}.server is ${shown(server)}, want the address of a name server, as 10.0.0.2 or 10.0.0.2:53.`
    );
  }
  return { by: 'dns', names, ...(server !== undefined && { server }) };
}

function readKubernetes(reader: ConfigReader, path: Path): Lookup | undefined {
  const dotted = path.join('.');
  reader.knows(path, ['role', 'namespaces', 'labels', 'port', 'url', 'bearerEnv', 'tokenFile']);
  const role = reader.oneOf([...path, 'role'], ['service', 'pod'] as const) ?? 'service';
  const namespaces = reader.texts([...path, 'namespaces'], MOST_PLACES) ?? [];
  const labels = reader.text([...path, 'labels'], 1_000);
  const given = reader.value([...path, 'port']);
  const port =
    typeof given === 'number' ? reader.whole([...path, 'port'], 1, 65_535) : reader.text([...path, 'port'], 63);
  const bearer = reader.secret([...path, 'bearerEnv']);
  const file = reader.text([...path, 'tokenFile'], 1_000) ?? TOKEN_FILE;
  const wrong = namespaces.find((name) => !NAMESPACE.test(name));
  if (wrong !== undefined) {
    return reader.fault(
      [...path, 'namespaces'],
      `${dotted}.namespaces holds ${shown(wrong)}, which is no name of one.`
    );
  }
  const url = reader.value([...path, 'url']) === undefined ? apiServer(reader) : readUrl(reader, [...path, 'url']);
  if (url === undefined) {
    return reader.value([...path, 'url']) === undefined
      ? reader.fault(
          path,
          `${dotted} has no address, and this is no pod of a cluster. Set url to that of the API server.`
        )
      : undefined;
  }
  const { username, password, search, hash } = new URL(url);
  if (`${username}${password}${search}${hash}` !== '') {
    return reader.fault([...path, 'url'], `${dotted}.url holds more than an address. Put the token into bearerEnv.`);
  }
  return {
    by: 'kubernetes',
    url: url.replace(/\/+$/, ''),
    role,
    namespaces,
    ...(labels !== undefined && { labels }),
    ...(port !== undefined && { port }),
    token: bearer === undefined ? { file } : { bearer },
  };
}

/** As Kubernetes tells each pod. */
function apiServer({ environment }: ConfigReader): string | undefined {
  const host = environment['KUBERNETES_SERVICE_HOST'] ?? '';
  const port = environment['KUBERNETES_SERVICE_PORT'] ?? '443';
  return host === '' ? undefined : `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
