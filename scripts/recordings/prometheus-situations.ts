import { MetricsText } from './metrics-text';

/** The range that the connectors' contract test asks for. */
export const RANGE = { from: 1_750_000_000_000 - 3_600_000, to: 1_750_000_000_000 };

export interface Situation {
  /** Samples before Prometheus starts; none for an empty one. */
  samples?: MetricsText;
  /** More lines of prometheus.yml. */
  config?: string;
  flags?: readonly string[];
  /** A native histogram, which only remote write brings in with a time of its own. */
  native?: boolean;
}

const every15s = (job: string) =>
  new MetricsText({ from: RANGE.from / 1000 - 1800, to: RANGE.to / 1000, every: 15 }, { job, instance: 'host-a:9808' });

/** Each becomes a fixture of this name. */
export const SITUATIONS: Readonly<Record<string, () => Situation>> = {
  'runlane-store-scrape': () => ({ samples: store() }),
  'celery-exporter-scrape': () => ({ samples: celery() }),
  'counters-that-are-born': () => ({ samples: born() }),
  'nothing-there': () => ({ samples: every15s('node').add('go_goroutines', {}, () => 12) }),
  'partial-because-a-store-behind-does-not-answer': () => ({
    samples: celery(),
    config: 'remote_read:\n  - url: http://127.0.0.1:9/read\n    read_recent: true\n    remote_timeout: 1s\n',
  }),
  'values-that-are-no-numbers-and-gaps': () => ({ samples: strange() }),
  'histograms-with-missing-buckets': () => ({ samples: missingBuckets() }),
  'native-histograms': () => ({ native: true, flags: ['--enable-feature=native-histograms'] }),
  'limit-of-samples-exceeded': () => ({ samples: celery(), flags: ['--query.max-samples=50'] }),
  'a-hundred-thousand-tasks': () => ({ samples: hundredThousand() }),
  'kubernetes-jobs': () => ({ samples: kubeJobs() }),
  'systemd-units': () => ({ samples: systemd() }),
  'the-same-jobs-in-two-clusters': () => ({ samples: twoClusters() }),
  'workers-that-were-killed': () => ({ samples: killedWorkers() }),
};

function store(): MetricsText {
  const text = every15s('runlane');
  const mail = { source: 'shop', task: 'email.send', queue: 'mail' };
  const report = { source: 'shop', task: 'report "nightly"\\', queue: '' };
  text
    .add('runlane_task_runs_created_total', mail, (i) => 1000 + 2 * i)
    .add('runlane_task_runs_started_total', mail, (i) => 990 + 2 * i)
    .add('runlane_task_runs_finished_total', { ...mail, outcome: 'completed' }, (i) => 900 + 2 * i)
    .add('runlane_task_runs_finished_total', { ...mail, outcome: 'failed' }, (i) => 50 + Math.floor(i / 10))
    // Born in the range: its first failure is its first sample.
    .add('runlane_task_runs_finished_total', { ...report, outcome: 'failed' }, (i) => (i < 200 ? undefined : 1))
    .add('runlane_task_abnormal_exits_total', { ...mail, reason: 'exit 1' }, (i) => Math.floor(i / 12))
    .add('runlane_task_abnormal_exits_total', { ...mail, reason: 'lost' }, (i) => Math.floor(i / 100))
    .add('runlane_task_runs', { ...mail, state: 'pending' }, (i) => i % 7)
    .add('runlane_task_runs', { ...mail, state: 'running' }, (i) => 2 + (i % 3))
    .add('runlane_queue_oldest_pending_timestamp_seconds', { source: 'shop', queue: 'mail' }, (_i, _s, at) => at - 90)
    .add('runlane_worker_last_seen_timestamp_seconds', { source: 'shop', worker: 'mail-1' }, (_i, _s, at) => at - 3)
    .add('runlane_worker_last_seen_timestamp_seconds', { source: 'shop', worker: 'mail-2' }, () => RANGE.from / 1000)
    .add('runlane_task_cpu_seconds_total', mail, (i) => 0.4 * 15 * i)
    .add('runlane_task_resident_memory_bytes', mail, (_i, share) => 50e6 + 30e6 * share)
    .add('runlane_health_score', { source: 'shop', task: mail.task }, (_i, share) => (share < 0.7 ? 97 : 81.5))
    .add('runlane_health_deduction', { source: 'shop', task: mail.task, reason: 'failures' }, (_i, share) =>
      share < 0.7 ? 3 : 18.5
    )
    .add('runlane_health_deduction', { source: 'shop', task: mail.task, reason: 'wait' }, () => 0)
    .histogram('runlane_task_run_duration_seconds', mail, [
      ['0.5', 0.5],
      ['1', 1],
      ['2.5', 0.4],
      ['14400', 0.05],
      ['+Inf', 0.05],
    ])
    .histogram('runlane_task_run_wait_seconds', mail, [
      ['0.1', 1.5],
      ['1', 0.5],
      ['+Inf', 0],
    ]);
  return text;
}

function celery(): MetricsText {
  const text = every15s('celery');
  for (const [worker, share] of [
    ['w1', 1],
    ['w2', 0.25],
  ] as const) {
    const labels = { name: 'shop.email', hostname: worker, queue_name: 'celery' };
    text
      .add('celery_task_received_total', labels, (i) => Math.floor(share * 4 * i))
      .add('celery_task_started_total', labels, (i) => Math.floor(share * 4 * i))
      // The exporter starts anew in the middle: the counter falls back to 0.
      .add('celery_task_succeeded_total', labels, (i) => Math.floor(share * 4 * (i < 250 ? i : i - 250)))
      .add('celery_task_failed_total', { ...labels, exception: 'SMTPError' }, (i) => Math.floor((share * i) / 5))
      .add('celery_task_failed_total', { ...labels, exception: '' }, () => 0)
      .add('celery_task_revoked_total', labels, () => 0)
      .add('celery_task_retried_total', labels, (i) => Math.floor((share * i) / 9))
      .add('celery_worker_up', { hostname: worker }, (i) => (worker === 'w2' && i > 300 ? 0 : 1))
      .add('celery_worker_tasks_active', { hostname: worker }, (i) => i % 5)
      .histogram('celery_task_runtime', labels, [
        ['0.1', share],
        ['1', 2 * share],
        ['10.0', share],
        ['+Inf', 0],
      ]);
  }
  return text
    .add('celery_queue_length', { queue_name: 'celery' }, (i) => 40 + (i % 11))
    .add('celery_active_process_count', { queue_name: 'celery' }, () => 8);
}

/** Flower's counters, which appear at the first event of their kind. Two targets, of which one appears in the range. */
function born(): MetricsText {
  const text = every15s('celery')
    .add('up', {}, () => 1)
    .add('flower_worker_online', { worker: 'w1' }, () => 1);
  const events = (target: string, type: string, task: string, valueAt: (i: number) => number | undefined) =>
    text.add('flower_events_total', { instance: target, worker: 'w1', type, task }, valueAt);
  // Of this target nothing ever failed before: three do, and then one more.
  events('host-a:9808', 'task-succeeded', 'mail.send', (i) => i);
  events('host-a:9808', 'task-failed', 'orders.refund', (i) => (i < 200 ? undefined : i < 260 ? 3 : 4));
  // What this one counted before Prometheus knew it is nobody's growth: only the two after that are.
  text.add('up', { instance: 'host-b:9808' }, (i) => (i < 200 ? undefined : 1));
  events('host-b:9808', 'task-failed', 'report.build', (i) => (i < 200 ? undefined : i < 260 ? 70 : 72));
  return text;
}

function strange(): MetricsText {
  const labels = { source: 'shop', task: 'odd', queue: 'q' };
  return every15s('runlane')
    .add('runlane_task_runs', { ...labels, state: 'running' }, (i) => [NaN, Infinity, -Infinity, 3][i % 4])
    .add('runlane_task_runs', { ...labels, state: 'pending' }, (i) => (i > 150 && i < 260 ? undefined : 5))
    .add('runlane_task_runs_finished_total', { ...labels, outcome: 'completed' }, (i) => (i > 300 ? undefined : i))
    .add('runlane_queue_oldest_pending_timestamp_seconds', { source: 'shop', queue: 'q' }, () => NaN)
    .add('runlane_task_cpu_seconds_total', labels, (i) => (i % 3 === 0 ? NaN : i))
    .add('runlane_task_resident_memory_bytes', labels, () => Infinity);
}

function missingBuckets(): MetricsText {
  const rows = [
    ['0.5', 1],
    ['1', 1],
    ['+Inf', 0.5],
  ] as const;
  const task = (name: string) => ({ source: 'shop', task: name, queue: 'q' });
  return every15s('runlane')
    .histogram('runlane_task_run_duration_seconds', task('no infinity'), rows, ['+Inf'])
    .histogram('runlane_task_run_duration_seconds', task('infinity only'), rows, ['0.5', '1'])
    .histogram('runlane_task_run_duration_seconds', task('one gone'), rows, ['0.5'])
    .add('runlane_task_runs_finished_total', { ...task('one gone'), outcome: 'completed' }, (i) => i);
}

function hundredThousand(): MetricsText {
  const text = new MetricsText(
    { from: RANGE.to / 1000 - 480, to: RANGE.to / 1000, every: 120 },
    { job: 'runlane', instance: 'host-a:9100', source: 'shop', queue: 'q' }
  );
  for (let task = 0; task < 100_000; task++) {
    text.add(
      'runlane_task_runs_finished_total',
      { task: `task-${task}`, outcome: 'completed' },
      (i) => i * (task % 997)
    );
  }
  return text;
}

function kubeJobs(): MetricsText {
  const text = every15s('kube-state-metrics');
  const start = RANGE.from / 1000;
  for (let n = 0; n < 12; n++) {
    const job = { namespace: 'shop', job_name: `backup-${29_000_000 + n}` };
    const created = start + n * 300 - 600;
    const startedAt = created + 4;
    const ended = startedAt + 120 + 10 * n;
    const alive = (from: number) => (value: number) => (_i: number, _s: number, at: number) =>
      at >= from && at < ended + 1200 ? value : undefined;
    const since = alive(created);
    text
      .add('kube_job_info', job, since(1))
      .add('kube_job_created', job, since(created))
      .add('kube_job_owner', { ...job, owner_kind: 'CronJob', owner_name: 'backup' }, since(1))
      .add('kube_job_status_start_time', job, alive(startedAt)(startedAt))
      .add('kube_job_status_active', job, (_i, _s, at) =>
        at < created || at > ended + 1200 ? undefined : at < ended ? 1 : 0
      );
    if (n === 5) {
      text
        .add('kube_job_status_failed', { ...job, reason: 'BackoffLimitExceeded' }, alive(ended)(1))
        .add('kube_job_failed', { ...job, condition: 'true' }, alive(ended)(1));
    } else {
      text.add('kube_job_status_completion_time', job, alive(ended)(ended));
    }
  }
  return text;
}

/** One CronJob in two clusters: here it fails, there it completes; one was started by hand, one is gone before its end. */
function twoClusters(): MetricsText {
  const text = every15s('kube-state-metrics');
  const start = RANGE.from / 1000;
  const job = (cluster: string, name: string, owner: string | undefined, until: (at: number) => object | undefined) => {
    const labels = { cluster, namespace: 'ops', job_name: name };
    const there = (value: number) => (_i: number, _s: number, at: number) =>
      at >= start + 600 && until(at) !== undefined ? value : undefined;
    const ended = (fact: string, value: number) => (_i: number, _s: number, at: number) =>
      at >= start + 600 && fact in (until(at) ?? {}) ? value : undefined;
    text
      .add('kube_job_created', labels, there(start + 600))
      .add('kube_job_status_start_time', labels, there(start + 602))
      .add('kube_job_status_completion_time', labels, ended('completed', start + 900))
      .add('kube_job_failed', { ...labels, condition: 'true' }, ended('failed', 1));
    if (owner !== undefined) {
      text.add('kube_job_owner', { ...labels, owner_kind: 'CronJob', owner_name: owner }, there(1));
    }
  };
  text.add('up', { cluster: 'eu' }, () => 1).add('up', { cluster: 'us' }, () => 1);
  job('eu', 'backup-29000010', 'backup', (at) => (at < start + 1800 ? {} : { failed: true }));
  job('us', 'backup-29000010', 'backup', (at) => (at < start + 900 ? {} : { completed: true }));
  job('us', 'by-hand', 'backup', (at) => (at < start + 900 ? {} : { completed: true }));
  job('us', 'import-20261128', undefined, (at) => (at < start + 1200 ? {} : undefined));
  return text;
}

/** Flower goes on telling of a worker that was killed as it was then. A program that sends tasks is called a worker too. */
function killedWorkers(): MetricsText {
  const text = every15s('flower').add('up', {}, () => 1);
  for (const worker of ['works@a', 'killed@a', 'stopped@a']) {
    text
      .add('flower_worker_online', { worker }, (i) => Number(worker !== 'stopped@a' || i < 200))
      .add('flower_worker_number_of_currently_executing_tasks', { worker }, () => Number(worker !== 'stopped@a'))
      .add('flower_events_total', { worker, type: 'task-succeeded', task: 'mail' }, (i) =>
        worker === 'works@a' ? i : Math.min(i, 200)
      );
  }
  return text.add('flower_events_total', { worker: 'gen7@a', type: 'task-sent', task: 'mail' }, (i) => i);
}

function systemd(): MetricsText {
  const text = every15s('node');
  const states = ['active', 'activating', 'deactivating', 'inactive', 'failed'];
  const unit = (name: string, stateAt: (at: number) => string) => {
    for (const state of states) {
      text.add('node_systemd_unit_state', { name, state, type: 'simple' }, (_i, _s, at) =>
        Number(stateAt(at) === state)
      );
    }
  };
  const start = RANGE.from / 1000;
  unit('backup.service', (at) => {
    const minute = Math.floor((at - start) / 60);
    return minute % 20 === 3 ? 'activating' : minute % 20 > 3 && minute % 20 < 9 ? 'active' : 'inactive';
  });
  unit('mail.service', (at) => (at < start + 1800 ? 'active' : at < start + 2400 ? 'failed' : 'active'));
  return text.add('node_systemd_unit_start_time_seconds', { name: 'mail.service' }, (_i, _s, at) =>
    at < start + 2400 ? start - 86_400 : start + 2395
  );
}
