import { AIRFLOW_OTEL } from './profiles/airflow-otel';
import { BULLMQ_OTEL } from './profiles/bullmq-otel';
import { inTheirSpelling } from './spelling';

test('a profile is as it stands where every name is a word', () => {
  const names = new Set(['bullmq_jobs_completed_total', 'up']);
  expect(inTheirSpelling(BULLMQ_OTEL, names)).toBe(BULLMQ_OTEL);
});

test('names that keep their dots are found, with the labels that keep theirs', () => {
  const names = new Set([
    'bullmq.jobs.completed_total',
    'bullmq.jobs.failed_total',
    'bullmq.queue.jobs',
    'bullmq.job.duration_milliseconds_bucket',
  ]);
  const { id, detect, labels, counters, gauges, histograms } = inTheirSpelling(BULLMQ_OTEL, names);
  expect(id).toBe('bullmq-otel');
  expect(detect).toEqual(['bullmq.jobs.completed_total', 'bullmq.queue.jobs']);
  expect(labels).toEqual({ task: 'bullmq.job.name', queue: 'bullmq.queue.name' });
  expect(counters.failed?.map(({ metric }) => metric)).toEqual(['bullmq.jobs.failed_total']);
  expect(gauges.running?.[0]).toMatchObject({
    metric: 'bullmq.queue.jobs',
    match: { 'bullmq.queue.jobs.state': 'active' },
    labels: { queue: 'bullmq.queue.name' },
  });
  expect(histograms.duration).toMatchObject({ metric: 'bullmq.job.duration_milliseconds', scale: 0.001 });
});

test('so are names that nothing was added to, of histograms in either form', () => {
  const names = new Set(['bullmq.jobs.completed', 'bullmq.job.duration']);
  const { counters, histograms } = inTheirSpelling(BULLMQ_OTEL, names);
  expect(counters.completed?.map(({ metric }) => metric)).toEqual(['bullmq.jobs.completed']);
  expect(histograms.duration?.metric).toBe('bullmq.job.duration');
});

test('what an attribute is called without dots stays so', () => {
  const { labels, counters } = inTheirSpelling(AIRFLOW_OTEL, new Set(['airflow.ti.successes', 'airflow.ti.finish']));
  expect(labels).toEqual({ task: 'dag_id' });
  expect(counters.failed).toEqual([{ metric: 'airflow.ti.finish', match: { state: 'failed' } }]);
});
