import type { Redis } from 'ioredis';
import type { Connector, Reports, SourceVersion } from '../../../../src/connectors/connector';
import type { Queue, RunPage } from '../../../../src/model/answer';
import { isAliveIn } from '../../../../src/model/lifetime';
import { compact, readEach } from '../../../../src/model/read-shape';
import type { Lack } from '../../../../src/model/source-status';
import type { RunsQuery } from '../../../../src/model/task-query';
import type { TaskRun } from '../../../../src/model/task-run';
import type { EpochMs } from '../../../../src/model/units';
import { idsIn } from '../ids-in';
import { decodeQueuePage, encodeQueuePage } from '../queue-page';
import type { QueuePage } from '../queue-page';
import type { Answers, RedisReader } from '../redis-reader';
import { FIELDS, PLACES, readJob, TEXTS } from './job';
import type { BullJob, BullRecord, Place } from './job';
import { Queues } from './queues';
import { BULLMQ, toTaskRun } from './to-task-run';

/** One row for all attempts of a job, with their number. */
const REPORTS: Reports = {
  attempts: false,
  queues: true,
  workers: true,
  resources: false,
  waits: true,
  exits: false,
  errors: true,
  parents: true,
  traces: false,
  pending: true,
  running: true,
};

const PAGE = 500;
/** Of those that wait in one queue. */
const MOST_OF_A_PLACE = 20_000;
/** Longer data is not asked for. */
const LONGEST_TEXT = 16_384;

type PageOf = QueuePage<Place>;

/** BullMQ's jobs (4 to 6) as Redis holds them. Only read, by commands that change nothing. */
export function createBullMq(
  reader: RedisReader,
  { prefix, named }: { prefix: string; named?: readonly string[] },
  now: () => EpochMs = Date.now
): Connector {
  const queues = new Queues(prefix, named);
  const removed = { onComplete: new Set<string>(), onFail: new Set<string>() };
  const key = (...parts: string[]) => [prefix, ...parts].join(':');

  function idsOf(redis: Redis, { queue, place, from }: PageOf, range: RunsQuery['range']): Promise<string[]> {
    const at = key(queue, place);
    switch (place) {
      case 'wait':
      case 'paused':
      case 'active':
        return redis.lrange(at, from, from + PAGE - 1);
      case 'completed':
      case 'failed':
        return redis.zrevrangebyscore(at, '+inf', String(range.from), 'LIMIT', from, PAGE);
      default:
        return redis.zrange(at, String(from), String(from + PAGE - 1));
    }
  }

  async function read(redis: Redis, at: ReadonlyArray<Pick<BullRecord, 'queue' | 'id' | 'place'>>) {
    const asked = redis.pipeline();
    for (const { queue, id } of at) {
      asked.hmget(key(queue, id), ...FIELDS);
      TEXTS.forEach((text) => asked.hstrlen(key(queue, id), text));
    }
    const answers = (await asked.exec()) as Answers;
    const step = 1 + TEXTS.length;
    const known = at.flatMap((one, index) => {
      const values = answers[step * index]?.[1] as Array<string | null> | undefined;
      const fields: Record<string, string | null> = Object.fromEntries(
        FIELDS.map((field, i) => [field, values?.[i] ?? null])
      );
      const short = TEXTS.filter((_, i) => {
        const length = Number(answers[step * index + 1 + i]?.[1] ?? 0);
        return length > 0 && length <= LONGEST_TEXT;
      });
      // Ended and removed since its id was read.
      return fields['timestamp'] === null && fields['name'] === null ? [] : [{ ...one, prefix, fields, short }];
    });
    return addTexts(redis, known);
  }

  /** Short texts, and the locks of active jobs; looked at twice, because a job may end between the two looks. */
  async function addTexts(
    redis: Redis,
    known: ReadonlyArray<
      BullRecord & { fields: Record<string, string | null>; short: ReadonlyArray<(typeof TEXTS)[number]> }
    >
  ): Promise<BullRecord[]> {
    const asked = redis.pipeline();
    for (const { queue, id, short } of known) {
      asked.exists(key(queue, id, 'lock'));
      asked.hmget(key(queue, id), 'finishedOn', 'ats', ...short);
    }
    const answers = (await asked.exec()) as Answers;
    return known.map(({ short, ...record }, index) => {
      const isLocked = answers[2 * index]?.[1] === 1;
      const [finishedOn, starts, ...texts] = (answers[2 * index + 1]?.[1] as Array<string | null> | undefined) ?? [];
      const fields = { ...record.fields, ...Object.fromEntries(short.map((text, i) => [text, texts[i] ?? null])) };
      const isStill = finishedOn === record.fields['finishedOn'] && starts === record.fields['ats'];
      return record.place === 'active' ? { ...record, fields, isLocked: isLocked || !isStill } : { ...record, fields };
    });
  }

  function convert(records: readonly BullRecord[]): { runs: TaskRun[]; skipped: number } {
    const { rows, skipped } = readEach(records, (record) => {
      const job = readJob(record);
      note(job);
      return toTaskRun(job);
    });
    return { runs: rows, skipped };
  }

  function note({ queue, isRemovedAtOnce }: BullJob): void {
    if (isRemovedAtOnce.onComplete) {
      removed.onComplete.add(queue);
    }
    if (isRemovedAtOnce.onFail) {
      removed.onFail.add(queue);
    }
  }

  /** Where jobs are now that are asked for by their ids. */
  async function find(
    redis: Redis,
    ids: readonly string[]
  ): Promise<Array<Pick<BullRecord, 'queue' | 'id' | 'place'>>> {
    const places = ids.map((id) => ({
      queue: id.slice(0, id.lastIndexOf(':')),
      id: id.slice(id.lastIndexOf(':') + 1),
    }));
    const asked = redis.pipeline();
    for (const { queue, id } of places) {
      for (const place of PLACES) {
        if (place === 'wait' || place === 'paused' || place === 'active') {
          asked.lpos(key(queue, place), id);
        } else {
          asked.zscore(key(queue, place), id);
        }
      }
    }
    const answers = (await asked.exec()) as Answers;
    return places.flatMap(({ queue, id }, index) => {
      const place = PLACES.find((_, i) => (answers[index * PLACES.length + i]?.[1] ?? null) !== null);
      return place === undefined ? [] : [{ queue, id, place }];
    });
  }

  return {
    id: BULLMQ,
    reports: REPORTS,

    async check(signal): Promise<SourceVersion> {
      return reader.ask(signal, async (redis) => {
        const names = await queues.names(redis, now());
        const version = names[0] === undefined ? null : await redis.hget(key(names[0], 'meta'), 'version');
        return { product: 'BullMQ', version: version ?? '4–6', summary: `${names.length} queues below ${prefix}.` };
      });
    },

    async runs(query: RunsQuery, signal): Promise<RunPage> {
      return reader.ask(signal, async (redis) => {
        const wanted = idsIn(query.filter);
        if (wanted !== undefined) {
          return { ...convert(await read(redis, await find(redis, wanted))), truncated: false };
        }
        const names = await queues.names(redis, now());
        const pages = names.flatMap((queue) => PLACES.map((place) => ({ queue, place, from: 0 })));
        const page: PageOf | undefined =
          query.cursor === undefined ? pages[0] : decodeQueuePage(query.cursor, PLACES, { id: BULLMQ, name: 'BullMQ' });
        if (page === undefined) {
          return {
            runs: [],
            skipped: 0,
            truncated: false,
            notices: [`No queue was found below ${prefix}. Set settings.prefix, or settings.queues.`],
          };
        }
        const ids = await idsOf(redis, page, query.range);
        const { runs, skipped } = convert(
          await read(
            redis,
            ids.map((id) => ({ queue: page.queue, place: page.place, id }))
          )
        );
        const isFull = ids.length === PAGE;
        const isTooMany = isFull && page.from + PAGE >= MOST_OF_A_PLACE;
        const at = pages.findIndex(({ queue, place }) => queue === page.queue && place === page.place);
        const next = isFull && !isTooMany ? { ...page, from: page.from + PAGE } : at < 0 ? undefined : pages[at + 1];
        return compact<RunPage>({
          runs: runs.filter((run) => isAliveIn(run, query.range)),
          unfiltered: true,
          skipped,
          truncated: next !== undefined,
          next: next === undefined ? undefined : encodeQueuePage(next),
          notices: isTooMany
            ? [
                `Queue ${page.queue} has more than ${MOST_OF_A_PLACE} jobs that are ${page.place}; the others were not read.`,
              ]
            : undefined,
        });
      });
    },

    async queues(_filter, _range, signal): Promise<Queue[]> {
      return reader.ask(signal, async (redis) => {
        const names = await queues.names(redis, now());
        const asked = redis.pipeline();
        names.forEach((name) =>
          asked.llen(key(name, 'wait')).zcard(key(name, 'prioritized')).llen(key(name, 'active'))
        );
        const answers = (await asked.exec()) as Answers;
        const count = (index: number) => Number(answers[index]?.[1] ?? 0);
        return names.map((name, index) => ({
          source: BULLMQ,
          name,
          pending: count(3 * index) + count(3 * index + 1),
          running: count(3 * index + 2),
        }));
      });
    },

    async lacks(): Promise<Lack[]> {
      return [
        ...lackOf(removed.onComplete, 'removeOnComplete', 'completed'),
        ...lackOf(removed.onFail, 'removeOnFail', 'failed'),
      ];
    },
  };
}

function lackOf(queues: ReadonlySet<string>, option: string, end: string): Lack[] {
  return queues.size === 0
    ? []
    : [
        {
          what: `jobs that have ${end}`,
          setting: `${option}: { age: 3600 }`,
          message: `Jobs of ${[...queues].slice(0, 3).join(', ')} are removed as soon as they have ${end}: those that end between two readings are never seen, others never end here. Keep them for a while with ${option}: { age: 3600 } where they are added.`,
        },
      ];
}
