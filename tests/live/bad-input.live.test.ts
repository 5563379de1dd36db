import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createPrometheus } from '../../src/connectors/prometheus/connector';
import type { Connector } from '../../src/connectors/connector';
import { alerts, query, queryUntil, rules } from '../systems/ask-prometheus';
import { eventually } from '../systems/eventually';
import { prometheusHttp } from '../systems/prometheus-http';
import { startPrometheus } from '../systems/prometheus';
import { send, startStore } from '../systems/store';
import { stopAll } from '../systems/system';
import type { System } from '../systems/system';
import { startWebhook } from '../systems/webhook';

/** What happens when there is nothing, too much, or nobody answers. */
const RULES = join(__dirname, '..', '..', 'provisioning', 'prometheus', 'rules');

let started: System[] = [];
async function keep<T extends System>(starting: Promise<T>): Promise<T> {
  const system = await starting;
  started.push(system);
  return system;
}

afterEach(async () => {
  const all = started.reverse();
  started = [];
  await stopAll(all);
}, 60_000);

function states(connector: Connector, signal = new AbortController().signal) {
  const to = Date.now();
  const query = { view: 'states', filter: { matches: [] } } as const;
  return connector.aggregate?.({ query, range: { from: to - 600_000, to }, step: 10_000 }, signal);
}

test('on an empty Prometheus the rules that ship raise nothing but that the monitor is silent', async () => {
  const { url } = await keep(startPrometheus({ rules: readdirSync(RULES).map((file) => join(RULES, file)) }));
  const all = await eventually('every rule to be evaluated', async () => {
    const found = await rules(url);
    return found.length > 0 && found.every(({ health }) => health !== 'unknown') ? found : undefined;
  });
  expect(all.filter(({ health }) => health !== 'ok')).toEqual([]);
  const raised = (await alerts(url)).map(({ labels }) => labels['alertname']).sort();
  // The watchdog always fires: its absence is what somebody must be told of.
  expect(raised).toEqual(['monitor-silent', 'watchdog']);
  expect(await query(url, '{__name__=~"runlane:.*"}')).toEqual([]);
}, 600_000);

test('an empty Prometheus: the connector says which exporters it would read', async () => {
  const { url } = await keep(startPrometheus());
  const connector = createPrometheus({ http: prometheusHttp(url) });
  await expect(states(connector)).rejects.toMatchObject({ name: 'ConnectorError' });
}, 600_000);

test('Prometheus is stopped: the connector says so', async () => {
  const prometheus = await keep(startPrometheus());
  const connector = createPrometheus({ http: prometheusHttp(prometheus.url) });
  await prometheus.stop();
  await expect(connector.check(new AbortController().signal)).rejects.toMatchObject({ kind: 'unreachable' });
}, 600_000);

test('over its limit of samples: Prometheus’ words and what to do', async () => {
  const store = await keep(startStore());
  const now = Date.now();
  const runs = Array.from({ length: 50 }, (_, i) => ({
    ...{ source: 'live', runId: `run-${i}`, attempt: 1, task: `task-${i}`, queue: 'orders' },
    ...{ at: now, state: 'completed', startedAt: now - 100, finishedAt: now },
  }));
  await send(store.url, runs);
  const scrape = [{ job: 'runlane-store', target: store.url }];
  const { url } = await keep(startPrometheus({ scrape, flags: ['--query.max-samples=40'] }));
  await queryUntil(url, 'runlane_task_runs_finished_total{task="task-49"}');
  await expect(states(createPrometheus({ http: prometheusHttp(url) }))).rejects.toMatchObject({
    kind: 'bad-request',
    message: expect.stringMatching(/too many samples.*shorter range/),
  });
}, 600_000);

test('a Prometheus that hangs: the question ends when its asker gives up', async () => {
  const server = createServer(() => undefined).listen(0, '127.0.0.1');
  await new Promise((listens) => server.once('listening', listens));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const asker = new AbortController();
    const asked = new Promise<void>((reached) => server.once('request', () => reached()));
    const answer = states(createPrometheus({ http: prometheusHttp(url) }), asker.signal);
    const ended = expect(answer).rejects.toBe('the panel is gone');
    await asked;
    asker.abort('the panel is gone');
    await ended;
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('a receiver that answers 500, then hangs: the store tries again until it is told, and counts', async () => {
  const webhook = await keep(
    startWebhook((_, response, count) => {
      if (count === 1) {
        response.writeHead(500).end('no');
      } else if (count > 2) {
        response.end('{}');
      }
    })
  );
  const receiver = { type: 'webhook', url: `${webhook.url}/failures`, groupWait: '0s', timeout: '500ms' };
  const rule = { name: 'abnormal-exit', on: ['abnormal_exit'], receivers: ['flaky'] };
  const store = await keep(startStore({ config: { alerts: { receivers: { flaky: receiver }, rules: [rule] } } }));
  const now = Date.now();
  const killed = {
    source: 'live',
    runId: 'run-1',
    attempt: 1,
    task: 'search.index',
    state: 'failed',
    signal: 'SIGKILL',
  };
  await send(store.url, [{ ...killed, at: now, startedAt: now - 1_000, finishedAt: now }]);
  await eventually('a third attempt', () => webhook.received[2]);
  expect(webhook.received.map(({ body }) => (body as { alerts: unknown[] }).alerts)).toEqual(
    Array.from({ length: 3 }, () => [
      expect.objectContaining({ status: 'firing', labels: expect.objectContaining({ task: 'search.index' }) }),
    ])
  );
  const metrics = await eventually('the delivery to be counted', async () => {
    const text = await (await fetch(`${store.url}/metrics`)).text();
    return /runlane_store_alerts_sent_total\{receiver="flaky"\} 1/.test(text) ? text : undefined;
  });
  expect(metrics).toMatch(/runlane_store_alerts_failed_total\{receiver="flaky"[^}]*\} [12]/);
}, 600_000);
