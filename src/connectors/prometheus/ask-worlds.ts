import { quote } from '../../prometheus/promql';
import type { Profile } from '../../prometheus/profile';
import { findWorlds, metricsOf } from '../../prometheus/worlds';
import type { LabelIndex, Worlds } from '../../prometheus/worlds';
import type { Http } from '../connector';
import { readLabelValues } from './wire';

/** Which labels of a profile tell worlds apart here. Where Prometheus cannot tell (404), there is one world. */
export function askWorlds(http: Http, profile: Profile, signal: AbortSignal): Promise<Worlds> {
  return findWorlds(profile, indexOf(http, signal));
}

/** The values of the label that holds the source; `undefined` for a profile of the user's own, which names no metrics. */
export async function askSources(
  http: Http,
  profile: Profile,
  signal: AbortSignal
): Promise<readonly string[] | undefined> {
  const metrics = metricsOf(profile);
  return metrics === undefined ? undefined : indexOf(http, signal)(profile.labels.source ?? 'job', metrics);
}

function indexOf(http: Http, signal: AbortSignal): LabelIndex {
  return async (label, metrics) => {
    const path = label === '' ? '/api/v1/labels' : `/api/v1/label/${label}/values`;
    const match = metrics === undefined ? '' : `&match[]=${encodeURIComponent(`{__name__=~${quote(metrics)}}`)}`;
    // VictoriaMetrics tells the labels of the last day, unless it is told since when.
    const response = await http(`${path}?start=1${match}`, { signal });
    return response.status === 404 ? undefined : readLabelValues(`GET ${path}`, response);
  };
}
