import type { Connector, SourceVersion } from '../../../../src/connectors/connector';
import type { RunPage } from '../../../../src/model/answer';
import { isAliveIn } from '../../../../src/model/lifetime';
import { compact, ShapeError } from '../../../../src/model/read-shape';
import type { Lack } from '../../../../src/model/source-status';
import type { RunsQuery, TaskFilter } from '../../../../src/model/task-query';
import { runKey } from '../../../../src/model/task-run';
import type { TaskRun } from '../../../../src/model/task-run';
import type { EpochMs } from '../../../../src/model/units';
import { ASK_CLOCK, DatabaseClock } from './clock';
import { describe } from './describe';
import type { Mapping, Read } from './mapping';
import { nextRead, readPlace, writePlace } from './place';
import type { Place } from './place';
import { wholeScans } from './plans';
import { askLow, askPage, askPlan, askRuns, askSizes } from './question';
import type { Described, Question, Row } from './question';
import { POSTGRES_QUEUE, refuse } from './refuse';
import type { Server } from './refuse';
import type { Answered, Ask } from './session';
import type { Converted } from './say';
import { noticesOf, reportsOf, sayLack } from './say';
import type { QueueSettings } from './settings';
import { toTaskRuns } from './to-task-runs';

export interface QueuePorts {
  ask: Ask;
  server: Server;
  now?(): EpochMs;
}

/** Columns are looked at again after so long: an engine may have been updated. */
const DESCRIBED_MS = 600_000;
/** Rows in one answer. */
const PAGE = 1_000;
/** Of fewer rows PostgreSQL rightly reads the whole table. */
const LARGE_TABLE = 10_000;

/**
 * A table of jobs in PostgreSQL, read page by page along its indexes as its mapping says: first what has not ended, then what
 * has changed since the range began. Only read: by a session that can do nothing else.
 */
export function createQueueConnector(settings: QueueSettings, { ask, server, now = Date.now }: QueuePorts): Connector {
  const { mapping, schemas, anyVersion } = settings;
  const { deleted } = mapping;
  const size = { schemas: schemas.length, reads: mapping.reads.length };
  const clock = new DatabaseClock();
  const known = new Map<string, { at: EpochMs; described: Described }>();

  const schemaAt = (index: number) => schemas[index] ?? mapping.schema;
  // Ids of one schema are not those of another.
  const sourceOf = (schema: string) => (schemas.length > 1 ? schema : POSTGRES_QUEUE);

  async function describedOf(schema: string, signal: AbortSignal): Promise<Described> {
    const found = known.get(schema);
    if (found !== undefined && now() - found.at < DESCRIBED_MS) {
      return found.described;
    }
    const described = await refused(signal, { schema }, () =>
      describe(mapping, schema, { ask, server, anyVersion }, signal)
    );
    known.set(schema, { at: now(), described });
    return described;
  }

  async function refused<T>(
    signal: AbortSignal,
    at: { schema?: string; at?: string },
    work: () => Promise<T>
  ): Promise<T> {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      const { schema } = at;
      if (schema !== undefined) {
        // Whatever was known of it may be so no more.
        known.delete(schema);
      }
      throw refuse(error, server, schema === undefined ? undefined : compact({ mapping, schema, at: at.at }));
    }
  }

  async function readClock(signal: AbortSignal): Promise<void> {
    const asked = now();
    const { rows } = await refused(signal, {}, () => ask(ASK_CLOCK, signal));
    clock.learn(Number(rows[0]?.['now']), asked, now());
  }

  async function askRead(place: Place, from: EpochMs, limit: number, signal: AbortSignal): Promise<Answered> {
    const schema = schemaAt(place.schema);
    const described = await describedOf(schema, signal);
    const read = mapping.reads[place.read] as Read;
    return refused(signal, { schema, at: `reads.${place.read}` }, async () => {
      const question = await questionOf(described, read, place, from, limit, signal);
      return question === undefined ? { rows: [], fields: [] } : ask(question, signal);
    });
  }

  async function questionOf(
    described: Described,
    read: Read,
    { after }: Place,
    from: EpochMs,
    limit: number,
    signal: AbortSignal
  ): Promise<Question | undefined> {
    const start = from + (clock.aheadMs ?? 0);
    if (after !== undefined || read.bound === undefined) {
      return askPage(described, read, compact({ from: start, after }), limit);
    }
    const low = (await ask(askLow(described, { key: read.key, bound: read.bound }, start), signal)).rows[0]?.['low'];
    // Without a key there is no row.
    return typeof low === 'string' ? askPage(described, read, { from: start, low }, limit) : undefined;
  }

  function convert(
    rows: readonly Row[],
    schema: string,
    into: Converted,
    isAsked: (runs: TaskRun[]) => boolean = () => true
  ): void {
    const around = compact({ source: sourceOf(schema), now: now(), aheadMs: clock.aheadMs });
    for (const row of rows) {
      const runs = toRuns(row, mapping, around);
      if (runs === undefined) {
        into.skipped++;
      } else if (isAsked(runs)) {
        into.groups.push(runs);
      }
    }
  }

  async function walk({ range, limit, cursor }: RunsQuery, signal: AbortSignal): Promise<RunPage> {
    const most = Math.min(PAGE, limit);
    const found: Converted = { groups: [], skipped: 0 };
    let place: Place | undefined = cursor === undefined ? { schema: 0, read: 0 } : readPlace(cursor, size);
    if (cursor === undefined) {
      await readClock(signal);
    }
    let rows = 0;
    while (place !== undefined && rows < most) {
      const page: Answered = await askRead(place, range.from, most - rows, signal);
      const { since, bound } = mapping.reads[place.read] as Read;
      // What changed since is told also where it ended before; of what is read whole, only what was alive since.
      const isAsked = (runs: TaskRun[]) =>
        since !== undefined || bound !== undefined || runs.some((run) => isAliveIn(run, range));
      convert(page.rows, schemaAt(place.schema), found, isAsked);
      const last = page.rows[page.rows.length - 1];
      place =
        page.rows.length < most - rows || last === undefined
          ? nextRead(place, size)
          : { ...place, after: orderOf(last) };
      rows += page.rows.length;
    }
    const notices = [...clock.notices(), ...noticesOf(found, mapping, now())];
    return compact<RunPage>({
      runs: newestOf(found.groups.flat()),
      unfiltered: true,
      truncated: place !== undefined,
      skipped: found.skipped,
      next: place === undefined ? undefined : writePlace(place),
      notices: notices.length === 0 ? undefined : notices,
    });
  }

  async function byIds(ids: readonly string[], signal: AbortSignal): Promise<RunPage> {
    const found: Converted = { groups: [], skipped: 0 };
    for (const schema of schemas) {
      const described = await describedOf(schema, signal);
      const { rows } = await refused(signal, { schema, at: 'find.key' }, () => ask(askRuns(described, ids), signal));
      convert(rows, schema, found);
    }
    return { runs: newestOf(found.groups.flat()), truncated: false, skipped: found.skipped };
  }

  return {
    id: POSTGRES_QUEUE,
    reports: reportsOf(mapping),

    async check(signal): Promise<SourceVersion> {
      const { rows } = await refused(signal, {}, () => ask({ text: 'show server_version', values: [] }, signal));
      for (const schema of schemas) {
        await describedOf(schema, signal);
      }
      return {
        product: mapping.name,
        version: `PostgreSQL ${rows[0]?.['server_version'] ?? '?'}`,
        summary: `${mapping.name} in schema ${schemas.join(', ')}.`,
      };
    },

    runs(query, signal): Promise<RunPage> {
      const ids = idsOf(query.filter);
      return ids === undefined ? walk(query, signal) : byIds(ids, signal);
    },

    async lacks(signal): Promise<Lack[]> {
      const lacks: Lack[] = [];
      for (const schema of schemas) {
        const described = await describedOf(schema, signal);
        for (const [index, read] of mapping.reads.entries()) {
          const found = await refused(signal, { schema, at: `reads.${index}` }, async () =>
            lacksOf(
              await questionOf(described, read, { schema: 0, read: index }, now(), PAGE, signal),
              index,
              read,
              signal
            )
          );
          lacks.push(...found);
        }
      }
      return lacks;
    },

    ...(deleted !== undefined && {
      concludeGone: () => ({ ...deleted, evidence: `Its row is gone: ${mapping.name} deletes what has ended.` }),
    }),
  };

  async function lacksOf(
    question: Question | undefined,
    index: number,
    read: Read,
    signal: AbortSignal
  ): Promise<Lack[]> {
    if (question === undefined) {
      return [];
    }
    const { rows } = await ask(askPlan(question), signal);
    const scans = wholeScans(rows[0]?.['QUERY PLAN'] ?? '[]');
    if (scans.length === 0) {
      return [];
    }
    const sizes = await ask(askSizes(scans), signal);
    return sizes.rows
      .filter(({ rows: count }) => Number(count) >= LARGE_TABLE)
      .map((one) => sayLack(`${one['schema']}.${one['table']}`, Number(one['rows']), index, read));
  }
}

function toRuns(row: Row, mapping: Mapping, around: Parameters<typeof toTaskRuns>[2]): TaskRun[] | undefined {
  try {
    return toTaskRuns(row, mapping, around);
  } catch (error) {
    if (error instanceof ShapeError) {
      return undefined;
    }
    throw error;
  }
}

/** The last of rows that came twice: it was read later. */
function newestOf(runs: readonly TaskRun[]): TaskRun[] {
  return [...new Map(runs.map((run) => [runKey(run), run])).values()];
}

function orderOf(row: Row): string[] {
  const order: string[] = [];
  for (let index = 0; row[`~${index}`] !== undefined; index++) {
    order.push(row[`~${index}`] ?? '');
  }
  return order;
}

function idsOf({ matches }: TaskFilter): readonly string[] | undefined {
  return matches.find(({ field, operator }) => field === 'runId' && operator === '=')?.values;
}
