import { PLAIN_ROUTE } from '../system';
import type { SourceSystem } from '../system';
import { createFlower, FLOWER } from './connector';

export const FLOWER_SYSTEM: SourceSystem = {
  id: FLOWER,
  name: 'Celery (Flower)',
  exampleAddress: 'http://localhost:5555',
  routes: [PLAIN_ROUTE],
  // Every answer of Flower's API is an object by name or id.
  nothing: ['{}'],
  scores: 'here',
  create: (ports) => createFlower(ports),
};
