import { createHmac } from 'node:crypto';
import type { SMTPServerOptions } from 'smtp-server';
import type { Alert } from '../alert';
import { alertUnderTest } from '../alert.kit';
import type { Jira, Smtp } from '../alerts-config';
import { DeliveryError } from '../delivery-error';
import { listenForMail } from '../mail-server.kit';
import type { MailServerUnderTest } from '../mail-server.kit';
import type { Deliver, Notification } from '../notification';
import { ReceiverUnderTest } from '../receiver.kit';
import { sendMail } from '../send-mail';
import { postToAlertmanager } from './alertmanager';
import { jira } from './jira';
import { mailOf } from './mail-text';
import { dingtalk, wecom } from './robots';
import { webhook } from './webhook';

const T0 = Date.UTC(2026, 0, 2, 3, 4, 5);
const NASTY = `<img src=x onerror=alert(1)>"'\`*[x](http://evil)*\n# @all {noformat} ${'长'.repeat(10_000)}`;

function nasty(): Alert {
  const one = alertUnderTest();
  return alertUnderTest({
    owner: NASTY,
    labels: { ...one.labels, task: NASTY, cause: NASTY },
    annotations: { summary: NASTY, description: NASTY, error: NASTY, worker: NASTY },
    link: 'javascript:alert(1)',
  });
}

function notification(more: Partial<Notification> = {}): Notification {
  const alerts = more.alerts ?? [alertUnderTest()];
  return {
    receiver: 'hook',
    status: alerts.some(({ state }) => state === 'firing') ? 'firing' : 'resolved',
    groupKey: '{}:{task="mail"}',
    groupLabels: { task: 'mail' },
    language: 'en',
    externalUrl: 'http://grafana',
    ...more,
    alerts,
  };
}

const never = new AbortController().signal;
let receiver: ReceiverUnderTest;

beforeEach(async () => {
  receiver = await ReceiverUnderTest.listen();
});

afterEach(() => receiver.close());

async function failureOf(deliver: Deliver, signal = never): Promise<DeliveryError> {
  try {
    await deliver(notification(), signal);
  } catch (error) {
    if (error instanceof DeliveryError) {
      return error;
    }
    throw error;
  }
  throw new Error('it was delivered');
}

test("a webhook gets the body of Alertmanager's, version 4", async () => {
  await webhook({ url: `${receiver.url}/hook?key=1`, bearer: 'secret' })(
    notification({ alerts: [alertUnderTest(), alertUnderTest({ state: 'resolved', endsAt: T0 + 1_000, id: '2' })] }),
    never
  );
  expect(receiver.received[0]).toMatchObject({
    method: 'POST',
    url: '/hook?key=1',
    headers: { authorization: 'Bearer secret', 'content-type': 'application/json' },
    body: {
      version: '4',
      status: 'firing',
      receiver: 'hook',
      groupKey: '{}:{task="mail"}',
      truncatedAlerts: 0,
      groupLabels: { task: 'mail' },
      commonLabels: { alertname: 'abnormal-exit', cause: 'SIGKILL' },
      commonAnnotations: { summary: 'mail: SIGKILL' },
      externalURL: 'http://grafana',
      alerts: [
        {
          status: 'firing',
          fingerprint: 'f00dfeedf00dfeed',
          startsAt: '2026-01-02T03:04:05.000Z',
          endsAt: '0001-01-01T00:00:00Z',
          generatorURL: expect.stringContaining('runlane-timeline') as string,
        },
        { status: 'resolved', endsAt: '2026-01-02T03:04:06.000Z' },
      ],
    },
  });
});

test('a storm is cut in the body, and the rest is counted', async () => {
  await webhook({ url: receiver.url })(
    notification({ alerts: Array.from({ length: 130 }, (_, i) => alertUnderTest({ id: String(i) })) }),
    never
  );
  expect(receiver.received[0]?.body).toMatchObject({ truncatedAlerts: 30 });
});

test('Alertmanager gets an end in the future while it fires, and the real one afterwards', async () => {
  const resolved = alertUnderTest({ state: 'resolved', endsAt: T0 + 5_000 });
  await postToAlertmanager(
    { url: receiver.url, basic: { user: 'u', password: 'p' } },
    [alertUnderTest(), resolved],
    T0 + 60_000,
    60_000,
    never
  );
  expect(receiver.received[0]).toMatchObject({
    url: '/api/v2/alerts',
    headers: { authorization: `Basic ${Buffer.from('u:p').toString('base64')}` },
    body: [
      {
        startsAt: '2026-01-02T03:04:05.000Z',
        endsAt: '2026-01-02T03:09:05.000Z',
        labels: { alertname: 'abnormal-exit' },
      },
      { endsAt: '2026-01-02T03:04:10.000Z' },
    ],
  });
});

test('Alertmanager gets no start that lies ahead: it would take no end, and wait for it', async () => {
  const ahead = T0 + 3_600_000;
  await postToAlertmanager(
    { url: receiver.url },
    [
      alertUnderTest({ startsAt: ahead, lastAt: ahead }),
      alertUnderTest({ startsAt: ahead, state: 'resolved', endsAt: ahead + 1 }),
    ],
    T0,
    60_000,
    never
  );
  expect(receiver.received[0]?.body).toMatchObject([
    { startsAt: '2026-01-02T03:04:05.000Z', endsAt: '2026-01-02T03:08:05.000Z' },
    { startsAt: '2026-01-02T03:04:05.000Z', endsAt: '2026-01-02T03:04:05.000Z' },
  ]);
});

test('the robots get Markdown in which no value is markup, within their limits', async () => {
  receiver.answer = () => ({ body: { errcode: 0 } });
  const many = Array.from({ length: 20 }, () => nasty());
  await wecom({ url: `${receiver.url}/send?key=k` })(notification({ alerts: many, language: 'zh-Hans' }), never);
  await dingtalk(
    { url: `${receiver.url}/send?access_token=t` },
    'SECx',
    () => T0
  )(notification({ alerts: [nasty(), alertUnderTest()] }), never);
  const [first, second] = receiver.received;
  const { content } = (first?.body as { markdown: { content: string } }).markdown;
  expect(Buffer.byteLength(content)).toBeLessThanOrEqual(4_096);
  expect(content).toContain('[告警] critical');
  expect(content).toContain('另有');
  const { text } = (second?.body as { markdown: { text: string } }).markdown;
  for (const said of [content, text]) {
    expect(said).not.toMatch(/<img|@all|javascript:|\]\(http:\/\/evil/);
  }
  expect(text).toContain('[Open the timeline](http://grafana/d/runlane-timeline/timeline?var-task=mail%281%29)');
  expect(text).toContain('[Open the run](http://grafana/d/runlane-task-run/task-run?var-runId=r1)');
  const url = new URL(second?.url ?? '', receiver.url);
  expect(url.searchParams.get('timestamp')).toBe(String(T0));
  expect(url.searchParams.get('sign')).toBe(createHmac('sha256', 'SECx').update(`${T0}\nSECx`).digest('base64'));
});

test('robots answer 200 and say in the body that it failed', async () => {
  receiver.answer = () => ({ body: { errcode: 45009, errmsg: 'api freq out of limit, key=secret' } });
  const error = await failureOf(wecom({ url: receiver.url }));
  expect([error.message, error.retry, error.retryAfterMs]).toEqual(['WeCom answered errcode 45009', true, 60_000]);
  receiver.answer = () => ({ body: { errcode: 310000 } });
  expect((await failureOf(dingtalk({ url: receiver.url }, undefined, () => T0))).retryAfterMs).toBeUndefined();
});

test.each([
  [500, true],
  [401, true],
  [302, true],
  [400, false],
  [413, false],
])('status %i: tried again: %s; the address is not told', async (status, retry) => {
  receiver.answer = () => ({ status, body: { error: 'key=secret' } });
  const error = await failureOf(webhook({ url: `${receiver.url}/hook/secret?key=secret`, bearer: 'secret' }));
  expect([error.message, error.retry]).toEqual([`127.0.0.1:${receiver.port} answered ${status}`, retry]);
});

test('Retry-After, a receiver that hangs, and one that is not there', async () => {
  receiver.answer = () => ({ status: 503, headers: { 'retry-after': '7' } });
  expect((await failureOf(webhook({ url: receiver.url }))).retryAfterMs).toBe(7_000);
  receiver.answer = () => 'hang';
  const error = await failureOf(webhook({ url: `${receiver.url}/secret` }), AbortSignal.timeout(50));
  expect([error.message, error.retry]).toEqual([`127.0.0.1:${receiver.port} does not answer (timeout)`, true]);
  const gone = await ReceiverUnderTest.listen();
  await gone.close();
  const host = gone.url.slice('http://'.length);
  expect((await failureOf(webhook({ url: `${gone.url}/secret` }))).message).toBe(
    `${host} does not answer (ECONNREFUSED)`
  );
});

describe('mail', () => {
  let server: MailServerUnderTest;
  let smtp: Smtp;

  async function listen(options?: SMTPServerOptions): Promise<void> {
    server = await listenForMail(options);
    smtp = { host: '127.0.0.1', port: server.port, secure: false };
  }

  afterEach(() => server.close());

  const send = (alerts: Alert[], signal = never) =>
    sendMail(
      smtp,
      { from: 'runlane@example.com', to: ['ops@example.com'], ...mailOf(notification({ alerts })) },
      signal,
      500
    );

  test('goes out as text and HTML; nothing in it is markup or a header', async () => {
    await listen();
    await send([nasty(), alertUnderTest()]);
    expect(/^Subject: =\?UTF-8\?/m.test(server.mails[0] ?? '')).toBe(true);
    const { subject, html, text } = mailOf(notification({ alerts: [nasty(), alertUnderTest()] }));
    expect(subject).not.toMatch(/[\r\n]/);
    expect(subject.length).toBeLessThanOrEqual(200);
    expect(html).not.toMatch(/<img|javascript:/);
    expect(html).toContain('&lt;img');
    expect(html).toContain('href="http://grafana/d/runlane-timeline/timeline?var-task=mail(1)"');
    expect(html).toContain('href="http://grafana/d/runlane-task-run/task-run?var-runId=r1"');
    expect(text).toContain('Failures: 2');
  });

  test('says the server and its code, never what was sent', async () => {
    await listen({ onAuth: (_auth, _session, done) => done(new Error('no: secret')) });
    smtp = { ...smtp, user: 'runlane', password: 'mail-secret' };
    await expect(send([alertUnderTest()])).rejects.toMatchObject({
      retry: true,
      message: expect.not.stringContaining('secret') as string,
    });
  });

  test('a server that hangs is left', async () => {
    await listen({ onData: () => undefined });
    await expect(send([alertUnderTest()], AbortSignal.timeout(200))).rejects.toMatchObject({ retry: true });
  });

  test('a mail that the server refuses for good is not sent again', async () => {
    await listen({
      onRcptTo: (_to, _session, done) => done(Object.assign(new Error('no such user'), { responseCode: 550 })),
    });
    await expect(send([alertUnderTest()])).rejects.toMatchObject({ retry: false });
  });
});

describe('Jira', () => {
  const target = (more: Partial<Jira> = {}): Jira => ({
    type: 'jira',
    endpoint: { url: receiver.url, basic: { user: 'robot', password: 'secret' } },
    project: 'OPS',
    issueType: 'Bug',
    labels: ['pager'],
    assignees: { ann: '5b10a' },
    assigneeBy: 'accountId',
    resolveTransition: 'Done',
    ...more,
  });
  const asked = () => receiver.received.map(({ method, url }) => `${method} ${url.split('?')[0]}`);

  test('one issue, assigned to the owner; a comment when it goes on; the transition at the end', async () => {
    receiver.answer = ({ method, url }) => {
      if (url.startsWith('/rest/api/2/search')) {
        return { body: { issues: [] } };
      }
      if (url.endsWith('/transitions') && method === 'GET') {
        return { body: { transitions: [{ id: '31', name: 'done' }] } };
      }
      return url === '/rest/api/2/issue' ? { status: 201, body: { key: 'OPS-7' } } : { status: 201 };
    };
    const tell = jira(target());
    const memo = await tell(notification({ alerts: [alertUnderTest({ owner: 'ann' })] }), never);
    expect(memo).toBe('OPS-7');
    expect(receiver.received[1]?.body).toMatchObject({
      fields: {
        project: { key: 'OPS' },
        issuetype: { name: 'Bug' },
        summary: 'mail: SIGKILL',
        assignee: { accountId: '5b10a' },
        labels: ['runlane', expect.stringMatching(/^runlane-[0-9a-f]{16}$/) as string, 'pager'],
      },
    });
    expect(await tell(notification({ memo: 'OPS-7' }), never)).toBe('OPS-7');
    expect(
      await tell(notification({ memo: 'OPS-7', alerts: [alertUnderTest({ state: 'resolved', endsAt: T0 })] }), never)
    ).toBeUndefined();
    expect(asked()).toEqual([
      'GET /rest/api/2/search/jql',
      'POST /rest/api/2/issue',
      'POST /rest/api/2/issue/OPS-7/comment',
      'GET /rest/api/2/issue/OPS-7/transitions',
      'POST /rest/api/2/issue/OPS-7/transitions',
      'POST /rest/api/2/issue/OPS-7/comment',
    ]);
    expect(receiver.received[4]?.body).toEqual({ transition: { id: '31' } });
  });

  test('an issue that is there already is found by its label, also on a server with the old search', async () => {
    receiver.answer = ({ url }) =>
      url.startsWith('/rest/api/2/search/jql')
        ? { status: 404 }
        : url.startsWith('/rest/api/2/search')
          ? { body: { issues: [{ key: 'OPS-3' }] } }
          : { status: 201 };
    expect(await jira(target())(notification(), never)).toBe('OPS-3');
    expect(asked()).toEqual([
      'GET /rest/api/2/search/jql',
      'GET /rest/api/2/search',
      'POST /rest/api/2/issue/OPS-3/comment',
    ]);
    expect(new URL(receiver.received[1]?.url ?? '', receiver.url).searchParams.get('jql')).toMatch(
      /^labels = "runlane-[0-9a-f]{16}" AND statusCategory != Done/
    );
  });

  test('an issue that was deleted is made anew; an owner who left does not cost the ticket', async () => {
    receiver.answer = ({ url, body }) => {
      if (url.endsWith('/comment')) {
        return { status: 404 };
      }
      const { fields } = body as { fields: { assignee?: unknown } };
      return fields.assignee === undefined
        ? { status: 201, body: { key: 'OPS-9' } }
        : { status: 400, body: { errors: { assignee: 'no such user' } } };
    };
    expect(await jira(target({ assignee: 'gone' }))(notification({ memo: 'OPS-1' }), never)).toBe('OPS-9');
  });

  test('what Jira refuses is told by the fields at fault', async () => {
    receiver.answer = ({ url }) =>
      url === '/rest/api/2/issue' ? { status: 400, body: { errors: { project: 'secret' } } } : {};
    const error = await failureOf(jira(target()));
    expect([error.message, error.retry]).toEqual(['Jira did not take the issue (fields: project)', false]);
  });

  test('no word of a failure is markup', async () => {
    receiver.answer = ({ url }) => (url === '/rest/api/2/issue' ? { status: 201, body: { key: 'A-1' } } : {});
    await jira(target())(notification({ alerts: [nasty()] }), never);
    const { fields } = receiver.received.at(-1)?.body as { fields: { summary: string; description: string } };
    expect(fields.summary).not.toMatch(/[\r\n]/);
    expect(fields.summary.length).toBeLessThanOrEqual(250);
    expect(fields.description.match(/\{noformat\}/g)).toHaveLength(2);
  });
});
