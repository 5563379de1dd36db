import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { RULE_NAMES } from '../../src/alerting/rule';
import { makeRules } from '../../src/alerting/rules';
import { suggestRules } from '../../src/alerting/suggest-rule';
import { alertRulesYaml } from '../../src/alerting/to-prometheus-yaml';
import { KUBE_JOBS } from '../../src/prometheus/profiles/kube-jobs';
import { RUNLANE_STORE } from '../../src/prometheus/profiles/runlane-store';
import { CELERY_CASES } from '../rules/celery-cases';
import { checkRules, onlyRule, testOf, testRules } from '../rules/promtool';
import { STORE_CASES } from '../rules/store-cases';
import { CELERY_WORLD_CASES, KUBE_CASES } from '../rules/world-cases';
import { PROMETHEUS_VERSION } from '../systems/prometheus';

const root = join(__dirname, '../..');
const rulesFolder = join(root, 'provisioning/prometheus/rules');
const samplesFolder = join(root, 'provisioning/samples/prometheus');
const yamlIn = (folder: string) => readdirSync(folder).map((file) => join(folder, file));

it('every rule file is what Prometheus reads', async () => {
  await checkRules([...yamlIn(rulesFolder), ...yamlIn(samplesFolder)]);
}, 600_000);

it('has a case for every rule', () => {
  const tested = new Set(STORE_CASES.map(({ rule }) => rule));
  expect(RULE_NAMES.filter((name) => !tested.has(name))).toEqual([]);
});

describe('rules on the metrics of the task store', () => {
  const storeRules = readFileSync(join(rulesFolder, 'runlane-alerts.yaml'), 'utf8');
  it.each(STORE_CASES.map((one) => [one.rule, one.it, one] as const))('%s %s', async (_rule, _it, one) => {
    expect(await testRules([onlyRule(storeRules, one.rule)], [testOf(one)])).toBe('');
  });
});

describe('rules on the metrics of celery-exporter alone', () => {
  const rules = readFileSync(join(samplesFolder, 'celery-exporter-alerts.yaml'), 'utf8');
  it.each(CELERY_CASES.map((one) => [one.rule, one.it, one] as const))('%s %s', async (_rule, _it, one) => {
    expect(await testRules([onlyRule(rules, one.rule)], [testOf(one)])).toBe('');
  });
});

describe('the same task in several worlds', () => {
  const sets = [
    ['celery-exporter', readFileSync(join(samplesFolder, 'celery-exporter-alerts.yaml'), 'utf8'), CELERY_WORLD_CASES],
    ['kube-jobs', alertRulesYaml(makeRules(KUBE_JOBS), 'kube-jobs'), KUBE_CASES],
  ] as const;
  const all = sets.flatMap(([profile, rules, cases]) =>
    cases.map((one) => [profile, one.rule, one.it, rules, one] as const)
  );
  it.each(all)(
    '%s: %s %s',
    async (_profile, _rule, _it, rules, one) => {
      expect(await testRules([onlyRule(rules, one.rule)], [testOf(one)])).toBe('');
    },
    300_000
  );

  it('is scored in each by its own runs', async () => {
    const series = (env: string, metric: string) =>
      `celery_task_${metric}{job="c",instance="i",env="${env}",name="mail",hostname="w",queue_name="q"}`;
    const input_series = ['prod', 'stage'].flatMap((env) => [
      { series: `up{job="c",instance="i",env="${env}"}`, values: '1x90' },
      { series: series(env, 'failed_total'), values: env === 'prod' ? '0+10x90' : '0x90' },
      { series: series(env, 'succeeded_total'), values: '0+10x90' },
    ]);
    const score = { expr: 'count by (env) (runlane:health_score{task="mail"} < 90)', eval_time: '60m' };
    const test = {
      name: 'scores',
      input_series,
      promql_expr_test: [
        { ...score, exp_samples: [{ labels: '{env="prod"}', value: 1 }] },
        { ...score, expr: 'count(runlane:health_score)', exp_samples: [{ labels: '{}', value: 2 }] },
      ],
    };
    const rules = readFileSync(join(samplesFolder, 'celery-exporter-health.yaml'), 'utf8');
    expect(await testRules([rules], [test])).toBe('');
  });
});

// promtool of Prometheus 2.42 has no words for native histograms.
const onThree = PROMETHEUS_VERSION === '3' ? it : it.skip;

describe('histograms that Prometheus 3 keeps in native form', () => {
  const labels = 'job="s",instance="i",source="shop",task="mail",queue="q"';
  const bounds = 'schema:-53 custom_values:[0.25 1 5]';
  const input_series = [
    { series: 'up{job="s",instance="i"}', values: '1x60' },
    {
      series: `runlane_task_run_duration_seconds{${labels}}`,
      values: `{{${bounds} count:10 sum:6 buckets:[0 10]}}+{{${bounds} count:10 sum:6 buckets:[0 10]}}x60`,
    },
    { series: `runlane_task_runs_finished_total{${labels},outcome="completed"}`, values: '10+10x60' },
    { series: `runlane_task_runs_finished_total{${labels},outcome="failed"}`, values: '0x60' },
    { series: `runlane_task_usual_duration_seconds{${labels},quantile="0.99"}`, values: '0.3x60' },
  ];

  onThree('are recorded as durations, and rung about', async () => {
    const files = ['runlane-alerts.yaml', 'runlane-health.yaml'].map((file) =>
      readFileSync(join(rulesFolder, file), 'utf8')
    );
    const count = (expr: string, value: number) => ({
      expr: `count(${expr}) or vector(0)`,
      eval_time: '40m30s',
      exp_samples: [{ labels: '{}', value }],
    });
    const test = {
      name: 'native',
      input_series,
      promql_expr_test: [
        count('runlane:task_duration_seconds{source="shop",task="mail"} > 0.25', 2),
        count('runlane:task_durations{source="shop",task="mail"} == 150', 1),
        count('ALERTS{alertname="p99-latency",alertstate="firing",task="mail"}', 1),
      ],
    };
    expect(await testRules([onlyRule(files[0] ?? '', 'p99-latency'), files[1] ?? ''], [test])).toBe('');
  });
});

describe('names that mean something to PromQL, templates, YAML and HTML', () => {
  const task = "a\"b\\c\nd {{ $x }} ${HOME} <b>'y'</b> 任务";
  const labels = `job="s",instance="i",source="shop",task=${JSON.stringify(task)},queue="q",reason="oom"`;
  const died = {
    input_series: [
      { series: 'up{job="s",instance="i"}', values: '1x40' },
      { series: `runlane_task_abnormal_exits_total{${labels}}`, values: '_x20 1x20' },
    ],
  };
  const expected = (alertname: string, timelineOf: string) => ({
    eval_time: '22m',
    alertname,
    exp_alerts: [
      {
        exp_labels: { severity: 'warning', tier: 'notify', source: 'shop', task, cause: 'oom' },
        exp_annotations: {
          summary: `${task} (shop) ended abnormally: oom`,
          description:
            'Abnormal exits (signal, out of memory, non-zero exit code, lost process) in the last 10 min: 1.',
          description_zh: '最近异常退出 1 次。',
          count: '1',
          runbook_url: 'http://localhost:3000/a/runlane-app/runbooks/abnormal-exit',
          timeline_url: `http://localhost:3000/d/runlane-timeline?var-source=shop&var-task=${timelineOf}&var-run=failed+oom&from=${22 * 60 - 3600}000&to=${22 * 60 + 300}000`,
          __dashboardUid__: 'runlane-timeline',
          __panelId__: '1',
        },
      },
    ],
  });
  // Go's urlquery.
  const inUrl = encodeURIComponent(task).replace(/%20/g, '+').replace(/'/g, '%27');

  it('come out whole in labels and annotations, and escaped in the link', async () => {
    const rules = readFileSync(join(rulesFolder, 'runlane-alerts.yaml'), 'utf8');
    const test = { name: 'names', ...died, alert_rule_test: [expected('abnormal-exit', inUrl)] };
    expect(await testRules([onlyRule(rules, 'abnormal-exit')], [test])).toBe('');
  });

  it('are found by the rule that is suggested for exactly that task', async () => {
    const suggestions = suggestRules({ profile: RUNLANE_STORE, only: { source: 'shop', task } });
    const suggestion = suggestions.find(({ name }) => name === 'abnormal-exit');
    const other = {
      series: `runlane_task_abnormal_exits_total{${labels.replace('a\\"b', 'other')}}`,
      values: '_x20 1x20',
    };
    const test = {
      name: 'suggested',
      input_series: [...died.input_series, other],
      alert_rule_test: [expected(suggestion?.rule.title ?? '', inUrl)],
    };
    expect(await testRules([suggestion?.prometheusYaml() ?? ''], [test])).toBe('');
  });
});
