import { SYSTEMS } from '../../../src/connectors/index';
import type { SourceSystem } from '../../../src/connectors/system';
import type { CollectedSystem } from './collected-system';
import { BULLMQ_JOBS } from './bullmq/system';
import { CELERY_EVENTS } from './celery/system';
import { RQ_JOBS } from './rq/system';
import { POSTGRES_QUEUES } from './postgres-queue/system';
import { readByHttp } from './source-http';
import { PM2 } from './pm2/system';
import { SUPERVISOR } from './supervisor/system';
import { SYSTEMD } from './systemd/system';

/** Systems that only a program on a server can read, by a way of their own: one line each. */
const BY_THEIR_OWN_WAY: readonly CollectedSystem[] = [
  CELERY_EVENTS,
  RQ_JOBS,
  BULLMQ_JOBS,
  POSTGRES_QUEUES,
  SUPERVISOR,
  PM2,
  SYSTEMD,
];

/** Whatever the collector can read. Who keeps a history of its own is read where it is. */
export const COLLECTED: readonly CollectedSystem[] = [
  ...SYSTEMS.filter((system: SourceSystem) => system.keepsHistory !== true).map(readByHttp),
  ...BY_THEIR_OWN_WAY,
];

export function findCollected(id: string): CollectedSystem | undefined {
  return COLLECTED.find((system) => system.id === id);
}
