import type { FastifyInstance } from 'fastify';
import fastify from 'fastify';
import { alertUnderTest } from '../alerts/alert.kit';
import type { SiftQuery } from '../archive/archive';
import { ArchiveError } from '../archive/archive';
import { Budget } from '../archive/budget';
import { wordTest } from '../../../src/analysis/row-filter';
import { DEFAULT_CONFIG } from '../config/config';
import { addAlertsRoutes } from './alerts-route';
import { sendError } from './errors';

const NOW = Date.UTC(2026, 0, 2, 4);
const ALERTS = [
  alertUnderTest({ id: 'a', task: 'mail', labels: { team: 'core' } }),
  alertUnderTest({ id: 'b', task: 'report', labels: {} }),
  alertUnderTest({ id: 'c', task: 'report', labels: { team: 'web' } }),
];

let app: FastifyInstance;
let asked: SiftQuery[];
let sift: (query: SiftQuery) => Promise<string[]>;

beforeEach(() => {
  asked = [];
  sift = async ({ match, words }) => words.filter(wordTest(match, new Budget()));
  app = fastify();
  app.setErrorHandler((error, _request, reply) => sendError(reply, error));
  addAlertsRoutes(app, {
    archive: {
      sift: (query) => {
        asked.push(query);
        return sift(query);
      },
    },
    alerts: { during: () => ALERTS, take: () => undefined },
    config: () => DEFAULT_CONFIG,
    now: () => NOW,
  });
  app.get('/healthz', async () => 'ok');
});

afterEach(() => app.close());

async function found(...matches: string[][]): Promise<string[]> {
  const query = matches.map((match) => `match=${encodeURIComponent(JSON.stringify(match))}`).join('&');
  const answer = await app.inject(`/api/v1/alerts?${query}`);
  return (answer.json() as { alerts: Array<{ id: string }> }).alerts.map(({ id }) => id);
}

test('how many rules there are is told: without any, nothing can fire', async () => {
  expect((await app.inject('/api/v1/alerts')).json()).toMatchObject({ rules: 0 });
});

test('alerts are filtered by source, task and labels, and what is said of other facts is left out', async () => {
  expect(await found()).toEqual(['a', 'b', 'c']);
  expect(await found(['task', '=~', 'rep.*'])).toEqual(['b', 'c']);
  expect(await found(['task', '=~', 'rep.*'], ['label:team', '!=', 'web'])).toEqual(['b']);
  expect(await found(['label:constructor', '=', ''])).toEqual(['a', 'b', 'c']);
  expect(await found(['task', '=', 'none'])).toEqual([]);
  expect(await found(['worker', '=', 'w-1'])).toEqual(['a', 'b', 'c']);
});

test('patterns are worked on where questions are, on each word once, while others are answered', async () => {
  let answer: (words: string[]) => void = () => undefined;
  sift = () => new Promise((resolve) => (answer = resolve));
  const filtered = found(['task', '=~', 'rep.*']);
  while (asked.length === 0) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect((await app.inject('/healthz')).body).toBe('ok');
  expect(asked).toEqual([{ match: { field: 'task', operator: '=~', values: ['rep.*'] }, words: ['mail', 'report'] }]);
  answer(['report']);
  expect(await filtered).toEqual(['b', 'c']);
});

test('a filter that costs too much, or has too many parts, is refused', async () => {
  sift = () => Promise.reject(new ArchiveError('too-costly', 'The answer was not ready after 30 s. Ask for less.'));
  const query = (count: number) => Array.from({ length: count }, (_, i) => `label:l${i}=x`).join('&');
  expect((await app.inject(`/api/v1/alerts?${query(1)}`)).statusCode).toBe(422);
  expect((await app.inject(`/api/v1/alerts?${query(51)}`)).statusCode).toBe(400);
});
