import type { Answer, AssetList, PartsNow, Queue, RunPage, Worker } from '../../model/answer';
import type { CollectedSources } from '../../model/source-status';
import { ConnectorError } from '../../model/connector-error';
import { encodeQueryParams } from '../../model/query-params';
import type { QueryParams } from '../../model/query-params';
import { ShapeError } from '../../model/read-shape';
import { NO_FILTER, VIEWS } from '../../model/task-query';
import type { RunsQuery, TaskFilter, TimeRange, View, ViewRequest } from '../../model/task-query';
import type { Changes, Connector, Ports, Reports, SourceVersion } from '../connector';
import { parseJson } from '../parse-json';
import { refuse } from './refuse';
import { readChanges, readPage, readVersion } from './wire-runs';
import type { ChangeLine } from './wire-runs';
import { readAssets, readParts } from './wire-now';
import { readSources } from './wire-sources';
import { readAnswer, readValues, UNTOLD_VIEWS } from './wire-views';

export const TASK_STORE = 'task-store';

const REPORTS: Reports = {
  attempts: true,
  queues: true,
  workers: true,
  resources: true,
  waits: true,
  exits: true,
  errors: true,
  parents: true,
  traces: true,
  pending: true,
  running: true,
};

/** How long the store may hold an answer about changes: proxies let go of one that does not begin within 30 s. */
const HELD_SECONDS = 10;

const ANSWERS = VIEWS.filter((view) => !UNTOLD_VIEWS.includes(view));

/** Runlane's own task store, which answers every view itself: no run is fetched where a count is enough. */
export function createTaskStore({ http }: Ports): Connector {
  async function get<T>(path: string, signal: AbortSignal, read: (value: unknown, where: string) => T): Promise<T> {
    const where = `GET ${path.split('?', 1)[0]}`;
    const response = await http(path, { signal });
    if (response.status !== 200) {
      throw refuse(where, response);
    }
    return decode(where, response.body, read);
  }

  async function answer(view: View, params: QueryParams, signal: AbortSignal): Promise<Answer> {
    return get(`/api/v1/${view}?${encodeQueryParams(params)}`, signal, (value, at) => readAnswer(view, value, at));
  }

  return {
    id: TASK_STORE,
    reports: REPORTS,
    answers: ANSWERS,

    async check(signal): Promise<SourceVersion> {
      return get('/api/v1/version', signal, readVersion);
    },

    async runs(query: RunsQuery, signal): Promise<RunPage> {
      const { filter, range, limit, cursor } = query;
      const params = encodeQueryParams({ from: range.from, to: range.to, limit, cursor, filter });
      return get(`/api/v1/runs?${params}`, signal, readPage);
    },

    async workers(filter: TaskFilter, range: TimeRange, signal): Promise<Worker[]> {
      const found = await answer('workers', { ...range, filter }, signal);
      return found.view === 'workers' ? found.workers : [];
    },

    async queues(filter: TaskFilter, range: TimeRange, signal): Promise<Queue[]> {
      const found = await answer('queues', { ...range, filter }, signal);
      return found.view === 'queues' ? found.queues : [];
    },

    async values(field: string, filter: TaskFilter, range: TimeRange, signal): Promise<string[]> {
      const params = encodeQueryParams({ ...range, filter });
      return get(`/api/v1/values?field=${encodeURIComponent(field)}&${params}`, signal, readValues);
    },

    async parts(signal): Promise<PartsNow> {
      return get('/api/v1/parts', signal, readParts);
    },

    async assets(signal): Promise<AssetList> {
      const { asked, answered, notices, ...list } = await get('/api/v1/assets', signal, readAssets);
      const said = notices.map(({ text }) => text);
      if (answered === 0) {
        // Not an empty list: a panel would say that there are none.
        throw asked === 0
          ? new ConnectorError(
              'not-reported',
              TASK_STORE,
              'The task store collects from no system that keeps track of the data it makes, as Dagster does. Add one to sources in its config file.'
            )
          : new ConnectorError('unreachable', TASK_STORE, said.join(' '));
      }
      return { ...list, ...(said.length > 0 && { notices: said }) };
    },

    async sources(signal): Promise<CollectedSources> {
      return get('/api/v1/sources', signal, readSources);
    },

    async aggregate({ query, range, step }: ViewRequest, signal): Promise<Answer> {
      const { view, filter, groupBy, limit, sort, cursor } = query;
      const told = await answer(view, { ...range, step, groupBy, limit, sort, cursor, filter }, signal);
      if (told.view === 'alerts' && told.rules === 0 && told.alerts.length === 0) {
        // Not an empty list: that nothing fires would read as good news.
        throw new ConnectorError(
          'not-reported',
          TASK_STORE,
          'The task store has no alert rules (alerts.rules in its config file), so nothing can fire in it. What Prometheus or Grafana evaluate is shown there.'
        );
      }
      return told;
    },

    async *changes(cursor: string | undefined, signal: AbortSignal, held = false): AsyncIterable<Changes> {
      const where = 'GET /api/v1/changes';
      // Where there is more, it is there already: only the first page is worth waiting for.
      let wait = held && cursor !== undefined ? HELD_SECONDS : 0;
      for (let from = cursor, more = true; more && !signal.aborted; wait = 0) {
        const params = encodeQueryParams({ cursor: from, filter: NO_FILTER });
        const response = await http(`/api/v1/changes?${params === '' ? '' : `${params}&`}wait=${wait}`, { signal });
        if (response.status !== 200) {
          throw refuse(where, response);
        }
        const change: ChangeLine = decode(where, response.body, readChanges);
        if (change.error !== undefined) {
          throw new ConnectorError('unreachable', TASK_STORE, `${where} broke off: ${change.error}`);
        }
        yield change;
        // A store that says "more" without going on would keep us here for ever.
        more = change.more && change.cursor !== from;
        from = change.cursor;
      }
    },
  };
}

/** Text to value; says whether the text was cut, is a web page, or has another shape than the model's. */
function decode<T>(where: string, body: string, read: (value: unknown, where: string) => T): T {
  const value = parseJson(body, { connector: TASK_STORE, where, system: 'the task store' });
  const version = (value as { v?: unknown } | null)?.v;
  if (typeof version === 'number' && version > 1) {
    throw new ConnectorError(
      'unsupported-version',
      TASK_STORE,
      `${where} answered in format ${version}; this plugin reads format 1. Update the Runlane plugin.`
    );
  }
  try {
    return read(value, 'answer');
  } catch (cause) {
    if (!(cause instanceof ShapeError)) {
      throw cause;
    }
    throw new ConnectorError(
      'unexpected-shape',
      TASK_STORE,
      `${where} answered something else than expected: ${cause.message}. ` +
        'Check the address, and that store and plugin are of the same version.',
      { cause }
    );
  }
}
