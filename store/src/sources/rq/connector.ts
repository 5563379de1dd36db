import type { Redis } from 'ioredis';
import type { Connector, Reports, SourceVersion } from '../../../../src/connectors/connector';
import type { Queue, RunPage, Worker } from '../../../../src/model/answer';
import { isAliveIn } from '../../../../src/model/lifetime';
import { compact, readEach } from '../../../../src/model/read-shape';
import type { RunsQuery } from '../../../../src/model/task-query';
import type { TaskRun } from '../../../../src/model/task-run';
import type { EpochMs } from '../../../../src/model/units';
import { idsIn } from '../ids-in';
import { decodeQueuePage, encodeQueuePage } from '../queue-page';
import type { QueuePage } from '../queue-page';
import type { Answers, RedisReader } from '../redis-reader';
import { FIELDS, readJob } from './job';
import type { RqRecord } from './job';
import { RQ, toTaskRuns } from './to-task-runs';

/** Of tries that failed RQ keeps none, of those that returned Retry all. */
const REPORTS: Reports = {
  attempts: false,
  queues: true,
  workers: true,
  resources: false,
  waits: true,
  exits: true,
  errors: true,
  parents: true,
  traces: false,
  pending: true,
  running: true,
};

/** Places where jobs are noted, in the order in which they are read. Those that end are read last: they are the newest word. */
const PLACES = ['queue', 'scheduled', 'deferred', 'ready', 'wip', 'canceled', 'finished', 'failed'] as const;
type Place = (typeof PLACES)[number];
const MOST_QUEUES = 1_000;
/** Ids of one place that are looked at in one reading; the newest, where there are more. */
const MOST_OF_A_PLACE = 20_000;
const PAGE = 500;
const RESULTS = 10;
const CRON_JOBS = 200;

type PageOf = QueuePage<Place>;

/** RQ's jobs (1.16 to 3.0) as Redis holds them. Only read, by commands that change nothing. */
export function createRq(reader: RedisReader, prefix: string, now: () => EpochMs = Date.now): Connector {
  const key = (...parts: string[]) => [prefix, ...parts].join(':');

  async function queues(redis: Redis): Promise<string[]> {
    const keys = await redis.smembers(key('queues'));
    return keys
      .map((name) => name.slice(key('queue', '').length))
      .sort()
      .slice(0, MOST_QUEUES);
  }

  /** Ids of a place, the newest first, with their scores. */
  async function idsOf(redis: Redis, { queue, place, from }: PageOf): Promise<Array<[id: string, score?: number]>> {
    const at = key(place, queue);
    if (place === 'queue') {
      return (await redis.lrange(at, from, from + PAGE - 1)).map((id) => [id]);
    }
    const found = await redis.zrevrange(at, from, from + PAGE - 1, 'WITHSCORES');
    const pairs: Array<[string, number]> = [];
    for (let i = 0; i + 1 < found.length; i += 2) {
      // Executions are noted as <job>:<execution>.
      pairs.push([place === 'wip' ? found[i]!.replace(/:[^:]*$/, '') : found[i]!, Number(found[i + 1])]);
    }
    return pairs;
  }

  async function read(
    redis: Redis,
    ids: ReadonlyArray<[id: string, score?: number]>,
    place: Place | undefined
  ): Promise<{ runs: TaskRun[]; skipped: number }> {
    if (ids.length === 0) {
      return { runs: [], skipped: 0 };
    }
    const asked = redis.pipeline();
    for (const [id] of ids) {
      asked.hmget(key('job', id), ...FIELDS);
      asked.xrevrange(key('results', id), '+', '-', 'COUNT', RESULTS);
    }
    const answers = (await asked.exec()) as Answers;
    const records: RqRecord[] = [];
    let skipped = 0;
    ids.forEach(([id, score], index) => {
      const [[error, values], [, results]] = [answers[2 * index]!, answers[2 * index + 1]!];
      const fields = Object.fromEntries(
        FIELDS.map((field, at) => [field, (values as Array<string | null>)?.[at] ?? null])
      );
      if (error !== null) {
        skipped++;
      } else if (fields['status'] !== null) {
        records.push({
          id,
          fields,
          results: ([...((results as RqRecord['results']) ?? [])] as Array<[string, string[]]>).reverse(),
          ...(place === 'wip' && score !== undefined && { aliveUntil: score }),
          ...(place === 'scheduled' && score !== undefined && { scheduledFor: score }),
        });
      }
    });
    const complete = await withSurroundings(redis, records);
    const read = readEach(complete, (record) => toTaskRuns(readJob(record), now()));
    return { runs: read.rows.flat(), skipped: skipped + read.skipped };
  }

  /** What stands elsewhere: whether started ones are vouched for, how what they wait for has ended, who made them. */
  async function withSurroundings(redis: Redis, records: readonly RqRecord[]): Promise<RqRecord[]> {
    const started = records.filter(
      ({ fields, aliveUntil }) => fields['status'] === 'started' && aliveUntil === undefined
    );
    const deferred = records.filter(({ fields }) => fields['status'] === 'deferred');
    const alive = new Map<string, number>();
    for (const queue of new Set(started.map(({ fields }) => fields['origin'] ?? ''))) {
      for (const [id, until] of await idsOf(redis, { queue, place: 'wip', from: 0 })) {
        alive.set(id, until ?? Infinity);
      }
    }
    const parents = new Map<string, string | null>();
    const wanted = new Set(deferred.flatMap(({ fields }) => readJob({ id: '', fields, results: [] }).dependsOn));
    if (wanted.size > 0) {
      const asked = redis.pipeline();
      wanted.forEach((id) => asked.hget(key('job', id), 'status'));
      const answers = (await asked.exec()) as Answers;
      [...wanted].forEach((id, index) => parents.set(id, answers[index]?.[1] as string | null));
    }
    const made = await madeByCron(redis);
    return records.map((record) => {
      const { id, fields } = record;
      const aliveUntil = record.aliveUntil ?? alive.get(id);
      const failed =
        fields['status'] === 'deferred'
          ? readJob(record).dependsOn.filter((one) => HAS_FAILED.has(parents.get(one) ?? ''))
          : [];
      const cron = made.get(id);
      return {
        ...record,
        ...(aliveUntil !== undefined && { aliveUntil }),
        ...(failed.length > 0 && { failedDependencies: failed }),
        ...(cron !== undefined && { cron }),
      };
    });
  }

  /** Jobs of RQ 3's cron jobs. */
  async function madeByCron(redis: Redis): Promise<Map<string, string>> {
    const names = await redis.zrevrange(key('cron_jobs'), 0, CRON_JOBS - 1);
    const made = new Map<string, string>();
    for (const name of names) {
      (await redis.zrevrange(key('cron_job', name, 'jobs'), 0, PAGE - 1)).forEach((id) => made.set(id, name));
    }
    return made;
  }

  return {
    id: RQ,
    reports: REPORTS,

    async check(signal): Promise<SourceVersion> {
      return reader.ask(signal, async (redis) => {
        const [names, workers] = [await queues(redis), await redis.scard(key('workers'))];
        return { product: 'RQ', version: '1–3', summary: `${names.length} queues, ${workers} workers.` };
      });
    },

    async runs(query: RunsQuery, signal): Promise<RunPage> {
      return reader.ask(signal, async (redis) => {
        const wanted = idsIn(query.filter);
        if (wanted !== undefined) {
          const { runs, skipped } = await read(
            redis,
            wanted.map((id) => [id]),
            undefined
          );
          return { runs, skipped, truncated: false };
        }
        const names = await queues(redis);
        const pages = names.flatMap((queue) => PLACES.map((place) => ({ queue, place, from: 0 })));
        let page: PageOf | undefined =
          query.cursor === undefined ? pages[0] : decodeQueuePage(query.cursor, PLACES, { id: RQ, name: 'RQ' });
        if (page === undefined) {
          return { runs: [], skipped: 0, truncated: false };
        }
        const ids = await idsOf(redis, page);
        const { runs, skipped } = await read(redis, ids, page.place);
        const isFull = ids.length === PAGE;
        const isMore = isFull && page.from + PAGE < MOST_OF_A_PLACE && !isBefore(runs, ids, page.place, query);
        const current: PageOf = page;
        const at = pages.findIndex(({ queue, place }) => queue === current.queue && place === current.place);
        const next: PageOf | undefined = isMore ? { ...page, from: page.from + PAGE } : pages[at + 1];
        return compact<RunPage>({
          runs: runs.filter((run) => isAliveIn(run, query.range)),
          unfiltered: true,
          skipped,
          truncated: next !== undefined,
          next: next === undefined || at < 0 ? undefined : encodeQueuePage(next),
          notices:
            isFull && !isMore && page.from + PAGE >= MOST_OF_A_PLACE
              ? [
                  `Queue ${page.queue} has more than ${MOST_OF_A_PLACE} jobs in ${page.place}; only the newest were read.`,
                ]
              : undefined,
        });
      });
    },

    async workers(_filter, _range, signal): Promise<Worker[]> {
      return reader.ask(signal, async (redis) => {
        const keys = (await redis.smembers(key('workers'))).slice(0, MOST_QUEUES);
        const asked = redis.pipeline();
        keys.forEach((one) => asked.hmget(one, 'hostname', 'queues', 'state', 'last_heartbeat', 'death'));
        const answers = (await asked.exec()) as Answers;
        return keys.map((one, index) => {
          const [host, list, state, seen, death] = (answers[index]?.[1] as Array<string | null>) ?? [];
          const lastSeenAt = Date.parse(seen ?? '');
          return compact<Worker>({
            source: RQ,
            name: one.slice(key('worker', '').length),
            host: host ?? undefined,
            queues: list === null || list === undefined ? undefined : list.split(','),
            running: state === 'busy' ? 1 : 0,
            slots: 1,
            lastSeenAt: Number.isNaN(lastSeenAt) ? undefined : lastSeenAt,
            alive: state !== null && state !== undefined && (death ?? null) === null,
          });
        });
      });
    },

    async queues(_filter, _range, signal): Promise<Queue[]> {
      return reader.ask(signal, async (redis) => {
        const names = await queues(redis);
        const asked = redis.pipeline();
        names.forEach((name) => asked.llen(key('queue', name)).zcard(key('wip', name)));
        const answers = (await asked.exec()) as Answers;
        return names.map((name, index) => ({
          source: RQ,
          name,
          pending: Number(answers[2 * index]?.[1] ?? 0),
          running: Number(answers[2 * index + 1]?.[1] ?? 0),
        }));
      });
    },
  };
}

const HAS_FAILED: ReadonlySet<string> = new Set(['failed', 'stopped', 'canceled']);

/**
 * Ended jobs are noted by when RQ forgets them. Where the oldest of a page had ended before the range and no job is kept for ever, what
 * lies behind had ended before too.
 */
function isBefore(
  runs: readonly TaskRun[],
  ids: ReadonlyArray<[string, number?]>,
  place: Place,
  { range }: RunsQuery
): boolean {
  return (
    (place === 'finished' || place === 'failed') &&
    ids.every(([, score]) => Number.isFinite(score)) &&
    runs.length > 0 &&
    runs.every(({ finishedAt }) => finishedAt !== undefined && finishedAt < range.from)
  );
}
