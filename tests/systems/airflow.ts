import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installPython } from './install';
import { launch, temporaryFolder } from './system';
import type { Launched } from './system';

const run = promisify(execFile);

/**
 * A real Airflow on an SQLite database of its own: its DAG (`python/dags`) runs once in a process (`airflow dags test`), then
 * its scheduler goes on alone. No API server and no workers, which on a busy machine lose task instances now and then.
 *
 * @param metrics settings of its section `[metrics]`: `{ STATSD_ON: 'True', … }`
 * @param env more environment: `OTEL_…`
 */
export async function startAirflow({
  metrics,
  env = {},
}: {
  metrics: Readonly<Record<string, string>>;
  env?: Readonly<Record<string, string>>;
}): Promise<Launched> {
  const python = await installPython('airflow');
  const folder = temporaryFolder('airflow');
  const section = (name: string, settings: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(settings).map(([key, value]) => [`AIRFLOW__${name}__${key}`, value]));
  const environment = {
    ...python.env,
    AIRFLOW_HOME: folder,
    ...section('CORE', {
      DAGS_FOLDER: join(__dirname, 'python', 'dags'),
      LOAD_EXAMPLES: 'False',
      EXECUTOR: 'LocalExecutor',
      PARALLELISM: '2',
    }),
    ...section('SCHEDULER', { POOL_METRICS_INTERVAL: '1', ENABLE_HEALTH_CHECK: 'False' }),
    ...section('METRICS', metrics),
    ...env,
  };
  const airflow = (...args: string[]) =>
    run(python.command, ['-m', 'airflow', ...args], {
      env: { ...process.env, ...environment },
      cwd: folder,
      maxBuffer: 64 * 1024 * 1024,
    });
  await airflow('db', 'migrate');
  // It ends with an error, because a task of the DAG fails.
  await airflow('dags', 'test', 'orders').catch((error: { stdout?: string }) => {
    if (!/DagRun (F|f)ailed|DagRun Finished/.test(error.stdout ?? '')) {
      throw error;
    }
  });
  return launch({
    name: 'Airflow’s scheduler',
    command: python.command,
    args: ['-m', 'airflow', 'scheduler', '--skip-serve-logs'],
    // It listens nowhere.
    url: 'airflow:scheduler',
    ready: ({ said }) => /Starting the scheduler|SchedulerJob/i.test(said()),
    readySeconds: 180,
    folder,
    env: environment,
    // Asked politely it takes its time, and there is nothing to keep.
    stopSignal: 'SIGKILL',
  });
}
