import type { FastifyInstance } from 'fastify';
import { labelOf } from '../../../src/model/group-of';
import { decodeQueryParams } from '../../../src/model/query-params';
import type { Match } from '../../../src/model/task-query';
import type { Alert } from '../alerts/alert';
import type { EventAlerts } from '../alerts/event-alerts';
import { decodeIncoming } from '../alerts/incoming';
import type { Archive, Asking } from '../archive/archive';
import type { StoreConfig } from '../config/config';
import { askingOf } from './asking';
import { RequestError } from './errors';
import { limitOf, rangeOf } from './query-bounds';

interface AlertsRouteOptions {
  archive: Pick<Archive, 'sift'>;
  alerts?: Pick<EventAlerts, 'during' | 'take'>;
  config: () => StoreConfig;
  now: () => number;
}

/** Alerts when the question names no limit. */
const USUAL_LIMIT = 500;
/** Each match looks at all alerts of the range. */
const MOST_MATCHES = 50;

/** What fired in a range, and alerts of others that are to become tickets. */
export function addAlertsRoutes(app: FastifyInstance, { archive, alerts, config, now }: AlertsRouteOptions): void {
  app.get('/api/v1/alerts', async (request, reply) => {
    const params = decodeQueryParams(request.query as Record<string, string | string[] | undefined>);
    const range = rangeOf(params, config(), now());
    const limit = limitOf(params.limit, USUAL_LIMIT, config());
    const found = await sifted(
      alerts?.during(range) ?? [],
      params.filter.matches.filter(isAboutAlerts),
      archive,
      askingOf(reply, config())
    );
    return {
      v: 1,
      alerts: found.slice(0, limit).map(shownOf),
      rules: config().alerts.rules.length,
      truncated: found.length > limit,
    };
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
function isAboutAlerts({ field, values }: Match): boolean {
  return (field === 'source' || field === 'task' || field.startsWith('label:')) && values.length > 0;
}

/** The alerts that pass all matches. Patterns are worked on by the archive: this thread takes events. */
async function sifted(
  alerts: Alert[],
  matches: readonly Match[],
  archive: Pick<Archive, 'sift'>,
  asking: Asking
): Promise<Alert[]> {
  if (matches.length > MOST_MATCHES) {
    throw new RequestError(
      400,
      `The filter has ${matches.length} matches, at most ${MOST_MATCHES} are read. Ask for fewer.`
    );
  }
  let passing = alerts;
  for (const match of matches) {
    const words = [...new Set(passing.map((alert) => wordOf(alert, match.field)))];
    const wanted = new Set(await archive.sift({ match, words }, asking));
    passing = passing.filter((alert) => wanted.has(wordOf(alert, match.field)));
  }
  return passing;
}

function wordOf(alert: Alert, field: Match['field']): string {
  return field === 'source' || field === 'task' ? alert[field] : labelOf(alert, field.slice('label:'.length));
}

function shownOf(alert: Alert) {
  const { id, state, labels, annotations, link, receivers, startsAt, lastAt, endsAt, count, runs } = alert;
  return { id, state, labels, annotations, link, receivers, startsAt, lastAt, endsAt, count, runs };
}
