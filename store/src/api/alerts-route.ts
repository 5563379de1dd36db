import type { FastifyInstance } from 'fastify';
import type { Alert } from '../alerts/alert';
import type { EventAlerts } from '../alerts/event-alerts';

/** What is firing now, the newest first. */
export function addAlertsRoute(app: FastifyInstance, alerts: Pick<EventAlerts, 'current'> | undefined): void {
  app.get('/api/v1/alerts', async () => ({
    v: 1,
    alerts: (alerts?.current() ?? []).sort((a, b) => b.lastAt - a.lastAt).map(shownOf),
  }));
}

function shownOf(alert: Alert) {
  const { id, state, labels, annotations, link, receivers, startsAt, lastAt, endsAt, count, runs } = alert;
  return { id, state, labels, annotations, link, receivers, startsAt, lastAt, endsAt, count, runs };
}
