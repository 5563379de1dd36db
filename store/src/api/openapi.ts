import type { FastifyInstance } from 'fastify';
import { FILTER_FIELDS, RUN_ORDERS } from '../../../src/model/task-query';
import { MODEL_SCHEMAS } from './openapi-model';

/** An instant, and the version that every answer begins with. */
const TIME = { $ref: '#/components/schemas/EpochMs' };
const V = { v: { const: 1 } };

interface Parameter {
  name: string;
  in: 'query' | 'path';
  required?: boolean;
  description: string;
  schema: Record<string, unknown>;
  explode?: boolean;
}

const number = (name: string, description: string): Parameter => ({
  name,
  in: 'query',
  description,
  schema: { type: 'number' },
});
const text = (name: string, description: string): Parameter => ({
  name,
  in: 'query',
  description,
  schema: { type: 'string' },
});

const RANGE = [
  number('from', 'Begin of the range, epoch ms, inclusive. Default: an hour before `to`.'),
  number('to', 'End of the range, epoch ms, exclusive. Default: now.'),
];
const FILTER: Parameter[] = [
  {
    name: 'match',
    in: 'query',
    description:
      'One match as a JSON array: field, operator (`=`, `!=`, `=~`, `!~`), values, e.g. `["task","=~","email\\\\..*"]`. Repeat the parameter for several; all must hold. ' +
      `Fields: ${FILTER_FIELDS.join(', ')}, label:<name>. \`state\` matches states and substates. Regular expressions are anchored. What is not reported is matched as the empty text.`,
    schema: { type: 'array', items: { type: 'string' } },
    explode: true,
  },
  {
    name: 'task',
    in: 'query',
    description:
      'Short for `match=["task","=",…]`; the same for every other field. May be repeated: any of the values.',
    schema: { type: 'array', items: { type: 'string' } },
    explode: true,
  },
  text('text', 'Text looked for in task, run id, worker and error, whatever the case.'),
];
const STEP = number('step', 'Width of a bucket in ms. Default: a 300th of the range.');
const GROUP = text('groupBy', 'task (default), worker, host, queue, source, state or label:<name>.');
const LIMIT = number(
  'limit',
  'Most rows, lanes or series; for `timeline` most runs sent one by one: beyond, the fullest lanes come as columns. What is cut is told in the answer.'
);
const SORT = text(
  'sort',
  `${RUN_ORDERS.join(', ')}; with - in front the largest first. Default: those that began last first.`
);
const CURSOR = text('cursor', 'Where the page before, of the same order, ended: its `next`.');

const ROUTES: ReadonlyArray<{
  path: string;
  method: 'get' | 'post';
  summary: string;
  parameters?: Parameter[];
  answer?: string;
  type?: string;
  extra?: Record<string, unknown>;
}> = [
  {
    path: '/api/v1/events',
    method: 'post',
    summary: 'Takes events, one JSON object a line. Answered after everything accepted is on disk.',
    answer: 'Ingested',
    extra: {
      requestBody: {
        required: true,
        content: { 'application/x-ndjson': { schema: { $ref: '#/components/schemas/TaskEvent' } } },
      },
    },
  },
  {
    path: '/api/v1/runs',
    method: 'get',
    summary: 'Runs alive at any moment of the range, page by page.',
    parameters: [...RANGE, ...FILTER, LIMIT, SORT, CURSOR],
    answer: 'RunsAnswer',
  },
  {
    path: '/api/v1/runs/{key}',
    method: 'get',
    summary: 'One attempt with its transitions and resource samples.',
    parameters: [
      {
        name: 'key',
        in: 'path',
        required: true,
        description: 'Source, run id and attempt joined by line feeds (%0A).',
        schema: { type: 'string' },
      },
    ],
    answer: 'RunDetail',
  },
  {
    path: '/api/v1/timeline',
    method: 'get',
    summary:
      'Lanes with how many runs they hold in which state; the runs themselves, or where they are more than `limit` the states per column of the fullest lanes (`merged`).',
    parameters: [...RANGE, ...FILTER, STEP, GROUP, LIMIT],
    answer: 'TimelineAnswer',
  },
  ...(
    [
      ['states', 'How many runs were in which state, over time and in total.'],
      ['throughput', 'How many runs were created, started and ended.'],
      ['durations', 'Percentiles of duration and wait, within 1 %.'],
      ['health', 'Scores from 0 to 100, what was deducted and why, and their history.'],
      ['resources', 'CPU and memory.'],
    ] as const
  ).map(([view, summary]) => ({
    path: `/api/v1/${view}`,
    method: 'get' as const,
    summary,
    parameters: [...RANGE, ...FILTER, STEP, GROUP, LIMIT],
    answer: `${view.charAt(0).toUpperCase()}${view.slice(1)}Answer`,
  })),
  {
    path: '/api/v1/failures',
    method: 'get',
    summary: 'Failed runs grouped by cause.',
    parameters: [...RANGE, ...FILTER, STEP, LIMIT],
    answer: 'FailuresAnswer',
  },
  {
    path: '/api/v1/workers',
    method: 'get',
    summary: 'Workers that runs name.',
    parameters: [...RANGE, ...FILTER, LIMIT],
    answer: 'WorkersAnswer',
  },
  {
    path: '/api/v1/queues',
    method: 'get',
    summary: 'Queues that runs name.',
    parameters: [...RANGE, ...FILTER, LIMIT],
    answer: 'QueuesAnswer',
  },
  {
    path: '/api/v1/transitions',
    method: 'get',
    summary: 'State changes run by run, the earliest run first.',
    parameters: [...RANGE, ...FILTER, LIMIT],
    answer: 'TransitionsAnswer',
  },
  {
    path: '/api/v1/run',
    method: 'get',
    summary:
      'One run by its id, whatever the range: its attempts, what is usual for its task and in what it differs from the last good run, the runs before and after it, its family. Without an id, or for one that is not known: failed runs of the range to choose from.',
    parameters: [...RANGE, ...FILTER, LIMIT],
    answer: 'RunAnswer',
  },
  {
    path: '/api/v1/values',
    method: 'get',
    summary: 'Known values of a field, most frequent first.',
    parameters: [
      { ...text('field', 'task, worker, host, queue, source, state or label:<name>.'), required: true },
      ...RANGE,
      ...FILTER,
      LIMIT,
    ],
    answer: 'Values',
  },
  {
    path: '/api/v1/changes',
    method: 'get',
    summary:
      'Runs as they change, one page a line, from a cursor on (or from now). A line without runs every 10 s is the heartbeat.',
    parameters: [
      text('cursor', 'The `cursor` of the last line that was read.'),
      text(
        'wait',
        'One line, then the end: at once with `0`, else as soon as something changes, after so many seconds (20 at most) at the latest. Absent: a stream.'
      ),
      LIMIT,
    ],
    answer: 'Changes',
    type: 'application/x-ndjson',
  },
  {
    path: '/api/v1/alerts',
    method: 'get',
    summary:
      'Event alerts that fired at any moment of the range: those that fire now first, then those that ended last. Filters: source, task and labels.',
    parameters: [...RANGE, ...FILTER, LIMIT],
    answer: 'Alerts',
  },
  {
    path: '/api/v1/tickets',
    method: 'post',
    summary: "Alertmanager's or Grafana's webhook: each alert becomes a ticket, once until it is resolved.",
    extra: {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Webhook' } } },
      },
    },
    answer: 'Taken',
  },
  {
    path: '/api/v1/sources',
    method: 'get',
    summary:
      'How the systems fare that the store reads: when each was read, what was skipped, what is missing and why; and the lists in which it finds them.',
    answer: 'Sources',
  },
  {
    path: '/api/v1/assets',
    method: 'get',
    summary:
      'What runs of the collected systems make, as it is now: is it fresh, did its checks pass. Asked of each system that keeps track of it, at most once in ten seconds.',
    answer: 'AssetsNow',
  },
  {
    path: '/api/v1/parts',
    method: 'get',
    summary:
      'Schedulers and daemons of the collected systems, as they are now, and what the systems say of themselves. Asked of each at most once in ten seconds.',
    answer: 'PartsNow',
  },
  { path: '/api/v1/version', method: 'get', summary: 'Product, version and what the store holds.', answer: 'Version' },
  { path: '/api/v1/openapi.json', method: 'get', summary: 'This document.' },
  { path: '/metrics', method: 'get', summary: 'Figures for Prometheus.', type: 'text/plain' },
  {
    path: '/healthz',
    method: 'get',
    summary: 'Whether the process lives, and what goes wrong in it while it is ready. Needs no token.',
  },
  { path: '/readyz', method: 'get', summary: 'Whether the archive takes events, and why not. Needs no token.' },
];

const SCHEMAS = {
  ...MODEL_SCHEMAS,
  Ingested: {
    type: 'object',
    required: ['v', 'accepted', 'rejected'],
    properties: {
      ...V,
      accepted: { type: 'integer' },
      duplicates: { type: 'integer', description: 'Accepted events that told nothing new.' },
      rejected: {
        type: 'array',
        items: { type: 'object', properties: { line: { type: 'integer' }, error: { type: 'string' } } },
        description: 'The first 20.',
      },
      rejectedTotal: { type: 'integer', description: 'When more were rejected than are listed.' },
      ahead: {
        type: 'integer',
        description:
          "Lines that were refused only because their time is more than 24 h ahead of the store's clock. Keep them and send them again; when no line was taken the status is 503.",
      },
      now: { ...TIME, description: "The store's clock, where `ahead` is told." },
      cut: { type: 'integer', description: 'Events of which a field was cut to its limit.' },
      unknownFields: { type: 'integer' },
    },
  },
  Values: {
    type: 'object',
    required: ['v', 'values'],
    properties: { ...V, values: { type: 'array', items: { type: 'string' } } },
  },
  Changes: {
    type: 'object',
    required: ['v', 'cursor', 'runs'],
    properties: {
      ...V,
      cursor: { type: 'string' },
      runs: { type: 'array', items: { $ref: '#/components/schemas/TaskRun' } },
      more: { type: 'boolean' },
    },
  },
  Alerts: {
    type: 'object',
    required: ['v', 'alerts'],
    properties: {
      ...V,
      rules: { type: 'integer', description: 'How many rules there are: without any, nothing can fire.' },
      alerts: {
        type: 'array',
        items: {
          type: 'object',
          required: ['id', 'state', 'labels', 'annotations', 'receivers', 'startsAt', 'lastAt', 'count', 'runs'],
          properties: {
            id: { type: 'string', description: 'The same for the same rule, task and cause.' },
            state: { enum: ['firing', 'resolved'] },
            labels: { type: 'object', additionalProperties: { type: 'string' } },
            annotations: { type: 'object', additionalProperties: { type: 'string' } },
            link: { type: 'string' },
            receivers: { type: 'array', items: { type: 'string' } },
            startsAt: TIME,
            lastAt: TIME,
            endsAt: TIME,
            count: { type: 'integer', description: 'Failures since it began.' },
            runs: { type: 'array', items: { type: 'string' }, description: 'Run ids, the newest first, at most 20.' },
          },
        },
      },
    },
  },
  Webhook: {
    type: 'object',
    required: ['alerts'],
    properties: {
      alerts: {
        type: 'array',
        maxItems: 1_000,
        items: {
          type: 'object',
          required: ['labels'],
          properties: {
            status: { enum: ['firing', 'resolved'] },
            labels: { type: 'object', additionalProperties: { type: 'string' } },
            annotations: { type: 'object', additionalProperties: { type: 'string' } },
            startsAt: { type: 'string', format: 'date-time' },
            endsAt: { type: 'string', format: 'date-time' },
            generatorURL: { type: 'string' },
          },
        },
      },
    },
  },
  Taken: {
    type: 'object',
    required: ['v', 'accepted'],
    properties: { ...V, accepted: { type: 'integer' } },
  },
  Sources: {
    type: 'object',
    required: ['v', 'sources', 'discoveries'],
    properties: {
      ...V,
      sources: { type: 'array', items: { $ref: '#/components/schemas/SourceStatus' } },
      discoveries: { type: 'array', items: { $ref: '#/components/schemas/DiscoveryStatus' } },
    },
  },
  Version: {
    type: 'object',
    required: ['v', 'product', 'version', 'summary'],
    properties: {
      ...V,
      product: { type: 'string' },
      version: { type: 'string' },
      summary: { type: 'string' },
      attempts: { type: 'integer', description: 'A run that was tried three times is three of them.' },
      tasks: { type: 'integer' },
      sources: { type: 'integer' },
      bytes: { type: 'integer', description: 'Size of the archive.' },
      cursor: { type: 'string' },
      oldestAt: TIME,
    },
  },
  Error: {
    type: 'object',
    required: ['v', 'error'],
    properties: { ...V, error: { type: 'string', description: '[where] what happened: the fact found. What to do.' } },
  },
};

/** Whatever is asked. */
const ANY_REFUSALS: Readonly<Record<string, string>> = {
  '400': 'The request cannot be read.',
  '401': 'The token is missing or wrong.',
  '403': 'The token is for the other direction; or, without tokens, a page of another site asks.',
  '404': 'There is no such address, or no such run.',
  '408': 'The request did not come in time.',
  '414': 'A part of the address is too long.',
  '421': 'Without tokens, only the names of this machine are answered.',
  '431': 'The address or the headers are too long.',
  '500': 'The store is at fault; its log tells more.',
  '503': 'The archive is broken, too many questions wait, or the store stops; come back after Retry-After.',
};
const GET_REFUSALS: Readonly<Record<string, string>> = {
  ...ANY_REFUSALS,
  '422': 'The question asks for more memory or time than one question may (limits.maxAnswer, limits.maxAnswerTime).',
};
const POST_REFUSALS: Readonly<Record<string, string>> = {
  ...ANY_REFUSALS,
  '413': 'The body is too large (limits.maxBody).',
  '415': 'The content type or encoding is not read here.',
  '429': 'Too much waits for the disk (limits.maxQueue); come back after Retry-After.',
  '507': 'The disk is full.',
};

export function openApiDocument(version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { path, method, summary, parameters, answer, type = 'application/json', extra } of ROUTES) {
    const content =
      answer === undefined ? {} : { content: { [type]: { schema: { $ref: `#/components/schemas/${answer}` } } } };
    const errors = Object.entries(method === 'post' ? POST_REFUSALS : GET_REFUSALS).map(([status, description]) => [
      status,
      { description, content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } },
    ]);
    paths[path] = {
      ...paths[path],
      [method]: {
        summary,
        ...(parameters !== undefined && { parameters }),
        ...extra,
        responses: {
          [method === 'post' ? '202' : '200']: { description: summary, ...content },
          ...Object.fromEntries(errors),
        },
      },
    };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Runlane task store', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    paths,
    components: { schemas: SCHEMAS, securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    security: [{ token: [] }],
  };
}

/** Names of the parameters that a route reads, the short forms of filters aside; `url` as the router spells it. */
export function parametersOf(url: string): string[] {
  const path = url.replace(/:(\w+)/g, '{$1}');
  const told = ROUTES.filter((route) => route.path === path).flatMap(({ parameters = [] }) => parameters);
  return told.filter(({ in: where }) => where === 'query').map(({ name }) => name);
}

/** Names that some route reads: a question that serves for several views may hold what one of them has no use for. */
export const KNOWN_PARAMETERS: ReadonlySet<string> = new Set(ROUTES.flatMap(({ path }) => parametersOf(path)));

export function addOpenApi(app: FastifyInstance, version: string): void {
  app.get('/api/v1/openapi.json', async () => openApiDocument(version));
}
