import { readSettings } from './settings';

const BROKER = { url: 'redis://broker:6379/0', basic: { user: '', password: 'of the broker' } };
const read = (settings: object, environment = {}) => readSettings({ ...settings }, BROKER, environment);

test('without settings it is as Celery is without settings', () => {
  expect(read({})).toEqual({
    exchange: 'celeryev',
    queuePrefix: 'runlane.celeryev',
    queueExpiresMs: 3_600_000,
    keyPrefix: '',
    fanoutPrefix: '/{db}.',
  });
});

test('a result backend at the address of the broker is asked as the broker is, another by its own password', () => {
  expect(read({ resultBackend: 'redis://broker:6379/1' }).results).toEqual({
    endpoint: { url: 'redis://broker:6379/1', basic: BROKER.basic },
    keyPrefix: '',
  });
  const elsewhere = { resultBackend: 'rediss://results/1', resultPasswordEnv: 'RESULTS' };
  expect(read({ resultBackend: 'rediss://results/1' }).results?.endpoint).toEqual({ url: 'rediss://results/1' });
  expect(read(elsewhere, { RESULTS: 'pw' }).results?.endpoint.basic).toEqual({ user: '', password: 'pw' });
});

test.each([
  [{ exchanges: 'x' }, /exchanges is no setting of Celery. Known are exchange, /],
  [{ exchange: 7 }, /exchange is no text/],
  [{ queueExpiresHours: 0 }, /queueExpiresHours/],
  [{ resultBackend: 'db+postgresql://x/y' }, /resultBackend is no address that begins with redis:/],
  [{ resultBackend: 'redis://u:hunter2@x/1' }, /Put user and password into resultUser/],
  [{ resultBackend: 'redis://x/1', resultPasswordEnv: 'UNSET' }, /resultPasswordEnv names UNSET, which is not set/],
])('%j is refused, without what is secret in it', (settings, message) => {
  expect(() => read(settings)).toThrow(message);
  expect(() => read(settings)).not.toThrow(/hunter2/);
});
