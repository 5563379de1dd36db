import type { Profile, Series } from './profile';

/** What has to be switched on in an exporter, and the metrics that it then has. */
export interface Switch {
  /** As the user types it: `--collector.systemd`. */
  needs: string;
  metrics: string[];
}

/** Every switch of a profile: exporters leave out by default what is costly to tell. */
export function switchesOf(profile: Profile): Switch[] {
  const found = new Map<string, Set<string>>();
  for (const { needs, metric } of seriesOf(profile)) {
    if (needs !== undefined) {
      found.set(needs, (found.get(needs) ?? new Set()).add(metric));
    }
  }
  return [...found].map(([needs, metrics]) => ({ needs, metrics: [...metrics] }));
}

/** The switches that are off: none of their metrics is among the names that Prometheus knows. */
export function switchesOff(profile: Profile, names: ReadonlySet<string>): Switch[] {
  const isThere = (metric: string) => ['', '_bucket', '_count'].some((end) => names.has(metric + end));
  return switchesOf(profile).filter(({ metrics }) => !metrics.some(isThere));
}

function seriesOf({ counters, gauges, histograms, timestamps, ...one }: Profile): Series[] {
  const single = [one.workers, one.cpuSeconds, one.cpuCores, one.rssBytes, one.health?.score, one.health?.deduction];
  const { runs } = one;
  return [
    ...[counters, gauges, timestamps].flatMap((facts) => Object.values(facts).flat()),
    ...Object.values(histograms),
    ...[...single, runs?.created, runs?.started, runs?.finished, runs?.failed].flatMap((series) => series ?? []),
    ...(one.states ?? []),
  ];
}
