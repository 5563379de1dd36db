import type { AlertsAnswer, FiringAlert, Noticed } from '../../model/answer';
import type { Series } from '../../prometheus/profile';
import { durationOf, instantOf } from '../../prometheus/promql';
import { selectSeries } from '../../prometheus/select-series';
import { wordsOf } from './alert-words';
import type { AlertWords } from './alert-words';
import { askQuery } from './ask-queries';
import type { Buckets } from './buckets';
import type { Asking } from './plan-queries';
import type { WireSeries } from './wire';
import { filtersIn, nameOf } from '../../prometheus/worlds';
import type { Worlds } from '../../prometheus/worlds';

/** What Prometheus writes of every rule that is pending or fires. Runlane's rules have a tier; the dead man's switch always fires. */
const ALERTS: Series = {
  metric: 'ALERTS',
  match: { tier: '.+' },
  labels: { source: 'source', task: 'task', queue: 'queue', worker: 'worker' },
};
const DEAD_MANS_SWITCH = 'watchdog';

/**
 * Rules that fired in the range, one entry for each time, as far back as the range goes. The labels say who is told and
 * why; what a message says in words Prometheus tells only while the alert is active.
 */
export async function askAlerts(asking: Asking, limit: number, words: AlertWords): Promise<AlertsAnswer & Noticed> {
  const { profile, filter, buckets, worlds } = asking;
  const selectors = filtersIn(worlds, filter).flatMap((one) => selectSeries(profile, ALERTS, one) ?? []);
  if (selectors.length === 0) {
    return { view: 'alerts', alerts: [], truncated: false };
  }
  const { from } = buckets.range;
  const answer = await askQuery(asking, '/api/v1/query_range', {
    query: selectors.join(' or '),
    start: instantOf(from),
    end: instantOf(buckets.cap),
    step: durationOf(buckets.step),
  });
  const seen = answer.series
    .filter(({ labels }) => ![undefined, DEAD_MANS_SWITCH].includes(labels.get('alertname')))
    .map((series) => ({ labels: series.labels, episodes: episodesOf(series, worlds, buckets) }));
  const isActive = ({ state }: FiringAlert) => state !== 'resolved';
  const active = seen.some(({ episodes }) => episodes.some(isActive)) ? await words.byName(asking.signal) : new Map();
  const alerts = seen
    .flatMap(({ labels, episodes }) =>
      episodes.map((alert) => {
        if (!isActive(alert)) {
          return alert;
        }
        const { activeAt = alert.since, ...said } = wordsOf(labels, buckets.cap, active);
        const isOlder = alert.since - from < buckets.step;
        return { ...alert, ...said, since: isOlder ? Math.min(alert.since, activeAt) : alert.since };
      })
    )
    .sort((a, b) => b.since - a.since || (a.name < b.name ? -1 : 1));
  return {
    view: 'alerts',
    alerts: alerts.slice(0, limit),
    truncated: alerts.length > limit,
    ...(answer.warnings.length === 0 ? {} : { notices: answer.warnings }),
  };
}

/** Samples without a gap are one time; one that the newest evaluation still shows goes on. What was only pending is no news later. */
function episodesOf({ labels, at }: WireSeries, worlds: Worlds, { step, cap }: Buckets): FiringAlert[] {
  const isPending = labels.get('alertstate') === 'pending';
  const named = (label: string) => {
    const value = labels.get(label);
    return value === undefined || value === '' ? {} : { [label]: value };
  };
  const task = nameOf([...worlds.labels, 'task'], labels);
  const base = {
    name: labels.get('alertname') ?? '',
    ...named('severity'),
    ...named('tier'),
    ...named('source'),
    ...(task === '' ? {} : { task }),
    ...named('cause'),
  };
  const found: FiringAlert[] = [];
  let since = at[0];
  at.forEach((time, i) => {
    const next = at[i + 1];
    if (since === undefined || (next !== undefined && next - time <= 1.5 * step)) {
      return;
    }
    if (next === undefined && cap - time < 2 * step) {
      found.push({ ...base, state: isPending ? 'pending' : 'firing', since });
    } else if (!isPending) {
      found.push({ ...base, state: 'resolved', since, endedAt: time + step });
    }
    since = next;
  });
  return found;
}
