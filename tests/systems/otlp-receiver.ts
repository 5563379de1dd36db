import { join } from 'node:path';
import { freePort } from './free-ports';
import { installPython } from './install';
import { launch } from './system';
import type { Launched } from './system';

/** A metric as OpenTelemetry names it. */
export interface OtelMetric {
  kind: 'sum' | 'gauge' | 'histogram' | 'exponential_histogram' | 'summary';
  monotonic: boolean;
  unit: string;
  /** Of each of its points, name and value. */
  attributes: Array<Array<[string, string]>>;
}

/** Takes OpenTelemetry metrics (HTTP, protobuf) at `url`; `received` tells what came. */
export async function startOtlpReceiver(): Promise<Launched & { received(): Promise<Record<string, OtelMetric>> }> {
  const python = await installPython('airflow');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const system = await launch({
    name: 'OTLP receiver',
    command: python.command,
    args: [join(__dirname, 'python', 'otlp_receiver.py'), String(port)],
    url,
    ready: '/',
    env: python.env,
  });
  return { ...system, received: async () => (await (await fetch(url)).json()) as Record<string, OtelMetric> };
}

/** The name in Prometheus, by the rules of OpenTelemetry's specification ("Prometheus and OpenMetrics compatibility"). */
export function nameInPrometheus(name: string, { kind, monotonic, unit }: OtelMetric): string {
  const units: Readonly<Record<string, string>> = { ms: 'milliseconds', s: 'seconds', By: 'bytes' };
  const base = name.replace(/[^A-Za-z0-9_:]+/g, '_');
  const withUnit = units[unit] === undefined ? base : `${base}_${units[unit]}`;
  return kind === 'sum' && monotonic ? `${withUnit}_total` : withUnit;
}
