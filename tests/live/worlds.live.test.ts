import type { Match } from '../../src/model/task-query';
import { Past, askPast } from '../systems/prometheus-past';
import type { AskedOfPast } from '../systems/prometheus-past';

/**
 * Whose run is it, and when did it end? Situations of several clusters, namespaces and exporters, in a Prometheus that has
 * scraped them for six hours.
 */
const HOUR = 3600;
const TO = Math.floor(Date.now() / 1000 / HOUR) * HOUR - HOUR;
const FROM = TO - 6 * HOUR;
const RANGE = { from: FROM * 1000, to: TO * 1000 };
const LONG = 600_000;

interface Job {
  cluster?: string;
  namespace?: string;
  name: string;
  owner?: string;
  startedAt: number;
  completedAt?: number;
  failedAt?: number;
  /** When its series end. */
  goneAt?: number;
  /** Who tells of it, from when to when. */
  exporters?: ReadonlyArray<{ instance: string; from: number; to: number }>;
}

const ALWAYS = [{ instance: '10.0.0.1:8080', from: -Infinity, to: Infinity }];

function past(): Past {
  return new Past({ from: FROM - 2 * HOUR, to: TO });
}

function addExporter(to: Past, labels: Record<string, string>, { instance, from, to: until } = ALWAYS[0]!): void {
  to.add('up', { job: 'ksm', ...labels, instance }, (at) => (at >= from && at <= until ? 1 : undefined));
}

function addJob(to: Past, { name, namespace = 'ops', cluster, owner, exporters = ALWAYS, ...when }: Job): void {
  const { startedAt, completedAt = Infinity, failedAt = Infinity, goneAt = Infinity } = when;
  for (const { instance, from, to: until } of exporters) {
    const world: Record<string, string> = cluster === undefined ? {} : { cluster };
    const labels = { job: 'ksm', instance, ...world, namespace, job_name: name };
    const add = (metric: string, since: number, value: number, more = {}) =>
      to.add(metric, { ...labels, ...more }, (at) =>
        at >= Math.max(since, from) && at <= Math.min(until, goneAt) ? value : undefined
      );
    add('kube_job_created', startedAt, startedAt);
    add('kube_job_status_start_time', startedAt, startedAt);
    add('kube_job_status_completion_time', completedAt, completedAt);
    add('kube_job_failed', failedAt, 1, { condition: 'true' });
    to.add('kube_job_status_active', labels, (at) =>
      at < Math.max(startedAt, from) || at > Math.min(until, goneAt)
        ? undefined
        : Number(at < Math.min(completedAt, failedAt))
    );
    if (owner !== undefined) {
      add('kube_job_owner', startedAt, 1, { owner_kind: 'CronJob', owner_name: owner });
    }
  }
}

function task(...values: string[]): Match {
  return { field: 'task', operator: '=', values };
}

let asked: AskedOfPast;
afterEach(() => asked.stop(), 60_000);

test(
  'the same CronJob in two clusters and namespaces is as many tasks, in runs, counts, filters and values',
  async () => {
    const all = past();
    for (const [cluster, namespace, ends] of [
      ['eu', 'ops', { failedAt: FROM + 2 * HOUR }],
      ['us', 'ops', { completedAt: FROM + HOUR + 900 }],
      ['us', 'shop', { completedAt: FROM + HOUR + 60 }],
    ] as const) {
      addExporter(all, { cluster });
      addJob(all, { cluster, namespace, name: 'backup-29932800', owner: 'backup', startedAt: FROM + HOUR, ...ends });
    }
    asked = await askPast(all, 'kube-jobs', RANGE);
    const runs = await asked.runs();
    expect(
      // To the minute: how a failure ended is as exact as the looks at it.
      Object.fromEntries(
        runs.map((run) => [
          run.runId,
          [run.task, run.state, 60 * Math.floor(((run.finishedAt ?? 0) / 1000 - FROM) / 60)],
        ])
      )
    ).toEqual({
      'eu/ops/backup-29932800': ['eu/ops/backup', 'failed', 2 * HOUR],
      'us/ops/backup-29932800': ['us/ops/backup', 'completed', HOUR + 900],
      'us/shop/backup-29932800': ['us/shop/backup', 'completed', HOUR + 60],
    });
    const counts = {
      'eu/ops/backup': { failed: 1 },
      'us/ops/backup': { completed: 1 },
      'us/shop/backup': { completed: 1 },
    };
    for (const step of [60_000, 900_000, 3_600_000]) {
      expect(await asked.counts({ step })).toEqual(counts);
    }
    expect((await asked.values('task')).sort()).toEqual(Object.keys(counts));
    const two = [task('eu/ops/backup', 'us/shop/backup')];
    expect((await asked.runs(...two)).map(({ runId }) => runId).sort()).toEqual([
      'eu/ops/backup-29932800',
      'us/shop/backup-29932800',
    ]);
    expect(await asked.counts({ matches: two, groupBy: 'source' })).toEqual({ ksm: { failed: 1, completed: 1 } });
    expect(await asked.counts({ matches: [{ ...task('us/ops/backup'), operator: '!=' }], groupBy: 'source' })).toEqual({
      ksm: { failed: 1, completed: 1 },
    });
    expect(Object.keys(await asked.counts({ matches: [task('backup')] }))).toHaveLength(3);
  },
  LONG
);

test(
  'a run that was made by hand is its CronJob’s everywhere; a job of nobody keeps its whole name',
  async () => {
    const all = past();
    addExporter(all, {});
    addJob(all, { name: 'report-29737380', owner: 'report', startedAt: FROM + HOUR, failedAt: FROM + HOUR + 300 });
    addJob(all, {
      name: 'report-manual-x7',
      owner: 'report',
      startedAt: FROM + 2 * HOUR,
      completedAt: FROM + 2 * HOUR + 90,
    });
    addJob(all, { name: 'try-1', owner: 'report', startedAt: FROM + 3 * HOUR, completedAt: FROM + 3 * HOUR + 90 });
    addJob(all, { name: 'import-20261128', startedAt: FROM + 3 * HOUR, completedAt: FROM + 3 * HOUR + 90 });
    asked = await askPast(all, 'kube-jobs', RANGE);
    const report = { completed: 2, failed: 1 };
    expect(await asked.counts()).toEqual({ report, 'import-20261128': { completed: 1 } });
    expect((await asked.values('task')).sort()).toEqual(['import-20261128', 'report']);
    expect((await asked.runs(task('report'))).map(({ runId }) => runId)).toEqual([
      'ops/try-1',
      'ops/report-manual-x7',
      'ops/report-29737380',
    ]);
    expect(await asked.counts({ matches: [task('report')] })).toEqual({ report });
    expect(await asked.counts({ matches: [{ ...task('report'), operator: '!=' }], groupBy: 'source' })).toEqual({
      ksm: { completed: 1 },
    });
    expect(await asked.counts({ matches: [task('import')] })).toEqual({});
    expect(await asked.runs(task('import'))).toEqual([]);
  },
  LONG
);

test.each([
  ['one after the other', FROM + 3 * HOUR, FROM + 3 * HOUR + 60],
  ['with a gap between', FROM + 3 * HOUR + 900, FROM + 3 * HOUR],
  ['both all the time', FROM - 2 * HOUR, TO],
])(
  'exporters %s tell of the same failures: none is new',
  async (_how, secondFrom, firstTo) => {
    const all = past();
    const exporters = [
      { instance: '10.0.0.38:8080', from: -Infinity, to: firstTo },
      { instance: '10.0.0.41:8080', from: secondFrom, to: Infinity },
    ];
    exporters.forEach((exporter) => addExporter(all, {}, exporter));
    for (const name of ['renovate-29737380', 'renovate-29738820']) {
      addJob(all, { name, owner: 'renovate', startedAt: FROM - 9 * HOUR, failedAt: FROM - 8 * HOUR, exporters });
    }
    addJob(all, {
      name: 'renovate-29743000',
      owner: 'renovate',
      startedAt: FROM + HOUR,
      failedAt: FROM + 2 * HOUR,
      exporters,
    });
    asked = await askPast(all, 'kube-jobs', RANGE);
    for (const step of [30_000, 60_000, 300_000, 3_600_000]) {
      expect(await asked.counts({ step })).toEqual({ renovate: { failed: 1 } });
    }
    expect((await asked.runs()).map(({ runId }) => runId)).toEqual(['ops/renovate-29743000']);
  },
  LONG
);

test(
  'a job that two exporters tell of runs once',
  async () => {
    const all = past();
    const exporters = ['10.0.0.38:8080', '10.0.0.41:8080'].map((instance) => ({ ...ALWAYS[0]!, instance }));
    exporters.forEach((exporter) => addExporter(all, {}, exporter));
    addJob(all, { name: 'renovate-29743000', owner: 'renovate', startedAt: FROM + HOUR, exporters });
    asked = await askPast(all, 'kube-jobs', RANGE);
    expect(await asked.counts()).toEqual({ renovate: { running: 1 } });
    expect(await asked.counts({ groupBy: 'source' })).toEqual({ ksm: { running: 1 } });
  },
  LONG
);

test(
  'a target that gets a label, as of its cluster, goes on: what it had counted before is no growth',
  async () => {
    const all = past();
    // Nothing completes between the last scrape under the old labels and the first under the new ones.
    const named = FROM + 3 * HOUR + 30;
    for (const [world, isThen] of [
      [{}, (at: number) => at < named],
      [{ cluster: 'eu' }, (at: number) => at >= named],
    ] as const) {
      const labels = { job: 'celery', instance: 'exporter:9808', ...world };
      const mail = { ...labels, name: 'mail', hostname: 'w', queue_name: 'q' };
      const then = (value: (at: number) => number) => (at: number) => (isThen(at) ? value(at) : undefined);
      all.add(
        'up',
        labels,
        then(() => 1)
      );
      all.add(
        'celery_task_succeeded_total',
        mail,
        then((at) => 100_000 + Math.floor((at - FROM) / 60))
      );
      all.add(
        'celery_task_failed_total',
        { ...mail, exception: 'KeyError' },
        then(() => 7)
      );
      all.add(
        'celery_task_runtime_bucket',
        { ...mail, le: '+Inf' },
        then((at) => 100_000 + Math.floor((at - FROM) / 60))
      );
    }
    asked = await askPast(all, 'celery-exporter', RANGE);
    for (const step of [60_000, 300_000, 3_600_000]) {
      expect(await asked.counts({ step })).toEqual({ mail: { completed: 360 } });
    }
  },
  LONG
);

test(
  'a job that is gone is unknown since it was seen last, one that failed ended when that was seen',
  async () => {
    const all = past();
    addExporter(all, {});
    addJob(all, { name: 'hook', startedAt: FROM + HOUR, goneAt: FROM + HOUR + 30 });
    addJob(all, { name: 'preempted', startedAt: FROM + HOUR, goneAt: FROM + 2 * HOUR });
    addJob(all, { name: 'goes-on', startedAt: FROM + HOUR });
    addJob(all, { name: 'fails', startedAt: FROM + HOUR, failedAt: FROM + HOUR + 120 });
    addJob(all, { name: 'failed-long-ago', startedAt: FROM - 20 * HOUR, failedAt: FROM - 20 * HOUR + 120 });
    addJob(all, { name: 'done', startedAt: FROM + HOUR, completedAt: FROM + 2 * HOUR, goneAt: FROM + 2 * HOUR + 60 });
    asked = await askPast(all, 'kube-jobs', RANGE);
    const seen = Object.fromEntries((await asked.runs()).map((run) => [run.runId, run]));
    expect(Object.keys(seen).sort()).toEqual(['ops/done', 'ops/fails', 'ops/goes-on', 'ops/hook', 'ops/preempted']);
    expect(seen['ops/hook']).toMatchObject({ state: 'unknown', observedAt: (FROM + HOUR + 30) * 1000 });
    expect(seen['ops/preempted']).toMatchObject({
      state: 'unknown',
      evidence: expect.stringMatching(/^no series since /),
    });
    // To the interval at which it is looked.
    expect((FROM + 2 * HOUR) * 1000 - (seen['ops/preempted']?.observedAt ?? 0)).toBeLessThanOrEqual(60_000);
    expect(seen['ops/goes-on']).toMatchObject({ state: 'running', observedAt: RANGE.to });
    expect(seen['ops/done']).toMatchObject({ state: 'completed', finishedAt: (FROM + 2 * HOUR) * 1000 });
    expect((seen['ops/fails']?.finishedAt ?? 0) / 1000 - FROM - HOUR).toBeGreaterThanOrEqual(120);
    expect((seen['ops/fails']?.finishedAt ?? 0) / 1000 - FROM - HOUR).toBeLessThanOrEqual(180);
    // Also where it was gone when the bucket ended.
    expect((await asked.counts({ step: 3_600_000 }))['done']).toEqual({ completed: 1 });
  },
  LONG
);

test(
  'a unit that fails between two scrapes is drawn as it is counted; the same unit on two hosts is two runs',
  async () => {
    const all = past();
    for (const instance of ['a:9100', 'b:9100']) {
      const target = { job: 'node', instance };
      all.add('up', target, () => 1);
      for (const state of ['active', 'inactive', 'failed']) {
        const is = (at: number) => (at < FROM + 1800 ? 'inactive' : 'failed') === state;
        all.add('node_systemd_unit_state', { ...target, name: 'backup.service', type: 'oneshot', state }, (at) =>
          Number(is(at))
        );
      }
    }
    asked = await askPast(all, 'node-systemd', RANGE);
    const runs = await asked.runs();
    expect(runs.map(({ task: name, host, state, evidence }) => [name, host, state, evidence])).toEqual([
      ['backup.service', 'a:9100', 'failed', 'began and failed between two scrapes'],
      ['backup.service', 'b:9100', 'failed', 'began and failed between two scrapes'],
    ]);
    expect(new Set(runs.map(({ runId }) => runId)).size).toBe(2);
    expect(await asked.counts()).toEqual({ 'backup.service': { failed: 2 } });
  },
  LONG
);

test(
  'a host that is scraped under a new name has not failed again',
  async () => {
    const all = past();
    for (const [instance, from, to] of [
      ['old:9100', FROM - 2 * HOUR, FROM + HOUR],
      ['new:9100', FROM + HOUR, TO],
    ] as const) {
      const target = { job: 'node', instance };
      const within = (value: number) => (at: number) => (at >= from && at <= to ? value : undefined);
      all.add('up', target, within(1));
      all.add(
        'node_systemd_unit_state',
        { ...target, name: 'backup.service', type: 'oneshot', state: 'failed' },
        within(1)
      );
    }
    asked = await askPast(all, 'node-systemd', RANGE);
    for (const step of [60_000, 3_600_000]) {
      expect(await asked.counts({ step })).toEqual({ 'backup.service': {} });
    }
  },
  LONG
);

test(
  'queues, workers and their counts are those of one environment each',
  async () => {
    const all = past();
    for (const [env, waiting] of [
      ['prod', 7],
      ['stage', 2],
    ] as const) {
      const target = { job: 'celery', instance: `${env}:9808`, env };
      all.add('up', target, () => 1);
      all.add('celery_queue_length', { ...target, queue_name: 'mail' }, () => waiting);
      all.add('celery_worker_up', { ...target, hostname: 'w1' }, () => Number(env === 'prod'));
      const grown = (at: number) => Math.floor((at - FROM) / HOUR) + 10;
      all.add('celery_task_succeeded_total', { ...target, name: 'send', queue_name: 'mail', hostname: 'w1' }, grown);
    }
    asked = await askPast(all, 'celery-exporter', RANGE);
    const { queues } = await asked.view('queues');
    expect(queues.map(({ name, pending }) => [name, pending])).toEqual([
      ['prod/mail', 7],
      ['stage/mail', 2],
    ]);
    const { workers } = await asked.view('workers');
    expect(workers.map(({ name, alive, completed }) => [name, alive, completed])).toEqual([
      ['stage/w1', false, 6],
      ['prod/w1', true, 6],
    ]);
    const send = { completed: 6 };
    expect(await asked.counts()).toMatchObject({ 'prod/send': send, 'stage/send': send });
    expect(await asked.counts({ groupBy: 'queue', matches: [task('stage/send')] })).toMatchObject({
      'stage/mail': send,
    });
  },
  LONG
);

test(
  'where there is one world, names are short and nothing else is asked for',
  async () => {
    const all = past();
    addExporter(all, { cluster: 'eu' });
    addJob(all, {
      cluster: 'eu',
      name: 'backup-1',
      owner: 'backup',
      startedAt: FROM + HOUR,
      completedAt: FROM + HOUR + 60,
    });
    asked = await askPast(all, 'kube-jobs', RANGE);
    expect(await asked.counts()).toEqual({ backup: { completed: 1 } });
    expect(await asked.runs()).toMatchObject([
      { runId: 'eu/ops/backup-1', task: 'backup', labels: { cluster: 'eu', namespace: 'ops' } },
    ]);
  },
  LONG
);
