import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { createApp } from '../api/create-app';
import { InProcessArchive } from '../threads/in-process';
import { openSqlite } from '../archive/sqlite/open';
import { DEFAULT_CONFIG } from '../config/config';
import { AlertMetrics } from './alert-metrics';
import { DEFAULT_ALERTS, DEFAULT_GROUPING, DEFAULT_RULE } from './alerts-config';
import type { AlertsConfig, ReceiverConfig } from './alerts-config';
import { AlertsFile } from './alerts-file';
import { EventAlerts } from './event-alerts';
import { openAlertsFile } from './open-alerts-file';
import { ReceiverUnderTest } from './receiver.kit';

let folder: string;
let archive: InProcessArchive;
let alerts: EventAlerts;
let hook: ReceiverUnderTest;
let warnings: string[];
/** How far the store's clock is ahead of the real one. */
let ahead: number;

const now = () => Date.now() + ahead;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'runlane-'));
  ahead = 0;
  warnings = [];
  archive = openArchive();
  hook = await ReceiverUnderTest.listen();
});

afterEach(async () => {
  await alerts.stop();
  await archive.close();
  await hook.close();
  rmSync(folder, { recursive: true });
});

function openArchive(): InProcessArchive {
  return new InProcessArchive(openSqlite(join(folder, 'archive.sqlite')), DEFAULT_CONFIG, {
    now: Date.now,
    steady: () => performance.now(),
  });
}

function receiver(name: string, url: string, type: 'webhook' | 'alertmanager' = 'webhook'): ReceiverConfig {
  return {
    name,
    target: { type, endpoint: { url } },
    ...DEFAULT_GROUPING,
    groupWaitMs: 0,
    groupIntervalMs: 1_000,
    sendResolved: true,
    timeoutMs: 300,
  };
}

function config(...receivers: ReceiverConfig[]): AlertsConfig {
  return {
    ...DEFAULT_ALERTS,
    receivers,
    rules: [{ ...DEFAULT_RULE, name: 'abnormal-exit', receivers: receivers.map(({ name }) => name) }],
  };
}

async function open(settings: AlertsConfig, file = new AlertsFile(join(folder, 'alerts.sqlite'))): Promise<void> {
  alerts = new EventAlerts(archive, file, settings, {
    now,
    random: Math.random,
    metrics: new AlertMetrics(),
    log: { warn: (text) => warnings.push(text) },
  });
  await alerts.start();
}

let runs = 0;
async function post(task: string, state: 'failed' | 'completed', more: object = {}): Promise<string> {
  const runId = `r${++runs}`;
  const event = {
    source: 'shop',
    runId,
    task,
    at: Date.now(),
    state,
    ...(state === 'failed' && { signal: 'SIGKILL' }),
    ...more,
  };
  const result = await archive.ingest(Buffer.from(JSON.stringify(event)));
  expect(result.rejected).toEqual([]);
  return runId;
}

interface Body {
  status: string;
  alerts: Array<{ status: string; labels: Record<string, string>; annotations: Record<string, string> }>;
}
const bodies = (from = hook) => from.received.map(({ body }) => body as Body);
const tasks = (from = hook) => bodies(from).flatMap((body) => body.alerts.map(({ labels }) => labels['task']));

test('a run that dies is told at once; old failures and other ends are not', async () => {
  await post('old', 'failed');
  await open(config(receiver('hook', hook.url)));
  await post('fine', 'completed');
  await post('plain', 'failed', { signal: undefined, error: { message: 'boom' } });
  const runId = await post('mail', 'failed');
  await hook.until((received) => received.length > 0);
  expect(bodies()).toMatchObject([
    { status: 'firing', alerts: [{ labels: { task: 'mail', cause: 'SIGKILL' }, annotations: { runs: runId } }] },
  ]);
});

test('what fails while the store is away is told when it is back, and nothing twice', async () => {
  const settings = config(receiver('hook', hook.url));
  await open(settings);
  await post('first', 'failed');
  await hook.until((received) => received.length === 1);
  await alerts.stop();
  await post('meanwhile', 'failed');
  await open(settings);
  await hook.until((received) => received.length === 2);
  expect(tasks()).toEqual(['first', 'meanwhile']);
});

test('a receiver that is away gets what it missed after a restart of the store', async () => {
  const { port } = hook;
  await hook.close();
  const settings = config(receiver('hook', `http://127.0.0.1:${port}`));
  await open(settings);
  await post('mail', 'failed');
  await post('report', 'failed');
  await alerts.stop();
  hook = await ReceiverUnderTest.listen(port);
  await open(settings);
  await hook.until(() => tasks().length === 2);
  expect(tasks().sort()).toEqual(['mail', 'report']);
});

test('receivers that answer 500 or hang hold up neither the others nor events', async () => {
  const broken = await ReceiverUnderTest.listen();
  broken.answer = () => ({ status: 500 });
  const hanging = await ReceiverUnderTest.listen();
  hanging.answer = () => 'hang';
  await open(
    config(receiver('broken', broken.url), receiver('hanging', `${hanging.url}/secret`), receiver('hook', hook.url))
  );
  for (let i = 0; i < 20; i++) {
    await post(`task-${i}`, 'failed');
  }
  await hook.until(() => tasks().length === 20);
  broken.answer = () => ({});
  hanging.answer = () => ({});
  await broken.until(() => new Set(tasks(broken)).size === 20);
  await hanging.until(() => new Set(tasks(hanging)).size === 20);
  expect(warnings.join('\n')).toMatch(/broken: 127.0.0.1:\d+ answered 500/);
  expect(warnings.join('\n')).not.toContain('secret');
  await alerts.stop();
  await Promise.all([broken.close(), hanging.close()]);
});

test('a later success ends it: Alertmanager gets the end, the webhook too', async () => {
  const manager = await ReceiverUnderTest.listen();
  await open(config(receiver('hook', hook.url), receiver('am', manager.url, 'alertmanager')));
  await post('mail', 'failed');
  await manager.until((received) => received.length > 0);
  await hook.until((received) => received.length > 0);
  await post('mail', 'completed', { at: Date.now() + 5 });
  ahead = 2 * DEFAULT_ALERTS.keepFiringMs;
  await hook.until(() => bodies().some(({ status }) => status === 'resolved'));
  await manager.until((received) =>
    (received.at(-1)?.body as Array<{ endsAt: string }>).some(({ endsAt }) => Date.parse(endsAt) < now())
  );
  await alerts.stop();
  await manager.close();
});

test('a success that arrives together with an earlier failure ends its alert too', async () => {
  await open(config(receiver('hook', hook.url)));
  const base = { source: 'shop', task: 'mail' };
  const at = Date.now();
  const lines = [
    { ...base, runId: 'late-1', at, state: 'failed', signal: 'SIGKILL' },
    { ...base, runId: 'late-2', at: at + 5, state: 'completed' },
  ];
  await archive.ingest(Buffer.from(lines.map((line) => JSON.stringify(line)).join('\n')));
  await hook.until((received) => received.length > 0);
  ahead = 2 * DEFAULT_ALERTS.keepFiringMs;
  await hook.until(() => bodies().some(({ status }) => status === 'resolved'));
});

test('an alert that is over can be looked at later, after a restart too, until it is too old', async () => {
  const settings = { ...config(receiver('hook', hook.url)), keepEndedMs: 86_400_000 };
  const begun = Date.now();
  const seen = (from: number, to: number) =>
    alerts.during({ from, to }).map(({ state, task, startsAt, endsAt }) => ({ state, task, startsAt, endsAt }));
  await open(settings);
  await post('mail', 'failed', { at: begun });
  await hook.until(() => tasks().includes('mail'));
  expect(seen(begun, begun + 1)).toMatchObject([{ state: 'firing', task: 'mail' }]);
  await post('mail', 'completed', { at: begun + 5 });
  ahead = 2 * DEFAULT_ALERTS.keepFiringMs;
  await hook.until(() => bodies().some(({ status }) => status === 'resolved'));
  await post('mail', 'failed', { at: begun + 50 });
  await hook.until(() => bodies().filter(({ status }) => status === 'firing').length === 2);
  const over = { state: 'resolved', task: 'mail', startsAt: begun, endsAt: begun + 5 };
  const again = { state: 'firing', task: 'mail', startsAt: begun + 50 };
  expect(seen(begun, begun + 60)).toMatchObject([again, over]);
  await alerts.stop();
  await open(settings);
  expect(seen(begun, begun + 60)).toMatchObject([again, over]);
  expect(seen(begun + 6, begun + 60)).toMatchObject([again]);
  expect(seen(begun, begun + 50)).toMatchObject([over]);
  await alerts.stop();
  ahead = 2 * settings.keepEndedMs;
  await open({ ...settings, rules: [] });
  while (seen(begun, begun + 50).length > 0) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
});

test('what a failed write did not keep is kept by the next, so that a restart tells nothing twice', async () => {
  const settings = config(receiver('hook', hook.url));
  const file = new AlertsFile(join(folder, 'alerts.sqlite'));
  const disk = new Database(file.path);
  await open(settings, file);
  // As a disk that is full for a while.
  disk.exec("CREATE TRIGGER full BEFORE INSERT ON alerts BEGIN SELECT RAISE(ABORT, 'disk full'); END");
  const { cursor } = file;
  await post('mail', 'failed');
  await hook.until((received) => received.length === 1);
  while (warnings.length === 0) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(warnings).toEqual([expect.stringMatching(/alerts\.sqlite cannot be written \(disk full\).*tried again/)]);
  expect([file.alerts(), file.cursor]).toEqual([[], cursor]);
  disk.exec('DROP TRIGGER full');
  disk.close();
  while (file.alerts().length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(file.cursor).toBeGreaterThan(cursor ?? 0);
  await alerts.stop();
  await open(settings);
  await post('report', 'failed');
  await hook.until((received) => received.length === 2);
  expect(tasks()).toEqual(['mail', 'report']);
});

const openingPorts = () => ({ now, warn: (text: string) => warnings.push(text), makeRoom: () => false });

test.each<[string, (path: string) => void]>([
  ['bytes of something else', (path) => writeFileSync(path, 'no database'.repeat(1000))],
  ['a page of noise', (path) => writeFileSync(path, readFileSync(path).fill(0x5a, 4096, 3 * 4096))],
  [
    'rows that are no JSON',
    (path) => {
      const db = new Database(path);
      db.exec("INSERT INTO alerts (id, alert) VALUES ('x', '{')");
      db.close();
    },
  ],
])('a file with %s is put aside, which is said with what to do, and alerts go on', async (_what, damage) => {
  const settings = config(receiver('hook', hook.url));
  const path = join(folder, 'alerts.sqlite');
  await open(settings);
  await post('first', 'failed');
  await hook.until((received) => received.length === 1);
  await alerts.stop();
  damage(path);
  await open(settings, openAlertsFile(path, openingPorts()));
  const aside = readdirSync(folder).find((name) => name.startsWith('alerts.sqlite.damaged-')) ?? 'nothing';
  expect(warnings).toEqual([expect.stringContaining(`${path} is damaged`)]);
  expect(warnings[0]).toContain(`delete ${join(folder, aside)}`);
  await post('second', 'failed');
  await hook.until(() => tasks().includes('second'));
});

test('a folder that cannot be opened is named, with what to do', async () => {
  const path = join(folder, 'alerts.sqlite');
  mkdirSync(path);
  expect(() => openAlertsFile(path, openingPorts())).toThrow(/^\[alerts\] .*alerts.sqlite cannot be used \(.*\)\. \w/);
  await open(config(), new AlertsFile(join(folder, 'other.sqlite')));
});

test('a file of another program is left alone', async () => {
  const path = join(folder, 'alerts.sqlite');
  const db = new Database(path);
  db.pragma('application_id = 7');
  db.exec('CREATE TABLE x (y)');
  db.close();
  expect(() => openAlertsFile(path, openingPorts())).toThrow(
    'a file of another program. Move it away and start again.'
  );
  expect(warnings).toEqual([]);
  await open(config(), new AlertsFile(join(folder, 'other.sqlite')));
});

test('new rules and receivers are taken while it runs; what waits for one that stays is kept', async () => {
  const none = { ...config(receiver('hook', hook.url)), rules: [] };
  await open(none);
  await post('unseen', 'failed');
  await alerts.configure(config(receiver('hook', hook.url)));
  await post('mail', 'failed');
  await hook.until(() => tasks().length > 0);
  const other = await ReceiverUnderTest.listen();
  await alerts.configure(config(receiver('other', other.url)));
  await post('report', 'failed');
  await other.until(() => tasks(other).includes('report'));
  expect(tasks()).toEqual(['mail']);
  await alerts.stop();
  await other.close();
});

test('a storm of one cause is one alert, and its count is told', async () => {
  await open(config(receiver('hook', hook.url)));
  const lines = Array.from({ length: 3_000 }, (_, i) =>
    JSON.stringify({ source: 'shop', runId: `s${i}`, task: 'mail', at: Date.now(), state: 'failed', exitCode: 3 })
  );
  await archive.ingest(Buffer.from(lines.join('\n')));
  await hook.until((received) => received.length > 0);
  const current = () => alerts.during({ from: 0, to: Infinity });
  while (current()[0]?.count !== 3_000) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(current()).toHaveLength(1);
  expect(tasks()).toEqual(['mail']);
});

test('the API tells what is firing and takes tickets of others', async () => {
  const settings = { ...config(receiver('hook', hook.url)), ticketReceivers: ['hook'] };
  await open(settings);
  const app = await createApp({
    archive,
    config: () => ({ ...DEFAULT_CONFIG, alerts: settings }),
    now,
    version: '1',
    alerts,
  });
  const ticket = (payload: object) => app.inject({ method: 'POST', url: '/api/v1/tickets', payload });
  const labels = { alertname: 'P99', task: 'mail', owner: 'ann' };
  const answer = await ticket({
    alerts: [{ status: 'firing', labels, annotations: { summary: 'slow' }, startsAt: '2026-01-01T00:00:00Z' }],
  });
  expect([answer.statusCode, answer.json()]).toEqual([202, { v: 1, accepted: 1 }]);
  await ticket({ alerts: [{ status: 'firing', labels }] });
  await hook.until((received) => received.length === 1);
  expect((await app.inject('/api/v1/alerts')).json()).toMatchObject({
    v: 1,
    alerts: [{ state: 'firing', labels, startsAt: Date.UTC(2026, 0, 1) }],
  });
  await ticket({ alerts: [{ status: 'resolved', labels }] });
  await hook.until((received) => received.length === 2);
  expect(bodies().map(({ status }) => status)).toEqual(['firing', 'resolved']);
  const ended = (query: string) => app.inject(`/api/v1/alerts?${query}`).then((found) => found.json());
  expect(await ended('')).toMatchObject({ alerts: [{ state: 'resolved', startsAt: Date.UTC(2026, 0, 1) }] });
  expect(await ended(`from=${Date.UTC(2025, 0, 1)}&to=${Date.UTC(2026, 0, 1)}`)).toMatchObject({ alerts: [] });
  expect(await ended('task=other')).toMatchObject({ alerts: [] });
  expect(await ended('from=2&to=1')).toMatchObject({ error: expect.stringContaining('from=2 is not before to=1') });
  expect((await ticket({ alerts: 'x' })).statusCode).toBe(400);
  expect((await ticket({ alerts: [{ labels: {} }] })).statusCode).toBe(400);
  expect((await app.inject('/metrics')).body).toContain('runlane_store_alerts_sent_total{receiver="hook"} 2');
  await app.close();
});
