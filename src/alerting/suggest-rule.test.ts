import { parse } from 'yaml';
import { decodeProfile } from '../prometheus/custom-profile';
import { CELERY_EXPORTER } from '../prometheus/profiles/celery-exporter';
import { KUBE_JOBS } from '../prometheus/profiles/kube-jobs';
import { MYSQLD } from '../prometheus/profiles/mysqld';
import { NODE_HOST } from '../prometheus/profiles/node-host';
import { RUNLANE_STORE } from '../prometheus/profiles/runlane-store';
import { kindsFor, missingFacts, sourcesQuestion, suggestRules } from './suggest-rule';
import { LONGEST_LINK } from './to-editor-link';

const HOUR = 3_600_000;
const history = { spanMs: HOUR, ended: 400, failed: 40, p99DurationMs: 4837, p99WaitMs: 90_000 };
const NASTY = "a\"b\\c\nd{{ $x }} ${HOME} <b>'y'</b> 任务";

interface GrafanaFile {
  groups: Array<{ rules: Array<{ uid: string; title: string; data: Array<{ model: { expr?: string } }> }> }>;
}

function suggest(only: Record<string, string>, more = {}) {
  return suggestRules({ profile: RUNLANE_STORE, only: { source: 'shop', ...only }, history, ...more });
}

it('suggests what can go wrong with a task, a queue, a worker', () => {
  expect(suggest({ task: 'mail' }).map(({ name }) => name)).toEqual([
    'task-failing',
    'abnormal-exit',
    'repeated-failure',
    'task-stuck',
    'p99-latency',
    'health-low',
  ]);
  expect(suggest({ queue: 'q' }).map(({ name }) => name)).toEqual(['queue-backlog', 'oldest-pending']);
  expect(suggest({ worker: 'w1' }).map(({ name }) => name)).toEqual(['worker-lost']);
});

it('takes its figures from the task’s own history', () => {
  const byName = Object.fromEntries(suggest({ task: 'mail' }).map(({ name, threshold }) => [name, threshold]));
  expect(byName['task-failing']).toEqual({ unit: 'ratio', value: 0.2, from: 'history' });
  expect(byName['p99-latency']).toEqual({ unit: 'ms', value: 9700, from: 'history' });
  expect(byName['task-stuck']).toEqual({ unit: 'ms', value: 60_000, from: 'history' });
  expect(suggest({ queue: 'q' })[1]?.threshold).toEqual({ unit: 'ms', value: 270_000, from: 'history' });
});

it('falls back to the usual figures where little is known', () => {
  const few = suggest({ task: 'mail' }, { history: { spanMs: HOUR, ended: 3, failed: 3 } });
  expect(few[0]?.threshold).toEqual({ unit: 'ratio', value: 0.25, from: 'default' });
  expect(suggest({ task: 'mail' }, { history: undefined })[0]?.threshold.from).toBe('default');
});

it('looks back far enough for a task that runs rarely', () => {
  const daily = suggest({ task: 'mail' }, { history: { spanMs: 24 * HOUR, ended: 24, failed: 0 } });
  expect(daily[0]?.rule.expr).toContain('[24h]');
  expect(suggest({ task: 'mail' })[0]?.rule.expr).toContain('[15m]');
});

it('asks for exactly that task, by the exporter’s own label', () => {
  const [rule] = suggestRules({ profile: CELERY_EXPORTER, only: { source: 'celery', task: 'shop.mail' } });
  expect(rule?.rule.expr).toContain('celery_task_failed_total{job="celery",name="shop.mail"}');
});

it.each(['grafanaYaml', 'prometheusYaml'] as const)('keeps any name whole in %s', (form) => {
  for (const suggestion of suggest({ task: NASTY })) {
    const text = suggestion[form]();
    const quoted = JSON.stringify(NASTY);
    const file = parse(text) as { groups: Array<{ rules: unknown[] }> };
    const [rule] = file.groups[0]?.rules as Array<{ expr?: string; data?: Array<{ model: { expr: string } }> }>;
    const expr = (rule?.expr ?? rule?.data?.[0]?.model.expr ?? '').replace(/\n\s*/g, ' ');
    expect(expr).toContain(quoted);
  }
});

it('has titles and uids that Grafana takes, each its own, with no variable to expand', () => {
  const all = [suggest({ task: NASTY }), suggest({ task: 'x'.repeat(500) }), suggest({ task: 'mail' })].flat();
  const rules = all.flatMap((one) => (parse(one.grafanaYaml()) as GrafanaFile).groups[0]?.rules ?? []);
  expect(new Set(rules.map(({ uid }) => uid)).size).toBe(rules.length);
  for (const { uid, title } of rules) {
    expect(uid).toMatch(/^[A-Za-z0-9_-]{1,40}$/);
    expect(title.length).toBeLessThanOrEqual(190);
    expect(title).not.toContain('\n');
    expect(title.replaceAll('$$', '')).not.toContain('$');
  }
});

it('opens Grafana’s editor with the whole condition', () => {
  const [first] = suggest({ task: NASTY }, { datasourceUid: 'abc' });
  const url = new URL(first?.editorLink() ?? '', 'http://grafana.test');
  expect(url.pathname).toBe('/alerting/new/alerting');
  const defaults = JSON.parse(url.searchParams.get('defaults') ?? '') as Record<string, unknown>;
  expect(Object.keys(defaults)).toEqual(['name', 'condition', 'queries', 'labels', 'annotations']);
  const queries = defaults['queries'] as Array<Record<string, unknown>>;
  expect(queries.map(({ queryType, datasourceUid }) => [queryType, datasourceUid])).toEqual([
    ['', 'abc'],
    ['', '__expr__'],
    ['', '__expr__'],
  ]);
  const [condition] = (queries[2]?.['model'] as { conditions: Array<Record<string, unknown>> }).conditions;
  expect(Object.keys(condition ?? {}).sort()).toEqual(['evaluator', 'operator', 'query', 'reducer', 'type']);
});

it.each([CELERY_EXPORTER, RUNLANE_STORE])(
  'keeps links to the editor short enough for proxies, whole all the same: $id',
  (profile) => {
    for (const { rule, editorLink } of suggestRules({ profile, only: { source: 'celery', task: 'a+b c' } })) {
      const link = editorLink();
      expect(link.length).toBeLessThan(LONGEST_LINK);
      const text = new URL(link, 'http://grafana.test').searchParams.get('defaults') ?? '';
      const { queries } = JSON.parse(text) as { queries: Array<{ model: { expr?: string } }> };
      const oneLine = (expr: string) => expr.replace(/\s+/g, '');
      expect(oneLine(queries[0]?.model.expr ?? '').replaceAll("'", '"')).toBe(oneLine(rule.expr));
    }
  }
);

it('says which metric is absent', () => {
  const [, abnormal] = suggest({ task: 'mail' });
  expect(abnormal?.lint(new Set())).toEqual([
    { rule: 'abnormal-exit', missing: 'runlane_task_abnormal_exits_total', effect: 'never-fires' },
  ]);
});

it('says what records the health score, where nothing does', () => {
  const health = suggest({ task: 'mail' }).find(({ name }) => name === 'health-low');
  expect(health?.lint(new Set())).toEqual([
    {
      rule: 'health-low',
      missing: 'runlane:health_score',
      needs: 'provisioning/prometheus/rules/runlane-health.yaml',
      effect: 'never-fires',
    },
  ]);
  expect(health?.lint(new Set(['runlane:health_score']))).toEqual([]);
});

it('suggests nothing that would be about more than this one', () => {
  const host = { profile: NODE_HOST, only: { task: 'mail' } };
  expect(suggestRules(host)).toEqual([]);
  expect(kindsFor(host.only)).toHaveLength(6);
  const names = (task: string) => suggestRules({ profile: MYSQLD, only: { task } }).map(({ name }) => name);
  expect(names('mail')).toEqual([]);
  expect(names(MYSQLD.task ?? '')).toContain('health-low');
});

it('finds the runs of a task by what owns them', () => {
  const [rule] = suggestRules({ profile: KUBE_JOBS, only: { task: 'backup' } });
  expect(rule?.rule.expr).toContain('last_over_time(kube_job_owner{owner_kind="CronJob"}[20m])');
  expect(rule?.rule.expr).toContain('"runlane_match", "1", "runlane_name", "backup")');
});

it('asks Prometheus in which sources it knows the task', () => {
  const only = { source: 'shop', task: 'shop.mail' };
  const question = sourcesQuestion(suggestRules({ profile: CELERY_EXPORTER, only }), CELERY_EXPORTER, only);
  expect(question?.label).toBe('job');
  expect(question?.match).toMatch(/^\{__name__=~"\(\?:celery_task_.*\)\(\?:_bucket\|_count\)\?",name="shop\.mail"\}$/);
});

describe('a profile that the user wrote', () => {
  const orders = (facts: Record<string, unknown>, name = 'Shop orders') =>
    decodeProfile({ name, labels: { task: 'type', queue: 'lane' }, facts });
  const COUNTED = {
    completed: 'sum by (type) (increase(orders_total{status="ok",$filter}[$window]))',
    failed: 'sum by (type) (increase(orders_total{status="failed"}[$window])) # all',
    duration: 'sum by (le, type) (rate(order_seconds_bucket{$filter}[$window]))',
  };

  it('is asked by its own expressions, over the rule’s window and for exactly this one', () => {
    const rules = suggestRules({ profile: orders(COUNTED), only: { task: 'mail "$1"' }, history });
    expect(rules.map(({ name }) => name)).toEqual(['task-failing', 'repeated-failure', 'p99-latency']);
    const expr = rules[0]?.rule.expr ?? '';
    expect(expr).toContain('increase(orders_total{status="ok",type="mail \\"$1\\""}[15m])');
    // Without $filter what it gives is narrowed.
    expect(expr).toContain('{status="failed"}[15m])) # all\n) and on (type) label_replace(vector(1), "type", ');
    expect(expr).not.toMatch(/\$(window|filter|step)/);
    expect(rules[2]?.rule.expr).toMatch(/^histogram_quantile\(0\.99, .*order_seconds_bucket/);
    expect(rules[0]?.lint(new Set())).toEqual([]);
  });

  it('levels and instants are what its expressions say now', () => {
    const profile = orders({
      ...COUNTED,
      pending: 'sum by (lane) (orders_open{$filter})',
      completed: 'sum by (lane) (increase(orders_total{$filter}[$window]))',
      oldestPending: 'min by (lane) (rate(orders_oldest{$filter}[$window]))',
    });
    const rules = suggestRules({ profile, only: { queue: 'fast' } });
    expect(rules.map(({ name }) => name)).toEqual(['queue-backlog', 'oldest-pending']);
    expect(rules[0]?.rule.expr).toContain('deriv((sum by (lane) (orders_open{lane="fast"})\n)[15m:1m])');
    expect(rules[1]?.rule.expr).toContain('orders_oldest{lane="fast"}[5m]');
  });

  it('that tells too little says by which facts; a count over a time of its own is none', () => {
    const fixed = orders({ ...COUNTED, failed: 'sum by (type) (increase(orders_total{status="failed"}[5m]))' });
    expect(suggestRules({ profile: fixed, only: { task: 'mail' } }).map(({ name }) => name)).toEqual(['p99-latency']);
    expect(missingFacts(fixed, ['task-failing', 'task-stuck', 'health-low'], { task: 'mail' })).toEqual([
      'failed',
      'oldestRunning',
      'duration',
    ]);
    expect(sourcesQuestion(suggestRules({ profile: fixed, only: { task: 'mail' } }), fixed, { task: 'mail' })).toBe(
      undefined
    );
  });

  it('shares no uid with another one', () => {
    const [one, other] = ['a', 'b'].map((name) =>
      suggestRules({ profile: orders(COUNTED, name), only: { task: 'm' } })
    );
    expect(one?.[0]?.rule.uid).not.toBe(other?.[0]?.rule.uid);
  });
});
