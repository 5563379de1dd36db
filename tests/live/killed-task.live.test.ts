import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { startAlertmanager } from '../systems/alertmanager';
import { queryUntil, rules } from '../systems/ask-prometheus';
import { eventually } from '../systems/eventually';
import { startPrometheus } from '../systems/prometheus';
import { startStore } from '../systems/store';
import { stopAll } from '../systems/system';
import type { System } from '../systems/system';
import { startWatchedTask } from '../systems/watched-task';
import type { WatchedTask } from '../systems/watched-task';
import { startWebhook } from '../systems/webhook';
import type { Webhook } from '../systems/webhook';

/**
 * A demo program is killed under `runlane run`. Two ways lead to the receiver: store → /metrics → Prometheus with the rules
 * that ship → Alertmanager ("polled"), and store → Alertmanager ("event").
 */
const RULES = join(__dirname, '..', '..', 'provisioning', 'prometheus', 'rules');
const TASK = { task: 'search.index', source: 'live', labels: { owner: 'search-oncall' } } as const;

/** Alertmanager's webhook body, as far as it is promised. */
interface Body {
  version: string;
  status: 'firing' | 'resolved';
  receiver: string;
  groupLabels: Record<string, string>;
  alerts: Array<{
    status: 'firing' | 'resolved';
    labels: Record<string, string>;
    annotations: Record<string, string>;
    startsAt: string;
    endsAt: string;
    generatorURL: string;
    fingerprint: string;
  }>;
}

let webhook: Webhook;
let alertmanager: System;
let store: System;
let prometheus: System;

beforeAll(async () => {
  webhook = await startWebhook();
  const told = {
    group_by: ['alertname', 'source', 'task'],
    group_wait: '0s',
    group_interval: '1s',
    repeat_interval: '1h',
  };
  const receiver = (name: string) => ({
    name,
    webhook_configs: [{ url: `${webhook.url}/${name}`, send_resolved: true }],
  });
  alertmanager = await startAlertmanager({
    config: {
      route: {
        ...told,
        receiver: 'others',
        routes: [
          { matchers: ['way="event"'], receiver: 'event' },
          { matchers: [`alertname="abnormal-exit"`, `task="${TASK.task}"`], receiver: 'polled' },
        ],
      },
      receivers: [receiver('polled'), receiver('event'), receiver('others')],
    },
  });
  store = await startStore({
    config: {
      alerts: {
        receivers: { alertmanager: { type: 'alertmanager', url: alertmanager.url } },
        rules: [
          {
            name: 'abnormal-exit',
            on: ['abnormal_exit', 'lost'],
            severity: 'warning',
            tier: 'notify',
            labels: { way: 'event' },
          },
        ],
        keepFiring: '1s',
      },
    },
  });
  prometheus = await startPrometheus({
    scrape: [{ job: 'runlane-store', target: store.url }],
    rules: readdirSync(RULES).map((file) => join(RULES, file)),
    alertmanager: alertmanager.url,
  });
}, 600_000);

const tasks: WatchedTask[] = [];
async function startTask(...program: [string, ...string[]]): Promise<WatchedTask> {
  const task = await startWatchedTask({ ...TASK, storeUrl: store.url, program });
  tasks.push(task);
  return task;
}

afterAll(() => stopAll([...tasks, prometheus, store, alertmanager, webhook]), 60_000);

const bodies = (name: string) =>
  webhook.received.filter(({ path }) => path === `/${name}`).map(({ body, at }) => ({ body: body as Body, at }));
const firstBody = (name: string, status: Body['status']) =>
  eventually(
    `a ${status} alert at the receiver "${name}"`,
    () => bodies(name).find(({ body }) => body.status === status),
    { seconds: 120, lastSeen: () => `Arrived: ${JSON.stringify(webhook.received).slice(0, 2000)}` }
  );

test('Prometheus takes every rule that ships', async () => {
  const all = await eventually('all rules to be evaluated', async () => {
    const found = await rules(prometheus.url);
    return found.length > 0 && found.every(({ health }) => health !== 'unknown') ? found : undefined;
  });
  expect(all.filter(({ health }) => health !== 'ok')).toEqual([]);
}, 90_000);

test('killed by SIGKILL: both ways tell the receiver, the event first; a success then ends the alert', async () => {
  await queryUntil(prometheus.url, 'up{job="runlane-store"} == 1');
  // One that succeeds before, as is usual.
  const before = await startTask('send-mail.mjs', '--ms', '200');
  expect(await before.ended).toEqual({ code: 0, signal: null });
  await queryUntil(prometheus.url, `runlane_task_runs_finished_total{task="${TASK.task}",outcome="completed"} == 1`);

  const victim = await startTask('await-upstream.mjs');
  await queryUntil(prometheus.url, `runlane_task_runs{task="${TASK.task}",state="running"} == 1`);
  process.kill(victim.programPid, 'SIGKILL');
  expect(await victim.ended).toEqual({ code: null, signal: 'SIGKILL' });

  const event = await firstBody('event', 'firing');
  const polled = await firstBody('polled', 'firing');
  expect(event.at).toBeLessThan(polled.at);

  for (const { body } of [event, polled]) {
    expect(body).toMatchObject({
      version: '4',
      status: 'firing',
      groupLabels: { alertname: 'abnormal-exit', source: TASK.source, task: TASK.task },
    });
    expect(body.alerts).toHaveLength(1);
    const [alert] = body.alerts;
    expect(alert).toMatchObject({
      status: 'firing',
      labels: {
        alertname: 'abnormal-exit',
        severity: 'warning',
        tier: 'notify',
        source: TASK.source,
        task: TASK.task,
        cause: expect.stringContaining('SIGKILL'),
      },
      annotations: { summary: expect.stringContaining(TASK.task), description: expect.any(String) },
      endsAt: '0001-01-01T00:00:00Z',
    });
    expect(Date.parse(alert?.startsAt ?? '')).toBeGreaterThan(Date.now() - 120_000);
  }
  expect(polled.body.alerts[0]?.annotations['runbook_url']).toMatch(/abnormal-exit/);

  const after = await startTask('send-mail.mjs', '--ms', '200');
  expect(await after.ended).toEqual({ code: 0, signal: null });
  const ended = await firstBody('event', 'resolved');
  expect(ended.body.alerts[0]?.labels).toEqual(event.body.alerts[0]?.labels);
}, 300_000);
