import { PLAIN_ROUTE } from '../system';
import type { ProxyRoute, SourceSystem } from '../system';
import { createAirflow } from './connector';
import { AIRFLOW } from './refuse';
import { signedIn } from './sign-in';

/** Airflow 3 takes tokens alone, which Grafana's server sends. */
const TOKEN_ROUTE: ProxyRoute = { path: 'airflow', bearer: 'airflowToken' };

/** What the data source's settings hold for Airflow; every part may be absent. */
export interface AirflowSettings {
  /** How Grafana signs in: `basic` takes the data source's own user and password, which Airflow 2 wants. */
  airflowAuth?: 'token' | 'basic';
}

export const AIRFLOW_SYSTEM: SourceSystem = {
  id: AIRFLOW,
  name: 'Airflow',
  exampleAddress: 'http://localhost:8080',
  routes: [TOKEN_ROUTE, PLAIN_ROUTE],
  routeFor: (settings) => ((settings as AirflowSettings).airflowAuth === 'basic' ? PLAIN_ROUTE : TOKEN_ROUTE),
  nothing: [],
  scores: 'here',
  signIn: signedIn,
  create: (ports) => createAirflow(ports),
};
