import type { Profile } from '../profile';
import { AIRFLOW_OTEL } from './airflow-otel';
import { AIRFLOW_STATSD } from './airflow-statsd';
import { BULLMQ } from './bullmq';
import { BULLMQ_OTEL } from './bullmq-otel';
import { BULLMQ_OTEL_SCRAPED } from './bullmq-otel-scraped';
import { CADVISOR } from './cadvisor';
import { CADVISOR_KUBERNETES } from './cadvisor-kubernetes';
import { CELERY_EXPORTER } from './celery-exporter';
import { DAGSTER } from './dagster';
import { ENVOY } from './envoy';
import { FLOWER } from './flower';
import { ISTIO } from './istio';
import { KUBE_JOBS } from './kube-jobs';
import { MYSQLD } from './mysqld';
import { NODE_HOST } from './node-host';
import { NODE_SUPERVISORD } from './node-supervisord';
import { NODE_SYSTEMD } from './node-systemd';
import { PM2_METRICS } from './pm2-metrics';
import { PM2_PROM_MODULE } from './pm2-prom-module';
import { PROCESS_EXPORTER } from './process-exporter';
import { RUNLANE_STORE } from './runlane-store';
import { SIDEKIQ } from './sidekiq';
import { SIDEKIQ_YABEDA } from './sidekiq-yabeda';
import { SUPERVISORD_EXPORTER } from './supervisord-exporter';
import { SYSTEMD_EXPORTER } from './systemd-exporter';

/**
 * Every exporter that can be read, the most telling first: of those that are there, the first is chosen. What runs tasks comes
 * before what runs processes, and that before what only measures hosts.
 */
export const PROFILES: readonly Profile[] = [
  RUNLANE_STORE,
  CELERY_EXPORTER,
  FLOWER,
  AIRFLOW_OTEL,
  AIRFLOW_STATSD,
  DAGSTER,
  SIDEKIQ_YABEDA,
  SIDEKIQ,
  BULLMQ_OTEL_SCRAPED,
  BULLMQ_OTEL,
  BULLMQ,
  KUBE_JOBS,
  PM2_PROM_MODULE,
  PM2_METRICS,
  SUPERVISORD_EXPORTER,
  NODE_SUPERVISORD,
  SYSTEMD_EXPORTER,
  NODE_SYSTEMD,
  ISTIO,
  ENVOY,
  MYSQLD,
  PROCESS_EXPORTER,
  CADVISOR_KUBERNETES,
  CADVISOR,
  NODE_HOST,
];
