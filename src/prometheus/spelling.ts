import type { Profile } from './profile';

/** What every Prometheus can name without quotes. */
const PLAIN = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/** Ends that OpenTelemetry's way into Prometheus adds to a name, unless it is told to translate nothing. */
const ADDED = /_(?:total|milliseconds|seconds|bytes|ratio)$/;
/** Ends of the series of a classic histogram. */
const PARTS = ['', '_bucket', '_count'];

/**
 * The profile as its metrics are really spelt: since Prometheus 3, names that OpenTelemetry pushes may keep their dots
 * (`bullmq.jobs.completed_total`) and go without their units and `_total` (`bullmq.jobs.completed`). The same profile
 * where no metric of it is spelt so.
 *
 * @param names every metric name that Prometheus knows
 */
export function inTheirSpelling(profile: Profile, names: ReadonlySet<string>): Profile {
  const dotted = [...names].filter((name) => !PLAIN.test(name));
  if (dotted.length === 0 || profile.attributes === undefined) {
    return profile;
  }
  const byPlain = new Map(dotted.map((name) => [plain(name), name]));
  const labels = new Map(profile.attributes.map((name) => [plain(name), name]));
  const metricOf = (metric: string): string => {
    for (const base of [metric, metric.replace(ADDED, '')]) {
      for (const part of PARTS) {
        const found = byPlain.get(base + part);
        if (found !== undefined && !names.has(metric + part)) {
          return found.slice(0, found.length - part.length);
        }
      }
    }
    return metric;
  };
  return metricOf(profile.detect[0] ?? '') === profile.detect[0] ? profile : respelt(profile, metricOf, labels);
}

function plain(name: string): string {
  return name.replace(/[^a-zA-Z0-9_:]/g, '_');
}

/** Metrics and labels wherever a profile names them; it is data throughout. */
function respelt(profile: Profile, metricOf: (metric: string) => string, labels: ReadonlyMap<string, string>): Profile {
  const labelOf = (label: string) => labels.get(label) ?? label;
  const walk = (value: unknown, key = ''): unknown => {
    if (typeof value === 'string') {
      return key === 'metric' || key === 'minus' || key === 'bornAt' || key === 'detect' || key === 'always'
        ? metricOf(value)
        : /^labels$|^worlds$|Label$|^label$|^id$|^scope$/.test(key)
          ? labelOf(value)
          : value;
    }
    if (Array.isArray(value)) {
      return value.map((one) => walk(one, key));
    }
    if (value === null || typeof value !== 'object') {
      return value;
    }
    const entries = Object.entries(value);
    return Object.fromEntries(
      key === 'match'
        ? entries.map(([label, pattern]) => [labelOf(label), pattern])
        : entries.map(([name, one]) => [name, walk(one, key === 'labels' ? key : name)])
    );
  };
  return { ...(walk(profile) as Profile), id: profile.id };
}
