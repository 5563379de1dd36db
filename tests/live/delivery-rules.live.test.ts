import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { testRules } from '../rules/promtool';

const RULES = join(__dirname, '../../provisioning/prometheus/rules/delivery.yaml');
const ALERTS = 'count by (job, integration) (ALERTS{alertname="notification-undelivered",alertstate="firing"})';

function failed(metric: string, job: string, by: string): string {
  return `${metric}{job="${job}",instance="${job}:1",${by}}`;
}

/** @param firing minute → integrations that fire then */
async function expectFiring(
  job: string,
  series: Readonly<Record<string, string>>,
  firing: Readonly<Record<number, readonly string[]>>
): Promise<void> {
  const test = {
    name: job,
    input_series: Object.entries({ [`up{job="${job}",instance="${job}:1"}`]: '1x60', ...series }).map(
      ([name, values]) => ({ series: name, values })
    ),
    promql_expr_test: Object.entries(firing).map(([minute, integrations]) => ({
      expr: ALERTS,
      eval_time: `${minute}m`,
      exp_samples: integrations.map((one) => ({ labels: `{job="${job}",integration="${one}"}`, value: 1 })),
    })),
  };
  expect(await testRules([readFileSync(RULES, 'utf8')], [test])).toBe('');
}

it('fires when Alertmanager fails to deliver, and clears a quarter of an hour after the last failure', async () => {
  const metric = 'alertmanager_notifications_failed_total';
  await expectFiring(
    'alertmanager',
    {
      [failed(metric, 'alertmanager', 'integration="webhook"')]: '0x20 1 2 2x40',
      [failed(metric, 'alertmanager', 'integration="email"')]: '0x60',
    },
    { 20: [], 23: ['webhook'], 30: ['webhook'], 45: [] }
  );
}, 300_000);

it('fires at Grafana’s first failure, with which the counter is born', async () => {
  const metric = 'grafana_alerting_notifications_failed_total';
  await expectFiring(
    'grafana',
    { [failed(metric, 'grafana', 'integration="wecom"')]: '_x20 1x40' },
    { 19: [], 23: ['wecom'], 45: [] }
  );
}, 300_000);

it('fires when the store gives notifications up', async () => {
  const metric = 'runlane_store_alerts_dropped_total';
  await expectFiring(
    'runlane-store',
    { [failed(metric, 'runlane-store', 'receiver="oncall",reason="too_old"')]: '_x20 3x40' },
    { 19: [], 23: ['oncall'], 45: [] }
  );
}, 300_000);

it('is quiet about failures of before Prometheus looked, and about a restart', async () => {
  const metric = 'alertmanager_notifications_failed_total';
  await expectFiring(
    'alertmanager',
    { [failed(metric, 'alertmanager', 'integration="webhook"')]: '50x30 0x30' },
    { 3: [], 16: [], 33: [], 50: [] }
  );
}, 300_000);
