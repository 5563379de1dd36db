import { healthRules } from '../../src/alerting/health-rules';
import { makeRules } from '../../src/alerting/rules';
import { grafanaRulesYaml } from '../../src/alerting/to-grafana-yaml';
import { alertRulesYaml, recordingRulesYaml } from '../../src/alerting/to-prometheus-yaml';
import type { Profile } from '../../src/prometheus/profile';
import { PROFILES } from '../../src/prometheus/profiles';
import { RUNLANE_STORE } from '../../src/prometheus/profiles/runlane-store';

export interface GeneratedFile {
  /** Relative to the root of the repository. */
  path: string;
  text: string;
}

/** Exporters whose rules are kept as samples; `npm run alerting -- <profile>` prints those of any. */
const SAMPLED = [
  'celery-exporter',
  'flower',
  'airflow-statsd',
  'dagster',
  'sidekiq-yabeda',
  'bullmq-otel',
  'node-systemd',
  'mysqld',
];

/** The store's rules are mounted by default; those of other exporters are samples to copy. */
export function generatedFiles(): GeneratedFile[] {
  const store = makeRules(RUNLANE_STORE);
  return [
    {
      path: 'provisioning/alerting/runlane-rules.yaml',
      text: headed('Alert rules for the metrics of the task store, managed by Grafana.', grafanaRulesYaml(store)),
    },
    {
      path: 'provisioning/prometheus/rules/runlane-health.yaml',
      text: headed('The health score and what it rests on, from the metrics of the task store.', health(RUNLANE_STORE)),
    },
    {
      path: 'provisioning/prometheus/rules/runlane-alerts.yaml',
      text: headed(
        'The same alert rules as in Grafana, for Prometheus, Mimir or Thanos.',
        alertRulesYaml(store, 'runlane')
      ),
    },
    ...PROFILES.filter(({ id }) => SAMPLED.includes(id)).flatMap(samplesOf),
  ];
}

/** The rules of one exporter, as samples. */
export function samplesOf(profile: Profile): GeneratedFile[] {
  const { id, name } = profile;
  const rules = makeRules(profile);
  const group = `runlane-${id}`;
  const recorded = healthRules(profile).length > 0;
  return [
    {
      path: `provisioning/samples/alerting/${id}.yaml`,
      text: headed(
        `${name}: alert rules for Grafana. Copy to provisioning/alerting/. health-low needs the recording rules of ` +
          `provisioning/samples/prometheus/; the others need the exporter only.`,
        grafanaRulesYaml(rules, { folder: `Runlane ${name}`.replaceAll('/', '-'), id: group })
      ),
    },
    {
      path: `provisioning/samples/prometheus/${id}-alerts.yaml`,
      text: headed(`${name}: alert rules for Prometheus, Mimir or Thanos.`, alertRulesYaml(rules, group)),
    },
    ...(recorded
      ? [
          {
            path: `provisioning/samples/prometheus/${id}-health.yaml`,
            text: headed(`${name}: the health score and what it rests on.`, health(profile)),
          },
        ]
      : []),
  ];
}

function health(profile: Profile): string {
  return recordingRulesYaml(healthRules(profile));
}

function headed(what: string, text: string): string {
  return `# ${what}\n# Generated: change src/alerting/ and run npm run alerting.\n${text}`;
}
