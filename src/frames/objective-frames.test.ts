import type { StatesAnswer, ThroughputAnswer } from '../model/answer';
import { ENGLISH } from './frame-context';
import type { FrameContext } from './frame-context';
import { budgetFrames, rateFrame } from './objective-frames';

const NOW = 1_750_000_000_000;
const STEP = 60_000;
const context: FrameContext = { range: { from: NOW - 3 * STEP, to: NOW }, now: NOW, shade: 'dark', words: ENGLISH };
const buckets = [NOW - 3 * STEP, NOW - 2 * STEP, NOW - STEP];

function states(failed: number[], completed: number[]): StatesAnswer {
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  return {
    view: 'states',
    groupBy: 'task',
    step: STEP,
    buckets,
    series: [
      { group: 'mail', state: 'failed', values: failed },
      { group: 'mail', state: 'completed', values: completed },
      { group: 'mail', state: 'running', values: [5, 5, 5] },
    ],
    totals: [{ group: 'mail', counts: { failed: sum(failed), completed: sum(completed), running: 5 }, abnormal: {} }],
  };
}

function valuesOf(frames: ReturnType<typeof budgetFrames>, name: string, field: string): unknown[] {
  const found = frames.find((frame) => frame.name === name)?.fields.find((one) => one.name === field);
  return [...(found?.values ?? [])];
}

test('the budget falls by what failed, and its end is what the table says over the range', () => {
  // 200 ended at 99 %: two may fail.
  const frames = budgetFrames(states([0, 1, 1], [100, 49, 49]), context);
  expect(valuesOf(frames, 'budget', 'budgetLeft')).toEqual([1, expect.closeTo(0.5), expect.closeTo(0)]);
  expect(valuesOf(frames, 'budget', 'burnRate')).toEqual([0, expect.closeTo(2), expect.closeTo(2)]);
  expect(valuesOf(frames, 'budgets', 'budgetLeft')).toEqual([expect.closeTo(0)]);
  expect(valuesOf(frames, 'budgets', 'ended')).toEqual([200]);
});

test('a lower objective allows more; what is overspent is nothing left, and how often over is said', () => {
  const frames = budgetFrames(states([0, 10, 10], [100, 40, 40]), { ...context, objective: 0.95 });
  expect(valuesOf(frames, 'budget', 'budgetLeft').at(-1)).toBe(0);
  expect(frames[0]?.fields.find(({ name }) => name === 'budgetLeft')?.config.displayNameFromDS).toBe(
    'objective 95 %, used up 2 times over'
  );
  expect(valuesOf(frames, 'budgets', 'budgetLeft')).toEqual([0]);
  expect(valuesOf(frames, 'budgets', 'budgetUsed')).toEqual([expect.closeTo(2)]);
});

test('before the first end nothing is left or spent: no 100 % is drawn where nothing ran', () => {
  const frames = budgetFrames(states([0, 0, 1], [0, 99, 100]), context);
  expect(valuesOf(frames, 'budget', 'budgetLeft')).toEqual([null, 1, expect.closeTo(0.5)]);
});

test('where nothing ended there is no budget to speak of', () => {
  const frames = budgetFrames(states([0, 0, 0], [0, 0, 0]), context);
  expect(valuesOf(frames, 'budget', 'budgetLeft')).toEqual([null, null, null]);
  expect(valuesOf(frames, 'budget', 'burnRate')).toEqual([null, null, null]);
  expect(valuesOf(frames, 'budgets', 'failedShare')).toEqual([null]);
});

test('what waits or runs without a name has no row of its own', () => {
  const answer = states([0, 1, 1], [100, 49, 49]);
  const unnamed = { group: '', counts: { running: 4, pending: 121 }, abnormal: {} };
  const frames = budgetFrames({ ...answer, totals: [...answer.totals, unnamed] }, context);
  expect(valuesOf(frames, 'budgets', 'group')).toEqual(['mail']);
});

test('ended runs per second sum what ended, and a bucket that is not over says nothing', () => {
  const answer: ThroughputAnswer = {
    view: 'throughput',
    groupBy: 'task',
    step: STEP,
    buckets,
    series: [
      { group: 'mail', what: 'started', values: [600, 600, 600] },
      { group: 'mail', what: 'completed', values: [60, null, 60] },
      { group: 'mail', what: 'failed', values: [60, null, 0] },
    ],
  };
  const [, perSecond] = rateFrame(answer, { ...context, now: NOW - 1 }).fields;
  expect(perSecond?.values).toEqual([2, null, null]);
  expect(rateFrame(answer, context).fields[1]?.values).toEqual([2, null, 1]);
});
