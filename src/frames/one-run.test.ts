import type { RunAnswer } from '../model/answer';
import type { TaskRun } from '../model/task-run';
import { ENGLISH } from './frame-context';
import type { FrameContext } from './frame-context';
import { oneRunFrames } from './one-run-frames';
import { readFamily, readOneRun } from './one-run';
import { chosenFrames } from './to-frames';

const NOW = Date.UTC(2026, 10, 30, 3);

const run: TaskRun = {
  source: 'shop',
  runId: 'd',
  attempt: 2,
  task: 'mail',
  state: 'failed',
  queuedAt: NOW - 120_000,
  startedAt: NOW - 110_000,
  finishedAt: NOW - 10_000,
  observedAt: NOW - 10_000,
};
const member = { source: 'shop', task: 'mail', state: 'failed', attempts: 2, beganAt: NOW - 120_000 } as const;

const ANSWER: RunAnswer = {
  view: 'run',
  asked: 'd',
  attempts: [
    { run: { ...run, attempt: 1 }, transitions: [], conflicts: 0, samples: [] },
    {
      run,
      transitions: [],
      conflicts: 0,
      samples: [
        { at: NOW - 60_000, cpuSeconds: 1, rssBytes: 100 },
        { at: NOW - 50_000, cpuSeconds: 6, rssBytes: 300 },
      ],
    },
  ],
  ownFrame: 'mail.py:3 in send',
  usual: [{ figure: 'duration', low: 1, middle: 2, high: 3, runs: 50 }],
  differences: [
    { fact: 'label:version', own: '1.3', good: '1.2', seen: 0, of: 50 },
    { fact: 'maxRssBytes', own: 300, seen: 1, of: 50 },
  ],
  others: { previous: { ...run, runId: 'c' }, lastGood: { ...run, runId: 'a', state: 'completed' } },
  streak: { failures: 3, open: false },
  failures: [],
  family: [
    { ...member, runId: 'top' },
    { ...member, runId: 'd', parent: 0, substate: 'oom', startedAt: NOW - 110_000, endedAt: NOW, critical: true },
  ],
  familyOmitted: 7,
};

const context: FrameContext = {
  range: { from: NOW - 3_600_000, to: NOW },
  now: NOW,
  shade: 'dark',
  words: ENGLISH,
  links: { runId: [{ title: 'Open', url: '/d/x?from=${__data.fields.ownFrom}&to=${__data.fields.ownTo}' }] },
};

const frames = oneRunFrames(ANSWER, context);

test('a panel reads what the answer said', () => {
  const read = readOneRun(chosenFrames(frames, 'run', {}));
  expect(read).toMatchObject({
    attempts: [0, 1],
    others: { lastGood: 2, previous: 3 },
    newestFailures: [],
    told: { asked: 'd', ownFrame: 'mail.py:3 in send', streak: { failures: 3, open: false } },
    usual: { duration: ANSWER.usual[0] },
    differences: ANSWER.differences,
    cpu: [{ at: [NOW - 50_000], values: [0.5] }],
    memory: [{ at: [NOW - 60_000, NOW - 50_000], values: [100, 300] }],
  });
  expect(read?.columns.attempt?.[1]).toBe(2);
});

test('the family comes alone where it is asked for alone', () => {
  const chosen = chosenFrames(frames, 'run', { frame: 'family' });
  expect(readFamily(chosen)).toMatchObject({ members: ANSWER.family, asked: 'd', omitted: 7 });
  expect(readOneRun(chosen)).toBeUndefined();
  expect(readFamily(frames)).toBeUndefined();
});

test('frames of other views are no run', () => {
  expect(readOneRun(frames.filter(({ name }) => name !== 'runs'))).toBeUndefined();
});

test('each run has its own time for its link, with a margin; one that goes on has it up to now', () => {
  const [own] = oneRunFrames({ ...ANSWER, attempts: [{ ...ANSWER.attempts[1]!, run }], others: {} }, context);
  const valuesOf = (name: string) => own?.fields.find((field) => field.name === name)?.values;
  expect([valuesOf('ownFrom'), valuesOf('ownTo')]).toEqual([[String(NOW - 150_000)], [String(NOW + 20_000)]]);
  const running = { ...run, state: 'running' as const, finishedAt: undefined };
  const [open] = oneRunFrames({ ...ANSWER, attempts: [{ ...ANSWER.attempts[1]!, run: running }], others: {} }, context);
  expect(open?.fields.find(({ name }) => name === 'ownTo')?.values).toEqual(['now']);
});

test('a frame that does not tell the times of its runs links to the range', () => {
  const transitions = frames.find(({ name }) => name === 'transitions');
  expect(transitions?.fields.find(({ name }) => name === 'runId')?.config.links?.[0]?.url).toBe(
    '/d/x?from=${__from}&to=${__to}'
  );
});
