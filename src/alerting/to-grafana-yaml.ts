import { ALERT_SPEC } from './alert-spec';
import { runbookUrl } from './runbook-url';
import type { AlertSpec } from './alert-spec';
import { windowOf } from './growth';
import { GRAFANA_WORDS, messageText, timelineQuery } from './message-text';
import { layOut } from './promql-layout';
import type { AlertRule } from './rule';
import { labelsOf } from './to-prometheus-yaml';
import { toYaml } from './yaml-text';
import type { YamlValue } from './yaml-text';

/** uid of the Prometheus data source in provisioning/datasources/prometheus.yaml. */
export const PROMETHEUS_UID = 'prometheus';

export interface GrafanaOptions {
  spec?: AlertSpec;
  /** Of the Prometheus data source. Default: the one of our provisioning. */
  datasourceUid?: string;
  /** Where Grafana shows the rules. */
  folder?: string;
  /** Makes the names of the groups unique within the folder. */
  id?: string;
}

/** Nobody is disturbed by the tier `digest`: its alerts are told together, at most once a day. */
const DIGEST = {
  group_by: ['grafana_folder', 'alertname'],
  group_wait: '10m',
  group_interval: '1d',
  repeat_interval: '4d',
};

/** Alert rules as a file of Grafana's provisioning/alerting/. */
export function grafanaRulesYaml(rules: readonly AlertRule[], options: GrafanaOptions = {}): string {
  const { folder = 'Runlane', id = 'runlane' } = options;
  const intervals = [...new Set(rules.map(({ intervalMs }) => intervalMs))].sort((a, b) => a - b);
  return toYaml({
    apiVersion: 1,
    groups: intervals.map((intervalMs) => ({
      orgId: 1,
      name: `${id}-every-${windowOf(intervalMs)}`,
      folder: withoutVariables(folder),
      interval: windowOf(intervalMs),
      rules: rules.filter((rule) => rule.intervalMs === intervalMs).map((rule) => grafanaRule(rule, options)),
    })),
  });
}

function grafanaRule(
  rule: AlertRule,
  { spec = ALERT_SPEC, datasourceUid = PROMETHEUS_UID }: GrafanaOptions
): YamlValue {
  const { place, tier } = rule;
  return {
    uid: rule.uid,
    title: withoutVariables(rule.title),
    condition: 'C',
    data: queriesOf(rule, datasourceUid).map(({ refId, relativeTimeRange, datasourceUid: uid, model }) => ({
      refId,
      relativeTimeRange,
      datasourceUid: uid,
      model,
    })),
    // No series while all is well is the rule for most: their expressions drop what there is nothing to say about.
    noDataState: rule.whenEmpty === 'fine' ? 'OK' : 'Alerting',
    // A failing query is told once, by the dead man's switch, and is an error everywhere else.
    execErrState: rule.whenEmpty === 'fine' ? 'Error' : 'Alerting',
    for: windowOf(rule.forMs),
    keepFiringFor: rule.keepFiringForMs === undefined ? undefined : windowOf(rule.keepFiringForMs),
    labels: Object.fromEntries(Object.entries(labelsOf(rule)).map(([name, value]) => [name, withoutVariables(value)])),
    annotations: annotationsOf(rule, spec),
    dashboardUid: place.dashboardUid,
    panelId: place.panelId,
    isPaused: false,
    notification_settings: {
      receiver: rule.receiver ?? `runlane-${tier}`,
      ...(tier === 'digest' ? DIGEST : { group_by: ['grafana_folder', 'alertname', 'source'] }),
    },
  };
}

/** Annotations are not searched for `$NAME`, so templates stay as they are; `${NAME}` they never have. */
export function annotationsOf(rule: AlertRule, spec: AlertSpec): { [name: string]: string } {
  const query = [timelineQuery(rule), 'from=now-1h', 'to=now'].filter((part) => part !== '').join('&');
  return {
    ...messageText(rule, GRAFANA_WORDS),
    runbook_url: runbookUrl(rule.name, spec, '{{ externalURL }}'),
    // Grafana's own address ends with a slash.
    timeline_url: `{{ externalURL }}d/runlane-timeline?${query}`,
    __dashboardUid__: rule.place.dashboardUid,
    __panelId__: String(rule.place.panelId),
  };
}

export interface GrafanaQuery {
  refId: string;
  queryType: string;
  relativeTimeRange?: { from: number; to: number };
  datasourceUid: string;
  model: { [key: string]: YamlValue };
}

/** A: the query, now. B: its number. C: the comparison, in the full form that the rule editor needs. */
export function queriesOf({ expr, condition }: AlertRule, datasourceUid: string): GrafanaQuery[] {
  const expression = { type: '__expr__', uid: '__expr__' };
  const evaluator = (is: 'above' | 'below', at: number) => ({ type: is === 'above' ? 'gt' : 'lt', params: [at] });
  const back = condition.is === 'above' ? 'below' : 'above';
  return [
    {
      refId: 'A',
      queryType: '',
      relativeTimeRange: { from: 600, to: 0 },
      datasourceUid,
      model: { refId: 'A', expr: layOut(expr), instant: true, range: false, intervalMs: 15000, maxDataPoints: 43200 },
    },
    {
      refId: 'B',
      queryType: '',
      datasourceUid: '__expr__',
      model: {
        refId: 'B',
        type: 'reduce',
        expression: 'A',
        reducer: 'last',
        settings: { mode: 'dropNN' },
        datasource: expression,
      },
    },
    {
      refId: 'C',
      queryType: '',
      datasourceUid: '__expr__',
      model: {
        refId: 'C',
        type: 'threshold',
        expression: 'B',
        conditions: [
          {
            evaluator: evaluator(condition.is, condition.threshold),
            ...(condition.unload === undefined ? {} : { unloadEvaluator: evaluator(back, condition.unload) }),
            operator: { type: 'and' },
            query: { params: ['B'] },
            reducer: { params: [], type: 'last' },
            type: 'query',
          },
        ],
        datasource: expression,
      },
    },
  ];
}

/** Grafana replaces `$NAME` in titles, folders and labels of the file; `$$` is a dollar. */
function withoutVariables(text: string): string {
  return text.replaceAll('$', '$$$$');
}
