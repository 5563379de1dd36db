import { readFileSync } from 'fs';
import { join } from 'path';
import { NO_FILTER } from '../../model/task-query';
import type { TaskRun } from '../../model/task-run';
import type { HttpResponse } from '../connector';
import { createFlower } from './connector';
import { shiftsOf } from './shifted-clocks';
import { toTaskRun } from './to-task-run';
import type { FlowerTask } from './wire';

interface Recorded {
  now: number;
  range: { from: number; to: number };
  answers: Array<HttpResponse & { path: string }>;
}

const HOUR = 3_600_000;

/** The runs of a recorded Flower, and what was said of them. */
async function recorded(situation: string) {
  const { now, range, answers } = JSON.parse(
    readFileSync(join(__dirname, 'fixtures', `${situation}.json`), 'utf8')
  ) as Recorded;
  const asked: string[] = [];
  const http = async (path: string) => {
    asked.push(path);
    return answers.find((one) => one.path === path) ?? { status: 404, body: '' };
  };
  const page = await createFlower({ http }, () => now).runs(
    { filter: NO_FILTER, range, limit: 50 },
    new AbortController().signal
  );
  return { ...page, now, asked };
}

/** One line a run: what a person would read. */
function line(run: TaskRun): string {
  const { task, attempt, state, substate, worker = '–', queue = '–', error, signal } = run;
  const wait = run.startedAt === undefined || run.queuedAt === undefined ? '' : ' waited';
  const ran = run.finishedAt === undefined || run.startedAt === undefined ? '' : ' ran';
  return `${task} #${attempt} ${state}/${substate} on ${worker} from ${queue}${wait}${ran} ${[error?.type, error?.message, signal].filter(Boolean).join(' | ')}`.trim();
}

test('each way a task waits, runs and ends is told in the words of the model', async () => {
  const { runs, skipped } = await recorded('every-end-of-a-task');
  expect(skipped).toBe(0);
  expect(runs.map(line).sort()).toMatchSnapshot();
});

test('times of a worker in another time zone are put right, and it is said', async () => {
  const { runs, notices, now } = await recorded('every-end-of-a-task');
  expect(notices).toEqual([
    "Flower's times of worker-2@far were 8 h ahead (another time zone) and have been put right.",
  ]);
  for (const { queuedAt, startedAt, finishedAt } of runs) {
    expect(Math.max(queuedAt ?? 0, startedAt ?? 0, finishedAt ?? 0)).toBeLessThanOrEqual(now);
    expect((startedAt ?? queuedAt ?? 0) - (queuedAt ?? 0)).toBeLessThan(HOUR);
  }
});

test('a run whose worker was killed is lost, with the evidence', async () => {
  const { runs } = await recorded('worker-killed');
  const lost = runs.filter(({ substate }) => substate === 'lost');
  expect(lost.map(({ task, state, worker }) => [task, state, worker])).toContainEqual([
    'report.build',
    'failed',
    'worker-1@test',
  ]);
  expect(lost.every(({ evidence, finishedAt }) => evidence !== undefined && finishedAt !== undefined)).toBe(true);
});

test('a task that names itself as its parent has none', async () => {
  const { runs } = await recorded('every-end-of-a-task');
  expect(runs.filter(({ runId, parentId }) => runId === parentId)).toEqual([]);
  expect(runs.filter(({ parentId }) => parentId !== undefined).map(({ task }) => task)).toEqual(['orders.charge']);
});

describe('a shift of clocks', () => {
  const task = (part: Partial<FlowerTask>): FlowerTask => ({
    uuid: '1',
    state: 'SUCCESS',
    worker: 'w',
    retries: 0,
    sent: 100 * HOUR,
    ...part,
  });

  test.each([
    ['behind: an arrival before the sending', [task({ received: 95 * HOUR })], -5 * HOUR],
    ['ahead of now', [task({ received: 108 * HOUR + 500, timestamp: 108 * HOUR + 900 })], 8 * HOUR],
    ['of half an hour more', [task({ received: 105.5 * HOUR, timestamp: 105.5 * HOUR })], 5.5 * HOUR],
    ['that one long wait may be', [task({ received: 100.5 * HOUR, timestamp: 100.6 * HOUR })], undefined],
    ['of a few minutes, which is no time zone', [task({ received: 100 * HOUR - 400_000 })], undefined],
  ])('%s', (_, tasks, shift) => {
    expect(shiftsOf(tasks, 101 * HOUR).get('w')).toBe(shift);
  });
});

test.each([
  ['CANCELLED', 'pending', 'retrying'],
  ['RETRY', 'pending', 'retrying'],
  ['SOMETHING-NEW', 'unknown', undefined],
])('%s is %s, never an end', (state, expected, substate) => {
  const run = toTaskRun({ uuid: '1', name: 't', state, retries: 0, started: 5 }, { now: 9, alive: () => true });
  expect([run.state, run.substate, run.finishedAt, run.nativeState]).toEqual([expected, substate, undefined, state]);
});

describe('a retry, whose row is overwritten event by event', () => {
  const around = { now: 100_000, alive: () => true };
  const row = { uuid: '1', name: 'mail.send', worker: 'w', sent: 1_000, received: 1_100, started: 1_200 };
  const failed = { exception: "OSError('away')" };
  const told = (task: Partial<FlowerTask>) => {
    const { attempt, state, substate, queuedAt, startedAt, error } = toTaskRun(
      { ...row, retries: 0, state: 'STARTED', ...task },
      around
    );
    return [attempt, `${state}/${substate}`, queuedAt, startedAt, error?.type];
  };

  test('runs its first try until that has failed, also when the next one was received', () => {
    expect(told({})).toEqual([1, 'running/executing', 1_000, 1_200, undefined]);
    const received = { retries: 1, received: 2_100 };
    expect(told(received)).toEqual([1, 'running/executing', 1_000, 1_200, undefined]);
    expect(told({ ...received, sent: 2_000 })).toEqual([1, 'running/executing', undefined, 1_200, undefined]);
    expect(told({ ...received, ...failed, state: 'RETRY', retried: 2_200 })).toEqual([
      1,
      'pending/retrying',
      1_000,
      undefined,
      'OSError',
    ]);
  });

  test("is that of its first try, whose error is not the second one's, from when the next was sent", () => {
    const sent = { retries: 1, sent: 1_900 };
    expect(told(sent)).toEqual([1, 'running/executing', 1_100, 1_200, undefined]);
    expect(told({ ...sent, ...failed, state: 'RETRY', retried: 2_000 })).toEqual([
      1,
      'pending/retrying',
      1_100,
      undefined,
      'OSError',
    ]);
    // A third try: the row has the end of the first one still.
    expect(told({ retries: 2, retried: 1_050, sent: 1_900 })[0]).toBe(2);
    // Started by a worker whose clock is behind that of the one that sent it.
    expect(told({ ...sent, ...failed, retried: 1_950 })).toEqual([2, 'running/executing', 1_100, 1_200, undefined]);
  });

  test.each(['CANCELLED', 'REJECTED'])('%s brings no error: what stands there is that of the try before', (state) => {
    const second = { retries: 1, sent: 2_000, received: 2_100, started: 3_000, retried: 2_050, timestamp: 3_100 };
    const [attempt, , , , error] = told({ ...second, ...failed, state });
    expect([attempt, error]).toEqual([2, undefined]);
  });

  test('waits for its second try without what is left of the first', () => {
    const second = { ...failed, retries: 1, received: 2_100, retried: 2_050 };
    expect(told({ ...second, state: 'RECEIVED' })).toEqual([2, 'pending/received', 2_100, undefined, undefined]);
    expect(told({ ...second, state: 'RECEIVED', sent: 2_000 })).toEqual([
      2,
      'pending/received',
      2_000,
      undefined,
      undefined,
    ]);
    expect(told({ ...second, state: 'REVOKED' })).toEqual([2, 'cancelled/revoked', 2_100, undefined, undefined]);
  });

  test('runs its second try once that has started', () => {
    const second = { retries: 1, sent: 2_000, received: 2_100, started: 3_000 };
    expect(told(second)).toEqual([2, 'running/executing', 2_000, 3_000, undefined]);
    expect(told({ ...second, ...failed, state: 'RETRY' })).toEqual([
      2,
      'pending/retrying',
      2_000,
      undefined,
      'OSError',
    ]);
  });
});
