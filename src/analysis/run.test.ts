import type { RunAnswer } from '../model/answer';
import type { TaskFilter } from '../model/task-query';
import type { TaskRun } from '../model/task-run';
import { answerFromRuns } from './answer-from-runs';

const NOW = Date.UTC(2026, 10, 30, 3);
const MINUTE = 60_000;

/** A run of `mail` that began so many minutes before now. */
function ran(runId: string, minutesAgo: number, more: Partial<TaskRun> = {}): TaskRun {
  const startedAt = NOW - minutesAgo * MINUTE;
  const state = more.state ?? 'completed';
  return {
    source: 'shop',
    runId,
    attempt: 1,
    task: 'mail',
    state,
    queuedAt: startedAt - 1000,
    startedAt,
    ...(state === 'running' ? {} : { finishedAt: startedAt + 10_000 }),
    observedAt: startedAt + 10_000,
    worker: 'worker-1',
    ...more,
  };
}

const failed = { state: 'failed', error: { type: 'DataError', message: 'row 7' } } as const;

function ask(runs: TaskRun[], runId: string | undefined, range = { from: NOW - 5 * MINUTE, to: NOW }, limit?: number) {
  const filter: TaskFilter = {
    matches: runId === undefined ? [] : [{ field: 'runId', operator: '=', values: [runId] }],
  };
  const query = { view: 'run', filter, ...(limit !== undefined && { limit }) } as const;
  return answerFromRuns({ query, range, step: 1000 }, runs, { now: NOW }) as RunAnswer;
}

const idOf = (run: TaskRun | undefined) => run?.runId;
const ids = (others: RunAnswer['others']) =>
  Object.fromEntries(Object.entries(others).map(([role, run]) => [role, idOf(run)]));

/** good, good, failed, failed, failed, good */
const NIGHT = [
  ran('a', 60),
  ran('b', 50),
  ran('c', 40, failed),
  ran('d', 30, failed),
  ran('e', 20, failed),
  ran('f', 10),
];

test('a run is found by its id whatever the range, with all its attempts', () => {
  const first = ran('x', 9000, { ...failed, substate: 'retrying' });
  const answer = ask([...NIGHT, ran('x', 8999, { attempt: 2 }), first], 'x');
  expect(answer.asked).toBe('x');
  expect(answer.attempts.map(({ run }) => run.attempt)).toEqual([1, 2]);
});

test('beside it stand the runs before and after it, and where its streak began and ended', () => {
  const { others, streak } = ask(NIGHT, 'd');
  expect(ids(others)).toEqual({ previous: 'c', next: 'e', lastGood: 'b', firstFailure: 'c', nextSuccess: 'f' });
  expect(streak).toEqual({ failures: 2, open: false });
});

test('the first failure of a streak has none before it', () => {
  const { others, streak } = ask(NIGHT, 'c');
  expect(others.firstFailure).toBeUndefined();
  expect(streak).toEqual({ failures: 1, open: false });
});

test('a task that never completed says that there may have been more failures', () => {
  expect(ask(NIGHT.slice(2, 5), 'e').streak).toEqual({ failures: 3, open: true });
});

test('a good run has no streak, and its last good run is the one before it', () => {
  const { others, streak } = ask(NIGHT, 'f');
  expect(streak).toBeUndefined();
  expect(ids(others)).toEqual({ previous: 'e', lastGood: 'b' });
});

test('an attempt that was tried again is no run: neither the one before, nor a failure of the streak', () => {
  const retried = [ran('t', 45, failed), ran('t', 44, { attempt: 2 })];
  expect(ask([...NIGHT, ...retried], 'c').others.lastGood?.attempt).toBe(2);
  expect(ask([...NIGHT, ...retried], 'd').streak).toEqual({ failures: 2, open: false });
});

test('other tasks and other sources are not beside it', () => {
  const strangers = [ran('s', 31, { task: 'report' }), ran('s2', 29, { source: 'bank' })];
  expect(ids(ask([...NIGHT, ...strangers], 'd').others)).toMatchObject({ previous: 'c', next: 'e' });
});

test('usual is what good runs of the task before it were, from five on', () => {
  const good = [10, 20, 30, 40].map((seconds, i) =>
    ran(`g${i}`, 100 + i, { finishedAt: NOW - (100 + i) * MINUTE + seconds * 1000, cpuSeconds: 1 })
  );
  expect(ask([...good, ran('d', 1, failed)], 'd').usual).toEqual([]);
  const usual = ask([...good, ran('g4', 104), ran('slow', 50, failed), ran('d', 1, failed)], 'd').usual;
  expect(usual).toContainEqual({ figure: 'duration', low: 10_000, middle: 20_000, high: 40_000, runs: 5 });
  expect(usual.map(({ figure }) => figure)).toEqual(['wait', 'duration', 'attempt']);
});

test('what differs from the last good run: the steadiest fact with the rarest value first, what is the same not at all', () => {
  const good = Array.from({ length: 20 }, (_, i) =>
    ran(`g${i}`, 100 + i, { worker: `worker-${i % 4}`, args: `--id ${i}`, queue: 'fast', labels: { version: '1.2' } })
  );
  const odd = ran('d', 1, {
    ...failed,
    worker: 'worker-9',
    args: '--id 99',
    queue: 'fast',
    labels: { version: '1.3' },
  });
  const { differences } = ask([...good, odd], 'd');
  expect(differences.map(({ fact }) => fact)).toEqual(['label:version', 'worker', 'args']);
  expect(differences[0]).toEqual({ fact: 'label:version', own: '1.3', good: '1.2', seen: 0, of: 20 });
});

test('a number differs only where it is not usual', () => {
  const good = Array.from({ length: 20 }, (_, i) => ran(`g${i}`, 100 + i, { maxRssBytes: 100 + i }));
  const large = ask([...good, ran('d', 1, { ...failed, maxRssBytes: 1000 })], 'd').differences;
  expect(large).toEqual([{ fact: 'maxRssBytes', own: 1000, good: 100, seen: 0, of: 20 }]);
  expect(ask([...good, ran('d', 1, { ...failed, maxRssBytes: 110 })], 'd').differences).toEqual([]);
});

test('its own place of the stack is told, and failures of the task by cause with its own first', () => {
  const stack = 'File "/srv/mail.py", line 3, in send\n  raise';
  const odd = ran('d', 1, { state: 'failed', error: { type: 'OSError', message: 'gone', stack } });
  const { ownFrame, failures } = ask([...NIGHT, odd], 'd');
  expect(ownFrame).toBe('/srv/mail.py:3 in send');
  expect(failures.map(({ title, count }) => [title, count])).toEqual([
    ['OSError: gone', 1],
    ['DataError: row <n>', 3],
  ]);
});

describe('the family', () => {
  const family = [
    ran('root', 60),
    ran('b', 50, { parentId: 'root', rootId: 'root' }),
    ran('a', 55, { parentId: 'root', rootId: 'root' }),
    ran('a1', 54, { parentId: 'a', rootId: 'root' }),
    ran('other', 54),
  ];

  test('is a tree, depth first, the eldest first', () => {
    const { family: members } = ask(family, 'a1');
    expect(members.map(({ runId, parent }) => [runId, parent])).toEqual([
      ['root', undefined],
      ['a', 0],
      ['a1', 1],
      ['b', 0],
    ]);
  });

  test('that is too large keeps the run and its parents before its children, and says how many are left out', () => {
    const many = Array.from({ length: 50 }, (_, i) => ran(`k${i}`, 40 + i, { parentId: 'b', rootId: 'root' }));
    const { family: members, familyOmitted } = ask([...family, ...many], 'b', undefined, 10);
    expect(members).toHaveLength(10);
    expect(members.slice(0, 2).map(({ runId }) => runId)).toEqual(['root', 'b']);
    expect(members.filter(({ parent }) => parent === 1)).toHaveLength(8);
    expect(familyOmitted).toBe(44);
  });

  test('with a circle of parents, which a faulty source can report, is whole all the same', () => {
    const circle = [ran('p', 3, { parentId: 'q', rootId: 'p' }), ran('q', 2, { parentId: 'p', rootId: 'p' })];
    expect(ask(circle, 'q').family.map(({ runId, parent }) => [runId, parent])).toEqual([
      ['p', undefined],
      ['q', 0],
    ]);
  });
});

test.each([undefined, '', '-'])('for no id (%p) there are failures to choose from, the newest first', (id) => {
  const answer = ask(NIGHT, id, { from: NOW - 35 * MINUTE, to: NOW });
  expect(answer).not.toHaveProperty('asked');
  expect(answer.newestFailures?.map(idOf)).toEqual(['e', 'd']);
});

test('for an id that nobody knows there are failures to choose from too, of the week where the range has none', () => {
  const answer = ask(NIGHT, 'nobody');
  expect(answer.asked).toBe('nobody');
  expect(answer.attempts).toEqual([]);
  expect(answer.newestFailures?.map(idOf)).toEqual(['e', 'd', 'c']);
});
