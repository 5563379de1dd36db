import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MetricsText } from '../../scripts/recordings/metrics-text';
import { createPrometheus } from '../../src/connectors/prometheus/connector';
import type { Answer } from '../../src/model/answer';
import type { View } from '../../src/model/task-query';
import { queryUntil } from '../systems/ask-prometheus';
import { eventually } from '../systems/eventually';
import { startPrometheus } from '../systems/prometheus';
import { prometheusHttp } from '../systems/prometheus-http';
import type { Launched } from '../systems/system';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** The end of what is known: midnight, so that every step below ends there. No sample lies on it. */
const END = Math.floor(Date.now() / 1000 / DAY) * DAY;
const EVERY = 30;
const OFF_BOUNDS = 7;

const target = { job: 'celery', instance: 'exporter:9808' };
const signal = new AbortController().signal;

/** A run every `every` seconds of `days` days, whose series live twelve minutes and are told to nobody afterwards. */
function runsThatPass(days: number, every: number, workerOf: (run: number) => string): { text: string; runs: number } {
  // Scraped before as well: how long before, the length of the pieces decides that a range is counted in.
  const from = END - days * DAY * 1.1 - HOUR + OFF_BOUNDS;
  const range = { from, to: END - OFF_BOUNDS, every: days > 7 ? 4 * MINUTE : EVERY };
  const text = new MetricsText(range, target).add('up', {}, () => 1);
  const first = END - days * DAY + 5 * MINUTE;
  const runs = Math.floor((days * DAY) / every);
  for (let run = 0; run < runs; run++) {
    const labels = { name: 'reports.render', hostname: workerOf(run), queue_name: 'q' };
    const born = first + run * every;
    const value = (i: number) => {
      const at = range.from + i * range.every;
      return at >= born && at < born + 12 * MINUTE ? 1 : undefined;
    };
    for (const metric of ['celery_task_started_total', 'celery_task_succeeded_total']) {
      text.add(metric, labels, value);
    }
    for (const [le, count] of [
      ['1', 0],
      ['10', 1],
      ['+Inf', 1],
    ] as const) {
      text.add('celery_task_runtime_bucket', { ...labels, le }, (i) => (value(i) === undefined ? undefined : count));
    }
    text.add('celery_task_runtime_count', labels, value);
  }
  return { text: text.toString(), runs };
}

async function ask<V extends View>(url: string, profile: string, view: V, days: number, stepSeconds: number) {
  const connector = createPrometheus({ http: prometheusHttp(url) }, { profile });
  const range = { from: (END - days * DAY) * 1000, to: END * 1000 };
  const query = { view, filter: { matches: [] }, groupBy: 'task' as const };
  return (await connector.aggregate?.({ query, range, step: stepSeconds * 1000 }, signal)) as Extract<
    Answer,
    { view: V }
  >;
}

async function withSamples<T>(version: '2' | '3', samples: string, use: (url: string) => Promise<T>): Promise<T> {
  const prometheus = await startPrometheus({ version, samples, intervalSeconds: 60 });
  try {
    return await use(prometheus.url);
  } finally {
    await prometheus.stop();
  }
}

const all = (values: ReadonlyArray<number | null>) => values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
const pod = (run: number) => `celery@worker-${run}`;

describe.each(['2', '3'] as const)('on Prometheus %s', (version) => {
  test.each([
    [
      '12 h of them, each in a worker of its own',
      0.5,
      15 * MINUTE,
      pod,
      [60, 300, 900, 1800, HOUR, 2 * HOUR, 12 * HOUR],
    ],
    [
      '12 h of them, in a worker of the same name',
      0.5,
      30 * MINUTE,
      () => 'celery@reports',
      [300, 1800, HOUR, 6 * HOUR],
    ],
    ['a week of them', 7, HOUR, pod, [HOUR, 12 * HOUR]],
    ['30 days of them', 30, 6 * HOUR, pod, [2 * HOUR, DAY]],
  ])(
    'runs whose counters are born and gone with them are counted at every step: %s',
    async (_, days, every, workerOf, steps) => {
      const { text, runs } = runsThatPass(days, every, workerOf);
      await withSamples(version, text, async (url) => {
        for (const step of steps) {
          const { totals } = await ask(url, 'celery-exporter', 'states', days, step);
          expect([step, totals.map(({ group, counts }) => [group, counts.completed])]).toEqual([
            step,
            [['reports.render', runs]],
          ]);
          const { series } = await ask(url, 'celery-exporter', 'durations', days, step);
          expect([step, all(series[0]?.count ?? [])]).toEqual([step, runs]);
        }
        const { workers } = await ask(url, 'celery-exporter', 'workers', days, HOUR);
        expect(workers.reduce((sum, { completed = 0 }) => sum + completed, 0)).toBe(runs);
      });
    },
    300_000
  );

  test('a restart in a bucket loses nothing that was told, and an exception that is seen once is one failure', async () => {
    const range = { from: END - DAY + OFF_BOUNDS - HOUR, to: END - OFF_BOUNDS, every: EVERY };
    const labels = { name: 'mail', hostname: 'w', queue_name: 'q' };
    const half = DAY / 2 / EVERY;
    const text = new MetricsText(range, target)
      .add('up', {}, () => 1)
      .add('celery_task_succeeded_total', labels, (i) => 1000 + (i < half ? i : i - half - 1000))
      .add('celery_task_failed_total', { ...labels, exception: 'KeyError' }, (i) =>
        i > half && i < half + 20 ? 1 : undefined
      );
    await withSamples(version, text.toString(), async (url) => {
      for (const step of [300, HOUR, 12 * HOUR]) {
        const { totals } = await ask(url, 'celery-exporter', 'states', 1, step);
        // One per scrape; what came between the last scrape before the restart and the first after it nobody was told.
        expect([step, totals[0]?.counts]).toEqual([step, { completed: DAY / EVERY - 1, failed: 1 }]);
      }
    });
  }, 120_000);

  test('the zero before a new counter is used, whose target nobody knew before', async () => {
    const range = { from: END - HOUR + OFF_BOUNDS, to: END - OFF_BOUNDS, every: EVERY };
    const labels = { name: 'mail', hostname: 'w', queue_name: 'q' };
    const born = HOUR / 2 / EVERY;
    const since = (first: number) => (i: number) => (i < born ? undefined : i === born ? 0 : first);
    const text = new MetricsText(range, target)
      .add('up', {}, (i) => (i < born + 1 ? undefined : 1))
      .add('celery_task_succeeded_total', labels, since(7));
    await withSamples(version, text.toString(), async (url) => {
      for (const step of [60, 300, HOUR]) {
        const { totals } = await ask(url, 'celery-exporter', 'states', 1 / 24, step);
        expect([step, totals[0]?.counts.completed]).toEqual([step, 7]);
      }
    });
  }, 120_000);

  test('a bucket that is spelt "1" before an upgrade and "1.0" after it is one', async () => {
    const range = { from: END - 3 * HOUR + OFF_BOUNDS, to: END - OFF_BOUNDS, every: EVERY };
    const labels = { source: 'shop', task: 'mail.send' };
    const upgrade = (2 * HOUR) / EVERY;
    const text = new MetricsText(range, { job: 's', instance: 'i' }).add('up', {}, () => 1);
    const bucket = (le: string, when: (i: number) => boolean) =>
      text.add('runlane_task_run_duration_seconds_bucket', { ...labels, le }, (i) =>
        !when(i) ? undefined : Number(le) < 0.25 ? 0 : 100_000 + 10 * i
      );
    for (const le of ['0.1', '0.25', '0.5', '2.5', '+Inf']) {
      bucket(le, () => true);
    }
    for (const le of ['1', '5']) {
      bucket(le, (i) => i < upgrade);
      bucket(`${le}.0`, (i) => i >= upgrade);
    }
    text.add('runlane_task_run_duration_seconds_count', labels, (i) => 100_000 + 10 * i);
    await withSamples(version, text.toString(), async (url) => {
      for (const step of [60, 300, 1800]) {
        const { series } = await ask(url, 'runlane-store', 'durations', 2 / 24, step);
        const told = (values: ReadonlyArray<number | null> = []) =>
          new Set(values.flatMap((value) => (value === null ? [] : [Math.round(value)])));
        expect([step, told(series[0]?.p50), told(series[0]?.p99)]).toEqual([step, new Set([175]), new Set([249])]);
      }
    });
  }, 120_000);
});

test('names that keep their dots in Prometheus 3 are found, and filters on labels that keep theirs', async () => {
  let done = 2;
  const server = createServer((_, response) =>
    response
      .setHeader('content-type', 'text/plain; version=1.0.0; escaping=allow-utf-8')
      .end(
        ['mail', 'report']
          .map(
            (task) => `{"bullmq.jobs.completed_total","bullmq.job.name"="${task}","bullmq.queue.name"="q"} ${done}\n`
          )
          .join('')
      )
  );
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const prometheus = await startPrometheus({ version: '3', scrape: [{ job: 'queue', target: url }] });
  try {
    await queryUntil(prometheus.url, 'count({"bullmq.jobs.completed_total"} == 2) == 2');
    const from = Date.now();
    done = 5;
    await queryUntil(prometheus.url, 'count({"bullmq.jobs.completed_total"} == 5) == 2');
    const connector = createPrometheus({ http: prometheusHttp(prometheus.url) }, {});
    const states = async (field: 'task' | 'label:bullmq.queue.name', value: string) => {
      const query = {
        view: 'states' as const,
        filter: { matches: [{ field, operator: '=' as const, values: [value] }] },
      };
      const range = { from: from - 10_000, to: Date.now() + 5_000 };
      const answer = await connector.aggregate?.({ query, range, step: 60_000 }, signal);
      return answer?.view === 'states' ? answer.totals.map(({ group, counts }) => [group, counts.completed]) : [];
    };
    expect(await states('task', 'mail')).toEqual([['mail', 3]]);
    expect((await states('label:bullmq.queue.name', 'q')).map(([group]) => group).sort()).toEqual(['mail', 'report']);
    const range = { from: from - 60_000, to: Date.now() };
    expect((await connector.values?.('task', { matches: [] }, range, signal))?.sort()).toEqual(['mail', 'report']);
  } finally {
    await prometheus.stop();
    server.close();
  }
}, 120_000);

describe('histograms that Prometheus 3 keeps in native form', () => {
  const BOUNDS = ['1', '5', '10', '+Inf'];
  const told = new Map<string, number[]>();
  let server: Server;
  let url: string;

  /** What the exporter says: of each task, how many runs up to each bound. */
  const page = () =>
    [
      '# TYPE runlane_task_run_duration_seconds histogram',
      ...[...told].flatMap(([task, counts]) => [
        ...BOUNDS.map(
          (le, i) => `runlane_task_run_duration_seconds_bucket{source="shop",task="${task}",le="${le}"} ${counts[i]}`
        ),
        `runlane_task_run_duration_seconds_sum{source="shop",task="${task}"} 1`,
        `runlane_task_run_duration_seconds_count{source="shop",task="${task}"} ${counts.at(-1)}`,
      ]),
      '',
    ].join('\n');

  beforeAll(async () => {
    server = createServer((_, response) => response.setHeader('content-type', 'text/plain; version=0.0.4').end(page()));
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((closed) => server.close(closed)));

  test.each([
    ['converted', { convert_classic_histograms_to_nhcb: true }],
    [
      'in both forms, while one migrates',
      { convert_classic_histograms_to_nhcb: true, always_scrape_classic_histograms: true },
    ],
  ])(
    'the first runs of a task and a burst are counted once, in their own bucket: %s',
    async (_, scrapeAs) => {
      told.clear();
      told.set('old', [5, 5, 5, 5]);
      const prometheus: Launched = await startPrometheus({
        version: '3',
        scrape: [{ job: 'store', target: url }],
        scrapeAs,
      });
      try {
        await queryUntil(prometheus.url, 'histogram_count(runlane_task_run_duration_seconds) == 5');
        const step = 10;
        const next = () => Math.ceil((Date.now() / 1000 + 1) / step) * step;
        const from = next();
        await eventually('the bucket', () => Date.now() / 1000 > from + 2 || undefined);
        told.set('mail', [0, 20, 20, 20]);
        told.set('old', [5, 8, 8, 8]);
        await eventually('the next bucket', () => Date.now() / 1000 > from + step + 2 || undefined);
        told.set('mail', [4, 24, 24, 24]);
        await eventually('its end', () => Date.now() / 1000 > from + 2 * step + 1 || undefined);
        const connector = createPrometheus({ http: prometheusHttp(prometheus.url) }, { profile: 'runlane-store' });
        const answer = await connector.aggregate?.(
          {
            query: { view: 'durations', filter: { matches: [] }, groupBy: 'task' },
            range: { from: from * 1000, to: (from + 2 * step) * 1000 },
            step: step * 1000,
          },
          signal
        );
        const series = answer?.view === 'durations' ? answer.series : [];
        expect(
          series.map(({ group, count, p50 }) => [group, count, p50.map((value) => value && Math.round(value))])
        ).toEqual([
          ['mail', [20, 4], [3000, 500]],
          ['old', [3, 0], [3000, null]],
        ]);
        expect(answer?.notices).toBeUndefined();
      } finally {
        await prometheus.stop();
      }
    },
    120_000
  );
});
