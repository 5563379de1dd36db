// From an event to the person: how long after a failure was posted the receiver's webhook is called, over the group wait
// that everybody configures. The peer is the polled path on the same failures in the same run: Prometheus scrapes the store
// every 5 s and evaluates its rule every 10 s, as Grafana does at its fastest.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { require as requireTs } from 'tsx/cjs/api';
import { judge, percentile, show } from './rounds.mjs';
import { startStore } from './store-process.mjs';

const { startPrometheus } = requireTs('../tests/systems/prometheus.ts', import.meta.url);
const { startAlertmanager } = requireTs('../tests/systems/alertmanager.ts', import.meta.url);

const EVENTS_PER_SECOND = 500;
const FAILING = 0.01;
const SECONDS = 30;
const BATCH = 10;
const GROUP_WAIT_MS = 1000;
const SCRAPE_SECONDS = 5;
const RULE_SECONDS = 10;
const GOAL_MS = 250;
/** What the polled path may take beyond the last event before the run is given up. */
const PATIENCE_MS = 60_000;

/** Remembers when each task was first told of, by path. */
async function startReceiver() {
  const heard = { direct: new Map(), alertmanager: new Map(), polled: new Map() };
  const server = http.createServer((request, response) => {
    const at = performance.now();
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const path = request.url.slice(1);
      for (const { labels } of JSON.parse(Buffer.concat(chunks)).alerts) {
        if (!heard[path].has(labels.task)) {
          heard[path].set(labels.task, at);
        }
      }
      response.end('{}');
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}`;
  return { url, heard, stop: () => new Promise((resolve) => server.close(resolve) && server.closeAllConnections()) };
}

function alertmanagerConfig(receiver) {
  const to = (name) => ({ name, webhook_configs: [{ url: `${receiver.url}/${name}`, send_resolved: false }] });
  return {
    route: {
      receiver: 'polled',
      group_by: ['alertname', 'task'],
      group_wait: `${GROUP_WAIT_MS}ms`,
      group_interval: '1m',
      routes: [{ receiver: 'alertmanager', matchers: ['alertname="from-events"'] }],
    },
    receivers: [to('polled'), to('alertmanager')],
  };
}

function storeConfig(receiver, alertmanager) {
  return `alerts:
  groupWait: ${GROUP_WAIT_MS}ms
  receivers:
    direct: { type: webhook, url: "${receiver.url}/direct" }
    alertmanager: { type: alertmanager, url: "${alertmanager.url}" }
  rules:
    - { name: from-events, on: [abnormal_exit] }
`;
}

const RULES = `groups:
  - name: polled
    rules:
      - alert: from-metrics
        expr: sum by (task) (runlane_task_runs_finished_total{outcome="failed"}) > 0
`;

/** Posts the load and returns when the batch of each failing task was posted. */
async function load(store) {
  const posted = new Map();
  const sending = [];
  const committing = [];
  const began = performance.now();
  const batches = (EVENTS_PER_SECOND * SECONDS) / BATCH;
  const every = Math.round(1 / FAILING);
  let made = 0;
  for (let batch = 0; batch < batches; batch++) {
    const due = began + (batch * 1000 * BATCH) / EVENTS_PER_SECOND;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
    const lines = [];
    const failing = [];
    for (let i = 0; i < BATCH; i++, made++) {
      const at = Date.now();
      const run = { source: 'bench', runId: `run-${made}`, worker: 'w', at, startedAt: at - 1000, finishedAt: at };
      const fails = made % every === every >> 1;
      const task = fails ? `bench.fail-${made}` : `bench.task-${made % 20}`;
      lines.push(JSON.stringify({ ...run, task, ...(fails ? { state: 'failed', exitCode: 1 } : { state: 'completed' }) }));
      failing.push(...(fails ? [task] : []));
    }
    const now = performance.now();
    failing.forEach((task) => posted.set(task, now));
    sending.push(
      store.request('/api/v1/events', { method: 'POST', body: `${lines.join('\n')}\n` }).then((answer) => {
        committing.push(performance.now() - now);
        return answer;
      })
    );
  }
  const answers = await Promise.all(sending);
  const refused = answers.filter(({ status }) => status !== 202).length;
  if (refused > 0) {
    throw new Error(`${refused} of ${answers.length} batches were not taken`);
  }
  process.stdout.write(`  events on disk: p50 ${show(percentile(committing, 0.5))} ms, p99 ${show(percentile(committing, 0.99))} ms after they were posted\n`);
  return posted;
}

async function until(holds, patienceMs) {
  const deadline = performance.now() + patienceMs;
  while (!holds() && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function alerts() {
  const folder = mkdtempSync(join(tmpdir(), 'runlane-bench-alerts-'));
  const running = [];
  const started = (system) => (running.unshift(system), system);
  try {
    const receiver = started(await startReceiver());
    const alertmanager = started(await startAlertmanager({ config: alertmanagerConfig(receiver) }));
    const config = join(folder, 'runlane.yaml');
    writeFileSync(config, storeConfig(receiver, alertmanager));
    const store = started(await startStore({ flags: ['--config', config] }));
    const rules = join(folder, 'rules.yml');
    writeFileSync(rules, RULES);
    const scrape = [{ job: 'runlane', target: store.address, intervalSeconds: SCRAPE_SECONDS }];
    started(await startPrometheus({ scrape, rules: [rules], alertmanager: alertmanager.url, intervalSeconds: RULE_SECONDS }));
    const posted = await load(store);
    const { heard } = receiver;
    const all = () => Object.values(heard).every((told) => told.size >= posted.size);
    await until(all, PATIENCE_MS);
    const took = (path) => {
      const missing = [...posted.keys()].filter((task) => !heard[path].has(task));
      if (missing.length > 0) {
        throw new Error(`${missing.length} of ${posted.size} failures were never told (${path}), such as ${missing[0]}`);
      }
      const all = [...posted].map(([task, at]) => heard[path].get(task) - at - GROUP_WAIT_MS);
      const [p50, p99] = [percentile(all, 0.5), percentile(all, 0.99)];
      process.stdout.write(`  ${path}: ${all.length} failures, p50 ${show(p50)} ms, p99 ${show(p99)} ms over the group wait\n`);
      return p99;
    };
    const [direct, viaAlertmanager, polled] = ['direct', 'alertmanager', 'polled'].map(took);
    const what = `failure posted → webhook called, over the group wait, p99 at ${EVENTS_PER_SECOND} events/s with ${100 * FAILING} % failing`;
    const row = (name, ours, peer, peerName, goal) =>
      judge({ name, unit: 'ms', better: 'less', goal, peerName, ours, peer, ratio: ours / peer });
    const peerName = `Prometheus, scrape ${SCRAPE_SECONDS} s, rule every ${RULE_SECONDS} s`;
    return [
      // The goal in time over what Grafana at its fastest took in its middle (6.1 s).
      row(what, direct, polled, peerName, 0.04),
      row(`${what}, through Alertmanager`, viaAlertmanager, polled, peerName, 0.04),
      row(what, direct, GOAL_MS, 'the goal, a figure', 1),
    ];
  } finally {
    for (const system of running) {
      await system.stop();
    }
    rmSync(folder, { recursive: true, force: true });
  }
}
