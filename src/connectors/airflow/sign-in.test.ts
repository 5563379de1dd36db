import { json } from './fake-airflow.kit';
import type { HttpWithHeaders } from '../connector';
import { signedIn } from './sign-in';

const ADA = { user: 'ada', password: 'sécret' };

/** A server that knows one token at a time, and how often somebody logged in. */
function server(refusal: [status: number, detail: string] = [401, 'Token Expired']) {
  const state = { logins: 0, valid: 'token-1' };
  const send: HttpWithHeaders = async (path, { method, headers, body } = {}) => {
    if (path === '/auth/token') {
      expect([method, JSON.parse(body ?? '')]).toEqual(['POST', { username: ADA.user, password: ADA.password }]);
      state.logins += 1;
      return json({ access_token: state.valid }, 201);
    }
    const isValid = headers?.['Authorization'] === `Bearer ${state.valid}`;
    return isValid ? json({ fine: true }) : json({ detail: refusal[1] }, refusal[0]);
  };
  return { state, send };
}

test('one login serves all questions, also those that come together', async () => {
  const { state, send } = server();
  const http = signedIn(send, ADA);
  const answers = await Promise.all([http('/a'), http('/b'), http('/c')]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(state.logins).toBe(1);
});

test.each<[string, [number, string]]>([
  ['ran out', [401, 'Token Expired']],
  ['is of another secret', [403, 'Invalid JWT token']],
])('a token that %s is replaced once for all', async (_, refusal) => {
  const { state, send } = server(refusal);
  const http = signedIn(send, ADA);
  await http('/a');
  state.valid = 'token-2';
  const answers = await Promise.all([http('/a'), http('/b')]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect(state.logins).toBe(2);
});

test('Airflow 2, which gives no tokens, is asked with user and password', async () => {
  const asked: unknown[] = [];
  const http = signedIn(async (path, { headers } = {}) => {
    asked.push([path, headers?.['Authorization']]);
    return path === '/auth/token' ? json({ title: 'Not Found' }, 404) : json({ fine: true });
  }, ADA);
  await http('/a');
  await http('/b');
  const basic = `Basic ${Buffer.from('ada:sécret').toString('base64')}`;
  expect(asked).toEqual([
    ['/auth/token', undefined],
    ['/a', basic],
    ['/b', basic],
  ]);
});

test('what the user may not read is no reason to log in again', async () => {
  const { state, send } = server([403, 'Forbidden']);
  const http = signedIn(send, ADA);
  await http('/a');
  state.valid = 'token-2';
  expect((await http('/a')).status).toBe(403);
  expect(state.logins).toBe(1);
});

test('a new token that is refused as well is the answer', async () => {
  const send: HttpWithHeaders = async (path) =>
    path === '/auth/token' ? json({ access_token: 'x' }, 200) : json({}, 401);
  expect((await signedIn(send, ADA)('/a')).status).toBe(401);
});

test.each([
  [
    'a wrong password',
    json({ detail: 'Invalid credentials' }, 401),
    'POST /auth/token answered 401. Check user and password',
  ],
  ['a page', { status: 200, body: '<!doctype html>' }, 'POST /auth/token answered a web page'],
  ['no token', json({}), 'POST /auth/token gave no token: access_token is missing'],
])('%s is one clear error, and the next question tries anew', async (_, answer, words) => {
  let logins = 0;
  const http = signedIn(async () => {
    logins += 1;
    return answer;
  }, ADA);
  await expect(http('/a')).rejects.toThrow(words);
  await expect(http('/a')).rejects.toThrow(words);
  expect(logins).toBe(2);
});
