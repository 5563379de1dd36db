import type { Connector, Http, HttpWithHeaders, Ports } from './connector';

/** What the user set in the data source's settings, as it was stored. Each system decodes what concerns it. */
export type SourceSettings = Readonly<Record<string, unknown>>;

/**
 * A route of the data source's proxy, as `plugin.json` declares it: GET only, to the address of the settings. With
 * `bearer`, Grafana's server sends that secret as `Authorization: Bearer`; without, the user and password that Grafana
 * keeps for every data source, where there are any. With `token`, it also sends that secret as it is, in that header.
 */
export interface ProxyRoute {
  path: string;
  bearer?: string;
  token?: { header: string; secret: string };
}

export interface Credentials {
  user: string;
  password: string;
}

/** Grafana signs in by itself, and only where a route has no `Authorization` of its own. */
export const PLAIN_ROUTE: ProxyRoute = { path: 'plain' };

/** All that the rest of the house knows of a source system. */
export interface SourceSystem {
  /** Stored in the data source's settings: never renamed. Also the name of the connector's folder. */
  id: string;
  name: string;
  /** An address of such a system, shown as an example. */
  exampleAddress: string;
  /** Every route that the settings may lead to, the usual one first. */
  routes: readonly [ProxyRoute, ...ProxyRoute[]];
  /** The one that these settings lead to. Absent: the first. */
  routeFor?(settings: SourceSettings): ProxyRoute;
  /** Uid of another data source of the same Grafana through which it is read, where the settings name one. */
  throughDataSource?(settings: SourceSettings): string | undefined;
  /** What such a system answers, whole, where there is nothing to tell: no fault, no run. */
  nothing: readonly string[];
  /** It keeps its history itself: the task store has nothing to gain by collecting it. */
  keepsHistory?: true;
  /** Whether scores are computed here, by the health rules of the settings, or come as the source recorded them. */
  scores: 'here' | 'recorded';
  /** How a program signs in by user and password, where that takes more than a header that stays the same. */
  signIn?(send: HttpWithHeaders, credentials: Credentials): Http;
  /** @throws ConnectorError when the settings hold what cannot be used. */
  create(ports: Ports, settings?: SourceSettings): Connector;
}
