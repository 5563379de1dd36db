import { AIRFLOW_OTEL } from '../../src/prometheus/profiles/airflow-otel';
import { runAirflowDag } from '../systems/airflow';
import { nameInPrometheus, startOtlpReceiver } from '../systems/otlp-receiver';
import type { OtelMetric } from '../systems/otlp-receiver';

/**
 * What a real Airflow sends as OpenTelemetry. No scrape: Debian's Prometheus takes no OTLP. Name, unit and attributes are
 * Airflow's own; how they are spelt in Prometheus is taken from OpenTelemetry's specification.
 */
let metrics: Map<string, OtelMetric>;

beforeAll(async () => {
  const receiver = await startOtlpReceiver();
  try {
    await runAirflowDag({
      metrics: { OTEL_ON: 'True' },
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${receiver.url}/v1/metrics`,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
        OTEL_METRIC_EXPORT_INTERVAL: '1000',
      },
    });
    const received = Object.entries(await receiver.received());
    metrics = new Map(received.map(([name, metric]) => [nameInPrometheus(name, metric), metric]));
  } finally {
    await receiver.stop();
  }
}, 900_000);

test('counters and timers are spelt as the profile says', () => {
  const { started, completed, failed, retried } = AIRFLOW_OTEL.counters;
  const { duration } = AIRFLOW_OTEL.histograms;
  const wanted = [
    ...[started, completed, failed, retried].flatMap((list) => list ?? []),
    ...(duration ? [duration] : []),
  ];
  expect(wanted.map(({ metric }) => metric).filter((name) => !metrics.has(name))).toEqual([]);
});

test('ends carry DAG, task and state; the last also when it will be retried', () => {
  const ends = (metrics.get('airflow_ti_finish_total')?.attributes ?? []).map((point) => Object.fromEntries(point));
  expect(ends).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ dag_id: 'orders', task_id: 'charge', state: 'success' }),
      expect.objectContaining({ dag_id: 'orders', task_id: 'refund', state: 'failed' }),
      expect.objectContaining({ dag_id: 'orders', task_id: 'refund', state: 'up_for_retry' }),
    ])
  );
});

test('durations are exponential histograms of milliseconds, which become native ones', () => {
  expect(metrics.get('airflow_task_duration_milliseconds')).toMatchObject({
    kind: 'exponential_histogram',
    unit: 'ms',
  });
});
