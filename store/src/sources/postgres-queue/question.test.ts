import { DatabaseClock } from './clock';
import { readEngine } from './engines';
import { nextRead, readPlace, writePlace } from './place';
import { wholeScans } from './plans';
import { askPage, askRuns } from './question';
import type { Described } from './question';
import { readMapping } from './read-mapping';

const mapping = readMapping(
  {
    table: '{schema}.jobs job',
    columns: {
      runId: 'job.id',
      task: 'job.kind',
      state: 'job.status',
      startedAt: 'job.started',
      finishedAt: 'job.done',
    },
    states: { done: 'completed' },
    reads: [
      { since: 'job.changed', key: 'job.id' },
      {
        where: `job.status = 'new'`,
        parts: { columns: ['job.lane'], values: 'select name from {schema}.lanes' },
        key: 'job.id',
      },
    ],
    timeZone: 'Europe/Berlin',
  },
  [],
  []
);
const described = {
  mapping,
  schema: 'my "jobs"',
  typeOf: new Map([
    ['job.id', 'bigint'],
    ['job.changed', 'timestamp without time zone'],
    ['job.started', 'timestamp without time zone'],
    ['job.done', 'timestamp with time zone'],
  ]),
} as Described;
const page = (read: number, place: Parameters<typeof askPage>[2]) => {
  const asked = described.mapping.reads[read];
  return asked === undefined ? undefined : askPage(described, asked, place, 100);
};

test('a page begins at the range, in the zone of the column, and goes on behind the last row', () => {
  const first = page(0, { from: 1_750_000_000_000 });
  expect(first?.text).toContain('from "my ""jobs""".jobs job where');
  expect(first?.text).toContain(
    `where job.changed >= (to_timestamp($1::float8 / 1000) at time zone 'Europe/Berlin') order by job.changed, job.id limit 100`
  );
  expect(first?.values).toEqual([1_750_000_000_000]);
  const next = page(0, { from: 0, after: ['2026-01-01 00:00:00.000001', '7'] });
  expect(next?.text).toContain(
    '(job.changed, job.id) > ($1::text::timestamp without time zone, $2::text::bigint) order by'
  );
  expect(next?.values).toEqual(['2026-01-01 00:00:00.000001', '7']);
});

test('times come as milliseconds, those without a zone by the mapping’s', () => {
  const { text = '' } = page(0, { from: 0 }) ?? {};
  expect(text).toContain(
    `(extract(epoch from ((job.started)::timestamp at time zone 'Europe/Berlin')) * 1000)::float8 as "startedAt"`
  );
  expect(text).toContain('(extract(epoch from (job.done)) * 1000)::float8 as "finishedAt"');
});

test('parts are asked for one by one, each along its index, and merged in one order', () => {
  const { text = '' } = page(1, { from: 0 }) ?? {};
  expect(text).toMatch(
    /^select page\.\* from \(select name from "my ""jobs"""\.lanes\) as part\(v0\) cross join lateral \(select /
  );
  expect(text).toContain(
    `where job.lane = part.v0 and (job.status = 'new') order by job.id limit 100) as page order by "~0" limit 100`
  );
});

test('ids are values, never text of SQL', () => {
  expect(askRuns(described, [`1'; drop table jobs`])).toMatchObject({ values: [[`1'; drop table jobs`]] });
  expect(askRuns(described, ['1']).text).toContain('where job.id = any($1::text[]::bigint[])');
});

test('a place is the read and the last row; one of other settings is refused', () => {
  const size = { schemas: 2, reads: 2 };
  const place = { schema: 1, read: 0, after: ['a', '7'] };
  expect(readPlace(writePlace(place), size)).toEqual(place);
  expect(
    [0, 1, 2, 3].reduce<unknown[]>(
      (all) => [...all, nextRead((all.at(-1) ?? { schema: 0, read: 0 }) as never, size)],
      []
    )
  ).toEqual([{ schema: 0, read: 1 }, { schema: 1, read: 0 }, { schema: 1, read: 1 }, undefined]);
  for (const text of ['', '[]', '[2,0]', '[0,5]', '[0,0,7]', '{"schema":0}', 'null']) {
    expect(() => readPlace(text, size)).toThrow('is none of these tables. Ask anew.');
  }
});

test('a plan tells which tables it would read whole', () => {
  const scan = { 'Node Type': 'Seq Scan', Schema: 'app', 'Relation Name': 'jobs' };
  const index = { 'Node Type': 'Index Scan', Schema: 'app', 'Relation Name': 'lanes' };
  const plan = [{ Plan: { 'Node Type': 'Limit', Plans: [{ 'Node Type': 'Nested Loop', Plans: [index, scan] }] } }];
  expect(wholeScans(JSON.stringify(plan))).toEqual([{ schema: 'app', table: 'jobs' }]);
  expect(() => wholeScans('[{}]')).toThrow('plan is missing, wanted an object');
});

test('a clock is corrected by whole seconds that stay, and not for what asking takes', () => {
  const clock = new DatabaseClock();
  clock.learn(1_004_000, 1_000_000, 1_000_200);
  expect([clock.aheadMs, clock.notices()]).toEqual([undefined, []]);
  clock.learn(1_000_000 + 7_200_400, 1_000_000, 1_000_000);
  expect(clock.aheadMs).toBe(7_200_000);
  clock.learn(1_000_000 + 7_201_600, 1_000_000, 1_000_000);
  expect(clock.aheadMs).toBe(7_200_000);
  clock.learn(1_000_000 - 60_000, 1_000_000, 1_000_000);
  expect(clock.notices()).toEqual([
    "The clock of PostgreSQL is 60 s behind this machine's. Times are corrected by that; set one of the clocks.",
  ]);
  // An answer that took ten seconds says little.
  clock.learn(1_008_000, 1_000_000, 1_010_000);
  expect(clock.aheadMs).toBeUndefined();
});

test('each engine’s reads end in a key, so that pages can go on', () => {
  for (const engine of ['pg-boss', 'graphile-worker', 'procrastinate', 'river', 'good-job', 'oban']) {
    expect(readEngine(engine).reads.every(({ key }) => key.length > 0)).toBe(true);
  }
});
