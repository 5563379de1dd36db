import { join } from 'node:path';
import { freePort } from './free-ports';
import { installPython } from './install';
import { launch, temporaryFolder } from './system';
import type { Launched } from './system';

/**
 * `airflow standalone` on an SQLite database of its own; the DAG of `python/dags` runs by itself.
 * @param metrics settings of its section `[metrics]`: `{ STATSD_ON: 'True', … }`
 */
export async function startAirflow({ metrics }: { metrics: Readonly<Record<string, string>> }): Promise<Launched> {
  const python = await installPython('airflow');
  const folder = temporaryFolder('airflow');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const section = (name: string, settings: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(settings).map(([key, value]) => [`AIRFLOW__${name}__${key}`, value]));
  return launch({
    name: 'Airflow',
    command: python.command,
    args: ['-m', 'airflow', 'standalone'],
    url,
    ready: '/api/v2/monitor/health',
    readySeconds: 180,
    folder,
    env: {
      ...python.env,
      AIRFLOW_HOME: folder,
      ...section('CORE', {
        DAGS_FOLDER: join(__dirname, 'python', 'dags'),
        LOAD_EXAMPLES: 'False',
        DAGS_ARE_PAUSED_AT_CREATION: 'False',
        EXECUTOR: 'LocalExecutor',
        PARALLELISM: '4',
        EXECUTION_API_SERVER_URL: `${url}/execution/`,
      }),
      ...section('API', { HOST: '127.0.0.1', PORT: String(port), WORKERS: '1' }),
      ...section('LOGGING', { WORKER_LOG_SERVER_PORT: String(await freePort()) }),
      ...section('TRIGGERER', { TRIGGERER_LOG_SERVER_PORT: String(await freePort()) }),
      ...section('DAG_PROCESSOR', { REFRESH_INTERVAL: '5' }),
      ...section('SCHEDULER', { TI_METRICS_INTERVAL: '1', POOL_METRICS_INTERVAL: '1', DAGRUN_METRICS_INTERVAL: '1' }),
      ...section('METRICS', metrics),
    },
  });
}
