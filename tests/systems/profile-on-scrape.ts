import type { LabelNames, Profile, Series } from '../../src/prometheus/profile';
import { query } from './ask-prometheus';

/**
 * What a profile names and a real scrape lacks, one line each: `counters.created: x_total has no label queue`.
 * @param url a Prometheus that has scraped the exporter while everything the profile tells of was happening
 */
export async function lackingOnScrape(url: string, profile: Profile): Promise<string[]> {
  const lacking = await Promise.all(
    seriesOf(profile).map(async ({ fact, series, histogram, labels }) => {
      const metric = histogram ? `${series.metric}_bucket` : series.metric;
      const found = await query(url, `{${matchers(metric, series)}}`);
      if (found.length === 0) {
        const any = await query(url, metric);
        return [
          `${fact}: ${any.length === 0 ? `no ${metric}` : `${metric} never matches ${JSON.stringify(series.match)}`}`,
        ];
      }
      const wanted = Object.values(labels);
      const missing = wanted.filter((label) => !found.some(({ metric: has }) => label in has));
      return missing.map((label) => `${fact}: ${metric} has no label ${label}`);
    })
  );
  return lacking.flat();
}

interface Named {
  fact: string;
  series: Series;
  histogram?: boolean;
  labels: LabelNames | Record<string, string>;
}

/** Every series that a profile names, with the labels that it says it has. */
function seriesOf(profile: Profile): Named[] {
  const { counters, gauges, timestamps, histograms, labels, errorLabel, reasonLabel } = profile;
  const named = (fact: string, series: Series | undefined, more: object = {}): Named[] =>
    series === undefined ? [] : [{ fact, series, labels: series.labels ?? labels, ...more }];
  const lists = Object.entries({ counters, gauges, timestamps }).flatMap(([kind, facts]) =>
    Object.entries(facts).flatMap(([fact, list]) => list.flatMap((series) => named(`${kind}.${fact}`, series)))
  );
  const extra = (fact: 'failed' | 'abnormal', label: string | undefined) =>
    label === undefined
      ? []
      : (counters[fact] ?? []).flatMap((series) => named(`counters.${fact}`, series, { labels: { label } }));
  const { runs, health, states = [] } = profile;
  return [
    ...lists,
    ...extra('failed', errorLabel),
    ...extra('abnormal', reasonLabel),
    ...Object.entries(histograms).flatMap(([fact, series]) => named(`histograms.${fact}`, series, { histogram: true })),
    ...named('workers', profile.workers),
    ...named('cpuSeconds', profile.cpuSeconds),
    ...named('cpuCores', profile.cpuCores),
    ...named('rssBytes', profile.rssBytes),
    ...named('health.score', health?.score),
    ...named('health.deduction', health?.deduction),
    ...states.flatMap((series) =>
      named('states', series, {
        labels: { ...(series.labels ?? labels), ...(series.stateLabel && { state: series.stateLabel }) },
      })
    ),
    ...(runs === undefined
      ? []
      : [runs.created, runs.started, runs.finished, runs.failed, runs.reason, profile.owner].flatMap((series) =>
          named('runs', series, { labels: { id: runs.id } })
        )),
  ];
}

function matchers(metric: string, { match = {} }: Series): string {
  return [
    `__name__=${JSON.stringify(metric)}`,
    ...Object.entries(match).map(([label, pattern]) => `${label}=~${JSON.stringify(pattern)}`),
  ].join(',');
}
