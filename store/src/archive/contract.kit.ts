import type { Answer, RunDetail } from '../../../src/model/answer';
import type { TaskEvent } from '../../../src/model/task-event';
import type { TaskRun } from '../../../src/model/task-run';
import type { DurationMs, EpochMs } from '../../../src/model/units';
import { DEFAULT_HEALTH_SPEC } from '../../../src/health/spec';
import type { Archive, ArchiveSettings } from './archive';

/** An archive whose losses are concluded and whose history is pruned when a test says so. */
export type TestedArchive = Archive & { tend(): { lost: number } | Promise<{ lost: number }> };

/** Where an archive keeps what it is told, whether it is open or not. */
export interface Place {
  open(settings: ArchiveSettings): Promise<TestedArchive>;
  remove(): Promise<void>;
}

/** An engine under the contract: a new, empty place for an archive that goes by `clock`. */
export type MakePlace = (clock: TestClock) => Promise<Place>;

/** A clock that stands still until a test moves it. Its memory can be shared with other threads. */
export class TestClock {
  private readonly times: Float64Array;

  constructor(readonly memory = new SharedArrayBuffer(16)) {
    this.times = new Float64Array(memory);
  }

  get wall(): number {
    return this.times[0]!;
  }

  set wall(at: number) {
    this.times[0] = at;
  }

  get steady(): number {
    return this.times[1]!;
  }

  set steady(at: number) {
    this.times[1] = at;
  }

  now = (): number => this.wall;
}

export const NOW = 1_750_000_000_000;
export const HOUR = 3_600_000;
export const KEY = { source: 'shop', runId: '1', attempt: 1 };
/** The store looks after its archive so often; one that does so less often was away, and judges nobody. */
const TEND_EVERY_MS: DurationMs = 5_000;

export const SETTINGS: ArchiveSettings = {
  retention: { maxAgeMs: 720 * HOUR, maxBytes: 8 * 1024 ** 3 },
  lost: { afterMs: 60_000 },
  health: DEFAULT_HEALTH_SPEC,
};

export function ended(i: number, at = NOW - i * 1_000): TaskEvent {
  return { ...KEY, runId: `run-${i}`, at, task: 'mail', state: 'completed' };
}

/** Every run that an archive has. */
export async function runsIn(archive: Archive, now: EpochMs): Promise<TaskRun[]> {
  const text = await archive.query({
    view: 'runs',
    filter: { matches: [] },
    range: { from: 0, to: NOW * 2 },
    step: NOW,
    limit: 10_000,
    now,
  });
  return (JSON.parse(text) as Extract<Answer, { view: 'runs' }>).runs;
}

/** What every engine keeps to: `describe` this for each. */
export function archiveContract(makePlace: MakePlace): void {
  const clock = new TestClock();
  let place: Place;
  let open: TestedArchive[];

  beforeEach(async () => {
    clock.wall = NOW;
    clock.steady = 0;
    open = [];
    place = await makePlace(clock);
  });

  afterEach(async () => {
    await Promise.all(open.map((archive) => archive.close()));
    await place.remove();
  });

  async function openArchive(settings: Partial<ArchiveSettings> = {}): Promise<TestedArchive> {
    const archive = await place.open({ ...SETTINGS, ...settings });
    open.push(archive);
    return archive;
  }

  async function closeArchive(archive: TestedArchive): Promise<void> {
    open = open.filter((other) => other !== archive);
    await archive.close();
  }

  const allRuns = (archive: Archive): Promise<TaskRun[]> => runsIn(archive, clock.wall);

  /** The store is at work for so long. How many runs it concluded to be lost. */
  async function pass(archive: TestedArchive, ms: DurationMs): Promise<number> {
    let lost = 0;
    for (let passed = 0; passed < ms; passed += TEND_EVERY_MS) {
      const step = Math.min(TEND_EVERY_MS, ms - passed);
      clock.wall += step;
      clock.steady += step;
      lost += (await archive.tend()).lost;
    }
    return lost;
  }

  test('what was acknowledged is there after the archive was closed and opened again, and late events still join it', async () => {
    const first = await openArchive();
    await first.append([
      { ...KEY, at: NOW - 5_000, state: 'pending', task: 'mail' },
      { ...KEY, at: NOW - 4_000, worker: 'w', rssBytes: 10, cpuSeconds: 1 },
    ]);
    await closeArchive(first);
    const second = await openArchive();
    const result = await second.append([
      { ...KEY, at: NOW - 4_500, state: 'running' },
      { ...KEY, at: NOW - 5_000, state: 'pending', task: 'mail' },
      { ...KEY, at: NOW, state: 'completed' },
    ]);
    expect(result).toMatchObject({ accepted: 3, duplicates: 1 });
    const [run] = await allRuns(second);
    expect(run).toMatchObject({
      state: 'completed',
      task: 'mail',
      worker: 'w',
      queuedAt: NOW - 5_000,
      startedAt: NOW - 4_500,
      finishedAt: NOW,
      maxRssBytes: 10,
    });
    const detail = JSON.parse((await second.run('shop\n1\n1'))!) as RunDetail;
    expect(detail.transitions.map(({ state }) => state)).toEqual(['pending', 'running', 'completed']);
    expect(detail.samples).toEqual([{ at: NOW - 4_000, cpuSeconds: 1, rssBytes: 10 }]);
    expect(await second.run('shop\n1\n2')).toBeUndefined();
    await expect(second.run('shop')).rejects.toMatchObject({ kind: 'bad-query' });
  });

  test('lines are judged one by one: wrong ones are told with their number, the others are taken', async () => {
    const archive = await openArchive();
    const good = JSON.stringify(ended(1));
    const body = Buffer.concat([
      Buffer.from(`${good}\n\n{"source":1}\n`),
      Buffer.from([0x22, 0xff, 0xfe, 0x22, 0x0a]),
      Buffer.from(JSON.stringify(ended(2))),
    ]);
    const result = await archive.ingest(body);
    expect(result).toMatchObject({ accepted: 2, rejectedTotal: 2 });
    expect(result.rejected).toEqual([
      { line: 3, error: expect.stringContaining('source is 1') as string },
      { line: 4, error: expect.stringContaining('not UTF-8') as string },
    ]);
    expect(await allRuns(archive)).toHaveLength(2);
  });

  test('changes tell every run that changed after a cursor, as it is now, in pages', async () => {
    const archive = await openArchive();
    await archive.append([ended(1), ended(2), { ...KEY, at: NOW, state: 'running' }]);
    const start = await archive.changes(0, 2);
    expect(start.runs).toHaveLength(2);
    expect(start.more).toBe(true);
    const rest = await archive.changes(start.cursor, 10);
    expect(rest.more).toBe(false);
    await archive.append([{ ...KEY, at: NOW + 1, state: 'completed' }]);
    const news = await archive.changes(rest.cursor, 10);
    expect(news.runs.map((text) => (JSON.parse(text) as TaskRun).state)).toEqual(['completed']);
  });

  test('followers hear each commit with its runs and the numbers of its changes', async () => {
    const archive = await openArchive();
    const heard: unknown[] = [];
    const stop = archive.follow((commit) => heard.push({ ...commit, runs: commit.runs?.length }));
    await archive.append([ended(1), ended(2)]);
    await archive.append([ended(2)]);
    await archive.append([ended(3)]);
    stop();
    await archive.append([ended(4)]);
    expect(heard).toEqual([
      { from: 0, to: 2, runs: 2 },
      { from: 2, to: 3, runs: 1 },
    ]);
  });

  test('a run that used to give signs of life and fell silent is lost, with evidence; one that never did is left alone', async () => {
    const archive = await openArchive({ lost: { afterMs: 60_000 } });
    await archive.append([
      { ...KEY, at: NOW, state: 'running', worker: 'w1' },
      { ...KEY, at: NOW + 1_000, rssBytes: 5 },
      { ...KEY, runId: 'quiet', at: NOW, state: 'running' },
    ]);
    expect(await pass(archive, 59_000)).toBe(0);
    expect(await pass(archive, 2_000)).toBe(1);
    const find = async () => (await allRuns(archive)).find(({ runId }) => runId === '1');
    expect(await find()).toMatchObject({
      state: 'failed',
      substate: 'lost',
      finishedAt: NOW + 1_000,
      evidence: expect.stringContaining('no sign of life for 61 s') as string,
    });
    // It was only cut off: a sign of life takes the conclusion back, a reported end settles it.
    await archive.append([{ ...KEY, at: NOW + 70_000, rssBytes: 6 }]);
    expect(await find()).toMatchObject({ state: 'running' });
    await archive.append([{ ...KEY, at: NOW + 71_000, state: 'completed' }]);
    expect(await find()).toMatchObject({ state: 'completed' });
  });

  test.each([
    ['waited on a worker', { state: 'pending', substate: 'received', worker: 'w1' }],
    ['had just started', { state: 'running', worker: 'w1' }],
    ['was known by its heartbeats alone', { worker: 'w1' }],
  ] as const)('whoever promised signs of life and gave none is lost, though it only %s', async (_stage, first) => {
    const archive = await openArchive({ lost: { afterMs: 60_000 } });
    await archive.append([{ ...KEY, at: NOW, heartbeatMs: 10_000, ...first }]);
    expect(await pass(archive, 60_000)).toBe(1);
    expect((await allRuns(archive))[0]).toMatchObject({
      state: 'failed',
      substate: 'lost',
      finishedAt: NOW,
      evidence: 'no sign of life for 60 s, one every 10 s was promised; last one 2025-06-15T15:06:40.000Z from w1',
    });
  });

  test('a promise outlives a restart, and gives who promised little twice its interval', async () => {
    const first = await openArchive({ lost: { afterMs: 60_000 } });
    await first.append([{ ...KEY, at: NOW, state: 'running', heartbeatMs: 300_000 }]);
    await closeArchive(first);
    const second = await openArchive({ lost: { afterMs: 60_000 } });
    expect(await pass(second, 599_000)).toBe(0);
    expect(await pass(second, 1_000)).toBe(1);
  });

  test('a wall clock that jumps neither loses runs nor deletes history', async () => {
    const archive = await openArchive({ retention: { maxAgeMs: 48 * HOUR, maxBytes: 1e12 } });
    await archive.append([ended(1), { ...KEY, at: NOW, state: 'running' }, { ...KEY, at: NOW, rssBytes: 1 }]);
    clock.wall = NOW + 365 * 24 * HOUR;
    expect((await archive.tend()).lost).toBe(0);
    expect(await allRuns(archive)).toHaveLength(2);
    clock.wall = NOW - 365 * 24 * HOUR;
    expect((await archive.append([ended(2, clock.wall)])).accepted).toBe(1);
    expect(await allRuns(archive)).toHaveLength(3);
  });

  test('after a restart, runs get a new grace before they count as lost', async () => {
    const first = await openArchive({ lost: { afterMs: 60_000 } });
    await first.append([
      { ...KEY, at: NOW, state: 'running' },
      { ...KEY, at: NOW, rssBytes: 1 },
    ]);
    await closeArchive(first);
    clock.steady = 1_000_000;
    const second = await openArchive({ lost: { afterMs: 60_000 } });
    expect(await pass(second, 59_000)).toBe(0);
    expect(await pass(second, 2_000)).toBe(1);
  });

  test('after a restart, senders have the time that they need to come back, however soon silence counts as loss', async () => {
    const lost = { afterMs: 5_000 };
    const first = await openArchive({ lost });
    await first.append([
      { ...KEY, at: NOW, state: 'running' },
      { ...KEY, at: NOW, rssBytes: 1 },
    ]);
    await closeArchive(first);
    const second = await openArchive({ lost });
    expect(await pass(second, 44_000)).toBe(0);
    // Once it was heard of again, the usual silence counts.
    await second.append([{ ...KEY, at: NOW + 44_000, rssBytes: 2 }]);
    expect(await pass(second, 4_000)).toBe(0);
    expect(await pass(second, 1_000)).toBe(1);
  });

  test('retention deletes what nobody has seen for longer than allowed, and keeps what still runs', async () => {
    const archive = await openArchive({ retention: { maxAgeMs: 10 * HOUR, maxBytes: 1e12 } });
    const old = Array.from({ length: 30 }, (_, i) => ended(i, NOW - 20 * HOUR + i));
    await archive.append([...old, ...Array.from({ length: 5 }, (_, i) => ended(100 + i))]);
    await archive.tend();
    expect(await allRuns(archive)).toHaveLength(5);
    expect(await archive.run('shop\nrun-3\n1')).toBeUndefined();
  });

  test('retention by size deletes the oldest arrivals first; what still runs moves and stays whole', async () => {
    const archive = await openArchive({ retention: { maxAgeMs: 1e12, maxBytes: 1_500_000 } });
    await archive.append([
      { ...KEY, at: NOW - HOUR, state: 'running', task: 'daemon' },
      { ...KEY, at: NOW - HOUR + 1, rssBytes: 7 },
    ]);
    await archive.append(
      Array.from({ length: 6_000 }, (_, i) => ({ ...ended(i, NOW - 6_000 + i), result: 'x'.repeat(200) }))
    );
    await archive.tend();
    const runs = await allRuns(archive);
    expect(runs.length).toBeLessThan(5_000);
    expect(runs.length).toBeGreaterThan(500);
    expect(runs.find(({ task }) => task === 'daemon')).toBeDefined();
    expect(JSON.parse((await archive.run('shop\n1\n1'))!)).toMatchObject({ samples: [{ rssBytes: 7 }] });
    await archive.append([{ ...KEY, at: NOW, state: 'completed' }]);
    expect((await allRuns(archive)).filter(({ task }) => task === 'daemon')).toMatchObject([{ state: 'completed' }]);
  });

  test('samples of a long run are thinned, and span its whole life', async () => {
    const archive = await openArchive();
    await archive.append([{ ...KEY, at: NOW, state: 'running' }]);
    for (let part = 0; part < 5; part++) {
      await archive.append(
        Array.from({ length: 500 }, (_, i) => ({ ...KEY, at: NOW + part * 500 + i + 1, rssBytes: i }))
      );
    }
    const { samples } = JSON.parse((await archive.run('shop\n1\n1'))!) as RunDetail;
    expect(samples.length).toBeLessThanOrEqual(1_000);
    expect(samples.length).toBeGreaterThan(400);
    expect(samples[samples.length - 1]!.at).toBe(NOW + 2_500);
    expect(samples[0]!.at).toBeLessThan(NOW + 50);
  });

  test('names with quotes, line breaks, markup and other scripts come back as they were', async () => {
    const archive = await openArchive();
    const task = '<img src=x onerror=alert(1)>\n"quoted", \'single\' \\ 任务 💥\u0000';
    await archive.append([{ ...ended(1), task, queue: 'a"b\\c\nd' }]);
    expect((await allRuns(archive))[0]).toMatchObject({ task, queue: 'a"b\\c\nd' });
    expect(
      await archive.values({
        field: 'task',
        filter: { matches: [{ field: 'task', operator: '=', values: [task] }] },
        range: { from: 0, to: NOW * 2 },
        limit: 5,
        now: NOW,
      })
    ).toEqual([task]);
    expect(await archive.metrics()).toContain('queue="a\\"b\\\\c\\nd"');
  });

  test('the metrics follow the runs: live ones as gauges, ends, failures and abnormal exits as counters', async () => {
    const archive = await openArchive();
    await archive.append([
      { ...KEY, at: NOW - 9_000, state: 'pending', task: 'mail', queue: 'q' },
      { ...KEY, runId: '2', at: NOW - 9_000, state: 'running', task: 'mail', queue: 'q', worker: 'w' },
      { ...KEY, runId: '2', at: NOW - 8_000, rssBytes: 500, cpuSeconds: 2 },
      { ...KEY, runId: '3', at: NOW - 9_000, state: 'running', task: 'mail', queue: 'q' },
      { ...KEY, runId: '3', at: NOW - 7_000, state: 'completed' },
      { ...KEY, runId: '4', at: NOW - 7_000, state: 'failed', task: 'mail', queue: 'q', signal: 'SIGKILL' },
    ]);
    const text = await archive.metrics();
    const labels = 'source="shop",task="mail",queue="q"';
    for (const line of [
      `runlane_task_runs{${labels},state="pending"} 1`,
      `runlane_task_runs{${labels},state="running"} 1`,
      `runlane_task_runs_finished_total{${labels},outcome="completed"} 1`,
      `runlane_task_runs_finished_total{${labels},outcome="failed"} 1`,
      `runlane_task_abnormal_exits_total{${labels},reason="SIGKILL"} 1`,
      `runlane_task_run_duration_seconds_sum{${labels}} 2`,
      `runlane_task_cpu_seconds_total{${labels}} 2`,
      `runlane_task_resident_memory_bytes{${labels}} 500`,
      `runlane_task_last_success_timestamp_seconds{${labels}} ${(NOW - 7_000) / 1000}`,
      `runlane_worker_last_seen_timestamp_seconds{source="shop",worker="w"} ${(NOW - 8_000) / 1000}`,
      `runlane_queue_oldest_pending_timestamp_seconds{source="shop",queue="q"} ${(NOW - 9_000) / 1000}`,
    ]) {
      expect(text).toContain(`${line}\n`);
    }
    expect(text).toMatch(/runlane_task_failures_total\{.*category="\w+"\} 1/);
  });

  test('what is used now is told of what runs now, by its last sample, and of nothing that has ended', async () => {
    const archive = await openArchive();
    await archive.append([
      { ...KEY, at: NOW - 9_000, state: 'running', task: 'mail' },
      { ...KEY, at: NOW - 8_000, rssBytes: 900, cpuSeconds: 2 },
      { ...KEY, at: NOW - 7_000, state: 'completed' },
      { ...KEY, runId: '2', at: NOW - 6_000, state: 'running', task: 'mail' },
      { ...KEY, runId: '2', at: NOW - 5_000, rssBytes: 300, cpuSeconds: 1 },
      { ...KEY, runId: '2', at: NOW - 3_000, rssBytes: 21, cpuSeconds: 2 },
      { ...KEY, runId: '3', at: NOW - 9_000, state: 'running', task: 'report' },
      { ...KEY, runId: '3', at: NOW - 8_000, rssBytes: 700 },
      { ...KEY, runId: '3', at: NOW - 7_000, state: 'failed' },
    ]);
    const text = await archive.query({
      view: 'resources',
      filter: { matches: [] },
      groupBy: 'task',
      range: { from: NOW - 60_000, to: NOW },
      step: 60_000,
      limit: 10,
      now: NOW,
    });
    const { series } = JSON.parse(text) as { series: Array<{ group: string; now?: object }> };
    expect(Object.fromEntries(series.map(({ group, now }) => [group, now]))).toEqual({
      mail: { cpuCores: 0.5, rssBytes: 21 },
      report: undefined,
    });
  });
}
