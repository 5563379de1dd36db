import type { Alert } from '../alert';
import type { Endpoint } from '../alerts-config';
import { httpCall } from '../http-call';
import { commonOf, isoTime } from '../notification';
import type { Deliver, Notification } from '../notification';

/** Alerts in one body; the others are counted in it. */
const MOST_ALERTS = 100;
/** Go's zero time, which Alertmanager sends for what has not ended. */
const NOT_ENDED = '0001-01-01T00:00:00Z';

/** Posts the body of Alertmanager's webhook, version 4, so that whatever reads that one reads ours. */
export function webhook(endpoint: Endpoint): Deliver {
  return async (notification, signal) => {
    await httpCall(endpoint, { body: webhookBody(notification), signal });
    return undefined;
  };
}

export function webhookBody({ receiver, status, groupKey, groupLabels, alerts, externalUrl }: Notification) {
  return {
    version: '4',
    groupKey,
    truncatedAlerts: Math.max(0, alerts.length - MOST_ALERTS),
    status,
    receiver,
    groupLabels,
    commonLabels: commonOf(alerts.map(({ labels }) => labels)),
    commonAnnotations: commonOf(alerts.map(({ annotations }) => annotations)),
    externalURL: externalUrl,
    alerts: alerts.slice(0, MOST_ALERTS).map(bodyOf),
  };
}

function bodyOf({ id, state, labels, annotations, startsAt, endsAt, link }: Alert) {
  return {
    status: state === 'resolved' ? 'resolved' : 'firing',
    labels,
    annotations,
    startsAt: isoTime(startsAt),
    endsAt: endsAt === undefined ? NOT_ENDED : isoTime(endsAt),
    generatorURL: link ?? '',
    fingerprint: id,
  };
}
