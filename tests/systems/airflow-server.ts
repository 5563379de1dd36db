import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Http, HttpResponse } from '../../src/connectors/connector';
import { signedIn } from '../../src/connectors/airflow/sign-in';
import type { Send } from '../../src/connectors/airflow/sign-in';
import { airflowSettings } from './airflow';
import { eventually } from './eventually';
import { freePort } from './free-ports';
import { installPython } from './install';
import { startPostgres } from './postgres';
import { launch, stopAll, temporaryFolder } from './system';
import type { Launched, System } from './system';

const run = promisify(execFile);

const AIRFLOW_USER = { username: 'admin', password: 'runlane' };

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
  const stop = () => stopAll([...started].reverse());
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
    writeFileSync(passwords, JSON.stringify({ [AIRFLOW_USER.username]: AIRFLOW_USER.password }));
    const secret = 'a secret of this test, long enough for HMAC with SHA-512 and for nobody else to guess';
    const env = {
      ...python,
      AIRFLOW_HOME: folder,
      ...airflowSettings({
        CORE: {
          DAGS_FOLDER: join(__dirname, 'python', 'dag_ends'),
          PARALLELISM: '4',
          EXECUTION_API_SERVER_URL: `${url}/execution/`,
          SIMPLE_AUTH_MANAGER_USERS: `${AIRFLOW_USER.username}:admin`,
          SIMPLE_AUTH_MANAGER_PASSWORDS_FILE: passwords,
          DAGS_ARE_PAUSED_AT_CREATION: 'False',
        },
        DATABASE: { SQL_ALCHEMY_CONN: database.url },
        API: { BASE_URL: url, SECRET_KEY: secret },
        API_AUTH: { JWT_SECRET: secret },
        DAG_PROCESSOR: { MIN_FILE_PROCESS_INTERVAL: '3600' },
        SCHEDULER: { USE_JOB_SCHEDULE: 'True' },
      }),
    };
    const airflow = (...args: string[]) =>
      run(command, ['-m', 'airflow', ...args], { env: { ...process.env, ...env }, cwd: folder });
    await airflow('db', 'migrate');
    await airflow('pools', 'set', 'small', '1', 'For one at a time');
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
    const server = await part(
      'API server',
      ['api-server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1'],
      '/api/v2/version',
      folder
    );
    await part('DAG processor', ['dag-processor'], () => true);
    const scheduler = await part('scheduler', ['scheduler'], () => true);

    const http = signedIn((path, init) => send(url + path, init), AIRFLOW_USER);
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

async function send(url: string, { headers, signal, method, body }: Parameters<Send>[1]): Promise<HttpResponse> {
  const json = { 'Content-Type': 'application/json', ...headers };
  const response = await fetch(url, { method, body, signal, headers: json });
  return { status: response.status, body: await response.text() };
}
