import type { FastifyInstance } from 'fastify';
import fastify from 'fastify';
import { DEFAULT_CONFIG } from '../config/config';
import type { StoreConfig } from '../config/config';
import { sendError } from './errors';
import { addSameMachineCheck } from './same-machine';

let config: StoreConfig;
let app: FastifyInstance;

beforeEach(() => {
  config = DEFAULT_CONFIG;
  app = fastify();
  app.setErrorHandler((error, _request, reply) => sendError(reply, error));
  addSameMachineCheck(app, () => config);
  app.get('/runs', async () => 'runs');
  app.get('/healthz', async () => 'ok');
  app.post('/events', async () => 'taken');
});

afterEach(() => app.close());

async function status(
  method: 'GET' | 'POST',
  headers: Record<string, string>,
  url = method === 'GET' ? '/runs' : '/events'
) {
  return (await app.inject({ method, url, headers })).statusCode;
}

test.each([
  '127.0.0.1:7331',
  '127.0.0.1',
  'localhost:7331',
  'LOCALHOST',
  '[::1]:7331',
  'a.localhost',
  '10.0.0.7:80',
  'host.docker.internal:7331',
])('a program of this machine that asks for %s is answered', async (host) => {
  expect(await status('GET', { host })).toBe(200);
  expect(await status('POST', { host })).toBe(200);
});

test.each([
  'attacker.example',
  'attacker.example:7331',
  'localhost.attacker.example',
  '127.0.0.1.attacker.example:7331',
])('a page whose name %s was made to point here reads and posts nothing', async (host) => {
  expect(await status('GET', { host })).toBe(421);
  expect(await status('POST', { host })).toBe(421);
});

test.each([
  ['another site', { origin: 'https://attacker.example' }],
  ['another port of this machine', { origin: 'http://localhost:8080' }],
  ['a sandboxed frame', { origin: 'null' }],
  ['another site, as the browser tells', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
  ['a site next door, as the browser tells', { 'sec-fetch-site': 'same-site', 'sec-fetch-dest': 'image' }],
])('a page of %s reads and posts nothing', async (_, headers) => {
  const host = 'localhost:7331';
  expect(await status('GET', { host, ...headers })).toBe(403);
  expect(await status('POST', { host, ...headers })).toBe(403);
});

test('who opens the store in a browser, by hand or by a link, sees it; a form of another site is not taken', async () => {
  const host = 'localhost:7331';
  expect(await status('GET', { host, 'sec-fetch-site': 'none', 'sec-fetch-dest': 'document' })).toBe(200);
  expect(await status('GET', { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'document' })).toBe(200);
  expect(await status('POST', { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'document' })).toBe(403);
  expect(await status('GET', { host, 'sec-fetch-site': 'same-origin', origin: 'http://localhost:7331' })).toBe(200);
});

test('where a token is asked for, the token decides; whether the store lives is told to all', async () => {
  config = { ...config, tokens: { read: ['read-token-1'], write: [] } };
  const foreign = { host: 'runlane.example', origin: 'https://attacker.example' };
  expect(await status('GET', foreign)).toBe(200);
  expect(await status('POST', foreign)).toBe(421);
  config = { ...config, tokens: { read: [], write: ['write-token-1'] } };
  expect(await status('POST', foreign)).toBe(200);
  expect(await status('GET', foreign)).toBe(421);
  expect(await status('GET', foreign, '/healthz')).toBe(200);
});
