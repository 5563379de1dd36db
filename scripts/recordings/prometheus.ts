/**
 * Records what a real Prometheus answers to the connector's questions: `tsx scripts/recordings/prometheus.ts [situation …]`.
 * Needs `prometheus` and `promtool` on the path (Debian: package `prometheus`). Writes
 * `src/connectors/prometheus/fixtures/<situation>.json`, which the connectors' contract test replays.
 */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Http, HttpResponse } from '../../src/connectors/connector';
import { createPrometheus } from '../../src/connectors/prometheus/connector';
import { ConnectorError } from '../../src/model/connector-error';
import { NO_FILTER } from '../../src/model/task-query';
import { remoteWriteOf } from './native-histogram';
import { RANGE, SITUATIONS } from './prometheus-situations';
import type { Situation } from './prometheus-situations';

const FIXTURES = join(__dirname, '../../src/connectors/prometheus/fixtures');

async function main(wanted: readonly string[]): Promise<void> {
  for (const [name, make] of Object.entries(SITUATIONS)) {
    if (wanted.length === 0 || wanted.includes(name)) {
      const answers = await record(make());
      writeFileSync(join(FIXTURES, `${name}.json`), `${JSON.stringify({ answers }, undefined, 1)}\n`);
      console.log(`${name}: ${answers.map(({ status, body }) => `${status} (${body.length})`).join(', ')}`);
    }
  }
}

async function record(situation: Situation): Promise<Array<HttpResponse & { path: string }>> {
  const folder = mkdtempSync(join(tmpdir(), 'prometheus-recording-'));
  const config = join(folder, 'prometheus.yml');
  const data = join(folder, 'data');
  writeFileSync(config, `global: {scrape_interval: 15s}\n${situation.config ?? ''}`);
  if (situation.samples !== undefined) {
    const text = join(folder, 'samples.txt');
    writeFileSync(text, situation.samples.toString());
    execFileSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', text, data], { stdio: 'ignore' });
  }
  const port = await freePort();
  const server = spawn(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${data}`,
      '--storage.tsdb.retention.time=100y',
      `--web.listen-address=127.0.0.1:${port}`,
      '--web.enable-remote-write-receiver',
      '--log.level=error',
      ...(situation.flags ?? []),
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] }
  );
  try {
    const base = `http://127.0.0.1:${port}`;
    await ready(base, server);
    if (situation.native === true) {
      await writeNative(base);
    }
    return await ask(base);
  } finally {
    server.kill();
    await once(server, 'exit');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every question of the contract test, each by a connector that knows nothing yet. */
async function ask(base: string): Promise<Array<HttpResponse & { path: string }>> {
  const answers = new Map<string, HttpResponse>();
  const http: Http = async (path) => {
    const response = await fetch(base + path);
    const answer = { status: response.status, body: await response.text() };
    answers.set(path, answer);
    return answer;
  };
  const connector = createPrometheus({ http });
  const { signal } = new AbortController();
  const questions = [
    () => connector.check(signal),
    () => connector.runs({ filter: NO_FILTER, range: RANGE, limit: 50 }, signal),
    () => connector.values?.('task', NO_FILTER, RANGE, signal),
    ...(connector.answers ?? []).map(
      (view) => () =>
        connector.aggregate?.(
          { query: { view, filter: NO_FILTER, groupBy: 'task' }, range: RANGE, step: 60_000 },
          signal
        )
    ),
  ];
  for (const question of questions) {
    try {
      await question();
    } catch (error) {
      if (!(error instanceof ConnectorError)) {
        throw error;
      }
    }
  }
  return [...answers].map(([path, answer]) => ({ path, ...answer }));
}

async function writeNative(base: string): Promise<void> {
  const instants: number[] = [];
  for (let at = RANGE.from - 1_800_000; at <= RANGE.to; at += 15_000) {
    instants.push(at);
  }
  const labels = { job: 'runlane', instance: 'host-a:9100', source: 'shop', task: 'email.send', queue: 'mail' };
  const series = [
    { labels: { ...labels, __name__: 'runlane_task_run_duration_seconds' }, offset: 1, counts: [4, 3, 2, 1] },
    { labels: { ...labels, __name__: 'runlane_task_run_wait_seconds' }, offset: -3, counts: [4, 3, 2, 1] },
  ];
  // In one request: a second one would be older than what Prometheus then has.
  const response = await fetch(`${base}/api/v1/write`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
      'x-prometheus-remote-write-version': '0.1.0',
    },
    body: remoteWriteOf(series, instants),
  });
  if (!response.ok) {
    throw new Error(`Remote write was refused: ${response.status} ${await response.text()}`);
  }
}

async function ready(base: string, server: ChildProcess): Promise<void> {
  for (;;) {
    if (server.exitCode !== null) {
      throw new Error(`prometheus ended with ${server.exitCode}.`);
    }
    const response = await fetch(`${base}/-/ready`).catch(() => undefined);
    if (response?.ok === true) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

void main(process.argv.slice(2));
