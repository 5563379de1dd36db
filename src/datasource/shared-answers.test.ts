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
  const shared = new SharedAnswers();
  const { asked, ask } = requests();
  const both = [shared.get('a', new AbortController().signal, ask), shared.get('a', new AbortController().signal, ask)];
  void shared.get('b', new AbortController().signal, ask);
  expect(asked).toHaveLength(2);
  asked[0]?.resolve(ANSWER);
  await expect(Promise.all(both)).resolves.toEqual([ANSWER, ANSWER]);
});

test('a request ends only when the last of those who wait has gone', async () => {
  const shared = new SharedAnswers();
  const { asked, ask } = requests();
  const [first, second] = [new AbortController(), new AbortController()];
  const gone = [shared.get('a', first.signal, ask), shared.get('a', second.signal, ask)];
  first.abort(new Error('first'));
  await expect(gone[0]).rejects.toThrow('first');
  expect(asked[0]?.signal.aborted).toBe(false);
  second.abort(new Error('second'));
  await expect(gone[1]).rejects.toThrow('second');
  expect(asked[0]?.signal.aborted).toBe(true);
  void shared.get('a', new AbortController().signal, ask);
  expect(asked).toHaveLength(2);
});

test('a failure is not remembered', async () => {
  const shared = new SharedAnswers();
  const { asked, ask } = requests();
  const failed = shared.get('a', new AbortController().signal, ask);
  asked[0]?.reject(new Error('down'));
  await expect(failed).rejects.toThrow('down');
  void shared.get('a', new AbortController().signal, ask);
  expect(asked).toHaveLength(2);
});

test('after a change everybody asks anew', async () => {
  const shared = new SharedAnswers();
  const { asked, ask } = requests();
  const before = shared.get('a', new AbortController().signal, ask);
  shared.clear();
  void shared.get('a', new AbortController().signal, ask);
  expect(asked).toHaveLength(2);
  asked[0]?.resolve(ANSWER);
  await expect(before).resolves.toBe(ANSWER);
});
