import type { FastifyInstance } from 'fastify';
import type { Alert } from '../alerts/alert';
import type { EventAlerts } from '../alerts/event-alerts';
import { decodeIncoming } from '../alerts/incoming';
import type { StoreConfig } from '../config/config';
import { RequestError } from './errors';

interface AlertsRouteOptions {
  alerts?: Pick<EventAlerts, 'current' | 'take'>;
  config: () => StoreConfig;
  now: () => number;
}

/** What is firing now, and alerts of others that are to become tickets. */
export function addAlertsRoutes(app: FastifyInstance, { alerts, config, now }: AlertsRouteOptions): void {
  app.get('/api/v1/alerts', async () => ({
    v: 1,
    alerts: (alerts?.current() ?? []).sort((a, b) => b.lastAt - a.lastAt).map(shownOf),
  }));
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

function shownOf(alert: Alert) {
  const { id, state, labels, annotations, link, receivers, startsAt, lastAt, endsAt, count, runs } = alert;
  return { id, state, labels, annotations, link, receivers, startsAt, lastAt, endsAt, count, runs };
}
