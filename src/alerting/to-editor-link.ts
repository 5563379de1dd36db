import { ALERT_SPEC } from './alert-spec';
import type { AlertSpec } from './alert-spec';
import type { AlertRule } from './rule';
import { annotationsOf, PROMETHEUS_UID, queriesOf } from './to-grafana-yaml';
import type { GrafanaQuery } from './to-grafana-yaml';
import { labelsOf } from './to-prometheus-yaml';

/** What proxies take in front of Grafana: 8 kB for the whole first line of a request, as nginx has it by default. */
export const LONGEST_LINK = 7900;

/**
 * The path, below Grafana's own, that opens its rule editor with a rule filled in. Folder, group and contact point are
 * the user's to choose there. The query is laid out in lines, its texts in double quotes, as long as that makes no link that is too long.
 */
export function editorLink(
  rule: AlertRule,
  { datasourceUid = PROMETHEUS_UID, spec = ALERT_SPEC }: { datasourceUid?: string; spec?: AlertSpec } = {}
): string {
  const pairs = (values: Record<string, string>) => Object.entries(values).map(([key, value]) => ({ key, value }));
  const link = (queries: readonly GrafanaQuery[]) =>
    linkTo({
      name: rule.title,
      condition: 'C',
      queries,
      labels: pairs(labelsOf(rule)),
      annotations: pairs(annotationsOf(rule, spec)),
    });
  const isQuery = ({ model }: GrafanaQuery) => model['expr'] !== undefined;
  // Grafana 12.3's editor takes a query only with its data source inside the model as well; files need it outside only.
  const datasource = { type: 'prometheus', uid: datasourceUid };
  const queries = queriesOf(rule, datasourceUid).map((one) =>
    isQuery(one) ? { ...one, model: { ...one.model, datasource } } : one
  );
  const laidOut = link(queries);
  return laidOut.length <= LONGEST_LINK
    ? laidOut
    : link(
        queries.map((one) => (isQuery(one) ? { ...one, model: { ...one.model, expr: singleQuoted(rule.expr) } } : one))
      );
}

/** The same expression with plain texts in single quotes: in a link each is one character in place of six. */
function singleQuoted(expr: string): string {
  return /['`]/.test(expr)
    ? expr
    : expr.replace(/"((?:[^"\\]|\\.)*)"/g, (all, text: string) => (text.includes('\\') ? all : `'${text}'`));
}

/** Spaces and what need not be escaped in a query are one character instead of three. */
function linkTo(defaults: object): string {
  const text = encodeURIComponent(JSON.stringify(defaults))
    .replaceAll('%20', '+')
    .replaceAll('%2C', ',')
    .replaceAll('%3A', ':')
    .replaceAll('%2F', '/')
    .replaceAll('%3D', '=')
    .replaceAll('%3F', '?')
    .replaceAll('%24', '$$');
  return `/alerting/new/alerting?defaults=${text}`;
}
