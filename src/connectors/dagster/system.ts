import type { ProxyRoute, SourceSystem } from '../system';
import { createDagster } from './connector';
import { DAGSTER } from './refuse';

/** Dagster+ takes a token in a header of its own. Dagster itself asks nobody who they are; a proxy before it may. */
const ROUTE: ProxyRoute = { path: 'dagster', token: { header: 'Dagster-Cloud-Api-Token', secret: 'dagsterToken' } };

export const DAGSTER_SYSTEM: SourceSystem = {
  id: DAGSTER,
  name: 'Dagster',
  exampleAddress: 'http://localhost:3000',
  routes: [ROUTE],
  nothing: [],
  scores: 'here',
  create: (ports) => createDagster(ports),
};
