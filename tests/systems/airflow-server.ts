import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { signedIn } from '../../src/connectors/airflow/sign-in';
import type { Http } from '../../src/connectors/connector';
import { createNodeHttp } from '../../store/src/sources/node-http';
import { airflowSettings } from './airflow';
import { eventually } from './eventually';
import { freePort } from './free-ports';
import { installPython } from './install';
import { startPostgres } from './postgres';
import { launch, stopAll, temporaryFolder } from './system';
import type { Launched, System } from './system';

const run = promisify(execFile);

const AIRFLOW_USER = { user: 'admin', password: 'runlane' };

export interface AirflowServer extends System {
  scheduler: Launched;
  /** Starts a run of a DAG of `python/dag_ends`; gives its id. */
  trigger(dag: string): Promise<string>;
  /** Resolves when a run has ended. */
  ended(dag: string, run: string): Promise<void>;
  /** Resolves when a task of a run runs. */
  running(dag: string, run: string, task: string): Promise<void>;
  /** The connector's port, which logs in. */
  http: Http;
  /** Asks the API as an administrator; gives what it answers. @throws when it refuses */
  api(method: 'GET' | 'POST' | 'PATCH', path: string, body?: object): Promise<unknown>;
}

/**
 * A whole Airflow 3: API server, scheduler with its LocalExecutor and DAG processor on a PostgreSQL (on SQLite the scheduler
 * loses its database under load), with the DAGs of `python/dag_ends` and a pool `small` of one slot.
 */
export async function startAirflowServer(): Promise<AirflowServer> {
  const started: System[] = [];
  const stop = async () => {
    await stopAll([...started].reverse());
    await Promise.all(started.map(endSession));
  };
  const keep = async (starting: Promise<Launched>) => {
    const system = await starting;
    started.push(system);
    return system;
  };
  try {
    const { command, env: python } = await installPython('airflow');
    const database = await keep(startPostgres());
    const folder = temporaryFolder('airflow');
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const passwords = join(folder, 'passwords.json');
    writeFileSync(passwords, JSON.stringify({ [AIRFLOW_USER.user]: AIRFLOW_USER.password }));
    const secret = 'a secret of this test, long enough for HMAC with SHA-512 and for nobody else to guess';
    const env = {
      ...python,
      AIRFLOW_HOME: folder,
      ...airflowSettings({
        CORE: {
          DAGS_FOLDER: join(__dirname, 'python', 'dag_ends'),
          PARALLELISM: '4',
          EXECUTION_API_SERVER_URL: `${url}/execution/`,
          SIMPLE_AUTH_MANAGER_USERS: `${AIRFLOW_USER.user}:admin`,
          SIMPLE_AUTH_MANAGER_PASSWORDS_FILE: passwords,
          DAGS_ARE_PAUSED_AT_CREATION: 'False',
        },
        DATABASE: { SQL_ALCHEMY_CONN: database.url },
        API: { BASE_URL: url, SECRET_KEY: secret },
        API_AUTH: { JWT_SECRET: secret },
        DAG_PROCESSOR: { MIN_FILE_PROCESS_INTERVAL: '3600' },
        SCHEDULER: { SCHEDULER_HEALTH_CHECK_THRESHOLD: '10' },
      }),
    };
    const airflow = (...args: string[]) =>
      run(command, ['-m', 'airflow', ...args], { env: { ...process.env, ...env }, cwd: folder });
    await airflow('db', 'migrate');
    const part = (name: string, args: string[], ready: string | (() => boolean), home?: string) =>
      keep(
        launch({
          name: `Airflow’s ${name}`,
          command,
          args: ['-m', 'airflow', ...args],
          url,
          ready,
          readySeconds: 180,
          env,
          folder: home,
          stopSignal: 'SIGKILL',
        })
      );
    const serve = ['api-server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1'];
    const [server, scheduler] = await Promise.all([
      part('API server', serve, '/api/v2/version', folder),
      part('scheduler', ['scheduler'], () => true),
      part('DAG processor', ['dag-processor'], () => true),
    ]);
    const http = signedIn(createNodeHttp({ endpoint: { url }, system: 'airflow', timeoutMs: 60_000 }), AIRFLOW_USER);
    const api: AirflowServer['api'] = async (method, path, body) => {
      const { status, body: text } = await http(`/api/v2${path}`, {
        // Connectors never change anything, so their port knows no PATCH.
        method: method as 'GET' | 'POST',
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      if (status >= 300) {
        throw new Error(`${method} ${path} answered ${status}: ${text.slice(0, 500)}`);
      }
      return JSON.parse(text);
    };
    await api('POST', '/pools', { name: 'small', slots: 1 });
    const untilState = (what: string, path: string, states: readonly string[]) =>
      eventually(
        what,
        async () => (states.includes(((await api('GET', path)) as { state: string }).state) ? true : undefined),
        { seconds: 180, everyMs: 500 }
      );
    const pathOf = (dag: string, dagRun: string) => `/dags/${dag}/dagRuns/${encodeURIComponent(dagRun)}`;
    await eventually(
      'the DAGs',
      async () => (((await api('GET', '/dags')) as { total_entries: number }).total_entries === 3 ? true : undefined),
      { seconds: 180, everyMs: 500 }
    );
    return {
      url,
      pid: server.pid,
      scheduler,
      api,
      http,
      trigger: async (dag) =>
        ((await api('POST', `/dags/${dag}/dagRuns`, { logical_date: null })) as { dag_run_id: string }).dag_run_id,
      ended: async (dag, dagRun) => {
        await untilState(`the end of ${dag}`, pathOf(dag, dagRun), ['success', 'failed']);
      },
      running: async (dag, dagRun, task) => {
        await untilState(`${dag}.${task}`, `${pathOf(dag, dagRun)}/taskInstances/${task}`, ['running']);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Ends what a part started in groups of its own, which outlives it: tasks. They are of its session. */
async function endSession({ pid }: System): Promise<void> {
  // It ends with 1 where nobody is left.
  const { stdout } = await run('ps', ['-o', 'pid=', '-s', String(pid)]).catch(() => ({ stdout: '' }));
  for (const left of stdout.split('\n').filter((line) => line.trim() !== '')) {
    try {
      process.kill(Number(left), 'SIGKILL');
    } catch {
      // It ended meanwhile.
    }
  }
}
