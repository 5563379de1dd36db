import type { Profile } from '../profile';
import { BULLMQ_DURATION, BULLMQ_OTEL } from './bullmq-otel';

/** The same, scraped from `@opentelemetry/exporter-prometheus`, which leaves units out of names. */
export const BULLMQ_OTEL_SCRAPED: Profile = {
  ...BULLMQ_OTEL,
  id: 'bullmq-otel-scraped',
  name: 'BullMQ (OpenTelemetry, scraped)',
  detect: ['bullmq_job_duration_bucket'],
  histograms: { duration: { metric: 'bullmq_job_duration', ...BULLMQ_DURATION } },
};
