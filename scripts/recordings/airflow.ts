import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAirflow } from '../../src/connectors/airflow/connector';
import type { Http } from '../../src/connectors/connector';
import { NO_FILTER } from '../../src/model/task-query';
import { startAirflowServer } from '../../tests/systems/airflow-server';
import type { AirflowServer } from '../../tests/systems/airflow-server';

/** `npm run recordings:airflow`: what a real Airflow answers, for the fixtures of its connector. */
const FIXTURES = join(__dirname, '../../src/connectors/airflow/fixtures');
const HOUR = 3_600_000;
const signal = new AbortController().signal;

/** Where the packages, the DAGs and the machine are says nothing about Airflow. */
function withoutPlaces(body: string): string {
  return body
    .replace(/\/[^" ]*\/airflow\/(sdk|providers)\//g, '/opt/venv/lib/python3.11/site-packages/airflow/$1/')
    .replace(/\/[^" ]*\/dag_ends\//g, '/opt/airflow/dags/')
    .replace(/\/[^" ]*\/logs\/dag_id=/g, '/opt/airflow/logs/dag_id=');
}

/** All that the connector asks for one page of fifty, and what it is answered. */
async function record(airflow: AirflowServer, file: string, situation: string): Promise<void> {
  const now = Date.now();
  const range = { from: now - HOUR, to: now };
  const answers = new Map<string, { path: string; status: number; body: string }>();
  const http: Http = async (path, init) => {
    const { status, body } = await airflow.http(path, init);
    answers.set(path, { path, status, body: withoutPlaces(body) });
    return { status, body };
  };
  const connector = createAirflow({ http }, () => now);
  await connector.check(signal);
  await connector.runs({ filter: NO_FILTER, range, limit: 50 }, signal);
  const recorded = { system: 'Airflow 3.3.2, LocalExecutor, PostgreSQL 15', situation };
  const fixture = { recorded, now, range, answers: [...answers.values()] };
  writeFileSync(join(FIXTURES, file), `${JSON.stringify(fixture, undefined, 2)}\n`);
}

async function main(): Promise<void> {
  const airflow = await startAirflowServer();
  try {
    const [ends, timesOut] = [await airflow.trigger('ends'), await airflow.trigger('times_out')];
    await airflow.ended('ends', ends);
    await airflow.ended('times_out', timesOut);
    const long = await airflow.trigger('long');
    await airflow.running('long', long, 'hold');
    await record(airflow, 'every-end-of-a-task.json', 'Every way a task ends, waits or runs; a dag run that timed out');

    await airflow.api('PATCH', `/dags/long/dagRuns/${encodeURIComponent(long)}`, { state: 'failed' });
    const refund = `/dags/ends/dagRuns/${encodeURIComponent(ends)}/taskInstances/refund`;
    await airflow.api('PATCH', refund, { new_state: 'success' });
    await airflow.ended('ends', ends);
    const cleared = { dry_run: false, dag_run_id: ends, task_ids: ['pack'], only_failed: true, reset_dag_runs: true };
    await airflow.api('POST', '/dags/ends/clearTaskInstances', cleared);
    await airflow.ended('ends', ends);
    await record(
      airflow,
      'acts-of-users.json',
      'A user failed a run, marked a failed task as success and cleared another'
    );
  } finally {
    await airflow.stop();
  }
}

void main();
