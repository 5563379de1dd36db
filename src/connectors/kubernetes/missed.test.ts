import { dueSince, sayMissed } from './missed';
import type { CronJob } from './wire';

const at = (time: string) => Date.parse(`2026-11-30T${time}Z`);

const cronJob = (part: Partial<CronJob> = {}): CronJob => ({
  name: 'report',
  namespace: 'shop',
  uid: 'u',
  createdAt: at('00:00:00'),
  labels: {},
  annotations: {},
  finalizers: [],
  schedule: '0 * * * *',
  isSuspended: false,
  active: 0,
  lastScheduledAt: at('10:00:00'),
  ...part,
});

test.each<[string, Partial<CronJob>, string | undefined]>([
  ['an hour later', {}, '11:00:00'],
  ['not while it is suspended', { isSuspended: true }, undefined],
  ['by its time zone', { timeZone: 'Asia/Shanghai', schedule: '30 19 * * *', lastScheduledAt: undefined }, '11:30:00'],
  ['not by a zone that nobody tells', { schedule: '0 18 * * *' }, undefined],
  ['not before it ever ran by a zone that nobody tells', { lastScheduledAt: undefined }, undefined],
  ['as Kubernetes reads a question mark', { schedule: '0 * ? * ?' }, '11:00:00'],
  ['not by words that only Kubernetes knows', { schedule: '@every 1h' }, undefined],
])('it was due %s', (_, part, due) => {
  expect(dueSince(cronJob(part), at('12:00:00'))).toBe(due === undefined ? undefined : at(due));
});

test('the controller has two minutes', () => {
  expect(dueSince(cronJob(), at('11:01:00'))).toBeUndefined();
  expect(dueSince(cronJob(), at('11:02:00'))).toBe(at('11:00:00'));
});

test('it is said why where that is known, and few are named', () => {
  const scope = { namespaces: [] };
  const waits = cronJob({ concurrency: 'Forbid', active: 1 });
  expect(sayMissed([waits], scope, at('12:00:00'))).toEqual([
    'CronJob shop/report was due at 2026-11-30T11:00:00.000Z and waits for its last run to end (concurrencyPolicy: Forbid).',
  ]);
  const many = Array.from({ length: 7 }, (_, n) => cronJob({ name: `c${n}` }));
  expect(sayMissed(many, scope, at('12:00:00'))).toHaveLength(6);
  expect(sayMissed(many, scope, at('12:00:00')).at(-1)).toBe('2 other CronJobs were due and made no job.');
});
