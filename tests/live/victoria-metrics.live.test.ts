import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { RANGE, SITUATIONS } from '../../scripts/recordings/prometheus-situations';
import type { Http } from '../../src/connectors/connector';
import { createPrometheus } from '../../src/connectors/prometheus/connector';
import { NO_FILTER } from '../../src/model/task-query';
import type { TimeRange } from '../../src/model/task-query';
import { PROFILES } from '../../src/prometheus/profiles';
import { query, rules, samplesUntil } from '../systems/ask-prometheus';
import type { Sample } from '../systems/ask-prometheus';
import { eventually } from '../systems/eventually';
import { startPrometheus } from '../systems/prometheus';
import { prometheusHttp } from '../systems/prometheus-http';
import { brokenRules } from '../systems/rules-on-scrape';
import { send, startStore } from '../systems/store';
import { stopAll } from '../systems/system';
import type { System } from '../systems/system';
import { startVictoriaMetrics, startVmalert } from '../systems/victoria-metrics';
import type { VictoriaMetrics } from '../systems/victoria-metrics';

/** VictoriaMetrics, which has Prometheus' HTTP API and an engine of its own: what the connector and the rules say there. */
const RULES = join(__dirname, '..', '..', 'provisioning', 'prometheus', 'rules');
const signal = new AbortController().signal;

/** Every answer of the connector as plain data; a refusal is its message. */
async function answersOf(http: Http, range: TimeRange, steps: readonly number[]): Promise<Record<string, unknown>> {
  const connector = createPrometheus({ http });
  const found: Record<string, unknown> = {};
  const ask = async (what: string, question: () => Promise<unknown> | undefined) => {
    found[what] = await Promise.resolve(question()).catch((error: Error) => error.message);
  };
  await ask('summary', async () => (await connector.check(signal)).summary);
  await ask('runs', () => connector.runs({ filter: NO_FILTER, range, limit: 50 }, signal));
  await ask('tasks', () => connector.values?.('task', NO_FILTER, range, signal));
  for (const view of connector.answers ?? []) {
    for (const step of steps) {
      await ask(`${view} by ${step / 1000} s`, () =>
        connector.aggregate?.({ query: { view, filter: NO_FILTER, groupBy: 'task' }, range, step }, signal)
      );
    }
  }
  return found;
}

/** Where two answers differ, one line each: `states by 60 s.totals.0: 3, 4`. Numbers may differ by what adding in another order does. */
function differences(a: unknown, b: unknown, at = ''): string[] {
  if (typeof a === 'object' && typeof b === 'object' && a !== null && b !== null) {
    const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
    const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])];
    return keys.flatMap((key) => differences(left[key], right[key], at === '' ? key : `${at}.${key}`));
  }
  const same =
    typeof a === 'number' && typeof b === 'number'
      ? Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b))
      : a === b;
  return same ? [] : [`${at}: ${say(a)}, ${say(b)}`];
}

function say(value: unknown): string {
  return typeof value === 'number' ? String(Number(value.toFixed(3))) : JSON.stringify(value);
}

describe('the same history in both', () => {
  /** What differs: Prometheus, VictoriaMetrics. */
  const DIFFERENT: Readonly<Record<string, readonly string[]>> = {
    'runlane-store-scrape': [
      // The last bucket reaches beyond the last sample. rate() of Prometheus spreads over all of it what grew in a part.
      'resources by 60 s.series.0.cpuCores.60: 0.367, 0.4',
      'resources by 60 s.series.0.now.cpuCores: 0.367, 0.4',
      'resources by 600 s.series.0.cpuCores.6: 0.272, 0.4',
      'resources by 600 s.series.0.now.cpuCores: 0.272, 0.4',
    ],
    'celery-exporter-scrape': [],
    'counters-that-are-born': [],
    'systemd-units': [],
    'kubernetes-jobs': [],
    'the-same-jobs-in-two-clusters': [],
    'workers-that-were-killed': [],
  };
  let victoria: VictoriaMetrics | undefined;
  let prometheus: System | undefined;

  afterEach(() => stopAll([prometheus, victoria]), 60_000);

  test.each(Object.entries(DIFFERENT))(
    '%s: all answers are the same but those told here',
    async (name, different) => {
      const samples = String(SITUATIONS[name]?.().samples);
      [prometheus, victoria] = await Promise.all([startPrometheus({ samples }), startVictoriaMetrics()]);
      // Instants of its metrics text are milliseconds.
      await victoria.importText(samples.replace(/^(.*) (\d+)$/gm, '$1 $2000'));
      const ofVictoria = prometheusHttp(victoria.url);
      const steps = [60_000, 600_000];
      const expected = await answersOf(prometheusHttp(prometheus.url), RANGE, steps);
      // Names of metrics are told of the last day only, and these samples are old.
      const told = await answersOf(
        (path, init) => ofVictoria(path.endsWith('/__name__/values') ? `${path}?start=1` : path, init),
        RANGE,
        steps
      );
      expect(differences(expected, told)).toEqual(different);
      expect(Object.values(told).filter((answer) => typeof answer === 'object')).not.toEqual([]);
    },
    900_000
  );
});

describe('the task store, scraped by both, with the rules that ship', () => {
  const STEP_MS = 5_000;
  let store: System;
  let victoria: VictoriaMetrics;
  let vmalert: System;
  let prometheus: System;
  let range: TimeRange;

  function runs(count: number, task: string, state: 'completed' | 'failed'): object[] {
    const now = Date.now();
    return Array.from({ length: count }, (_, i) => ({
      ...{
        source: 'shop',
        runId: `${task}-${state}-${now}-${i}`,
        attempt: 1,
        task,
        queue: 'orders',
        worker: 'orders-1',
      },
      ...{ at: now, state, queuedAt: now - 320, startedAt: now - 300, finishedAt: now },
      ...(state === 'failed' && { exitCode: 3 }),
    }));
  }

  /** Waits until both have samples of a query. */
  const untilBoth = (promQl: string) =>
    Promise.all([prometheus, victoria].map(({ url }) => samplesUntil(url, promQl, 120)));

  beforeAll(async () => {
    store = await startStore();
    const scrape = [{ job: 'runlane-store', target: store.url }];
    const files = readdirSync(RULES).map((file) => join(RULES, file));
    [prometheus, victoria] = await Promise.all([
      startPrometheus({ scrape, rules: files }),
      startVictoriaMetrics({ scrape }),
    ]);
    vmalert = await startVmalert({ rules: files, datasource: victoria.url });
    await untilBoth('up == 1');
    // Some beforehand, in the proportion of those to come. Of mail.send nothing has ever failed.
    await send(store.url, [
      ...runs(2, 'orders.charge', 'completed'),
      ...runs(1, 'orders.charge', 'failed'),
      ...runs(1, 'mail.send', 'completed'),
    ]);
    await untilBoth('sum(runlane_task_runs_finished_total) == 4');
    const from = Math.ceil(Date.now() / STEP_MS) * STEP_MS;
    await untilBoth(`min(timestamp(up)) >= ${from / 1000}`);
    await send(store.url, [
      ...runs(20, 'orders.charge', 'completed'),
      ...runs(10, 'orders.charge', 'failed'),
      ...runs(3, 'mail.send', 'failed'),
    ]);
    await untilBoth('sum(runlane_task_runs_finished_total{outcome="failed"}) == 14');
    range = { from, to: Math.ceil(Date.now() / STEP_MS) * STEP_MS };
    // What is scraped until then can be asked for.
    await untilBoth(`min(timestamp(up)) >= ${range.to / 1000}`);
  }, 900_000);

  afterAll(() => stopAll([vmalert, prometheus, victoria, store]), 60_000);

  test('vmalert takes every rule, and each can be evaluated', async () => {
    const all = await eventually('every rule to be evaluated', async () => {
      const found = await rules(vmalert.url);
      return found.every(({ health }) => health !== 'unknown') ? found : undefined;
    });
    expect(all.filter(({ health }) => health !== 'ok')).toEqual([]);
    expect(all.map(({ name }) => name).sort()).toEqual((await rules(prometheus.url)).map(({ name }) => name).sort());
  }, 120_000);

  test.each(PROFILES)('VictoriaMetrics can evaluate the rules of $name', async (profile) => {
    expect(await brokenRules(victoria.url, profile)).toEqual([]);
  });

  test('the connector counts the same, also the first failures ever', async () => {
    const ended = async ({ url }: System) => {
      const request = { query: { view: 'states', filter: NO_FILTER }, range, step: STEP_MS } as const;
      const answer = await createPrometheus({ http: prometheusHttp(url) }).aggregate?.(request, signal);
      return answer?.view === 'states' ? answer.totals.map(({ group, counts }) => ({ group, ...counts })) : [];
    };
    const told = await ended(victoria);
    expect(told).toMatchObject([
      { group: 'orders.charge', completed: 20, failed: 10 },
      { group: 'mail.send', failed: 3 },
    ]);
    expect(told).toEqual(await ended(prometheus));
  });

  test('health is recorded alike', async () => {
    const recorded = '{__name__=~"runlane:health_(score|deduction)",task="orders.charge"}';
    // What a rule of vmalert records is there for the next one an evaluation later, so that the score settles.
    let seen = '';
    await eventually(
      'the same score',
      async () => {
        const both = await Promise.all([prometheus, victoria].map(({ url }) => query(url, recorded)));
        const [exact, told] = both.map((samples) => rounded(samples).join(', '));
        seen = `Prometheus: ${exact}; VictoriaMetrics: ${told}.`;
        return exact === told && exact !== '' ? true : undefined;
      },
      { seconds: 150, everyMs: 500, lastSeen: () => seen }
    );
  }, 180_000);

  test('the same alert fires, for the same task and cause', async () => {
    const firing = 'ALERTS{alertname="abnormal-exit",alertstate="firing",task="orders.charge"}';
    const [exact, told] = await untilBoth(firing);
    const labels = (samples: Sample[] | undefined) => samples?.map(({ metric: { alertgroup: _, ...rest } }) => rest);
    expect(labels(told)).toEqual(labels(exact));
    expect(told).toMatchObject([{ metric: { source: 'shop', task: 'orders.charge', cause: 'exit 3' } }]);
  }, 300_000);
});

/** To a tenth of a point, in an order of their own. */
function rounded(samples: readonly Sample[]): string[] {
  return samples
    .map(({ metric, value }) => `${metric['__name__']} ${metric['reason'] ?? ''} ${value.toFixed(1)}`)
    .sort();
}
