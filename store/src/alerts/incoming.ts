import { hash64 } from '../../../src/diagnosis/diagnose';
import type { EpochMs } from '../../../src/model/units';
import type { Alert } from './alert';

/** Alerts in one body. */
const MOST_ALERTS = 1_000;
const MOST_PAIRS = 64;
const LONGEST_VALUE = 8_000;
/** Who posts an alert tells its end as well; one that is heard of no more is over some day. */
const RESOLVE_AFTER_MS = 7 * 86_400_000;

/**
 * Reads the body that Alertmanager and Grafana post to a webhook (version 4 and its relatives).
 *
 * @returns alerts for `receivers`, or a sentence that says what is wrong with the body.
 */
export function decodeIncoming(body: unknown, receivers: readonly string[], now: EpochMs): Alert[] | string {
  const alerts = isRecord(body) ? body['alerts'] : undefined;
  if (!Array.isArray(alerts)) {
    return 'The body has no alerts. Want the JSON that Alertmanager or Grafana post to a webhook.';
  }
  if (alerts.length > MOST_ALERTS) {
    return `The body has ${alerts.length} alerts, at most ${MOST_ALERTS} are taken.`;
  }
  const decoded: Alert[] = [];
  for (const [i, entry] of alerts.entries()) {
    const labels = isRecord(entry) ? textsOf(entry['labels']) : {};
    if (!isRecord(entry) || Object.keys(labels).length === 0) {
      return `alerts[${i}] has no labels. They tell one alert from the other.`;
    }
    decoded.push(toAlert(entry, labels, receivers, now));
  }
  return decoded;
}

function toAlert(
  entry: Record<string, unknown>,
  labels: Record<string, string>,
  receivers: readonly string[],
  now: EpochMs
): Alert {
  const annotations = textsOf(entry['annotations']);
  const startsAt = timeOf(entry['startsAt']) ?? now;
  const resolved = entry['status'] === 'resolved';
  const link = entry['generatorURL'];
  const owner = labels['owner'] ?? annotations['owner'];
  const known = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    id: hash64(`incoming ${JSON.stringify(known)}`),
    state: resolved ? 'resolved' : 'firing',
    version: 1,
    labels,
    annotations,
    ...(typeof link === 'string' && link !== '' && { link: link.slice(0, LONGEST_VALUE) }),
    receivers,
    source: labels['source'] ?? '',
    task: labels['task'] ?? '',
    ...(owner !== undefined && { owner }),
    startsAt,
    lastAt: now,
    ...(resolved && { endsAt: Math.max(startsAt + 1, timeOf(entry['endsAt']) ?? now) }),
    heardAt: now,
    count: 1,
    runs: [],
    recent: [],
    external: true,
    resolveOnSuccess: false,
    resolveAfterMs: RESOLVE_AFTER_MS,
  };
}

function textsOf(value: unknown): Record<string, string> {
  if (!isRecord(value)) {
    return {};
  }
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, MOST_PAIRS)
      .flatMap(([name, text]) => (typeof text === 'string' ? [[name, text.slice(0, LONGEST_VALUE)]] : []))
  );
}

function timeOf(value: unknown): EpochMs | undefined {
  const at = typeof value === 'string' ? Date.parse(value) : NaN;
  return at > 0 ? at : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
