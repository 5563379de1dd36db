import Database from 'better-sqlite3';
import { alertUnderTest } from './alert.kit';
import { EndedAlerts } from './ended-alerts';

const T0 = 1_750_000_000_000;
const MINUTE = 60_000;

/** An alert that fired from `begin` to `end`, minutes after T0. */
function ended(id: string, begin: number, end: number) {
  return alertUnderTest({ id, state: 'resolved', startsAt: T0 + begin * MINUTE, endsAt: T0 + end * MINUTE });
}

function idsDuring(alerts: EndedAlerts, from: number, to: number): string[] {
  return alerts.during({ from: T0 + from * MINUTE, to: T0 + to * MINUTE }).map(({ id }) => id);
}

test('a range finds what fired at any moment of it, the last to end first, each time on its own', () => {
  const alerts = new EndedAlerts(new Database(':memory:'));
  alerts.add([ended('before', 0, 9), ended('into', 5, 10), ended('across', 0, 60), ended('flaps', 11, 12)]);
  alerts.add([ended('flaps', 14, 15), ended('inside', 12, 13), ended('after', 20, 30)]);
  alerts.add([ended('inside', 12, 13)]);
  expect(idsDuring(alerts, 10, 20)).toEqual(['across', 'flaps', 'inside', 'flaps', 'into']);
  expect(alerts.during({ from: T0, to: T0 + MINUTE }).map(({ labels }) => labels['cause'])).toEqual([
    'SIGKILL',
    'SIGKILL',
  ]);
});

test('what is too old and what is too much is let go, that which ended first before the rest', () => {
  const alerts = new EndedAlerts(new Database(':memory:'), 3);
  alerts.add(['a', 'b', 'c', 'd', 'e'].map((id, i) => ended(id, 0, i + 1)));
  alerts.prune(T0);
  expect(idsDuring(alerts, 0, 60)).toEqual(['e', 'd', 'c']);
  alerts.prune(T0 + 5 * MINUTE);
  expect(idsDuring(alerts, 0, 60)).toEqual(['e']);
});

test('the next start finds them', () => {
  const db = new Database(':memory:');
  new EndedAlerts(db).add([ended('a', 0, 1), ended('b', 0, 2)]);
  new EndedAlerts(db).prune(T0 + 2 * MINUTE);
  expect(idsDuring(new EndedAlerts(db), 0, 60)).toEqual(['b']);
});
