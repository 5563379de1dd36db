import { parse } from 'yaml';
import type { Profile } from '../prometheus/profile';
import { PROFILES } from '../prometheus/profiles';
import { CELERY_EXPORTER } from '../prometheus/profiles/celery-exporter';
import { FLOWER } from '../prometheus/profiles/flower';
import { KUBE_JOBS } from '../prometheus/profiles/kube-jobs';
import { RUNLANE_STORE } from '../prometheus/profiles/runlane-store';
import { ALERT_SPEC } from './alert-spec';
import { healthRules } from './health-rules';
import { messageText, PROMETHEUS_WORDS } from './message-text';
import { RULE_NAMES } from './rule';
import { lint, makeRule, makeRules, uidOf } from './rules';
import { annotationsOf } from './to-grafana-yaml';
import { alertExpr, alertRulesYaml } from './to-prometheus-yaml';

it('makes every rule for the task store', () => {
  expect(makeRules(RUNLANE_STORE).map(({ name }) => name)).toEqual([...RULE_NAMES]);
});

it('gives an exporter the rules that its metrics can feed, and says what is missing for the others', () => {
  const made = makeRules(CELERY_EXPORTER).map(({ name }) => name);
  expect(made).toEqual(expect.arrayContaining(['task-failing', 'repeated-failure', 'queue-backlog', 'worker-lost']));
  const left = lint(CELERY_EXPORTER).map(({ rule, effect }) => [rule, effect]);
  expect(new Set(left.map(([rule]) => rule))).toEqual(new Set(RULE_NAMES.filter((name) => !made.includes(name))));
  expect(left.every(([, effect]) => effect === 'left-out')).toBe(true);
});

it('names the metric that Prometheus lacks, and what switches it on', () => {
  const findings = lint(RUNLANE_STORE, new Set(['runlane_task_last_success_timestamp_seconds']), ['run-missed']);
  expect(findings).toEqual([
    {
      rule: 'run-missed',
      missing: 'runlane_task_missed_runs_total',
      needs: 'health.expected in the store’s configuration',
      effect: 'never-fires',
    },
  ]);
  const all = new Set(['runlane_task_last_success_timestamp_seconds', 'runlane_task_missed_runs_total']);
  expect(lint(RUNLANE_STORE, all, ['run-missed'])).toEqual([]);
});

it('needs no recorded series, but for the health score', () => {
  for (const rule of PROFILES.flatMap((profile) => makeRules(profile))) {
    expect([rule.uid, alertExpr(rule).includes('runlane:')]).toEqual([rule.uid, rule.name === 'health-low']);
  }
});

it('has a uid that Grafana takes for every rule of every profile, each its own', () => {
  const uids = PROFILES.flatMap(({ id }) => RULE_NAMES.map((name) => uidOf(id, name)));
  expect(new Set(uids).size).toBe(uids.length);
  expect(uids.filter((uid) => !/^[A-Za-z0-9_-]{1,40}$/.test(uid))).toEqual([]);
});

it('labels every series canonically, whatever the exporter calls things', () => {
  const rule = makeRule('task-failing', CELERY_EXPORTER);
  expect(rule?.expr).toContain('sum by (source,task,cluster,tenant,environment,env,namespace) (');
  expect(rule?.expr).toContain('"task", "$1", "name"');
  expect(rule?.expr).toContain('"source", "$1", "job"');
});

it('tells worlds apart in every rule, and says in the message which it is', () => {
  for (const rule of makeRules(KUBE_JOBS).filter(({ labels }) => labels.length > 0)) {
    expect([rule.name, rule.worlds.includes('namespace')]).toEqual([rule.name, true]);
    if (rule.name !== 'health-low') {
      expect(rule.expr).toMatch(/by \((source|source,task),cluster,/);
    }
  }
  const rule = makeRule('task-failing', RUNLANE_STORE);
  expect(rule && messageText({ ...rule, worlds: ['cluster', 'env'] }, PROMETHEUS_WORDS)['summary']).toBe(
    '{{ $labels.task }} ({{ $labels.source }}{{ with index $labels "cluster" }}, {{ . }}{{ end }}' +
      '{{ with index $labels "env" }}, {{ . }}{{ end }}) is failing'
  );
});

it('wakes nobody for a worker that may have been stopped, where nothing tells it from one that was lost', () => {
  expect(makeRule('worker-lost', FLOWER)).toBeUndefined();
  expect(lint(FLOWER, undefined, ['worker-lost'])).toEqual([
    { rule: 'worker-lost', missing: 'lost workers', effect: 'left-out' },
  ]);
  expect(makeRule('worker-lost', CELERY_EXPORTER)?.expr).toContain('max_over_time(celery_worker_up[1h])');
});

it('takes every figure from the spec', () => {
  const spec = {
    ...ALERT_SPEC,
    p99Latency: { ...ALERT_SPEC.p99Latency, limit: 'fixed' as const, aboveMs: 1234 },
    qpsLow: { ...ALERT_SPEC.qpsLow, below: 77 },
  };
  expect(makeRule('p99-latency', RUNLANE_STORE, { spec })?.condition).toEqual({ is: 'above', threshold: 1.234 });
  expect(makeRule('qps-low', RUNLANE_STORE, { spec })?.condition).toEqual({ is: 'below', threshold: 77 });
  expect(makeRule('p99-latency', RUNLANE_STORE)?.receiver).toBe('runlane-email-sms');
  expect(makeRule('qps-low', RUNLANE_STORE)?.receiver).toBe('runlane-wecom');
});

it('says the dead man’s switch in Prometheus as an alert that always fires', () => {
  const { groups } = parse(alertRulesYaml(makeRules(RUNLANE_STORE), 'x')) as {
    groups: Array<{ rules: Array<{ alert: string; expr: string }> }>;
  };
  expect(groups.flatMap(({ rules }) => rules).find(({ alert }) => alert === 'watchdog')?.expr).toBe('vector(1)');
});

it('escapes names in links by the template, and writes no braced variable', () => {
  for (const rule of makeRules(RUNLANE_STORE)) {
    const { timeline_url: url = '' } = annotationsOf(rule, ALERT_SPEC);
    expect(url).toMatch(/^\{\{ externalURL \}\}d\/runlane-timeline\?/);
    expect(url.match(/\$labels\.\w+ \}\}/g)).toBeNull();
    expect(JSON.stringify(annotationsOf(rule, ALERT_SPEC))).not.toContain('${');
  }
});

it('leads to the run that the rule is about: by its state, and by its cause where the alert has one', () => {
  const chosen = Object.fromEntries(
    makeRules(RUNLANE_STORE).map((rule) => [
      rule.name,
      /&var-run=([^&]*)/.exec(annotationsOf(rule, ALERT_SPEC)['timeline_url'] ?? '')?.[1],
    ])
  );
  expect(chosen).toMatchObject({
    'task-failing': 'failed',
    'abnormal-exit': 'failed+{{ $labels.cause | urlquery }}',
    'task-stuck': 'running',
    'worker-lost': 'lost',
    'oldest-pending': 'pending',
    'monitor-silent': undefined,
  });
  for (const rule of PROFILES.flatMap((profile) => makeRules(profile))) {
    const { timeline_url: url = '' } = annotationsOf(rule, ALERT_SPEC);
    expect([rule.uid, url.includes('$labels.cause')]).toEqual([rule.uid, rule.labels.includes('cause')]);
  }
});

it('scores no profile that does not count both completed and failed runs', () => {
  const without = (fact: 'completed' | 'failed'): Profile => ({
    ...CELERY_EXPORTER,
    counters: { ...CELERY_EXPORTER.counters, [fact]: undefined },
  });
  expect(healthRules(CELERY_EXPORTER)).not.toEqual([]);
  expect(healthRules(without('completed'))).toEqual([]);
  expect(healthRules(without('failed'))).toEqual([]);
  expect(makeRule('health-low', without('failed'))).toBeUndefined();
});
