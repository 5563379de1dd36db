import { ALERT_SPEC } from './alert-spec';
import type { AlertSpec } from './alert-spec';
import type { AlertRule } from './rule';
import { annotationsOf, PROMETHEUS_UID, queriesOf } from './to-grafana-yaml';
import { labelsOf } from './to-prometheus-yaml';

/**
 * The path, below Grafana's own, that opens its rule editor with a rule filled in. Folder, group and contact point are
 * the user's to choose there.
 */
export function editorLink(
  rule: AlertRule,
  { datasourceUid = PROMETHEUS_UID, spec = ALERT_SPEC }: { datasourceUid?: string; spec?: AlertSpec } = {}
): string {
  const pairs = (values: Record<string, string>) => Object.entries(values).map(([key, value]) => ({ key, value }));
  const defaults = {
    name: rule.title,
    condition: 'C',
    queries: queriesOf(rule, datasourceUid),
    labels: pairs(labelsOf(rule)),
    annotations: pairs(annotationsOf(rule, spec)),
  };
  return `/alerting/new/alerting?defaults=${encodeURIComponent(JSON.stringify(defaults))}`;
}
