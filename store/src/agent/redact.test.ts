import * as fc from 'fast-check';
import { redactCommand, redactText, secretValues } from './redact';

it.each([
  [['mysql', '--password', 'hunter2', 'db'], 'mysql --password *** db'],
  [['mysql', '--password=hunter2'], 'mysql --password=***'],
  [['env', 'API_TOKEN=abc', 'PATH=/bin', 'x'], 'env API_TOKEN=*** PATH=/bin x'],
  [['curl', '-u', 'me:hunter2', 'https://host/'], 'curl -u me:*** https://host/'],
  [['curl', '-H', 'Authorization: Bearer abc.def', 'x'], 'curl -H Authorization:*** x'],
  [['curl', '-d', 'x=1&token=abc&y=2'], "curl -d 'x=1&token=***&y=2'"],
  [['psql', 'postgres://me:hunter2@host/db'], 'psql postgres://me:***@host/db'],
  [['sh', '-c', 'deploy --token abc123 && echo done'], "sh -c 'deploy --token *** && echo done'"],
  [['x', '{"client_secret": "abc", "name": "n"}'], 'x \'{"client_secret": ***, "name": "n"}\''],
  [['git', 'push', 'ghp_0123456789abcdefghijABCDEFGHIJ456789'], 'git push ***'],
  [['send', '--author', 'me', '--keyboard', 'qwerty'], 'send --author me --keyboard qwerty'],
])('of %j shows %s', (command, shown) => {
  expect(redactCommand(command)).toBe(shown);
});

it('hides what a shell has put in from a secret variable', () => {
  const secrets = secretValues({ DB_PASSWORD: 'tr0ub4dor', HOME: '/home/me', SHORT_TOKEN: 'abc' });
  expect(redactCommand(['x', 'tr0ub4dor', '/home/me'], secrets)).toBe('x *** /home/me');
  expect(redactText('login with tr0ub4dor failed', secrets)).toBe('login with *** failed');
});

it('never shows the value of a secret flag, whatever it is', () => {
  const value = fc
    .string({ minLength: 8 })
    .filter((text) => !text.startsWith('--') && !'--api-key= ***'.includes(text));
  fc.assert(
    fc.property(value, (secret) => {
      expect(redactCommand(['x', '--api-key', secret])).not.toContain(secret);
      expect(redactCommand(['x', `--api-key=${secret}`])).not.toContain(secret);
    })
  );
});

it('is bounded, whatever comes', () => {
  expect(redactCommand(['x', 'a'.repeat(1_000_000)])).toHaveLength(2000);
  expect(redactText('password'.repeat(20_000)).length).toBeGreaterThan(0);
});
