import type { DurationMs, EpochMs } from '../../../../src/model/units';
import type { Alert } from '../alert';
import type { Endpoint } from '../alerts-config';
import { httpCall } from '../http-call';
import { isoTime } from '../notification';

/** An alert that Alertmanager is not told again counts as over after so many times the usual interval. */
const RESENDS_UNTIL_OVER = 4;

/**
 * Posts alerts to Alertmanager's API, version 2, which groups, silences and routes them. Alertmanager refuses an end
 * before the start and waits for an end to come, so an instant that lies ahead (the clock of a sender) is told as now.
 */
export async function postToAlertmanager(
  endpoint: Endpoint,
  alerts: readonly Alert[],
  now: EpochMs,
  resendMs: DurationMs,
  signal: AbortSignal
): Promise<void> {
  await httpCall(endpoint, {
    path: '/api/v2/alerts',
    body: alerts.map(({ labels, annotations, startsAt, endsAt, link }) => {
      const over = endsAt === undefined ? undefined : Math.min(endsAt, now);
      return {
        labels,
        annotations,
        startsAt: isoTime(Math.min(startsAt, over ?? now)),
        endsAt: isoTime(over ?? now + RESENDS_UNTIL_OVER * resendMs),
        ...(link !== undefined && { generatorURL: link }),
      };
    }),
    signal,
  });
}
