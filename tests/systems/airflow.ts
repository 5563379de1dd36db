import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installPython } from './install';
import { launch, temporaryFolder } from './system';
import type { Launched } from './system';

const run = promisify(execFile);

export interface AirflowOptions {
  /** Settings of its section `[metrics]`: `{ STATSD_ON: 'True', … }`. */
  metrics: Readonly<Record<string, string>>;
  /** More environment: `OTEL_…`. */
  env?: Readonly<Record<string, string>>;
}

/**
 * A real Airflow on an SQLite database of its own: its DAG (`python/dags`) runs once in a process (`airflow dags test`), then
 * its scheduler goes on alone. No API server and no workers, which on a busy machine lose task instances now and then.
 */
export async function startAirflow(options: AirflowOptions): Promise<Launched> {
  const { folder, command, env } = await afterItsDagRan(options);
  return launch({
    name: 'Airflow’s scheduler',
    command,
    args: ['-m', 'airflow', 'scheduler', '--skip-serve-logs'],
    // It listens nowhere.
    url: 'airflow:scheduler',
    ready: ({ said }) => said().includes('Starting the scheduler'),
    readySeconds: 180,
    folder,
    env,
    // Asked politely it takes its time, and there is nothing to keep.
    stopSignal: 'SIGKILL',
  });
}

/** The same without the scheduler. Resolves when the DAG has ended. */
export async function runAirflowDag(options: AirflowOptions): Promise<void> {
  const { folder } = await afterItsDagRan(options);
  rmSync(folder, { recursive: true, force: true });
}

/** Settings by section as Airflow's environment, over what every Airflow here has. */
export function airflowSettings(sections: Readonly<Record<string, Readonly<Record<string, string>>>>) {
  const common = {
    CORE: { LOAD_EXAMPLES: 'False', EXECUTOR: 'LocalExecutor', ...sections['CORE'] },
    SCHEDULER: { ENABLE_HEALTH_CHECK: 'False', ...sections['SCHEDULER'] },
  };
  return Object.fromEntries(
    Object.entries({ ...sections, ...common }).flatMap(([section, settings]) =>
      Object.entries(settings).map(([key, value]) => [`AIRFLOW__${section}__${key}`, value] as const)
    )
  );
}

async function afterItsDagRan({ metrics, env: more = {} }: AirflowOptions) {
  const { command, env: python } = await installPython('airflow');
  const folder = temporaryFolder('airflow');
  const env = {
    ...python,
    AIRFLOW_HOME: folder,
    ...airflowSettings({
      CORE: { DAGS_FOLDER: join(__dirname, 'python', 'dags'), PARALLELISM: '2' },
      SCHEDULER: { POOL_METRICS_INTERVAL: '1' },
      METRICS: metrics,
    }),
    ...more,
  };
  const airflow = (...args: string[]) =>
    run(command, ['-m', 'airflow', ...args], {
      env: { ...process.env, ...env },
      cwd: folder,
      maxBuffer: 64 * 1024 * 1024,
    });
  try {
    await airflow('db', 'migrate');
    // It ends with an error, because a task of the DAG fails.
    await airflow('dags', 'test', 'orders').catch((error: { stdout?: string }) => {
      if (!error.stdout?.includes('DagRun Finished')) {
        throw error;
      }
    });
    return { folder, command, env };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}
