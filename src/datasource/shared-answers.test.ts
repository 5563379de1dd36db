import type { Answer } from '../model/answer';
import { SharedAnswers } from './shared-answers';

const ANSWER: Answer = { view: 'workers', workers: [], truncated: false };

/** A request that the test answers by hand. */
function requests() {
  const asked: Array<{ signal: AbortSignal; resolve: (answer: Answer) => void; reject: (error: unknown) => void }> = [];
  const ask = (signal: AbortSignal) =>
    new Promise<Answer>((resolve, reject) => {
      asked.push({ signal, resolve, reject });
    });
  return { asked, ask };
}

test('who asks the same at the same time shares one request', async () => {
  const shared = new SharedAnswers<Answer>();
  const { asked, ask } = requests();
  const both = [shared.get('a', new AbortController().signal, ask), shared.get('a', new AbortController().signal, ask)];
  void shared.get('b', new AbortController().signal, ask);
  expect(asked).toHaveLength(2);
  asked[0]?.resolve(ANSWER);
  await expect(Promise.all(both)).resolves.toEqual([ANSWER, ANSWER]);
});

describe('of a request under way', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  test('it ends when the last of those who wait has gone and nobody came for a while', async () => {
    const shared = new SharedAnswers<Answer>();
    const { asked, ask } = requests();
    const [first, second] = [new AbortController(), new AbortController()];
    const gone = [shared.get('a', first.signal, ask), shared.get('a', second.signal, ask)];
    first.abort(new Error('first'));
    await expect(gone[0]).rejects.toThrow('first');
    second.abort(new Error('second'));
    await expect(gone[1]).rejects.toThrow('second');
    expect(asked[0]?.signal.aborted).toBe(false);
    await jest.advanceTimersByTimeAsync(5000);
    expect(asked[0]?.signal.aborted).toBe(true);
    expect(shared.standing('a')).toEqual({});
    void shared.get('a', new AbortController().signal, ask);
    expect(asked).toHaveLength(2);
  });

  test('a dashboard that refreshes waits on for it, however often, and learns since when', async () => {
    const shared = new SharedAnswers<Answer>();
    const { asked, ask } = requests();
    const began = Date.now();
    for (let refresh = 0; refresh < 4; refresh++) {
      const panel = new AbortController();
      shared.get('a', panel.signal, ask).catch(() => undefined);
      await jest.advanceTimersByTimeAsync(10_000);
      panel.abort(new Error('refreshed'));
    }
    const last = shared.get('a', new AbortController().signal, ask);
    expect(asked).toHaveLength(1);
    expect(shared.standing('a')).toEqual({ waitingSince: began });
    asked[0]?.resolve(ANSWER);
    await expect(last).resolves.toBe(ANSWER);
    expect(shared.standing('a')).toEqual({ told: ANSWER });
  });

  test('without an answer it fails at the limit, and the last good answer is still known', async () => {
    const shared = new SharedAnswers<Answer>();
    const { asked, ask } = requests();
    const good = shared.get('a', new AbortController().signal, ask);
    asked[0]?.resolve(ANSWER);
    await good;
    await jest.advanceTimersByTimeAsync(5000);
    const late = shared.get('a', new AbortController().signal, ask);
    const failed = expect(late).rejects.toThrow('[runlane] No answer within 120 s.');
    await jest.advanceTimersByTimeAsync(120_000);
    await failed;
    expect(asked[1]?.signal.aborted).toBe(true);
    expect(shared.standing('a')).toMatchObject({ told: ANSWER, failure: { kind: 'timeout' } });
  });

  test('one that was asked for before something changed does not take the place of a newer answer', async () => {
    const shared = new SharedAnswers<Answer>();
    const { asked, ask } = requests();
    const before = shared.get('a', new AbortController().signal, ask);
    await jest.advanceTimersByTimeAsync(100);
    shared.clear();
    const after = shared.get('a', new AbortController().signal, ask);
    const newer: Answer = { ...ANSWER, truncated: true };
    asked[1]?.resolve(newer);
    await after;
    asked[0]?.resolve(ANSWER);
    await before;
    expect(shared.standing('a')).toEqual({ told: newer });
  });
});

test('answers of the questions asked last are kept, older ones are let go', async () => {
  const shared = new SharedAnswers<Answer>();
  for (let question = 0; question < 100; question++) {
    await shared.get(String(question), new AbortController().signal, () => Promise.resolve(ANSWER));
  }
  expect(shared.standing('0')).toEqual({});
  expect(shared.standing('99')).toEqual({ told: ANSWER });
});

test('a failure answers nobody who asks again', async () => {
  const shared = new SharedAnswers<Answer>();
  const { asked, ask } = requests();
  const failed = shared.get('a', new AbortController().signal, ask);
  asked[0]?.reject(new Error('down'));
  await expect(failed).rejects.toThrow('down');
  void shared.get('a', new AbortController().signal, ask);
  expect(asked).toHaveLength(2);
});

test('after a change everybody asks anew', async () => {
  const shared = new SharedAnswers<Answer>();
  const { asked, ask } = requests();
  const before = shared.get('a', new AbortController().signal, ask);
  shared.clear();
  void shared.get('a', new AbortController().signal, ask);
  expect(asked).toHaveLength(2);
  asked[0]?.resolve(ANSWER);
  await expect(before).resolves.toBe(ANSWER);
});
