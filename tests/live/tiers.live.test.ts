import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startAlertmanager } from '../systems/alertmanager';
import { eventually } from '../systems/eventually';
import { startMailbox } from '../systems/mailbox';
import type { Mailbox } from '../systems/mailbox';
import { stopAll } from '../systems/system';
import type { System } from '../systems/system';
import { startWebhook } from '../systems/webhook';
import type { Webhook } from '../systems/webhook';

/** The Alertmanager configuration that ships, with the test's own servers in place of its addresses, which lead nowhere. */
const FOLDER = join(__dirname, '..', '..', 'provisioning', 'prometheus');

let webhook: Webhook;
let mailbox: Mailbox;
let alertmanager: System;

beforeAll(async () => {
  // Also WeCom's API: it gives a token, then takes the message.
  webhook = await startWebhook((_, response) => response.end('{"errcode":0,"errmsg":"ok","access_token":"t"}'));
  mailbox = await startMailbox();
  const config = readFileSync(join(FOLDER, 'alertmanager.yml'), 'utf8')
    .replace('mail.runlane.invalid:25', mailbox.address)
    .replace('smtp_require_tls: true', 'smtp_require_tls: false')
    .replace('templates/*.tmpl', join(FOLDER, 'templates', '*.tmpl'))
    .replace(/https?:\/\/(\w+)\.runlane\.invalid/g, `${webhook.url}/$1`)
    .replace('http://store:7331', `${webhook.url}/store`)
    .replace(/group_wait: \w+/g, 'group_wait: 0s');
  alertmanager = await startAlertmanager({ config });
}, 600_000);

afterAll(() => stopAll([alertmanager, mailbox, webhook]), 60_000);

async function raise(alertname: string, tier: string, task: string): Promise<void> {
  const alert = {
    labels: { alertname, tier, severity: 'critical', source: 'live', task, cause: 'test' },
    annotations: { summary: `${task} is failing`, description: '7 runs failed.' },
  };
  const response = await fetch(`${alertmanager.url}/api/v2/alerts`, {
    method: 'POST',
    body: JSON.stringify([alert]),
    headers: { 'content-type': 'application/json' },
  });
  expect(response.status).toBe(200);
}

/** Paths at which something with this text arrived. */
const pathsWith = (text: string) =>
  new Set(
    webhook.received
      .filter(({ body }) => JSON.stringify(body).includes(text))
      .map(({ path }) => path.replace(/\?.*/, ''))
  );

function told(task: string, paths: readonly string[], mails: readonly string[] = []): Promise<true> {
  const mailed = () => mailbox.received.filter(({ text }) => text.includes(task)).flatMap(({ to }) => to);
  return eventually(
    `${task} at ${[...paths, ...mails].join(', ')}`,
    () => (paths.every((path) => pathsWith(task).has(path)) && mails.every((to) => mailed().includes(to))) || undefined,
    { lastSeen: () => `Arrived: ${[...pathsWith(task), ...mailed()].join(', ') || 'nothing'}.` }
  );
}

test.each([
  ['task-failing', 'page', ['/page/alerts', '/sms/send'], []],
  ['abnormal-exit', 'notify', [], ['oncall@runlane.invalid']],
  ['task-too-fast', 'digest', [], ['team@runlane.invalid']],
  ['repeated-failure', 'ticket', ['/store/api/v1/tickets'], []],
  ['p99-latency', 'notify', ['/sms/send'], ['oncall@runlane.invalid']],
  ['qps-low', 'notify', ['/wecom/message/send'], []],
] as const)(
  '%s of tier %s reaches whom it should',
  async (name, tier, paths, mails) => {
    const task = `tiers.${name}`;
    await raise(name, tier, task);
    await told(task, paths, mails);
  },
  90_000
);

test('a task’s name cannot become markup in a mail', async () => {
  await raise('abnormal-exit', 'notify', 'tiers.<b>bold</b>');
  await told('tiers.', [], ['oncall@runlane.invalid']);
  const mail = await eventually('the mail', () => mailbox.received.find(({ text }) => /bold/.test(text)));
  expect(mail.text).not.toContain('<b>');
});

test('the cause speaks: what waits because its worker is gone is silent', async () => {
  await raise('worker-lost', 'page', 'tiers.lost');
  await told('tiers.lost', ['/page/alerts']);
  await raise('oldest-pending', 'notify', 'tiers.waits');
  const state = await eventually('Alertmanager to have decided', async () => {
    const response = await fetch(`${alertmanager.url}/api/v2/alerts?filter=alertname%3D%22oldest-pending%22`);
    const [alert] = (await response.json()) as Array<{ status: { state: string } }>;
    return alert === undefined || alert.status.state === 'unprocessed' ? undefined : alert.status.state;
  });
  expect(state).toBe('suppressed');
}, 90_000);
