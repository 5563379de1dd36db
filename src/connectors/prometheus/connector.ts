import type { Answer } from '../../model/answer';
import { ConnectorError } from '../../model/connector-error';
import type { RunsQuery, TaskFilter, TimeRange, View, ViewRequest } from '../../model/task-query';
import type { Series } from '../../prometheus/profile';
import { PROMETHEUS } from '../../prometheus/profile';
import { listSeries } from '../../prometheus/select-series';
import { switchesOff } from '../../prometheus/switches';
import type { Connector, Ports, Reports, SourceVersion } from '../connector';
import { AlertWords } from './alert-words';
import { askAlerts } from './alerts';
import { bucketsOf } from './buckets';
import { ProfileChoice } from './choose-profile';
import type { Chosen } from './choose-profile';
import { askStates, askThroughput } from './counts';
import { askDurations } from './durations';
import { askHealth } from './health';
import { ManyGroups } from './many-groups';
import type { Asking } from './plan-queries';
import { askResources } from './resources';
import { askRuns } from './runs';
import { askQueues, askWorkers } from './tables';
import { askValues } from './values';
import { readVersion } from './wire';

/** Which exporter's metrics are read. */
export interface PrometheusOptions {
  /** Id of a profile, or `auto`. */
  profile?: string;
  /** The user's own profile as decoded JSON, in place of a known one. */
  customProfile?: unknown;
  /** Labels that tell worlds apart, in place of the profile's, as text: `cluster, site`. */
  worldLabels?: string;
}

const ANSWERS: readonly View[] = [
  'states',
  'throughput',
  'durations',
  'health',
  'workers',
  'queues',
  'resources',
  'alerts',
];
const MOST_GROUPS = 50;
const MOST_ALERTS = 200;
/** Steps of the state series that runs are made of: as fine as a screen, not finer than a scrape. */
const RUN_STEPS = 1000;
const SHORTEST_STEP_MS = 15_000;

const BUILD_PATH = '/api/v1/status/buildinfo';

/**
 * Prometheus, or whatever speaks its API (Thanos, Mimir, VictoriaMetrics), as a source: the metrics of the exporter that
 * is found there, read through its profile. Counts, percentiles and levels are asked for by PromQL; at most one request
 * per question, beside the names of metrics, what tells worlds apart, and the words of active alerts once in a while.
 */
export function createPrometheus({ http }: Ports, options: PrometheusOptions = {}): Connector {
  const choice = new ProfileChoice(http, options);
  const manyGroups = new ManyGroups();
  const alertWords = new AlertWords(http);

  async function asking(filter: TaskFilter, range: TimeRange, step: number, signal: AbortSignal): Promise<Asking> {
    const { profile, names, worlds } = await choice.choose(signal);
    const ownSources = () => choice.sourcesOf(profile, signal);
    return { http, signal, profile, names, worlds, ownSources, filter, buckets: bucketsOf(range, step), manyGroups };
  }

  return {
    id: PROMETHEUS,
    answers: ANSWERS,

    /** By the profile that was chosen last; before that, what any might report. */
    get reports(): Reports {
      return reportsOf(choice.current);
    },

    async check(signal): Promise<SourceVersion> {
      const { profile, names, worlds, others } = await choice.choose(signal);
      const response = await http(BUILD_PATH, { signal });
      // Not every system with Prometheus' API tells its version.
      const version = response.status === 404 ? 'unknown' : readVersion(`GET ${BUILD_PATH}`, response);
      const more = others.length === 0 ? '' : ` Also there: ${others.map(({ name }) => name).join(', ')}.`;
      const off = switchesOff(profile, names).map(({ needs, metrics }) => `${needs} (for ${metrics.join(', ')})`);
      const missing = off.length === 0 ? '' : ` Not switched on: ${off.join('; ')}.`;
      const apart = worlds.labels.length === 0 ? '' : ` Tasks are told apart by ${worlds.labels.join(', ')}.`;
      return {
        product: 'Prometheus',
        version,
        summary: `Reads ${profile.name}, among ${names.size} metric names.${apart}${more}${missing}`,
      };
    },

    async profile(signal) {
      const { id, name } = (await choice.choose(signal)).profile;
      return { id, name };
    },

    async runs({ filter, range, limit }: RunsQuery, signal) {
      const step = Math.max(SHORTEST_STEP_MS, (range.to - range.from) / RUN_STEPS);
      return askRuns(await asking(filter, range, step, signal), limit);
    },

    async values(field: string, filter: TaskFilter, range: TimeRange, signal): Promise<string[]> {
      return askValues(await asking(filter, range, range.to - range.from, signal), field);
    },

    async aggregate({ query, range, step }: ViewRequest, signal): Promise<Answer> {
      const { view, filter, groupBy = 'task', limit } = query;
      const one = await asking(filter, range, step, signal);
      switch (view) {
        case 'states':
          return askStates(one, groupBy, limit ?? MOST_GROUPS);
        case 'throughput':
          return askThroughput(one, groupBy, limit ?? MOST_GROUPS);
        case 'durations':
          return askDurations(one, groupBy, limit ?? MOST_GROUPS);
        case 'health':
          return askHealth(one, groupBy, limit ?? MOST_GROUPS);
        case 'resources':
          return askResources(one, groupBy, limit ?? MOST_GROUPS);
        case 'workers':
          return askWorkers(one, limit);
        case 'queues':
          return askQueues(one, limit);
        case 'alerts':
          return askAlerts(one, limit ?? MOST_ALERTS, alertWords);
        default:
          throw new ConnectorError(
            'not-reported',
            PROMETHEUS,
            `Prometheus does not answer the view ${view}. Choose one of ${ANSWERS.join(', ')}.`
          );
      }
    },
  };
}

/** Which facts are told here: a profile has them, and Prometheus has at least one metric that tells them. */
function reportsOf({ profile, names }: Partial<Pick<Chosen, 'profile' | 'names'>>): Reports {
  const tells = (field: 'queue' | 'worker'): boolean => {
    if (profile === undefined) {
      return true;
    }
    const series = [profile.counters, profile.gauges, profile.timestamps].flatMap((facts) =>
      Object.values(facts).flat()
    );
    return (
      profile.labels[field] !== undefined ||
      series.some(({ labels }) => labels?.[field] !== undefined) ||
      (field === 'worker' && profile.workers !== undefined)
    );
  };
  const isThere = (series: Series | readonly Series[] | undefined): boolean =>
    listSeries(series).some(
      ({ metric, expr }) => expr !== undefined || [metric, `${metric}_bucket`].some((name) => names?.has(name))
    );
  const hasResources = profile?.cpuSeconds ?? profile?.cpuCores ?? profile?.rssBytes;
  return {
    attempts: false,
    queues: tells('queue'),
    workers: tells('worker'),
    resources: profile === undefined || (hasResources !== undefined && profile.resourcesAre !== 'worker share'),
    waits: profile === undefined || isThere(profile.histograms.wait),
    exits: profile === undefined || profile.reasonLabel !== undefined,
    errors: false,
    parents: false,
    traces: false,
    pending: profile === undefined || isThere(profile.gauges.pending),
    running: profile === undefined || isThere(profile.gauges.running),
  };
}
