import { ArchiveError } from '../archive/archive';
import { SealingWork } from './sealing-work';

/** Segments 0 to 2 are to be sealed, 7 and 8 to be summed up. */
function create(ready: () => Promise<void> = async () => undefined) {
  const warned: string[] = [];
  const done: number[] = [];
  const step = (last: number) => async (segment: number) => {
    await ready();
    done.push(segment);
    return segment < last ? segment + 1 : undefined;
  };
  const work = new SealingWork({ seal: step(2), sum: step(8), warn: (message) => warned.push(message) });
  return { work, warned, done };
}

test('one segment after another is sealed, then summed up', async () => {
  const { work, warned, done } = create();
  await work.run({ sealable: 0, unsummed: 7 });
  await work.run({});
  expect([done, warned, work.state]).toEqual([[0, 1, 2, 7, 8], [], { failures: 0 }]);
});

test('a failure is warned of once, counted and told for as long as it lasts, and over with the first success', async () => {
  let isFull = true;
  const { work, warned, done } = create(async () => {
    if (isFull) {
      throw new ArchiveError('full', 'archive.sqlite cannot grow. Free disk space.');
    }
  });
  await work.run({ sealable: 1 });
  await work.run({ sealable: 1 });
  expect(warned).toEqual([
    expect.stringMatching(/^\[archive\] Old runs cannot be sealed: archive.sqlite cannot grow\. .*make room/),
  ]);
  expect(work.state).toEqual({ failures: 2, problem: warned[0] });
  isFull = false;
  await work.run({ sealable: 1 });
  expect([done, work.state]).toEqual([[1, 2], { failures: 0 }]);
  isFull = true;
  await work.run({ unsummed: 8 });
  expect(warned).toHaveLength(2);
});

test('what ends because the archive is closed is no failure', async () => {
  const { work, warned } = create(async () => {
    work.close();
    throw new ArchiveError('unreachable', 'The archive is closed. Start the store again.');
  });
  await work.run({ sealable: 0 });
  expect([warned, work.state]).toEqual([[], { failures: 0 }]);
});
