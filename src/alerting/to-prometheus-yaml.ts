import { quote } from '../prometheus/promql';
import { ALERT_SPEC } from './alert-spec';
import type { AlertSpec } from './alert-spec';
import { windowOf } from './growth';
import { messageText, PROMETHEUS_WORDS, timelineQuery } from './message-text';
import { layOut } from './promql-layout';
import type { RecordingGroup } from './recording-rule';
import type { AlertRule } from './rule';
import { runbookUrl } from './runbook-url';
import { toYaml } from './yaml-text';
import type { YamlValue } from './yaml-text';

/** Recording rules as a rule file of Prometheus, Mimir or Thanos. */
export function recordingRulesYaml(groups: readonly RecordingGroup[]): string {
  return toYaml({
    groups: groups.map(({ name, intervalMs, rules }) => ({
      name,
      interval: windowOf(intervalMs),
      rules: rules.map(({ record, expr, labels }) => ({ record, expr: layOut(expr), labels })),
    })),
  });
}

/**
 * Alert rules as a rule file of Prometheus, Mimir or Thanos: one group per interval, and a watchdog, which always fires:
 * whoever receives it knows that the way from the rule to him works.
 *
 * @param id makes the names of the groups unique among files
 */
export function alertRulesYaml(rules: readonly AlertRule[], id: string, spec: AlertSpec = ALERT_SPEC): string {
  const intervals = [...new Set(rules.map(({ intervalMs }) => intervalMs))].sort((a, b) => a - b);
  return toYaml({
    groups: intervals.map((intervalMs) => ({
      name: `${id}-every-${windowOf(intervalMs)}`,
      interval: windowOf(intervalMs),
      rules: rules
        .filter((rule) => rule.intervalMs === intervalMs)
        .flatMap((rule) => [promRule(rule, spec), ...(rule.name === 'monitor-silent' ? [watchdog()] : [])]),
    })),
  });
}

function promRule(rule: AlertRule, spec: AlertSpec): YamlValue {
  return {
    alert: rule.title,
    expr: layOut(alertExpr(rule)),
    for: rule.forMs === 0 ? undefined : windowOf(rule.forMs),
    keep_firing_for: rule.keepFiringForMs === undefined ? undefined : windowOf(rule.keepFiringForMs),
    labels: labelsOf(rule),
    annotations: {
      ...messageText(rule, PROMETHEUS_WORDS),
      runbook_url: runbookUrl(rule.name, spec, `${spec.grafanaUrl}/`),
      timeline_url: timelineUrl(rule, spec),
      __dashboardUid__: rule.place.dashboardUid,
      __panelId__: String(rule.place.panelId),
    },
  };
}

/** The condition that holds while the alert is on; hysteresis keeps what fires until it is well past the threshold. */
export function alertExpr({ expr, condition, title, labels, worlds }: AlertRule): string {
  const sign = condition.is === 'above' ? '>' : '<';
  const fires = `(${expr}) ${sign} ${condition.threshold}`;
  if (condition.unload === undefined) {
    return fires;
  }
  const firing = `ALERTS{alertname=${quote(title)},alertstate="firing"}`;
  return `${fires} or (${expr}) ${sign} ${condition.unload} and on (${[...labels, ...worlds].join(',')}) ${firing}`;
}

/** What routes an alert, and what is one alert: the expression's labels come in addition. */
export function labelsOf({ severity, tier, cause }: AlertRule): { [label: string]: string } {
  return { severity, tier, ...(cause === undefined ? {} : { cause }) };
}

/** An hour before the evaluation until five minutes after it, in Grafana's milliseconds. */
function timelineUrl(rule: AlertRule, { grafanaUrl }: AlertSpec): string {
  const at = (expr: string) => `{{ query "${expr}" | first | value | printf "%.0f" }}000`;
  const query = [timelineQuery(rule), `from=${at('time() - 3600')}`, `to=${at('time() + 300')}`];
  return `${grafanaUrl}/d/runlane-timeline?${query.filter((part) => part !== '').join('&')}`;
}

function watchdog(): YamlValue {
  return {
    alert: 'watchdog',
    expr: 'vector(1)',
    labels: { severity: 'info', tier: 'digest', cause: 'watchdog' },
    annotations: {
      summary: 'Alerting works',
      description: 'This alert always fires. When it no longer arrives, nothing else does: alert on its absence.',
    },
  };
}
