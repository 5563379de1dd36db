import { readFileSync } from 'fs';
import { join } from 'path';
import type { Answer } from '../../model/answer';
import { NO_FILTER } from '../../model/task-query';
import type { GroupBy, Match, TaskFilter, View } from '../../model/task-query';
import type { Http, HttpResponse } from '../connector';
import { createPrometheus } from './connector';

const { signal } = new AbortController();
const RANGE = { from: 1_750_000_000_000 - 3_600_000, to: 1_750_000_000_000 };
const NAMES = ['runlane_task_runs_finished_total', 'runlane_task_runs', 'runlane_task_run_duration_seconds_bucket'];

/** A Prometheus that knows these names and answers queries as told; everything that is asked is kept. */
function prometheus(names: readonly string[], answer: (query: string) => HttpResponse = () => matrix([])) {
  const asked: Array<{ path: string; query: string }> = [];
  const http: Http = async (path) => {
    const query = new URL(path, 'http://prometheus').searchParams.get('query') ?? '';
    asked.push({ path: path.split('?', 1)[0] ?? '', query });
    return path.startsWith('/api/v1/labels')
      ? success([])
      : path.startsWith('/api/v1/label/')
        ? success(names)
        : answer(query);
  };
  return { http, asked, connector: createPrometheus({ http }) };
}

function success(data: unknown): HttpResponse {
  return { status: 200, body: JSON.stringify({ status: 'success', data }) };
}

function matrix(result: unknown[]): HttpResponse {
  return success({ resultType: 'matrix', result });
}

function view(name: View, filter: TaskFilter = NO_FILTER, groupBy: GroupBy = 'task', step = 60_000) {
  return { query: { view: name, filter, groupBy }, range: RANGE, step };
}

function only(...matches: Match[]): TaskFilter {
  return { matches };
}

/** Answers by what a real Prometheus was recorded to say. */
function recorded(situation: string) {
  const file = readFileSync(join(__dirname, 'fixtures', `${situation}.json`), 'utf8');
  const { answers } = JSON.parse(file) as { answers: Array<HttpResponse & { path: string }> };
  return createPrometheus({
    http: async (path) => answers.find((one) => one.path === path) ?? { status: 404, body: '' },
  });
}

async function statesOf(situation: string): Promise<Extract<Answer, { view: 'states' }>> {
  const answer = await recorded(situation).aggregate?.(view('states'), signal);
  if (answer?.view !== 'states') {
    throw new Error('There is no answer.');
  }
  return answer;
}

describe('what is asked', () => {
  test('names and what tells worlds apart once, then one request per view', async () => {
    const { connector, asked } = prometheus(NAMES);
    await Promise.all(
      ['states', 'throughput', 'durations', 'queues'].map((one) => connector.aggregate?.(view(one as View), signal))
    );
    expect(asked.filter(({ path }) => path.endsWith('/__name__/values'))).toHaveLength(1);
    expect(asked.filter(({ path }) => path === '/api/v1/labels')).toHaveLength(1);
    expect(asked).toHaveLength(6);
  });

  test('no selector without a metric and its matchers', async () => {
    const { connector, asked } = prometheus(NAMES);
    await connector.aggregate?.(view('states', only({ field: 'task', operator: '=', values: ['a"b'] })), signal);
    const selectors = asked.at(-1)?.query.match(/[a-z_:]*\{[^}]*\}/g) ?? [];
    expect(selectors.length).toBeGreaterThan(5);
    expect(selectors.every((one) => one.includes('task="a\\"b"') && /^(runlane_|\{__name__=~)/.test(one))).toBe(true);
  });

  test('a metric that is not there is not asked for, and what switches it on is said', async () => {
    const { connector, asked } = prometheus(['celery_task_succeeded_total']);
    const answer = await connector.aggregate?.(view('throughput'), signal);
    expect(asked.at(-1)?.query).not.toContain('celery_task_failed_total');
    expect(answer?.notices?.join()).toContain('celery_task_sent_total (switch on with task_send_sent_event');
  });

  test('what the exporter tells by no label falls back, and says so', async () => {
    const { connector } = prometheus(['bullmq_job_completed_total']);
    expect(await connector.aggregate?.(view('throughput'), signal)).toMatchObject({
      groupBy: 'queue',
      notices: ['BullMQ does not report this by task: shown by queue.'],
    });
  });

  test.each([60_000, 3_600_000])(
    'a counter that is born in %d ms counts where its target was scraped, whatever comes after it',
    async (step) => {
      const { connector, asked } = prometheus(NAMES);
      await connector.aggregate?.(view('throughput', NO_FILTER, 'task', step), signal);
      const select = 'runlane_task_runs_finished_total{outcome="failed"}';
      const before = 'offset 60s';
      expect(asked.at(-1)?.query).toContain(`last_over_time(${select}[60s])`);
      expect(asked.at(-1)?.query).toContain(`and on (job,instance) (up ${before} == 1 or ${select} ${before})`);
    }
  );

  test('a bucket that ends far ahead is asked for as of now', async () => {
    const { connector, asked } = prometheus(NAMES);
    await connector.aggregate?.(view('states', NO_FILTER, 'task', 60_000), signal);
    expect(asked.at(-1)?.query).not.toContain('vector(time()) > 1750000000');
    await connector.aggregate?.(view('states', NO_FILTER, 'task', 86_400_000), signal);
    expect(asked.at(-1)?.query).toContain('vector(time()) > 1750000000');
  });

  test('more points than Prometheus answers are refused before it is asked', async () => {
    const { connector } = prometheus(NAMES);
    const long = { ...view('states', NO_FILTER, 'task', 1000), range: { from: 0, to: 12_000_000 } };
    await expect(connector.aggregate?.(long, signal)).rejects.toMatchObject({ kind: 'bad-request' });
  });

  test('one who leaves does not take the names from the others', async () => {
    const leaving = new AbortController();
    let answerNames: (response: HttpResponse) => void = () => undefined;
    const connector = createPrometheus({
      http: (path) =>
        path.startsWith('/api/v1/label/')
          ? new Promise((resolve) => (answerNames = resolve))
          : Promise.resolve(path.startsWith('/api/v1/labels') ? success([]) : matrix([])),
    });
    const left = connector.aggregate?.(view('states'), leaving.signal);
    const stays = connector.aggregate?.(view('states'), signal);
    leaving.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    answerNames(success(NAMES));
    expect(await stays).toMatchObject({ view: 'states' });
  });
});

describe('too many groups', () => {
  const slow: HttpResponse = {
    status: 503,
    body: '{"status":"error","errorType":"timeout","error":"query timed out"}',
  };

  test('which are the busiest is asked once, and then only for those', async () => {
    const { connector, asked } = prometheus(NAMES, (query) => {
      if (query.startsWith('topk(')) {
        return success({
          resultType: 'vector',
          result: [
            { metric: { task: 'a' }, value: [1, '7'] },
            { metric: { task: 'b' }, value: [1, '9'] },
            { metric: { runlane_fact: 'groups' }, value: [1, '100000'] },
          ],
        });
      }
      return query.includes('topk(') ? slow : matrix([]);
    });
    const first = await connector.aggregate?.(view('throughput'), signal);
    expect(first).toMatchObject({ groupsOmitted: 99_998 });
    expect(asked).toHaveLength(5);
    expect(asked.at(-1)?.query).toContain('task=~"b|a"');
    await connector.aggregate?.(view('throughput'), signal);
    expect(asked).toHaveLength(6);
  });
});

test('too many groups for one address are asked about in several, and all of them are shown', async () => {
  const busy = Array.from({ length: 25 }, (_, i) => `the.task.of.customer.${i}`);
  const { connector, asked } = prometheus(NAMES, (query) => {
    if (query.startsWith('topk(')) {
      const result = busy.map((task, i) => ({ metric: { task }, value: [1, String(99 - i)] }));
      const groups = { metric: { runlane_fact: 'groups' }, value: [1, '100000'] };
      return success({ resultType: 'vector', result: [...result, groups] });
    }
    const asked = /task=~?"([^"]*)"/.exec(query)?.[1]?.replaceAll('\\\\', '').split('|') ?? [];
    return query.includes('topk(')
      ? { status: 503, body: '{"status":"error","errorType":"timeout","error":"query timed out"}' }
      : matrix(
          asked.map((task) => ({ metric: { task, runlane_fact: 'completed' }, values: [[RANGE.to / 1000, '1']] }))
        );
  });
  const answer = await connector.aggregate?.(view('states'), signal);
  expect(answer).toMatchObject({ groupsOmitted: 99_975 });
  expect(answer?.view === 'states' && answer.totals.map(({ group }) => group).sort()).toEqual([...busy].sort());
  expect(asked.length).toBeGreaterThan(6);
});

describe('what a real Prometheus said', () => {
  test('the first failure ever of a task is counted, though its counter was born with it', async () => {
    const { totals } = await statesOf('runlane-store-scrape');
    expect(totals.find(({ group }) => group.startsWith('report'))?.counts).toEqual({ failed: 1 });
  });

  test('the first failure ever of a target is counted; what a target had when it was first seen is not', async () => {
    const { totals } = await statesOf('counters-that-are-born');
    expect(totals.map(({ group, counts }) => [group, counts.failed ?? 0])).toEqual([
      ['mail.send', 0],
      ['orders.refund', 4],
      ['report.build', 2],
    ]);
  });

  test('what is not told by queue is absent, not 0', async () => {
    const answer = await recorded('celery-exporter-scrape').aggregate?.(view('queues'), signal);
    const [queue] = answer?.view === 'queues' ? answer.queues : [];
    expect(Object.keys(queue ?? {})).toEqual(expect.arrayContaining(['pending', 'completed', 'failed']));
    expect(queue).not.toHaveProperty('running');
  });

  test('what is not told by worker is absent, not 0', async () => {
    const workers = async (situation: string) => {
      const answer = await recorded(situation).aggregate?.(view('workers'), signal);
      return answer?.view === 'workers' ? answer.workers : [];
    };
    expect((await workers('runlane-store-scrape'))[0]).toEqual({
      source: 'shop',
      name: 'mail-1',
      alive: true,
      lastSeenAt: RANGE.to - 3000,
    });
    expect(Object.keys((await workers('counters-that-are-born'))[0] ?? {}).sort()).toEqual([
      'alive',
      'completed',
      'failed',
      'name',
      'source',
    ]);
  });

  test('whole runs, whole totals, and how the failed ones ended', async () => {
    const { series, totals } = await statesOf('runlane-store-scrape');
    expect(series.flatMap(({ values }) => values).every((value) => value === null || Number.isInteger(value))).toBe(
      true
    );
    expect(totals[0]).toMatchObject({ group: 'email.send', abnormal: { 'exit 1': 21, lost: 2 } });
    expect(totals.at(-1)).toMatchObject({ group: '', oldestPendingAt: 1_749_999_910_000 });
  });

  test('a counter that falls back to 0 loses only what it had not told', async () => {
    const { totals } = await statesOf('celery-exporter-scrape');
    // 20 a minute for an hour; the minute of the restart tells less.
    expect(totals[0]?.counts.completed).toBeGreaterThan(1190);
    expect(totals[0]?.counts.completed).toBeLessThanOrEqual(1220);
  });

  test('a gap is null, and so is what is no number', async () => {
    const { series } = await statesOf('values-that-are-no-numbers-and-gaps');
    expect(series.find(({ state }) => state === 'pending')?.values).toContain(null);
    expect(JSON.stringify(series)).not.toMatch(/NaN|Infinity/);
  });

  test('warnings reach the user', async () => {
    const { notices } = await statesOf('partial-because-a-store-behind-does-not-answer');
    expect(notices?.[0]).toMatch(/^Prometheus warns: remote_read: .*connection refused\.$/);
  });

  test('of a hundred thousand tasks some are shown and all are counted', async () => {
    const { totals, groupsOmitted = 0 } = await statesOf('a-hundred-thousand-tasks');
    expect(totals.length).toBeGreaterThan(5);
    expect(totals.length + groupsOmitted).toBe(100_000);
  });

  test('states of units become runs; a fall from active to failed is a failed run', async () => {
    const { runs } = await recorded('systemd-units').runs({ filter: NO_FILTER, range: RANGE, limit: 50 }, signal);
    const mail = runs
      .filter(({ task }) => task === 'mail.service')
      .sort((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0));
    expect(mail.map(({ state }) => state)).toEqual(['failed', 'running']);
    // Within one evaluation of what happened: after 30 minutes, and 40.
    expect(Math.abs((mail[0]?.finishedAt ?? 0) - (RANGE.from + 1_800_000))).toBeLessThanOrEqual(15_000);
    expect(Math.abs((mail[1]?.startedAt ?? 0) - (RANGE.from + 2_395_000))).toBeLessThanOrEqual(15_000);
    expect(runs.filter(({ task }) => task === 'backup.service').map(({ state }) => state)).toEqual(
      Array(3).fill('completed')
    );
  });

  test('jobs of Kubernetes are runs of the CronJob that made them', async () => {
    const { runs } = await recorded('kubernetes-jobs').runs({ filter: NO_FILTER, range: RANGE, limit: 50 }, signal);
    expect(new Set(runs.map(({ task }) => task))).toEqual(new Set(['backup']));
    expect(runs.find(({ state }) => state === 'failed')).toMatchObject({
      runId: 'shop/backup-29000005',
      error: { type: 'BackoffLimitExceeded' },
      labels: { namespace: 'shop' },
    });
    const { totals } = await statesOf('kubernetes-jobs');
    expect(totals.map(({ group, counts }) => [group, counts])).toEqual([['backup', { completed: 9, failed: 1 }]]);
  });

  test('the same job in two clusters is two runs of two tasks, in counts as on the timeline', async () => {
    const { runs } = await recorded('the-same-jobs-in-two-clusters').runs(
      { filter: NO_FILTER, range: RANGE, limit: 50 },
      signal
    );
    const told = runs.map(({ runId, task, state, finishedAt }) => [
      runId,
      task,
      state,
      finishedAt === undefined ? undefined : (finishedAt - RANGE.from) / 1000,
    ]);
    expect(told.sort()).toEqual([
      ['eu/ops/backup-29000010', 'eu/backup', 'failed', 1800],
      ['us/ops/backup-29000010', 'us/backup', 'completed', 900],
      ['us/ops/by-hand', 'us/backup', 'completed', 900],
      ['us/ops/import-20261128', 'us/import-20261128', 'unknown', undefined],
    ]);
    const { totals } = await statesOf('the-same-jobs-in-two-clusters');
    expect(Object.fromEntries(totals.map(({ group, counts }) => [group, counts]))).toMatchObject({
      'eu/backup': { failed: 1 },
      'us/backup': { completed: 2 },
    });
  });

  test('a worker that Flower goes on calling online is alive only while it works, and senders are no workers', async () => {
    const answer = await recorded('workers-that-were-killed').aggregate?.(view('workers'), signal);
    const workers = answer?.view === 'workers' ? answer.workers : [];
    expect(workers.map(({ name, alive }) => [name, alive]).sort()).toEqual([
      ['killed@a', undefined],
      ['stopped@a', false],
      ['works@a', true],
    ]);
    expect(answer?.notices?.join()).toMatch(/keeps a worker that was killed.* of 1 .*--purge_offline_workers/i);
  });

  test('native histograms give percentiles as classic ones do', async () => {
    const answer = await recorded('native-histograms').aggregate?.(view('durations'), signal);
    expect(
      answer?.view === 'durations' && answer.series.map(({ what, p95 }) => [what, Math.round(p95[10] ?? 0)])
    ).toEqual([
      ['duration', 12_000],
      ['wait', 750],
    ]);
  });
});

test('what it reports is known when the profile is', async () => {
  const { connector } = prometheus(['sidekiq_processed_jobs_total', 'sidekiq_queue_enqueued_jobs']);
  expect(connector.reports.waits).toBe(true);
  await connector.aggregate?.(view('throughput'), signal);
  expect(connector.reports).toMatchObject({ waits: false, queues: true, resources: false, pending: true });
});

test('what a profile could tell and Prometheus has no metric of is not reported', async () => {
  const { connector } = prometheus(['celery_task_succeeded_total', 'celery_queue_length']);
  await connector.aggregate?.(view('throughput'), signal);
  expect(connector.reports).toMatchObject({ waits: false, pending: true, running: false });
});

test('the health that is asked for is that of the exporter’s own sources, not of all that rules record', async () => {
  const asked: string[] = [];
  const names = ['kube_job_info', 'kube_job_status_start_time', 'kube_job_failed', 'runlane:health_score'];
  const connector = createPrometheus({
    http: async (path) => {
      const { pathname, searchParams } = new URL(path, 'http://prometheus');
      asked.push(searchParams.get('query') ?? '');
      const own = searchParams.get('match[]')?.includes('kube_job_info') === true;
      return pathname === '/api/v1/label/job/values'
        ? success(own ? ['ksm-eu', 'ksm-us'] : ['celery', 'ksm-eu', 'ksm-us'])
        : pathname.endsWith('/__name__/values')
          ? success(names)
          : pathname.startsWith('/api/v1/label')
            ? success([])
            : matrix([]);
    },
  });
  await connector.aggregate?.(view('health'), signal);
  const scores = asked.join().match(/runlane:health_score\{[^}]*\}/g) ?? [];
  expect(scores.length).toBeGreaterThan(0);
  expect(new Set(scores)).toEqual(new Set(['runlane:health_score{source=~"ksm-eu|ksm-us"}']));
});

test('where runs are counted and no score is recorded of them, that is said: not that nothing ran', async () => {
  const names = ['kube_job_info', 'kube_job_status_completion_time', 'runlane:health_score'];
  const counted = { metric: { task: 'backup', runlane_fact: 'completed' }, values: [[RANGE.to / 1000, '6']] };
  const { http } = prometheus(names, () => matrix([counted]));
  await expect(createPrometheus({ http }).aggregate?.(view('health'), signal)).rejects.toThrow(
    /too few runs for one, or none of Kubernetes jobs .* "npm run alerting -- kube-jobs" prints/
  );
});

test('the version need not be told', async () => {
  const { connector } = prometheus(NAMES, () => ({ status: 404, body: '' }));
  expect(await connector.check(signal)).toMatchObject({ product: 'Prometheus', version: 'unknown' });
});

test('a profile that does not exist is refused with those that do', async () => {
  const connector = createPrometheus({ http: async () => success(NAMES) }, { profile: 'celry' });
  await expect(connector.check(signal)).rejects.toThrow(
    /There is no profile "celry". Choose auto or one of runlane-store, /
  );
});
