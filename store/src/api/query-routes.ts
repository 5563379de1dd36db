import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DEFAULT_LIMITS } from '../../../src/analysis/answer-from-runs';
import { decodeQueryParams } from '../../../src/model/query-params';
import type { QueryParams } from '../../../src/model/query-params';
import { ARCHIVE_VIEWS } from '../archive/archive';
import type { Archive, ArchiveQuery, ArchiveView } from '../archive/archive';
import type { StoreConfig } from '../config/config';
import type { ChangeStreams } from './change-streams';
import { askingOf } from './asking';
import { refusalOf, RequestError } from './errors';
import { limitOf, rangeOf } from './query-bounds';

interface QueryRouteOptions {
  archive: Archive;
  config: () => StoreConfig;
  now: () => number;
  version: string;
  streams: ChangeStreams;
}

/** Rows, lanes or series when the question names no limit. */
const DEFAULT_LIMIT: Readonly<Record<ArchiveView, number>> = { ...DEFAULT_LIMITS, runs: 500, timeline: 5_000 };

export function addQueryRoutes(app: FastifyInstance, options: QueryRouteOptions): void {
  const { archive, config, now, version, streams } = options;
  for (const view of ARCHIVE_VIEWS) {
    app.get(`/api/v1/${view}`, async (request, reply) => {
      const query = toArchiveQuery(view, paramsOf(request), config(), now());
      return sendJson(reply, await archive.query(query, askingOf(reply, config())));
    });
  }
  app.get('/api/v1/runs/:key', async (request, reply) => {
    const { key } = request.params as { key: string };
    const text = await archive.run(key);
    if (text === undefined) {
      throw new RequestError(
        404,
        `There is no run ${JSON.stringify(key.slice(0, 200))}. Keys are source, run id and attempt, joined by line feeds (%0A).`
      );
    }
    return sendJson(reply, text);
  });
  app.get('/api/v1/values', async (request, reply) => {
    const { field, ...rest } = request.query as Record<string, string | string[] | undefined>;
    if (typeof field !== 'string') {
      throw new RequestError(
        400,
        'field is missing. Want field=task, worker, host, queue, source, state or label:<name>.'
      );
    }
    const { filter, range } = toArchiveQuery('runs', decodeQueryParams(rest), config(), now());
    const limit = limitOf(decodeQueryParams(rest).limit, 1_000, config());
    const values = await archive.values({ field, filter, range, limit, now: now() }, askingOf(reply, config()));
    return { v: 1, values };
  });
  app.get('/api/v1/changes', async (request, reply) => {
    const { wait, ...rest } = request.query as Record<string, string | string[] | undefined>;
    const params = decodeQueryParams(rest);
    const cursor = params.cursor === undefined ? undefined : Number(params.cursor);
    if (cursor !== undefined && !(/^\d+$/.test(params.cursor ?? '') && Number.isSafeInteger(cursor))) {
      throw new RequestError(
        400,
        `cursor ${JSON.stringify(params.cursor?.slice(0, 80))} is none of this store. Take it from the last line, or leave it out.`
      );
    }
    if (wait !== undefined) {
      const seconds = waitOf(wait);
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      reply.type('application/x-ndjson; charset=utf-8');
      return `${await streams.once(cursor, limitOf(params.limit, 500, config()), seconds * 1000, gone.signal)}\n`;
    }
    reply.hijack();
    reply.raw.setHeader('x-runlane-version', version);
    try {
      await streams.open(reply.raw, cursor);
    } catch (error) {
      const { status, message, retryAfterSeconds } = refusalOf(error);
      reply.raw.writeHead(status, {
        'content-type': 'application/json; charset=utf-8',
        ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
      });
      reply.raw.end(JSON.stringify({ v: 1, error: message }));
    }
    return reply;
  });
  app.get('/api/v1/version', async (_request, reply) => {
    const { attempts, tasks, sources, oldestAt, bytes, cursor } = await archive.summary(askingOf(reply, config()));
    const count = (n: number, word: string) => `${n.toLocaleString('en-US')} ${word}${n === 1 ? '' : 's'}`;
    return {
      v: 1,
      product: 'Runlane task store',
      version,
      summary: `${count(attempts, 'attempt')} of ${count(tasks, 'task')} from ${count(sources, 'source')}`,
      attempts,
      tasks,
      sources,
      bytes,
      cursor: String(cursor),
      ...(oldestAt !== undefined && { oldestAt }),
    };
  });
}

/** Less than the 30 s that a proxy gives an answer to begin. */
const LONGEST_WAIT_S = 20;

function waitOf(wait: string | string[]): number {
  const seconds = Number(wait);
  if (wait === '' || !Number.isInteger(seconds) || seconds < 0 || seconds > LONGEST_WAIT_S) {
    throw new RequestError(
      400,
      `wait is ${JSON.stringify(String(wait).slice(0, 40))}. Want whole seconds from 0 to ${LONGEST_WAIT_S}, or leave it out for a stream.`
    );
  }
  return seconds;
}

function paramsOf(request: FastifyRequest): QueryParams {
  return decodeQueryParams(request.query as Record<string, string | string[] | undefined>);
}

function toArchiveQuery(view: ArchiveView, params: QueryParams, config: StoreConfig, now: number): ArchiveQuery {
  const { from, to } = rangeOf(params, config, now);
  const step = params.step ?? Math.max(1, Math.ceil((to - from) / 300));
  if (!(step >= 1)) {
    throw new RequestError(400, `step=${step}: want at least 1 ms.`);
  }
  return {
    view,
    filter: params.filter,
    range: { from, to },
    step,
    limit: limitOf(params.limit, DEFAULT_LIMIT[view], config),
    now,
    ...(params.groupBy !== undefined && { groupBy: params.groupBy }),
    ...(params.sort !== undefined && { sort: params.sort }),
    ...(params.cursor !== undefined && { cursor: params.cursor }),
  };
}

/** Puts the version in front of an answer that is JSON text already. */
function sendJson(reply: FastifyReply, text: string): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(`{"v":1,${text.slice(1)}`);
}
