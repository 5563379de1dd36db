import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from './free-ports';
import { installPython } from './install';
import { launch, stopAll, temporaryFolder } from './system';
import type { Launched, LaunchOptions, System } from './system';

/** What an op itself did, by its own clock. */
export interface Told {
  runId: string;
  step: string;
  attempt: number;
  what: 'started' | 'finished';
  at: number;
}

export interface Dagster extends System {
  /** A second webserver of the same Dagster, which takes no mutation. */
  readOnlyUrl: string;
  daemon: Launched;
  /** The server of the code location `shop`, and with it the runs that it started. */
  shop: Launched;
  /** Starts a run of a job; gives its id. */
  launch(job: string, options?: { location?: string; tags?: Record<string, string> }): Promise<string>;
  /** Runs a run that failed once more, from the steps that failed. */
  retry(runId: string): Promise<string>;
  terminate(runId: string): Promise<void>;
  remove(runId: string): Promise<void>;
  /** What the ops wrote down so far. */
  journal(): Told[];
}

/** Runs with the tag `held` stay in the queue. */
const SETTINGS = `
telemetry: {enabled: false}
run_monitoring: {enabled: false}
concurrency:
  runs:
    max_concurrent_runs: 3
    tag_concurrency_limits: [{key: held, limit: 0}]
`;

/**
 * Two servers of code locations (`python/dagster_shop.py`, `python/dagster_billing.py`), Dagster's webserver and its daemon,
 * on SQLite. `stop()` ends them all; `url` is the webserver's.
 */
export async function startDagster(): Promise<Dagster> {
  const { command, env: python } = await installPython('dagster');
  const folder = temporaryFolder('dagster');
  const journal = join(folder, 'journal.ndjson');
  const [port = 0, readOnlyPort = 0, shopPort = 0, billingPort = 0] = await freePorts(4);
  const url = `http://127.0.0.1:${port}`;
  const env = { ...python, DAGSTER_HOME: folder, RUNLANE_TEST_JOURNAL: journal };
  const workspace = join(folder, 'workspace.yaml');
  const locations = [
    { name: 'shop', port: shopPort },
    { name: 'billing', port: billingPort },
  ] as const;
  const servers = locations.map(
    (one) => `  - grpc_server: {host: 127.0.0.1, port: ${one.port}, location_name: ${one.name}}`
  );
  writeFileSync(journal, '');
  writeFileSync(join(folder, 'dagster.yaml'), SETTINGS);
  writeFileSync(workspace, `load_from:\n${servers.join('\n')}\n`);

  const started: System[] = [];
  const stop = async () => {
    await stopAll([...started].reverse());
    rmSync(folder, { recursive: true, force: true });
  };
  const start = async (
    name: string,
    args: string[],
    more: Pick<LaunchOptions, 'url' | 'ready'> & Partial<LaunchOptions>
  ) => {
    const system = await launch({ name, command, args: ['-m', ...args], readySeconds: 120, env, ...more });
    started.push(system);
    return system;
  };
  const at = (one: number) => ['-h', '127.0.0.1', '-p', String(one)];
  const startLocation = ({ name, port: one }: { name: string; port: number }) =>
    start(
      `Dagster's code location ${name}`,
      ['dagster', 'api', 'grpc', '-m', `dagster_${name}`, '--location-name', name, ...at(one)],
      { url, ready: ({ said }) => said().includes('Started Dagster code server'), stopSignal: 'SIGKILL' }
    );
  const startWebserver = (name: string, one: number, ...flags: string[]) =>
    start(name, ['dagster_webserver', '-w', workspace, ...at(one), ...flags], {
      url: `http://127.0.0.1:${one}`,
      ready: '/server_info',
    });
  try {
    // One after the other: whoever comes first makes the database, and two at once spoil it (1.13.28).
    const shop = await startLocation(locations[0]);
    await startLocation(locations[1]);
    const startDaemon = () =>
      start('dagster-daemon', ['dagster._daemon', 'run', '-w', workspace], {
        url,
        ready: ({ said }) => said().includes('Instance is configured with'),
        stopSignal: 'SIGKILL',
      });
    const [{ url: readOnlyUrl }, daemon] = await Promise.all([
      startWebserver('Dagster’s webserver for queries', readOnlyPort, '--read-only'),
      startDaemon(),
      startWebserver('Dagster’s webserver', port),
    ]);
    return {
      url,
      readOnlyUrl,
      pid: daemon.pid,
      daemon,
      shop,
      ...mutations(url),
      journal: () => readJournal(journal),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function readJournal(file: string): Told[] {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Told);
}

/** What a person does in Dagster's pages. */
function mutations(url: string): Pick<Dagster, 'launch' | 'retry' | 'terminate' | 'remove'> {
  /** @param call `deleteRun(runId:$v)`; `wanted` what is to come of it; gives the fields of that */
  async function mutate(call: string, type: string, value: unknown, wanted: string, fields = '__typename') {
    const query = `mutation($v:${type}!){answer:${call}{__typename ...on ${wanted}{${fields}} ...on PythonError{message}}}`;
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ query, variables: { v: value } }),
    });
    const { data, errors } = (await response.json()) as {
      data?: { answer?: Record<string, unknown> };
      errors?: unknown;
    };
    if (data?.answer?.['__typename'] !== wanted) {
      throw new Error(`Dagster answered ${call} with ${JSON.stringify(errors ?? data)}.`);
    }
    return data.answer;
  }
  async function start(call: string, type: string, value: unknown): Promise<string> {
    const answer = await mutate(call, type, value, 'LaunchRunSuccess', 'run{runId}');
    return (answer['run'] as { runId: string }).runId;
  }
  return {
    launch: (job, { location = 'shop', tags = {} } = {}) =>
      start('launchPipelineExecution(executionParams:$v)', 'ExecutionParams', {
        selector: { jobName: job, repositoryName: '__repository__', repositoryLocationName: location },
        runConfigData: {},
        executionMetadata: { tags: Object.entries(tags).map(([key, value]) => ({ key, value })) },
      }),
    retry: (runId) =>
      start('launchRunReexecution(reexecutionParams:$v)', 'ReexecutionParams', {
        parentRunId: runId,
        strategy: 'FROM_FAILURE',
      }),
    terminate: async (runId) => void (await mutate('terminateRun(runId:$v)', 'String', runId, 'TerminateRunSuccess')),
    remove: async (runId) => void (await mutate('deleteRun(runId:$v)', 'String', runId, 'DeletePipelineRunSuccess')),
  };
}
