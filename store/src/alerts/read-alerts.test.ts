import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '../config/config';
import { DEFAULT_ALERTS } from './alerts-config';

const ENV = {
  WECOM_ROBOT_URL: 'https://robot.example.com/send?key=wecom-secret',
  DINGTALK_ROBOT_URL: 'https://robot.example.com/send?access_token=ding-secret',
  DINGTALK_SECRET: 'SECding',
  SMTP_PASSWORD: 'mail-secret',
  JIRA_TOKEN: 'jira-secret',
  NO_URL: 'robot-secret',
};

function alertsOf(text: string) {
  return parseConfig(text, 'runlane.yaml', ENV).alerts;
}

function problems(text: string): string {
  try {
    alertsOf(text);
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
  return '';
}

const HOOK = 'alerts:\n  receivers:\n    a: { type: webhook, url: "http://127.0.0.1:1" }\n';

test('without the section nobody is told', () => {
  expect(alertsOf('')).toEqual(DEFAULT_ALERTS);
});

test('the example of the docs is read as it stands', () => {
  const page = readFileSync(join(__dirname, '../../../docs/alerts-from-events.md'), 'utf8');
  const alerts = alertsOf(/```yaml\n(.*?)```/s.exec(page)?.[1] ?? '');
  expect(alerts.receivers.map(({ name, target }) => [name, target.type])).toEqual([
    ['alertmanager', 'alertmanager'],
    ['oncall', 'wecom'],
    ['chat', 'dingtalk'],
    ['mail', 'email'],
    ['jira', 'jira'],
  ]);
  expect(alerts.receivers[0]).toMatchObject({ groupBy: ['alertname', 'source', 'task'], groupWaitMs: 1_000 });
  expect(alerts.receivers[4]).toMatchObject({
    groupBy: ['...'],
    target: { endpoint: { basic: { user: 'robot@example.com', password: 'jira-secret' } }, issueType: 'Bug' },
  });
  expect(alerts.rules[0]).toMatchObject({
    name: 'payment-died',
    match: { matches: [{ field: 'task', operator: '=~', values: ['pay\\..*'] }] },
    receivers: ['oncall', 'alertmanager'],
    failures: 1,
  });
  expect(alerts.rules[1]).toMatchObject({ on: ['failure'], failures: 3, withinMs: 3_600_000, tier: 'ticket' });
  expect(alerts.rules[2]?.match.matches).toHaveLength(2);
});

test('a receiver may group in its own way, and a rule without receivers tells all', () => {
  const { receivers, rules } = alertsOf(
    'alerts:\n  groupWait: 5s\n  receivers:\n    a: { type: webhook, url: "http://h/", groupBy: [task], timeout: 1s }\n    b: { type: webhook, url: "http://h/" }\n  rules: [{ name: x }]'
  );
  expect(receivers).toMatchObject([
    { groupBy: ['task'], groupWaitMs: 5_000, timeoutMs: 1_000, target: { endpoint: { url: 'http://h' } } },
    { groupBy: ['alertname', 'source', 'task'], groupWaitMs: 5_000 },
  ]);
  expect(rules[0]?.receivers).toEqual(['a', 'b']);
});

test('a rule with an empty list of receivers is shown and tells nobody', () => {
  const { rules } = alertsOf('alerts:\n  rules: [{ name: x, receivers: [] }]');
  expect(rules).toMatchObject([{ name: 'x', receivers: [] }]);
});

test.each([
  ['alerts: 5', ':1: alerts is no mapping'],
  ['alerts:\n  rule: []', ':2: alerts.rule is not known'],
  ['alerts:\n  receivers:\n    a: { type: pager }', ':3: alerts.receivers.a.type is "pager"'],
  ['alerts:\n  receivers:\n    a: { url: "http://h" }', ':3: alerts.receivers.a.type is missing'],
  ['alerts:\n  receivers:\n    a: { type: webhook }', ':3: alerts.receivers.a has no address'],
  ['alerts:\n  receivers:\n    a: { type: webhook, urlEnv: NOT_SET }', 'names NOT_SET, which is not set'],
  ['alerts:\n  receivers:\n    a: { type: webhook, url: "http://h", to: x }', ':3: alerts.receivers.a.to is not known'],
  ['alerts:\n  receivers:\n    a: { type: email, to: [nobody], from: "a@b" , smtp: { host: h } }', 'no mail address'],
  ['alerts:\n  receivers:\n    a: { type: email, smtp: { host: h } }', 'needs to and from'],
  ['alerts:\n  receivers:\n    a: { type: jira, url: "http://h" }', 'project is missing'],
  ['alerts:\n  receivers: [a]', ':2: alerts.receivers is no mapping'],
  [`${HOOK}  rules:\n    - { on: lost }`, ':5: alerts.rules[0].name is missing'],
  [`${HOOK}  rules:\n    - { name: x, on: [crash] }`, ':5: alerts.rules.0.on.0 is "crash"'],
  [`${HOOK}  rules:\n    - { name: x, receivers: [b] }`, 'names "b", which is no receiver. Known: a.'],
  [`${HOOK}  rules:\n    - { name: x, match: ["colour=red"] }`, 'want a field'],
  [`${HOOK}  rules:\n    - { name: x, match: ["task=~("] }`, 'cannot be used'],
  [`${HOOK}  rules:\n    - { name: x, labels: { task: y } }`, 'labels.task cannot be set'],
  [`${HOOK}  rules:\n    - { name: x }\n    - { name: x }`, ':6: alerts.rules[1].name is "x" again'],
  [`${HOOK}  rules:\n    - { name: x, failures: 0 }`, 'want a whole number from 1'],
  ['alerts:\n  rules:\n    - { name: x }', ':3: alerts.rules[0] tells nobody'],
  ['alerts:\n  groupWait: soon', ':2: alerts.groupWait is "soon"'],
  [`${HOOK}  ticketReceivers: [b]`, 'no receiver'],
])('%j is refused with its line', (text, message) => {
  expect(problems(text)).toContain(message);
});

test('an address that is wrong is never shown, because it may hold a key', () => {
  expect(problems('alerts:\n  receivers:\n    a: { type: wecom, urlEnv: NO_URL }')).toMatch(
    /^(?!.*robot-secret).*no address/s
  );
  expect(problems('alerts:\n  receivers:\n    a: { type: wecom, url: "htp://key-secret" }')).toMatch(
    /^(?!.*key-secret).*no address/s
  );
});
