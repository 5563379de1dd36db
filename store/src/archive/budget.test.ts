import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_CONFIG } from '../config/config';
import type { ArchiveQuery } from './archive';
import { Budget, CANCELLED, GO_ON, MadeWay } from './budget';
import { InProcessArchive } from '../threads/in-process';
import { openSqlite } from './sqlite/open';
import { SqliteReads } from './sqlite/reads';
import { Reader } from '../answers/reader';

const NOW = 1_750_000_000_000;
const HOUR = 3_600_000;
const TASKS = 2_000;
/** Says no more than "letters", slowly: many states that read the same. */
const COSTLY = `(?:${Array.from({ length: 60 }, () => '[a-z.0-9]{1,15}').join('|')})`;

let folder: string;
let archive: InProcessArchive;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'runlane-'));
  archive = new InProcessArchive(openSqlite(join(folder, 'archive.sqlite')), DEFAULT_CONFIG, {
    now: () => NOW,
    steady: () => 0,
  });
  await archive.append(
    Array.from({ length: TASKS }, (_, i) => ({
      source: 'shop',
      runId: `${i}`,
      attempt: 1,
      at: NOW - 1_000,
      startedAt: NOW - 2_000,
      state: i % 2 === 0 ? ('failed' as const) : ('completed' as const),
      task: `task.${i}`,
      worker: `worker.${i}`,
      queue: `queue.${i}`,
      ...(i % 2 === 0 && { error: { type: `Error${String.fromCharCode(97 + (i % 26))}${'x'.repeat(i % 200)}` } }),
      labels: { order: `order.${i}` },
    }))
  );
});

afterAll(async () => {
  await archive.close();
  rmSync(folder, { recursive: true });
});

function questionOf(view: ArchiveQuery['view'], more: Partial<ArchiveQuery> = {}): ArchiveQuery {
  return {
    view,
    filter: { matches: [] },
    range: { from: NOW - HOUR, to: NOW },
    step: HOUR,
    limit: 20_000,
    now: NOW,
    ...more,
  };
}

test.each(['states', 'throughput', 'durations', 'health', 'resources', 'timeline'] as const)(
  '%s of all tasks in thousands of buckets is refused before it is begun, and says what would do',
  async (view) => {
    const asked = archive.query(questionOf(view, { step: 200 }), { maxBytes: 4 * 1024 ** 2 });
    await expect(asked).rejects.toMatchObject({
      kind: 'too-costly',
      message: expect.stringMatching(/groups of 18,00[01] buckets.*at most 4\.0 MiB.*limits\.maxAnswer/) as string,
    });
  }
);

test.each([
  ['failures', { step: 200 }],
  ['workers', {}],
  ['queues', {}],
  ['runs', {}],
  ['transitions', {}],
  ['states', { groupBy: 'label:order' as const }],
] as const)('%s takes no more memory than one question may', async (view, more) => {
  const asked = archive.query(questionOf(view, more), { maxBytes: 200_000 });
  await expect(asked).rejects.toMatchObject({ kind: 'too-costly' });
  expect(JSON.parse(await archive.query(questionOf(view, { ...more, step: HOUR })))).toMatchObject({ view });
});

test('what a dashboard asks for fits: fifty groups in as many buckets as a screen has pixels', async () => {
  for (const view of ['states', 'throughput', 'durations', 'health', 'resources', 'failures', 'timeline'] as const) {
    const text = await archive.query(questionOf(view, { limit: 50, step: HOUR / 1_920 }));
    expect(JSON.parse(text)).toMatchObject({ view });
  }
});

test('patterns times names end in time, wherever they are asked', async () => {
  const match = { field: 'task' as const, operator: '=~' as const, values: [COSTLY, COSTLY.slice(0, -1) + '|b)'] };
  const inNoTime = { maxMs: 0 };
  const filter = { matches: [match] };
  const refused = { kind: 'too-costly', message: expect.stringContaining('limits.maxAnswerTime') as string };
  await expect(archive.query(questionOf('states', { filter }), inNoTime)).rejects.toMatchObject(refused);
  await expect(
    archive.values({ field: 'task', filter, range: { from: 0, to: NOW }, limit: 10, now: NOW }, inNoTime)
  ).rejects.toMatchObject(refused);
  const words = Array.from({ length: 500 }, (_, i) => `word.${i}`);
  await expect(archive.sift({ match, words }, inNoTime)).rejects.toMatchObject(refused);
  await expect(archive.sift({ match, words }, { maxBytes: 100_000 })).rejects.toMatchObject({ kind: 'too-costly' });
});

test('a match sifts words as it does runs', async () => {
  const words = ['mail', 'mail.send', 'report', ''];
  const sift = (operator: '=' | '!=' | '=~' | '!~', ...values: string[]) =>
    archive.sift({ match: { field: 'task', operator, values }, words });
  expect(await sift('=~', 'mail.*')).toEqual(['mail', 'mail.send']);
  expect(await sift('!~', 'mail.*')).toEqual(['report', '']);
  expect(await sift('=', 'mail', 'report')).toEqual(['mail', 'report']);
  expect(await sift('!=', 'mail')).toEqual(['mail.send', 'report', '']);
  await expect(sift('=~', '(')).rejects.toMatchObject({ kind: 'bad-query' });
});

test('a question ends in the middle when its client leaves or others wait, and the next one is answered', () => {
  let told = GO_ON;
  let looked = 0;
  let worked = 0;
  let workedPerLook = 50;
  const budget = new Budget(
    () => (looked++ > 3 ? told : GO_ON),
    () => 0,
    () => (worked += workedPerLook)
  );
  const engine = new SqliteReads(join(folder, 'archive.sqlite'), budget);
  const reader = new Reader(engine, DEFAULT_CONFIG);
  try {
    const matches = [{ field: 'task' as const, operator: '=~' as const, values: [COSTLY] }];
    const ask = () => {
      looked = 0;
      return reader.query(questionOf('states', { filter: { matches } }));
    };
    told = CANCELLED;
    expect(ask).toThrow(expect.objectContaining({ kind: 'cancelled' }) as Error);
    told = 100;
    expect(ask).toThrow(MadeWay);
    const answer = { view: 'states', totals: { length: TASKS } };
    told = GO_ON;
    expect(JSON.parse(ask())).toMatchObject(answer);
    // The machine was busy with something else: it has not been worked on for so long.
    told = 100;
    workedPerLook = 0;
    expect(JSON.parse(ask())).toMatchObject(answer);
  } finally {
    engine.close();
  }
});

test('causes that are too many are forgotten between questions, and answers stay what they were', async () => {
  const engine = new SqliteReads(join(folder, 'archive.sqlite'));
  const reader = new Reader(engine, DEFAULT_CONFIG, { mostCauses: 10 });
  try {
    const first = reader.query(questionOf('failures'));
    expect((JSON.parse(first) as { groups: unknown[] }).groups.length).toBeGreaterThan(10);
    expect(reader.query(questionOf('failures'))).toBe(first);
  } finally {
    engine.close();
  }
});
