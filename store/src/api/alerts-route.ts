import type { FastifyInstance } from 'fastify';
import { compileFilter } from '../../../src/analysis/filter';
import { decodeQueryParams } from '../../../src/model/query-params';
import type { TaskFilter } from '../../../src/model/task-query';
import type { TaskRun } from '../../../src/model/task-run';
import type { Alert } from '../alerts/alert';
import type { EventAlerts } from '../alerts/event-alerts';
import { decodeIncoming } from '../alerts/incoming';
import type { StoreConfig } from '../config/config';
import { RequestError } from './errors';
import { limitOf, rangeOf } from './query-bounds';

interface AlertsRouteOptions {
  alerts?: Pick<EventAlerts, 'during' | 'take'>;
  config: () => StoreConfig;
  now: () => number;
}

/** Alerts when the question names no limit. */
const USUAL_LIMIT = 500;

/** What fired in a range, and alerts of others that are to become tickets. */
export function addAlertsRoutes(app: FastifyInstance, { alerts, config, now }: AlertsRouteOptions): void {
  app.get('/api/v1/alerts', async (request) => {
    const params = decodeQueryParams(request.query as Record<string, string | string[] | undefined>);
    const range = rangeOf(params, config(), now());
    const limit = limitOf(params.limit, USUAL_LIMIT, config());
    const passes = compileFilter(aboutAlerts(params.filter));
    const found = (alerts?.during(range) ?? []).filter((alert) => passes(asRun(alert)));
    return { v: 1, alerts: found.slice(0, limit).map(shownOf), truncated: found.length > limit };
  });
  app.post('/api/v1/tickets', async (request, reply) => {
    const { ticketReceivers } = config().alerts;
    if (alerts === undefined || ticketReceivers.length === 0) {
      throw new RequestError(503, 'Nobody makes tickets here. Name receivers under alerts.ticketReceivers.', 60);
    }
    const decoded = decodeIncoming(request.body, ticketReceivers, now());
    if (typeof decoded === 'string') {
      throw new RequestError(400, decoded);
    }
    alerts.take(decoded);
    return reply.code(202).send({ v: 1, accepted: decoded.length });
  });
}

/** An alert has a source, a task and labels; what a filter asks of other facts of a run is left out. */
function aboutAlerts(filter: TaskFilter): TaskFilter {
  return {
    matches: filter.matches.filter(({ field }) => field === 'source' || field === 'task' || field.startsWith('label:')),
  };
}

/** The alert in the words that filters test. */
function asRun({ source, task, labels, lastAt }: Alert): TaskRun {
  return { source, task, runId: '', attempt: 1, state: 'failed', observedAt: lastAt, labels };
}

function shownOf(alert: Alert) {
  const { id, state, labels, annotations, link, receivers, startsAt, lastAt, endsAt, count, runs } = alert;
  return { id, state, labels, annotations, link, receivers, startsAt, lastAt, endsAt, count, runs };
}
