import { KnownValues } from './known-values';

const SIGNAL = new AbortController().signal;
const hangs = () => new Promise<string[]>(() => undefined);

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

async function knowing(...values: string[]): Promise<KnownValues> {
  const known = new KnownValues();
  await known.get('task', SIGNAL, () => Promise.resolve(values));
  await jest.advanceTimersByTimeAsync(10_000);
  return known;
}

test('new values take the place of those of before', async () => {
  const known = await knowing('a');
  await expect(known.get('task', SIGNAL, () => Promise.resolve(['a', 'b']))).resolves.toEqual(['a', 'b']);
});

test('of a source that hangs the values of before do, soon at first and at once from then on, and it is asked once', async () => {
  const known = await knowing('a');
  const ask = jest.fn(hangs);
  const first = known.get('task', SIGNAL, ask);
  await jest.advanceTimersByTimeAsync(2000);
  await expect(first).resolves.toEqual(['a']);
  await jest.advanceTimersByTimeAsync(8000);
  const second = known.get('task', SIGNAL, ask);
  await jest.advanceTimersByTimeAsync(0);
  await expect(second).resolves.toEqual(['a']);
  expect(ask).toHaveBeenCalledTimes(1);
});

test('of a source that refuses the values of before do', async () => {
  const known = await knowing('a');
  await expect(known.get('task', SIGNAL, () => Promise.reject(new Error('502')))).resolves.toEqual(['a']);
});

test('where none are known a failure is one', async () => {
  const known = new KnownValues();
  await expect(known.get('task', SIGNAL, () => Promise.reject(new Error('502')))).rejects.toThrow('502');
});
